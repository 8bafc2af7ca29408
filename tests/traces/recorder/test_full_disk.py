"""A disk that takes no more, and takes more again: the run goes on, and the loss is said."""

import json
import subprocess
import sys

import pytest
from holdfast.traces import Store
from holdfast.traces.store.verifying import verify

resource = pytest.importorskip("resource", reason="this system bounds no file's size")
RUN = """
import json, logging, os, resource, signal, sys
from langgraph.graph import START, StateGraph
from typing_extensions import TypedDict
from holdfast.traces import record
from holdfast.traces.recorder import journal
from holdfast.traces.store import pool

class State(TypedDict, total=False):
    text: str
    n: int

graph = StateGraph(State)
graph.add_node("node", lambda state: {"n": len(state["text"])})
graph.add_edge(START, "node")
app = graph.compile()
path, most, stays = sys.argv[1], int(sys.argv[2]), sys.argv[3] == "stays"
journal.MOST_WAITING = most or journal.MOST_WAITING
pool.MOST_WAITING_BYTES = most * 20_000 or pool.MOST_WAITING_BYTES
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
logging.basicConfig(format="%(message)s")

def run(name):
    text = name + os.urandom(60_000).hex()
    return app.invoke({"text": text}, {"metadata": {"name": name}})["n"] == len(text)

def room(size):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

with record(path) as recorder:
    went = [run("before")]
    room(max(os.path.getsize(path + end) for end in ("", "-wal")))
    went += [run(f"full {n}") for n in range(8)]
    failures = recorder.failures
    waits = sum(map(len, recorder.store._payloads.pool.fresh.blobs.values()))
    if not stays:
        room(resource.RLIM_INFINITY)
    went += [run("after")]
room(resource.RLIM_INFINITY)
print(json.dumps({"went": went, "failures": failures, "lost": recorder.lost, "waits": waits}))
"""


def run(path, most=0, stays=""):
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(path), str(most), stays],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    return json.loads(done.stdout), done.stderr


def names(path):
    with Store(path, read_only=True) as store:
        assert store.damage is None
        for trace in store.traces():
            for span in store.spans(trace.id):
                assert store.load(span.inputs)
        return {trace.metadata["name"] for trace in store.traces() if trace.status == "ok"}


def test_a_run_goes_on_over_a_full_disk_and_all_is_written_when_there_is_room(tmp_path):
    found, said = run(tmp_path / "a.db")
    assert found["went"] == [True] * 10
    assert found["failures"] >= 8
    assert found["lost"] == 0
    assert said.count("The run goes on, but its trace is not complete: ") == 1
    assert names(tmp_path / "a.db") == {"before", *(f"full {n}" for n in range(8)), "after"}
    assert verify(tmp_path / "a.db").damaged == []


def test_what_is_more_than_can_wait_is_lost_and_counted_and_the_rest_is_whole(tmp_path):
    found, said = run(tmp_path / "a.db", most=10)
    assert found["went"] == [True] * 10
    assert found["lost"] > 0
    assert found["waits"] <= 200_000
    assert said.count("The run goes on, but its trace is not complete: ") == 1
    with Store(tmp_path / "a.db", read_only=True) as store:
        kept = {trace.metadata.get("name"): trace for trace in store.traces()}
        for name in ("before", "after"):
            spans = store.spans(kept[name].id)
            assert [store.load(span.inputs)["text"][: len(name)] for span in spans] == [name] * 2


def test_what_still_waits_when_a_recorder_is_closed_is_counted_and_said(tmp_path):
    found, said = run(tmp_path / "a.db", stays="stays")
    assert found["went"] == [True] * 10
    assert found["lost"] >= 20
    assert f"{found['lost']:,} spans and events could not be recorded" in said
    assert names(tmp_path / "a.db") == {"before"}
