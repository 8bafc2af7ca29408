import json

import pytest
from holdfast.cli import app
from holdfast.cli.reading import why_no_store
from typer.testing import CliRunner

RUN = {"messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "yes"}]}


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LANGSMITH_API_KEY", raising=False)
    (tmp_path / "empty.db").touch()
    (tmp_path / "text.db").write_text("no store")
    (tmp_path / "runs.jsonl").write_text(json.dumps(RUN) + "\n")
    return tmp_path


@pytest.mark.parametrize(
    ("file", "why"),
    [
        ("empty.db", "empty.db is empty"),
        ("text.db", "text.db is no store"),
        ("none.db", "there is no store none.db"),
    ],
)
@pytest.mark.parametrize(
    "command",
    [
        "compact {}",
        "verify {}",
        "prune {} --before 30d",
        "list --store {}",
        "show --store {}",
        "export {}",
        "to-dataset {}",
    ],
)
def test_what_is_no_store_is_refused_and_left_as_it_is(place, command, file, why):
    before = {path: path.read_bytes() for path in place.iterdir()}
    done = CliRunner().invoke(app, ["trace", *command.format(file).split()])
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith(f"holdfast trace {command.split()[0]}: {why}")
    assert done.stderr.count("\n") == 1
    assert {path: path.read_bytes() for path in place.iterdir()} == before


def test_an_import_of_nothing_makes_no_store(place):
    done = CliRunner().invoke(app, ["trace", "import", "text.db", "--into", "new.db"])
    assert done.exit_code == 2
    assert "holdfast trace import: text.db" in done.stderr
    assert sorted(path.name for path in place.iterdir()) == ["empty.db", "runs.jsonl", "text.db"]


def test_an_import_of_a_store_says_that_it_is_one(place):
    CliRunner().invoke(app, ["trace", "import", "runs.jsonl", "--into", "new.db"])
    done = CliRunner().invoke(app, ["trace", "import", "new.db", "--into", "more.db"])
    assert done.exit_code == 2
    assert "it is a store already" in done.stderr
    assert not (place / "more.db").exists()
    assert why_no_store(place / "new.db") == ""
