"""How quickly a store takes spans, from one process and from four, and what a kill leaves out."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from holdfast.traces import Store

SPANS = 10_000
WRITER = """
import sys, time, uuid
from holdfast.traces.store import Span, Store, Trace
path, name, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
with Store(path) as store:
    store.write(Trace(id=name, name="g", start=time.time_ns()))
    print("ready", flush=True)
    sys.stdin.readline()
    began = time.perf_counter()
    for first in range(0, count, 50):
        items = []
        for n in range(first, min(first + 50, count)):
            said = {"n": n, "of": name, "text": f"result {n} " * 100}
            items.append(Span(id=str(uuid.uuid4()), trace=name, seq=n, kind="tool", name="look_up",
                start=time.time_ns(), end=time.time_ns(), status="ok", node="tools", step=n,
                inputs=store.put({"query": f"the number {n}"}), outputs=store.put(said)))
        store.write(*items)
    print(time.perf_counter() - began)
"""
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
graph.add_conditional_edges("node", lambda state: "node")
with record(sys.argv[1]):
    graph.compile().invoke({"n": 0}, {"recursion_limit": 10**9})
"""


def written(processes, spans=SPANS):
    """Return spans a second in all, and how many of those written are missing."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "traces.db"
        Store(path).close()
        command = [sys.executable, "-c", WRITER, str(path)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        names = [f"writer {n}" for n in range(processes)]
        writers = [subprocess.Popen([*command, name, str(spans)], **pipes) for name in names]
        for each in writers:
            each.stdout.readline()  # it is ready
        for each in writers:
            each.stdin.write("go\n")
            each.stdin.flush()
        seconds = [float(each.communicate(timeout=300)[0]) for each in writers]
        with Store(path, read_only=True) as store:
            found = sum(len(store.spans(name)) for name in names)
        return processes * spans / max(seconds), processes * spans - found


def killed():
    """Return how many milliseconds before its end a killed process was last recorded."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "traces.db"
        command = [sys.executable, "-c", LOOP, str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            lines = [process.stdout.readline() for _ in range(3_000)]
            os.kill(process.pid, signal.SIGKILL)
            lines += process.stdout.read().splitlines(keepends=True)
        done = [tuple(map(int, line.split())) for line in lines if line.endswith("\n")]
        with Store(path, read_only=True) as store:
            spans = store.spans(store.trace("last").id)
            kept = {store.load(span.inputs).get("n") for span in spans if span.end and span.inputs}
    lost = [at for n, at in done if n not in kept]
    return len(done), len(lost), (max(at for _, at in done) - min(lost)) / 1e6 if lost else 0.0
