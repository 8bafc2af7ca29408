import os
import signal
import sqlite3
import subprocess
import sys
import time

import pytest
from holdfast.traces import Store, record
from holdfast.traces.store.verifying import verify

from tests.traces.recorder.agents import one_node
from tests.traces.recorder.reading import ask, steps

LOOP = """
import sys, time
from langgraph.graph import START, END, StateGraph
from typing_extensions import TypedDict
from holdfast.traces import record

class State(TypedDict, total=False):
    n: int

def node(state):
    print(state["n"], time.time_ns(), flush=True)
    return {"n": state["n"] + 1}

graph = StateGraph(State)
graph.add_node("node", node)
graph.add_edge(START, "node")
graph.add_conditional_edges("node", lambda state: "node" if state["n"] < int(sys.argv[2]) else END)
app = graph.compile()
with record(sys.argv[1]):
    app.invoke({"n": 0}, {"recursion_limit": 1_000_000})
"""


def start(path, steps, **settings):
    return subprocess.Popen(
        [sys.executable, "-c", LOOP, str(path), str(steps)],
        stdout=subprocess.PIPE,
        text=True,
        **settings,
    )


def test_a_killed_process_loses_the_last_steps_only(tmp_path):
    """How many that are depends on the machine: benchmarks/recording measures it."""
    with start(tmp_path / "a.db", 1_000_000) as process:
        lines = [process.stdout.readline() for _ in range(2_000)]
        os.kill(process.pid, signal.SIGKILL)
        lines += process.stdout.read().splitlines(keepends=True)
    done = [int(line.split()[0]) for line in lines if line.endswith("\n")]
    with Store(tmp_path / "a.db", read_only=True) as store:
        trace = store.trace("last")
        kept = [span for span in store.spans(trace.id) if span.kind == "node" and span.end]
        numbers = {store.decode(span.inputs).get("n") for span in kept}
    assert trace.status == "running"
    kept = [n for n in done if n in numbers]
    assert kept
    assert kept == done[: len(kept)]
    assert verify(tmp_path / "a.db").damaged == []


WRITER = """
import sys
from holdfast.traces.store import Span, Store, Trace
name = sys.argv[2]
with Store(sys.argv[1]) as store:
    for n in range(150):
        state = store.put({"n": n, "of": name, "shared": "the same for all " * 20})
        told = {"trace": name, "seq": n, "kind": "node", "name": "node", "start": n}
        store.write(Trace(id=name, name="g", start=1), Span(id=f"{name}{n}", inputs=state, **told))
"""


def test_several_processes_write_one_store_and_none_loses_anything(tmp_path):
    command = [sys.executable, "-c", WRITER, str(tmp_path / "a.db")]
    writers = [subprocess.Popen([*command, name]) for name in "abcd"]
    assert [writer.wait(timeout=120) for writer in writers] == [0] * 4
    with Store(tmp_path / "a.db", read_only=True) as store:
        assert {trace.id for trace in store.traces()} == set("abcd")
        for name in "abcd":
            states = [store.load(span.inputs) for span in store.spans(name)]
            assert [state["n"] for state in states] == list(range(150))
            assert {state["of"] for state in states} == {name}
    assert verify(tmp_path / "a.db").damaged == []


def test_a_run_goes_on_when_the_disk_is_full_and_the_loss_is_counted_and_said_once(
    tmp_path, caplog
):
    with record(tmp_path / "a.db") as recorder:
        recorder.store._database.rows("PRAGMA max_page_count = 1")
        app = one_node(lambda _: {"n": 1})
        large = {"metadata": {"note": "x" * 100_000}}
        assert [app.invoke({}, large)["n"] for _ in range(5)] == [1] * 5
        assert recorder.failures >= 5
        recorder.store._database.rows("PRAGMA max_page_count = 1000000")
        assert app.invoke({})["n"] == 1
    (said,) = [each.message for each in caplog.records if each.name == "holdfast.traces"]
    assert said.startswith("The run goes on, but its trace is not complete: ")
    assert said.endswith("database or disk is full")
    with Store(tmp_path / "a.db", read_only=True) as store:
        assert len(list(store.traces())) == 6  # nothing was lost, for there was room again in time
    assert recorder.lost == 0


def test_a_file_that_went_away_breaks_no_run(tmp_path):
    with record(tmp_path / "a.db") as recorder:
        recorder.store._database.close()
        assert one_node(lambda _: {"n": 1}).invoke({})["n"] == 1
        assert recorder.failures


def test_an_error_is_on_the_disk_before_it_is_raised_further(tmp_path):
    path = tmp_path / "a.db"

    def node(state):
        raise ValueError("at once")

    def outer(state):
        with pytest.raises(ValueError, match="at once"):
            one_node(node).invoke({})
        with Store(path, read_only=True) as store:
            statuses = [span.status for span in store.spans(store.trace("last").id)]
        return {"n": statuses.count("error")}

    with record(path):
        assert one_node(outer).invoke({})["n"] >= 2


def test_an_interrupt_is_on_the_disk_when_the_call_returns(tmp_path):
    with record(tmp_path / "a.db"):
        steps().invoke(ask(), {"configurable": {"thread_id": "1"}})
        with Store(tmp_path / "a.db", read_only=True) as store:
            assert store.trace("last").end


def test_a_store_is_brought_up_by_one_of_many_that_open_it_at_once(tmp_path):
    code = "import sys; from holdfast.traces.store import Store; Store(sys.argv[1]).close()"
    command = [sys.executable, "-c", code, str(tmp_path / "a.db")]
    openers = [subprocess.Popen(command) for _ in range(4)]
    assert [opener.wait(timeout=60) for opener in openers] == [0] * 4
    connection = sqlite3.connect(tmp_path / "a.db")
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def test_what_waits_is_written_soon_without_being_asked(tmp_path):
    path, until = tmp_path / "a.db", time.monotonic() + 20

    def node(state):
        while time.monotonic() < until:
            with Store(path, read_only=True) as store:
                if list(store.traces()):
                    return {"n": 1}
        return {"n": 0}

    with record(path):
        assert one_node(node).invoke({})["n"] == 1
