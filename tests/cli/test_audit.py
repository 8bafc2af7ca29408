import json
import subprocess
import sys

import pytest
from holdfast.cli import app
from typer.testing import CliRunner

CALL = {"id": "c", "type": "function", "function": {"name": "look", "arguments": '{"id": 7}'}}


def run_of(laps, name="r"):
    exchange = [
        {"role": "assistant", "content": "", "tool_calls": [CALL]},
        {"role": "tool", "tool_call_id": "c", "content": "nothing"},
    ]
    messages = [{"role": "user", "content": "find 7"}, *exchange * laps]
    return {"id": name, "messages": [*messages, {"role": "assistant", "content": "done"}]}


RUNS = (run_of(1, "calm"), run_of(9, "looping"))


@pytest.fixture
def audit(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def call(*arguments, runs=RUNS, extra=""):
        lines = "".join(json.dumps(run) + "\n" for run in runs) + extra
        (tmp_path / "runs.jsonl").write_text(lines)
        return CliRunner().invoke(app, ["audit", *map(str, arguments)])

    return call


def test_a_report_is_printed(audit):
    done = audit("runs.jsonl")
    assert done.exit_code == 0, done.output
    assert "2 runs" in done.stdout
    assert "same_call" in done.stdout
    assert done.stderr == ""


def test_quiet_prints_no_report(audit):
    done = audit("runs.jsonl", "--quiet")
    assert (done.exit_code, done.output) == (0, "")


def test_json_holds_one_object_a_run(audit, tmp_path):
    audit("runs.jsonl", "--json", "out.jsonl")
    calm, looping = map(json.loads, (tmp_path / "out.jsonl").read_text().splitlines())
    assert (calm["id"], calm["ending"], calm["steps"], calm["verdicts"]) == (
        "calm",
        "completed",
        3,
        [],
    )
    assert (looping["id"], looping["ending"], looping["steps"]) == ("looping", "loop_stopped", 19)
    first = looping["verdicts"][0]
    assert (first["guard"], first["kind"], first["action"], first["step"]) == (
        "loop",
        "same_call",
        "nudge",
        4,
    )
    assert first["outcome"] == "trip"


def test_html_holds_the_page(audit, tmp_path):
    audit("runs.jsonl", "--html", "out.html", "--quiet")
    html = (tmp_path / "out.html").read_text()
    assert html.startswith("<!doctype html>")
    assert "looping" in html


def test_settings_reach_the_guards(audit, tmp_path):
    audit("runs.jsonl", "--json", "o", "--set", "loop.last=99", "--set", "budget.tool_calls=6")
    assert json.loads((tmp_path / "o").read_text().splitlines()[1])["ending"] == "budget_stopped"


def test_tools_reach_the_guards(audit, tmp_path):
    (tmp_path / "tools.json").write_text(json.dumps([{"name": "book"}]))
    audit("runs.jsonl", "--json", "out.jsonl", "--tools", "tools.json")
    calm = json.loads((tmp_path / "out.jsonl").read_text().splitlines()[0])
    assert [v["kind"] for v in calm["verdicts"]] == ["unknown_tool"]


def test_bad_lines_are_told_with_file_and_line_and_counted(audit):
    done = audit("runs.jsonl", "--quiet", extra='{"cut": \n7\n')
    assert done.exit_code == 0
    assert "runs.jsonl:3: it is not valid JSON" in done.stderr
    assert "runs.jsonl:4: a JSON number is no run" in done.stderr
    assert "2 could not be read" in done.stderr


def test_very_many_bad_lines_are_told_briefly(audit):
    done = audit("runs.jsonl", "--quiet", extra="7\n" * 1_000)
    assert len(done.stderr.splitlines()) == 22
    assert "1,000 could not be read" in done.stderr


def test_a_bad_line_is_told_without_its_text(audit):
    done = audit("runs.jsonl", "--quiet", extra='{"\x1b[31mpassword=hunter2": 1}\n')
    assert "runs.jsonl:3" in done.stderr
    assert "\x1b" not in done.stderr
    assert "hunter2" not in done.stderr


@pytest.mark.parametrize(
    ("runs", "code"),
    [
        pytest.param([run_of(1)], 0, id="no trip"),
        pytest.param([run_of(2)], 0, id="a nudge"),
        pytest.param([run_of(5)], 1, id="a block"),
        pytest.param([run_of(5), run_of(1)], 1, id="a block in one run of two"),
    ],
)
def test_fail_on_trips_fails_from_block_on(audit, runs, code):
    assert audit("runs.jsonl", "--fail-on-trips", runs=runs).exit_code == code


def test_without_fail_on_trips_a_trip_is_no_failure(audit):
    assert audit("runs.jsonl").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["absent.jsonl"], "absent.jsonl: cannot be read", id="an absent file"),
        pytest.param(["."], "cannot be read", id="a folder"),
        pytest.param(["empty"], "empty: no readable run", id="an empty file"),
        pytest.param(["runs.jsonl", "empty"], "empty: no readable run", id="one of two files"),
        pytest.param(["runs.jsonl", "--set", "loop.blok=4"], "no such setting", id="a setting"),
        pytest.param(["runs.jsonl", "--tools", "empty"], "not valid JSON", id="the tools"),
        pytest.param(["runs.jsonl", "--json", "no/out"], "cannot be written", id="no such folder"),
        pytest.param(["runs.jsonl", "--json", "runs.jsonl"], "input too", id="an input for output"),
        pytest.param(
            ["runs.jsonl", "--json", "o", "--html", "o"], "give two", id="one output twice"
        ),
        pytest.param([], "Missing argument", id="no file"),
    ],
)
def test_what_cannot_be_done_is_an_error_and_exits_with_2(audit, tmp_path, arguments, said):
    (tmp_path / "empty").write_text("")
    done = audit(*arguments)
    assert done.exit_code == 2
    assert said in done.stderr


def test_a_refused_audit_leaves_no_output_behind(audit, tmp_path):
    before = {"runs.jsonl", "empty"}
    (tmp_path / "empty").write_text("")
    audit("runs.jsonl", "--json", "out.jsonl", "--html", "no/out.html")
    assert {path.name for path in tmp_path.iterdir()} == before


def test_an_output_outlives_an_audit_without_runs(audit, tmp_path):
    (tmp_path / "out.jsonl").write_text("kept")
    assert audit("runs.jsonl", "--json", "out.jsonl", runs=[]).exit_code == 2
    assert (tmp_path / "out.jsonl").read_text() == "kept"


def test_an_audit_loads_neither_langgraph_nor_langchain(tmp_path):
    (tmp_path / "runs.json").write_text(json.dumps(run_of(9)))
    code = (
        "import sys; from holdfast.cli import app\n"
        f"app(['audit', {str(tmp_path / 'runs.json')!r}], standalone_mode=False)\n"
        "assert not {'langgraph', 'langchain_core'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_help_names_the_command():
    done = CliRunner().invoke(app, ["--help"])
    assert done.exit_code == 0
    assert "audit" in done.stdout
