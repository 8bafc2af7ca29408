import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from itertools import cycle

from holdfast.drills.langsmith_stub import Fault, LangSmithStub
from holdfast.traces import LangSmith
from holdfast.traces.exporting import export_store, read_dead
from holdfast.traces.store import Store

PROGRAM = """
import sys
from typing import TypedDict
from holdfast.traces import LangSmith, record
from langgraph.graph import END, START, StateGraph

class State(TypedDict, total=False):
    n: int

def work(state):
    return {"n": state["n"] + 1}

graphs = {}
for name in ("good", "poison"):
    builder = StateGraph(State)
    builder.add_node(name, work)
    builder.add_edge(START, name)
    builder.add_edge(name, END)
    graphs[name] = builder.compile()
with record(sys.argv[1], export=LangSmith(project="p", url=sys.argv[2], api_key="k")):
    for n in range(1_000):
        graphs["poison" if n == 3 else "good"].invoke({"n": n})
        print(n, flush=True)
"""


def killed_after(runs, store, url):
    """Run the program until it has made so many runs, then kill it where it stands."""
    command = [sys.executable, "-c", PROGRAM, str(store), url]
    bare = {key: value for key, value in os.environ.items() if not key.startswith("LANG")}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=bare) as program:
        for line in program.stdout:
            if int(line) == runs:
                program.send_signal(signal.SIGKILL)
        assert program.wait(30) == -signal.SIGKILL


@dataclass
class Hasty:
    """An export whose waits take no time: its clock jumps to their end."""

    export: LangSmith
    ahead: int = 0

    def courier(self):
        return self.export.courier()

    def plan(self, *, live):
        return replace(self.export.plan(live=live), clock=lambda: time.time_ns() + self.ahead)

    def sleep(self, seconds):
        self.ahead += int(seconds * 1e9)


def test_after_a_kill_and_an_outage_all_that_was_recorded_is_there_but_what_was_refused(tmp_path):
    faults = cycle([Fault(503), None, Fault(429, {"Retry-After": "0"}), None, Fault(500), None])
    store = tmp_path / "t.db"
    with LangSmithStub(
        fault=lambda asked: next(faults), refuses=lambda said: said.get("name") == "poison"
    ) as stub:
        killed_after(20, store, stub.url)
        export = LangSmith(project="p", url=stub.url, api_key="k", unfinished_seconds=0)
        hasty = Hasty(export)
        done = export_store(store, hasty, patience=600, sleep=hasty.sleep)
        received, posted = stub.runs, stub.posted
    with Store(store) as opened:
        recorded = {
            span.id for t in opened.traces() for span in opened.spans(t.id) if not span.hidden
        }
    (dead,) = read_dead(store)
    assert done.counts.waiting == 0
    assert json.loads(dead.body)["name"] == "poison"
    assert recorded - {dead.id} == set(received)
    assert len(recorded) >= 2 * 20
    assert max(posted.values()) <= 2  # twice only if it was killed between an answer and its note
