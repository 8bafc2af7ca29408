"""What a step costs more when it is recorded: by nothing, ours, BaseTracer, LangChainTracer."""

import gc
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from holdfast.traces import record
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.tracers.base import BaseTracer
from langchain_core.tracers.langchain import LangChainTracer
from langgraph.graph import END, START, MessagesState, StateGraph
from langsmith import Client
from typing_extensions import TypedDict

STEPS = 100
STUB = """
import sys
from holdfast.drills.langsmith_stub import LangSmithStub
with LangSmithStub() as stub:
    print(stub.url, flush=True)
    sys.stdin.read()
"""


class Count(TypedDict, total=False):
    n: int


class Quiet(BaseTracer):
    """LangChain's own base of tracers, which keeps the run and sends it nowhere."""

    run_inline = True

    def _persist_run(self, run):
        pass


def trivial():
    """Return a loop whose node adds one."""
    graph = StateGraph(Count)
    graph.add_node("node", lambda state: {"n": state["n"] + 1})
    graph.add_edge(START, "node")
    graph.add_conditional_edges("node", lambda state: "node" if state["n"] < STEPS else END)
    return graph.compile(), {"n": 0}


def talking():
    """Return a loop of model calls that ends with prompts of 100 messages and more."""
    said = (AIMessage(f"{n}: " + "some words of a reply " * 10) for n in count())
    model = GenericFakeChatModel(messages=said)
    graph = StateGraph(MessagesState)
    graph.add_node("node", lambda state: {"messages": [model.invoke(state["messages"])]})
    graph.add_edge(START, "node")
    graph.add_conditional_edges(
        "node", lambda state: "node" if len(state["messages"]) <= STEPS else END
    )
    return graph.compile(), {"messages": [HumanMessage("some words of a question", id="h")]}


LOOPS = {"trivial": trivial, "model, to 100 messages": talking}


@contextmanager
def served():
    """Yield the address of a LangSmith stub in a process of its own."""
    with subprocess.Popen(
        [sys.executable, "-c", STUB], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process.stdout.readline().strip()
        finally:
            process.stdin.close()
            process.wait(30)


@contextmanager
def ours(folder, name):
    with record(Path(folder) / f"{name}.db") as recorder:
        yield {}
        if recorder.failures or recorder.lost:
            raise SystemExit("the recorder failed: these are no figures")


@contextmanager
def handler(made):
    yield {"callbacks": [made]}


def ways(folder, url):
    """Return each way to record a run, made anew for each run."""
    names = count()

    @contextmanager
    def stock():
        client = Client(api_url=url, api_key="none")
        try:
            yield {"callbacks": [LangChainTracer(client=client)]}
            client.flush()
        finally:
            client.cleanup()

    return {
        "nothing": lambda: handler_less(),
        "Holdfast": lambda: ours(folder, next(names)),
        "BaseTracer": lambda: handler(Quiet(_schema_format="original+chat")),
        "LangChainTracer": stock,
    }


@contextmanager
def handler_less():
    yield {}


def once(make, way):
    """Return the microseconds of wall clock and of processor that a step took.

    Each way has recorded a run before, as it has in a service: imports, statements and
    connections are there.
    """
    app, given = make()
    with way() as config:
        config = {"recursion_limit": 10 * STEPS, **config}
        warm, first = make()
        warm.invoke(first, config)
        gc.collect()
        wall, processor = time.perf_counter(), time.process_time()
        app.invoke(given, config)
        took = time.perf_counter() - wall, time.process_time() - processor
    return tuple(each / STEPS * 1e6 for each in took)


def measured(rounds):
    """Return for each loop and way the least wall clock and processor time of a step."""
    best = {}
    with ExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory())
        url = stack.enter_context(served())
        for _ in range(rounds):
            for loop, make in LOOPS.items():
                for name, way in ways(folder, url).items():
                    now, before = once(make, way), best.get((loop, name), (9e9, 9e9))
                    best[loop, name] = tuple(map(min, now, before))
    return best
