import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from holdfast.traces import ReplayError, record, replay, to_test

from .shop import shop

ASKED = {"messages": [("user", "Refund order 7; my key is sk-abcdefghijklmnopqrstuvwx.")]}
FOLDER = Path(__file__).parents[1]


@pytest.fixture
def store(tmp_path):
    with record(tmp_path / "traces.db"):
        shop().compile().invoke(ASKED)
    return tmp_path / "traces.db"


def passes(test, shape=""):
    """Run a test file in a process of its own, its graph perhaps in another shape."""
    folder = test.parent
    changed = f"graph = shop({shape}).compile()\n"
    source = re.sub(r"graph = shop\(.*\n", changed, (FOLDER / "replaying/shop.py").read_text())
    (folder / "changed_shop.py").write_text(source)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(test)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, timeout=120)
    return done.returncode == 0, done.stdout


def test_a_run_becomes_a_test_that_passes_and_fails_when_the_graph_changes(store, tmp_path):
    written = to_test("last", store=store, graph="changed_shop:graph", folder=tmp_path / "made")
    assert passes(written.test)[0]
    passed, told = passes(written.test, "prompt='Refund nothing.'")
    assert (passed, '+   "content": "Refund nothing."' in told) == (False, True)
    passed, told = passes(written.test, "checks=True")
    assert (passed, "it goes to its end; recorded is agent" in told) == (False, True)


def test_a_cassette_holds_no_secret_and_each_message_once(store, tmp_path):
    written = to_test("last", store=store, graph="shop:graph", folder=tmp_path)
    text = written.cassette.read_text()
    assert "sk-abc" not in text
    assert text.count("order 7: 40 EUR, owner bob") == 3  # asked, and returned with and without id
    assert len(text) < 20_000


def test_a_cassette_is_replayed_by_its_path(store, tmp_path):
    written = to_test("last", store=store, folder=tmp_path)
    assert replay(written.cassette, shop().compile()).same


def test_without_a_graph_the_test_takes_a_fixture(store, tmp_path):
    written = to_test("last", store=store, folder=tmp_path, name="Refund, twice!")
    assert written.test.name == "test_refund_twice.py"
    assert "def test_refund_twice(app):\n    replayed = replay(CASSETTE, app)" in (
        written.test.read_text()
    )


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        pytest.param({"graph": "shop"}, "name it as module:name", id="no name of a graph"),
        pytest.param({"graph": "a:b; import os"}, "name it as module:name", id="no name at all"),
        pytest.param({"name": "!"}, "letters, digits", id="no name of a test"),
    ],
)
def test_what_cannot_be_written_says_why(store, tmp_path, settings, said):
    with pytest.raises(ReplayError, match=said):
        to_test("last", store=store, folder=tmp_path, **settings)


def test_a_file_that_is_there_is_not_replaced(store, tmp_path):
    to_test("last", store=store, folder=tmp_path, name="refund")
    with pytest.raises(ReplayError, match="is there already"):
        to_test("last", store=store, folder=tmp_path, name="refund")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("{", "is no cassette", id="no JSON"),
        pytest.param("[]", "is no cassette", id="something else"),
        pytest.param('{"cassette": 9}', "is of version 9", id="a newer one"),
    ],
)
def test_a_file_that_is_no_cassette_is_refused(tmp_path, text, said):
    (tmp_path / "test.json").write_text(text)
    with pytest.raises(ReplayError, match=said):
        replay(tmp_path / "test.json", shop().compile())


def test_a_cassette_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ReplayError, match="cannot be read"):
        replay(tmp_path / "test.json", shop().compile())


def test_a_cassette_is_json_that_a_person_can_read(store, tmp_path):
    whole = json.loads(to_test("last", store=store, folder=tmp_path).cassette.read_text())
    assert [call["name"] for call in whole["runs"][0]["calls"]] == [
        "ScriptedModel", "find_order", "ScriptedModel", "refund", "ScriptedModel",
    ]  # fmt: skip
    first = {"type": "system", "content": "Refund what the customer asks for."}
    assert whole["asked"]["asked 1"] == first
