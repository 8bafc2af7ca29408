import json

import pytest
from holdfast.cli import app
from holdfast.guards import AuditInputError, LoopGuard, ToolCallGuard
from holdfast.traces import Store, audit_file, compare_file, import_file
from holdfast.traces.files import is_store, read_runs
from typer.testing import CliRunner

from .importing.runs import lines
from .runs import calls, gives, repeated, says, user
from .viewing.recorded import record_ticket

GUARDS = (LoopGuard(), ToolCallGuard())
RUNS = [
    {"id": "calm", "messages": [user(), says()], "reward": 1},
    {"id": "loop", "messages": [*repeated(9), says()], "reward": 0},
    {
        "id": "wrong",
        "messages": [user(), calls(("c", "look", "{'id': 7}")), gives("c", "what?"), says()],
    },
]


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A store with the fourth ticket, once without guards and once with them."""
    path = tmp_path_factory.mktemp("desk") / "traces.db"
    record_ticket(path, 6, "plain")
    record_ticket(path, 6)
    return path


def found(run):
    return run.ending, run.steps, run.kinds, run.cut, run.blocked, run.reward, dict(run.skips)


def test_the_same_runs_are_judged_alike_in_a_file_and_in_a_store(tmp_path):
    file = lines(tmp_path / "runs.jsonl", *RUNS)
    import_file(file, tmp_path / "new.db")
    with Store(tmp_path / "new.db") as store:
        names = {trace.id: trace.metadata["run"] for trace in store.traces()}
    stored = {names[run.id]: found(run) for run in audit_file(tmp_path / "new.db", GUARDS)}
    assert stored == {run.id: found(run) for run in audit_file(file, GUARDS)}


def test_a_store_is_told_by_its_content(tmp_path, desk):
    renamed = tmp_path / "runs.json"
    renamed.write_bytes(desk.read_bytes())
    assert is_store(renamed)
    assert not is_store(lines(tmp_path / "other.db", *RUNS))
    assert not is_store(tmp_path / "nothing")


def test_the_tools_are_known_from_what_was_recorded(desk):
    runs = list(audit_file(desk, (ToolCallGuard(),)))
    assert ["tool_call" in run.skips for run in runs] == [False, False]


def test_what_guards_found_live_the_audit_finds_in_the_run_without_them(desk):
    guarded, plain = audit_file(desk, GUARDS)
    live = {(one["guard"], one["kind"]) for one in guarded.recorded if one["outcome"] == "trip"}
    assert live
    assert live <= set(plain.kinds)
    assert plain.recorded == []


def test_a_run_came_to_what_was_recorded_unless_a_guard_would_have_ended_it(desk):
    guarded, plain = audit_file(desk, ())
    assert (guarded.ending, plain.ending) == ("completed", "failed")


def test_two_settings_are_compared_over_a_store(desk):
    both = list(compare_file(desk, GUARDS, (LoopGuard(nudge=7, block=9, wrap_up=11, last=13),)))
    assert len(both) == 2


def test_replays_are_not_judged(tmp_path, desk):
    copy = tmp_path / "copy.db"
    copy.write_bytes(desk.read_bytes())
    with Store(copy) as store:
        from dataclasses import replace

        trace = store.trace("last")
        store.write(replace(trace, id="again", thread="", replay_of=trace.id))
    assert len(list(audit_file(copy, GUARDS))) == 2


def test_an_empty_store_is_refused(tmp_path):
    with Store(tmp_path / "empty.db"):
        pass
    with pytest.raises(AuditInputError, match="the store is empty"):
        list(read_runs(tmp_path / "empty.db"))


def test_another_programs_database_is_refused(tmp_path):
    (tmp_path / "other.db").write_bytes(b"SQLite format 3\0" + b"x" * 4_000)
    with pytest.raises(AuditInputError):
        list(read_runs(tmp_path / "other.db"))


def audit(*arguments):
    return CliRunner().invoke(app, ["audit", *map(str, arguments)], env={"COLUMNS": "140"})


def test_the_command_shows_what_was_recorded_beside_what_it_finds(desk):
    done = audit(desk)
    assert (done.exit_code, "recorded" in done.stdout) == (0, True), done.output


def test_the_command_takes_all_its_options(tmp_path, desk):
    out, page = tmp_path / "out.jsonl", tmp_path / "out.html"
    done = audit(desk, "--ground", "--set", "loop.block=4", "--json", out, "--html", page)
    assert done.exit_code == 0, done.output
    runs = [json.loads(line) for line in out.read_text().splitlines()]
    assert [bool(run.get("recorded")) for run in runs] == [True, False]
    assert "While it was recorded" in page.read_text()
    assert audit(desk, "--against", "loop.block=6").exit_code == 0
