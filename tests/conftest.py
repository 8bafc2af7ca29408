"""What every test runs under: no network, strict checkpoints, bounded random cases."""

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

os.environ["LANGGRAPH_STRICT_MSGPACK"] = "true"  # read by LangGraph when it is imported

from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

from . import postgres_server

CHECKOUT = Path(__file__).resolve().parents[1]

settings.register_profile(
    "local",
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("ci", settings.get_profile("local"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "local")


LOOPBACK = ["127.0.0.1", "::1"]


def pytest_collection_modifyitems(items):
    for item in items:
        if item.get_closest_marker("allow_hosts") is None:
            item.add_marker(pytest.mark.allow_hosts(LOOPBACK))


@pytest.fixture(scope="session")
def checkout():
    """The folder that holds `pyproject.toml`."""
    return CHECKOUT


@pytest.fixture(scope="session")
def postgres():
    """A Postgres server, started once; see `tests/postgres_server.py`."""
    with postgres_server.running() as server:
        yield server


@pytest.fixture
def postgres_url(postgres):
    """A Postgres database of the test's own."""
    with postgres.database() as url:
        yield url


@pytest.fixture(scope="session")
def shared_data():
    """The recorded runs that lie next to the checkout; they are too large to be part of it."""
    folder = CHECKOUT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("there is no folder shared/data beside the checkout")
    return folder


STEPS = 400  # more than any graph of a test takes


@dataclass(frozen=True)
class Play:
    """One way to run a graph; what comes out must be the same in every way.

    Interrupted, it stops before each node, and a newly compiled graph goes on from the checkpoint.
    """

    awaited: bool = False
    interrupted: bool = False

    def __call__(self, graph, given, answers=(), *, thread="1", saver=None, store=None):
        """Run a graph to its end and return its state, all channels of it.

        Args:
            graph: A graph that is not compiled yet.
            given: The input.
            answers: What a person answers, question by question.
            thread: Which conversation it is.
            saver: Where it is kept; None: in memory, and nowhere else.
            store: The graph's store.
        """
        saver = saver or InMemorySaver()
        before = "*" if self.interrupted else []
        config = {"configurable": {"thread_id": thread}, "recursion_limit": 200}
        questions = list(answers)
        for _ in range(STEPS):
            app = graph.compile(saver, store=store, interrupt_before=before)
            if self.awaited:
                asyncio.run(app.ainvoke(given, config))
            else:
                app.invoke(given, config)
            state = app.get_state(config)
            if not state.next or (state.interrupts and not questions):
                return state.values
            given = Command(resume=questions.pop(0)) if state.interrupts else None
        raise AssertionError(f"the graph has not ended in {STEPS} steps; next: {state.next}")


WAYS = [
    pytest.param(Play(), id="straight"),
    pytest.param(Play(awaited=True), id="straight and awaited"),
    pytest.param(Play(interrupted=True), id="interrupted"),
    pytest.param(Play(awaited=True, interrupted=True), id="interrupted and awaited"),
]


@pytest.fixture(params=WAYS)
def play(request):
    """Each way to run a graph in turn: straight or with interrupts, sync or async."""
    return request.param
