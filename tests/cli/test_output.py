import json

import pytest
from holdfast.cli import app
from holdfast.cli.output import why_not_over
from holdfast.traces.store import Store
from typer.testing import CliRunner

RUN = {"messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "yes"}]}


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs.jsonl").write_text(json.dumps(RUN) + "\n")
    for name in ("a.db", "b.db"):
        done = CliRunner().invoke(app, ["trace", "import", "runs.jsonl", "--into", name])
        assert done.exit_code == 0, done.output
    (tmp_path / "link.db").hardlink_to(tmp_path / "a.db")
    return tmp_path


@pytest.mark.parametrize(
    "command",
    [
        "audit a.db --json a.db",
        "audit --json a.db b.db",
        "audit a.db --html b.db",
        "audit a.db --against loop.block=5 --json a.db",
        "audit runs.jsonl --json runs.jsonl",
        "audit a.db --json link.db",
        "trace show last --store a.db --html a.db",
        "trace show last --store a.db --html b.db",
        "trace to-dataset a.db --out a.db",
        "trace to-dataset a.db --out b.db",
    ],
)
def test_no_command_writes_over_what_it_reads_or_over_a_store(place, command):
    before = {path: path.read_bytes() for path in place.iterdir() if path.suffix != ".db-shm"}
    done = CliRunner().invoke(app, command.split())
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith("holdfast ")
    assert done.stderr.count("\n") == 1
    assert "write somewhere else" in done.stderr
    assert {path: path.read_bytes() for path in before} == before
    for name in ("a.db", "b.db"):
        with Store(place / name, read_only=True) as store:
            assert len(list(store.traces())) == 1


@pytest.mark.parametrize("more", [[], ["--against", "loop.block=5"]])
def test_a_dash_takes_the_lines_of_an_audit_to_standard_output(place, more):
    done = CliRunner().invoke(app, ["audit", "a.db", "--json", "-", *more])
    assert done.exit_code == 0, done.output
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()]
    assert not (place / "-").exists()


def test_a_dash_takes_examples_to_standard_output(place):
    done = CliRunner().invoke(app, ["trace", "to-dataset", "a.db", "--out", "-"])
    assert done.exit_code == 0, done.output
    assert len([json.loads(line) for line in done.stdout.splitlines()]) == 1
    assert not (place / "-").exists()


def test_other_files_may_be_written_over(place):
    (place / "old.json").write_text("{}")
    assert why_not_over(place / "old.json", [place / "a.db"]) == ""
