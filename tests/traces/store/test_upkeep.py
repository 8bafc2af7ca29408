import json
import sqlite3
from contextlib import closing

import pytest
from holdfast.cli import app
from holdfast.traces import Store
from holdfast.traces.store import Span, StoreError, Trace
from holdfast.traces.store.upkeep import compact, prune
from holdfast.traces.store.verifying import verify
from langchain_core.messages import AIMessage, HumanMessage
from typer.testing import CliRunner

DAY = 86_400 * 10**9


def talk(name, length):
    return [HumanMessage(f"{name} says a few words, number {n}") for n in range(length)]


def write(store, name, start, status="ok"):
    state = {"messages": talk("shared", 5) + talk(name, 5), "docs": [f"{name} " * 200] * 3}
    store.write(
        Trace(id=name, name="g", start=start, status=status),
        Span(
            id=f"{name}-0",
            trace=name,
            seq=0,
            kind="graph",
            name="g",
            start=start,
            inputs=store.put(state),
            outputs=store.put_messages(talk(name, 9)),
        ),
    )


@pytest.fixture
def path(tmp_path):
    with Store(tmp_path / "traces.db") as store:
        for n, name in enumerate(("old", "failed", "new")):
            write(store, name, n * DAY + DAY, "error" if name == "failed" else "ok")
    return tmp_path / "traces.db"


def change(path, sql, *given):
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(sql, given)


def let_hours_pass(path):
    for table in ("blob", "link"):
        change(path, f"UPDATE {table} SET seen = seen - 3")


def read_all(path):
    with Store(path, read_only=True) as store:
        return {
            trace.id: [(store.decode(span.inputs), store.decode(span.outputs)) for span in spans]
            for trace in store.traces()
            for spans in [store.spans(trace.id)]
        }


def test_pruning_deletes_old_traces_and_what_only_they_had(path):
    before = read_all(path)
    let_hours_pass(path)
    found = prune(path, before=2 * DAY)
    assert found.traces == 1
    assert found.payloads > 5
    assert read_all(path) == {name: before[name] for name in ("failed", "new")}
    assert verify(path).damaged == []


def test_pruning_may_keep_what_failed_and_may_only_count(path):
    assert prune(path, before=3 * DAY, pretend=True).traces == 2
    assert prune(path, before=3 * DAY, keep_failed=True).traces == 1
    assert set(read_all(path)) == {"failed", "new"}


def test_what_a_recorder_at_work_may_count_on_is_not_pruned(path):
    with Store(path) as store:
        ref = store.put({"docs": ["old " * 200] * 3})
        store.write()
        assert prune(path, before=9 * DAY).payloads == 0
        assert store.decode(ref)


def test_what_stays_for_now_is_said_and_nothing_stays_at_once(path):
    kept = prune(path, before=9 * DAY)
    assert kept.payloads == 0
    assert kept.staying > 5
    gone = prune(path, before=9 * DAY, at_once=True)
    assert (gone.payloads, gone.staying) == (kept.staying, 0)


def test_no_word_of_what_was_pruned_is_left_in_the_file(tmp_path):
    path = tmp_path / "t.db"
    words = "what only this run has said"
    with Store(path) as store:
        store.write(Trace(id="s", name="g", start=1, status="error", error=words))
    assert words.encode() in path.read_bytes()
    prune(path, before=2, at_once=True)
    assert words.encode() not in path.read_bytes()


def queue(path, trace, state):
    sql = "INSERT INTO export_trace (place, trace, start, state) VALUES ('there', ?, 1, ?)"
    change(path, sql, trace, state)


def count(path, table):
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


def test_what_waits_to_be_exported_is_not_pruned_unless_forced(path):
    queue(path, "old", "waiting")
    queue(path, "failed", "sent")
    assert prune(path, before=9 * DAY, pretend=True).traces == 2
    assert prune(path, before=9 * DAY, pretend=True, force=True).traces == 3
    prune(path, before=9 * DAY)
    assert set(read_all(path)) == {"old"}
    prune(path, before=9 * DAY, force=True)
    assert read_all(path) == {}


def test_what_an_export_knows_of_a_trace_goes_with_it(path):
    queue(path, "old", "sent")
    queue(path, "new", "sent")
    change(
        path, "INSERT INTO export_dead (place, kind, id, trace) VALUES ('there', 'r', 'i', 'old')"
    )
    prune(path, before=2 * DAY)
    assert (count(path, "export_trace"), count(path, "export_dead")) == (1, 0)


def test_compacting_makes_a_store_smaller_and_changes_nothing_in_it(path):
    with Store(path) as store:
        store.put_messages(talk("much", 400))
    let_hours_pass(path)
    prune(path, before=0)
    before = read_all(path)
    found = compact(path)
    assert found.after < found.before
    assert read_all(path) == before
    assert verify(path).damaged == []


def test_a_payload_that_was_changed_is_found(path):
    change(path, "UPDATE blob SET data = data || x'00' WHERE n = 2")
    found = verify(path)
    assert any("is not what was written" in each for each in found.damaged)


def test_a_payload_that_is_gone_is_found(path):
    change(path, "DELETE FROM blob WHERE n IN (SELECT max(n) FROM blob)")
    change(path, "DELETE FROM link WHERE h IN (SELECT substr(outputs, 2) FROM span LIMIT 1)")
    found = verify(path)
    assert any("trace old" in each for each in found.damaged)
    assert found.traces < 3


def test_what_is_whole_of_a_damaged_file_is_read(path):
    change(path, "UPDATE blob SET data = x'00' WHERE n = 1")
    with Store(path, read_only=True) as store:
        assert len(list(store.traces())) == 3
        refs = [store.spans(each)[0].outputs for each in ("old", "failed", "new")]
        readable = [ref for ref in refs if is_readable(store, ref)]
    assert readable


def is_readable(store, ref):
    try:
        return bool(store.load(ref))
    except StoreError:
        return False


def test_a_file_that_is_no_store_is_refused(tmp_path):
    (tmp_path / "x.db").write_bytes(b"no database at all, but long enough to be one" * 9)
    with pytest.raises(StoreError, match="cannot be opened"):
        Store(tmp_path / "x.db")


def test_the_command_line_keeps_a_store_in_order(path):
    run = CliRunner().invoke
    assert "3 runs" in run(app, ["trace", "verify", str(path)]).stdout
    assert run(
        app, ["trace", "prune", str(path), "--before", "1970-01-03", "--dry-run"]
    ).stdout == ("1 runs would be deleted\n")
    found = run(app, ["trace", "prune", str(path), "--before", "1970-01-03", "--json"])
    assert json.loads(found.stdout)["traces"] == 1
    assert "->" in run(app, ["trace", "compact", str(path)]).stdout
    change(path, "DELETE FROM blob")
    assert run(app, ["trace", "verify", str(path)]).exit_code == 1


@pytest.mark.parametrize("command", [["compact"], ["verify"], ["prune", "--before", "1d"]])
def test_the_command_line_says_what_it_cannot_do(tmp_path, command):
    found = CliRunner().invoke(app, ["trace", *command, str(tmp_path / "none.db")])
    assert (found.exit_code, "there is no store" in found.stderr) == (2, True)


def test_a_time_that_is_none_is_refused(path):
    found = CliRunner().invoke(app, ["trace", "prune", str(path), "--before", "soon"])
    assert found.exit_code == 2
    assert "--before 'soon' is no time" in found.stderr


def test_a_store_of_replies_is_smaller_by_far_than_its_prompts(tmp_path):
    messages, raw = [], 0
    with Store(tmp_path / "traces.db") as store:
        for n in range(150):
            messages.append(AIMessage(f"reply {n}, as long as any other"))
            ref = store.put_messages(messages)
            raw += sum(len(each.model_dump_json()) for each in messages)
            store.write(
                Span(id=f"s{n}", trace="t", seq=n, kind="model", name="m", start=1, inputs=ref)
            )
    assert (tmp_path / "traces.db").stat().st_size < raw / 10
