import json

import pytest
from holdfast.cli import app
from holdfast.traces.store import Store
from typer.testing import CliRunner

RUN = {"id": "r1", "messages": [{"role": "user", "content": "hi"}, {"role": "ai", "content": "ho"}]}
LINE = json.dumps(RUN) + "\n"


@pytest.fixture
def read(tmp_path):
    def read_(*arguments, text=LINE):
        (tmp_path / "runs.jsonl").write_text(text)
        given = [str(tmp_path / "runs.jsonl"), "--into", str(tmp_path / "new.db"), *arguments]
        return CliRunner().invoke(app, ["trace", "import", *given])

    return read_


def test_a_file_is_read_into_a_store(read, tmp_path):
    done = read()
    assert (done.exit_code, "1 trace, 2 spans, 0 verdicts" in done.stdout) == (0, True), done.output
    with Store(tmp_path / "new.db", read_only=True) as store:
        assert store.trace("last").metadata["run"] == "r1"


def test_what_was_read_can_be_told_as_json(read):
    told = json.loads(read("--json").stdout)
    assert (told["traces"], told["spans"], told["unreadable"]) == (1, 2, 0)


def test_bad_lines_are_told(read):
    done = read(text=LINE + "no json\n" * 30)
    assert done.exit_code == 0
    assert "runs.jsonl:2: it is not valid JSON" in done.stderr
    assert "10 more could not be read" in done.stderr


def test_a_file_without_traces_ends_badly(read):
    done = read(text="nothing\n")
    assert (done.exit_code, "no trace in it" in done.stderr) == (2, True)


def test_a_store_that_is_none_is_refused(read, tmp_path):
    (tmp_path / "new.db").write_text("this is no database" * 100)
    done = read()
    assert (done.exit_code, done.stdout) == (2, "")
    assert "holdfast trace import" in done.stderr
