import json
import subprocess
import sys

import pytest
from holdfast.cli import app
from typer.testing import CliRunner

MODELS = """
from pydantic import BaseModel

class Flight(BaseModel):
    id: str
    price: float

class Book:
    flights = list[Flight]

schema = {"type": "object", "required": ["id"]}
nonsense = {"type": "nonsense"}
"""


@pytest.fixture
def repair(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delitem(sys.modules, "mine", raising=False)
    (tmp_path / "mine.py").write_text(MODELS)
    (tmp_path / "broken.py").write_text("1 / 0")

    def call(text, *arguments):
        return CliRunner().invoke(app, ["repair", *arguments], input=text)

    return call


@pytest.mark.parametrize(
    ("text", "arguments", "value"),
    [
        pytest.param('{"a": 1}', [], {"a": 1}, id="valid"),
        pytest.param("Sure: ```{'a': [True, None,]}```", [], {"a": [True, None]}, id="malformed"),
        pytest.param(
            "{'id': 'LH1', 'price': '100 EUR'}",
            ["--schema", "mine:Flight"],
            {"id": "LH1", "price": 100.0},
            id="a model",
        ),
        pytest.param(
            "{'id': 'LH1', 'price': 1}",
            ["--schema", "mine:Book.flights"],
            [{"id": "LH1", "price": 1.0}],
            id="a type inside of a class",
        ),
        pytest.param("{'id': 1}", ["--schema", "mine:schema"], {"id": 1}, id="a JSON schema"),
        pytest.param('{"a": [1, 2', ["--allow-truncated"], {"a": [1, 2]}, id="cut off, allowed"),
        pytest.param('{"a": "é ü"}', [], {"a": "é ü"}, id="other letters"),
    ],
)
def test_the_value_goes_to_output(repair, text, arguments, value):
    done = repair(text, *arguments)
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout) == value


def test_what_was_changed_goes_to_the_error_stream(repair):
    done = repair("{'id': 'LH1', 'price': '100 EUR'}", "--schema", "mine:Flight")
    assert "/price: '100 EUR' read as 100" in done.stderr.splitlines()
    assert repair('{"a": 1}').stderr == ""


def test_a_value_that_is_cut_off_is_marked(repair):
    done = repair('{"a": [1, 2', "--allow-truncated")
    assert done.stderr.splitlines()[-1] == "truncated: the text ends inside the value"


@pytest.mark.parametrize(
    ("text", "arguments", "words"),
    [
        pytest.param("", [], "the text is empty", id="nothing"),
        pytest.param('{"a": [1, 2', [], "ends inside the value", id="cut off"),
        pytest.param(
            '{"id": "LH1"}', ["--schema", "mine:Flight"], "- /price: required", id="a missing field"
        ),
        pytest.param(
            "There is none.", ["--schema", "mine:Flight"], "a value that fits", id="words"
        ),
    ],
)
def test_what_cannot_be_repaired_exits_with_one(repair, text, arguments, words):
    done = repair(text, *arguments)
    assert (done.exit_code, done.stdout) == (1, "")
    assert words in done.stderr
    assert "Traceback" not in done.output


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        pytest.param("Flight", "write MODULE:NAME", id="no module"),
        pytest.param("nowhere:Flight", "cannot be imported", id="a module that is not there"),
        pytest.param("mine:Flyght", "has no Flyght", id="a name that is not there"),
        pytest.param("broken:Flight", "failed when imported (ZeroDivisionError)", id="broken"),
        pytest.param("mine:nonsense", "JSON Schema", id="no schema"),
    ],
)
def test_a_schema_that_cannot_be_had_exits_with_two(repair, schema, words):
    done = repair('{"a": 1}', "--schema", schema)
    assert (done.exit_code, done.stdout) == (2, "")
    assert words in done.stderr


def test_json_holds_the_value_and_its_edits(repair):
    done = repair("{'a': 1}", "--json")
    assert json.loads(done.stdout) == {
        "value": {"a": 1},
        "edits": ["at 1: quotes replaced by double quotes"],
        "truncated": False,
    }
    assert done.stderr == ""


def test_json_holds_the_error_and_the_nearest_reading(repair):
    done = repair('{"id": "LH1"}', "--json", "--schema", "mine:Flight")
    found = json.loads(done.stdout)
    assert done.exit_code == 1
    assert (found["error"], found["nearest"]) == ("off_schema", {"id": "LH1"})
    assert found["errors"] == ["/price: required, but missing"]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(b'{"a": "\xff"}', id="bytes that are no text"),
        pytest.param(b'{"a": "\\ud800"}', id="half a character"),
        pytest.param(b'{"a": NaN, "b": Infinity}', id="numbers that are none"),
        pytest.param(b'{"a": "\\u009b2J\\u202e"}', id="what drives a terminal"),
        pytest.param(b"[" * 100_000, id="a nesting bomb"),
        pytest.param(b"9" * 5_000, id="a number too long"),
    ],
)
def test_bad_input_never_crashes_and_never_drives_a_terminal(repair, text):
    done = repair(text)
    assert done.exit_code in (0, 1)
    assert done.exception is None or isinstance(done.exception, SystemExit)
    assert all(char.isprintable() or char == "\n" for char in done.output)


def test_it_imports_no_library_for_graphs():
    code = (
        "import io, sys\n"
        "from holdfast.cli import app\n"
        "sys.stdin = io.TextIOWrapper(io.BytesIO(b'[1,]'))\n"
        "try: app(['repair'])\n"
        "except SystemExit: pass\n"
        "print(sorted({'langgraph', 'langchain_core'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"
