"""A thread that is held: refused to others, free when its holder dies, written to by no other."""

import asyncio
import contextvars
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest
from holdfast.graphs import alease, lease
from holdfast.guards import (
    GuardConfigError,
    LeaseLostError,
    ThreadHeldError,
    ThreadMismatchError,
)
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.graph import START, StateGraph

from . import holding
from .holding import CONFIG, Count, graph_of, saver_at

OTHER = {"configurable": {"thread_id": "43"}}
SOON = 10.0  # seconds, by far enough
PLACES = ["memory", "sqlite", "postgres"]


@pytest.fixture(params=PLACES)
def opened(request, tmp_path):
    """Checkpoints in memory, in a file, on a server."""
    if request.param == "memory":
        yield InMemorySaver()
        return
    url = request.getfixturevalue("postgres_url") if request.param == "postgres" else None
    with saver_at(url or str(tmp_path / "threads.db")) as saver:
        yield saver


def test_a_thread_is_held_by_one_at_a_time(opened):
    first, second = graph_of().compile(opened), graph_of().compile(opened)
    with lease(first, CONFIG) as held:
        assert first.invoke({"n": 0}, CONFIG) == {"n": 1}
        assert (held.thread, held.held) == ("42", True)
        assert refused(second) == "42"
        with lease(second, OTHER):
            pass
    assert not held.held
    with lease(second, CONFIG):
        assert second.invoke({"n": 0}, CONFIG) == {"n": 1}


def refused(app, **terms):
    """Ask for the thread from a context that does not hold it."""

    async def ask():
        with lease(app, CONFIG, **terms):
            raise AssertionError("two hold it")

    with pytest.raises(ThreadHeldError) as caught:
        contextvars.Context().run(asyncio.run, ask())
    assert f"pid {os.getpid()} on {socket.gethostname()}"[:40] in caught.value.holder
    assert "since 20" in caught.value.holder
    return caught.value.thread


def test_a_thread_is_given_up_when_the_run_fails(opened):
    app = graph_of(lambda _: 1 / 0).compile(opened)
    with pytest.raises(ZeroDivisionError), lease(app, CONFIG):
        app.invoke({"n": 0}, CONFIG)
    with lease(app, CONFIG):
        pass


def test_code_under_a_lease_may_take_it_again(opened):
    def node(state):
        with lease(apps[0], CONFIG) as inner:
            return {"n": inner.held + 1}

    apps = [graph_of(node).compile(opened)]
    with lease(apps[0], CONFIG) as held:
        assert apps[0].invoke({"n": 0}, CONFIG) == {"n": 2}
        assert held.held


def test_what_is_written_after_the_lease_is_lost_is_refused(opened):
    def node(state):
        held[0]._lock.free()
        return {"n": 1}

    app, held = graph_of(node).compile(opened), []
    with lease(app, CONFIG) as mine:
        held.append(mine)
        with pytest.raises(LeaseLostError, match="nothing more is written"):
            app.invoke({"n": 0}, CONFIG, durability="sync")
    assert app.get_state(CONFIG).next == ("one",)


def test_any_graph_is_fenced_where_the_lease_s_own_is_invoked(opened):
    graph = StateGraph(Count).add_node("one", lambda _: held[0]._lock.free() or {"n": 1})
    app, held = graph.add_edge(START, "one").compile(opened), []
    with lease(app, CONFIG) as mine:
        held.append(mine)
        with pytest.raises(LeaseLostError):
            mine.app.invoke({"n": 0}, CONFIG, durability="sync")


def test_a_lease_ends_when_its_time_is_over(opened):
    app = graph_of().compile(opened)
    with lease(app, CONFIG, ttl=0.01) as held:
        until(lambda: not held.held)
        with pytest.raises(LeaseLostError):
            app.invoke({"n": 0}, CONFIG)


def until(true):
    end = time.monotonic() + SOON
    while not true():
        assert time.monotonic() < end


async def test_async_code_holds_a_thread_too(tmp_path):
    async with AsyncSqliteSaver.from_conn_string(str(tmp_path / "threads.db")) as saver:
        app = graph_of().compile(saver)
        async with alease(app, CONFIG):
            assert await app.ainvoke({"n": 0}, CONFIG) == {"n": 1}
            with saver_at(str(tmp_path / "threads.db")) as other:
                assert await asyncio.to_thread(refused, graph_of().compile(other)) == "42"
        with pytest.raises(GuardConfigError, match="use alease"), lease(app, CONFIG):
            pass


async def test_async_code_waits_its_turn():
    app, order = graph_of().compile(InMemorySaver()), []

    async def turn(name, first):
        if not first.is_set() and name != "a":
            await first.wait()
        async with alease(app, CONFIG, wait=SOON):
            order.append(name)
            first.set()
            await app.ainvoke({"n": 0}, CONFIG)
            order.append(name)

    first = asyncio.Event()
    await asyncio.gather(*(turn(name, first) for name in "abc"))
    assert order[::2] == order[1::2]


@contextmanager
def another(place, wait=0.0):
    """Run a process that holds the thread."""
    command = [sys.executable, holding.__file__, str(place), str(wait)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_a_second_process_is_refused_until_the_first_is_killed(kind, tmp_path, request):
    place = tmp_path / "threads.db"
    if kind == "postgres":
        place = request.getfixturevalue("postgres_url")
    with another(place) as first, saver_at(str(place)) as saver:
        assert first.stdout.readline() == "held\n"
        app = graph_of().compile(saver)
        with (
            pytest.raises(ThreadHeldError, match=f"is held by pid {first.pid} on"),
            lease(app, CONFIG),
        ):
            pass
        first.send_signal(signal.SIGKILL)
        killed = time.monotonic()
        with lease(app, CONFIG, wait=SOON):
            assert time.monotonic() - killed < SOON
            assert app.get_state(CONFIG).values == {"n": 1}
            assert app.invoke({"n": 5}, CONFIG) == {"n": 1}


def test_a_lost_connection_is_a_lost_lease(postgres_url):
    import psycopg

    with saver_at(postgres_url) as saver:
        app = graph_of().compile(saver)
        with lease(app, CONFIG) as held:
            with psycopg.connect(postgres_url, autocommit=True) as admin:
                admin.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity "
                    "where application_name like 'holdfast pid %'"
                )
            with pytest.raises(LeaseLostError):
                app.invoke({"n": 0}, CONFIG, durability="sync")
            assert not held.held
        assert app.get_state(CONFIG).values == {}


def test_no_lock_files_are_left(tmp_path):
    with saver_at(str(tmp_path / "threads.db")) as saver:
        app = graph_of().compile(saver)
        with lease(app, CONFIG):
            assert len(list((tmp_path / "threads.db-leases").iterdir())) == 1
    assert list((tmp_path / "threads.db-leases").iterdir()) == []


def test_a_thread_that_does_not_fit_is_refused_and_given_up():
    saver = InMemorySaver()
    graph_of().compile(saver, interrupt_before=["one"]).invoke({"n": 0}, CONFIG)
    two = StateGraph(Count).add_node("two", lambda _: {}).add_edge(START, "two").compile(saver)
    for _ in range(2):
        with pytest.raises(ThreadMismatchError, match="'one' is to run next"), lease(two, CONFIG):
            pass


class Own:
    """A lock of one's own."""

    def __init__(self):
        self.log = []

    def take(self, thread):
        self.log.append(f"take {thread}")

    def holds(self):
        return True

    def free(self):
        self.log.append("free")


def test_a_lock_of_ones_own_serves_other_checkpointers():
    app, own = graph_of().compile(InMemorySaver()), Own()
    with lease(app, CONFIG, lock=own):
        app.invoke({"n": 0}, CONFIG)
    assert own.log == ["take 42", "free"]


KEPT = graph_of().compile(InMemorySaver())


@pytest.mark.parametrize(
    ("app", "config", "terms", "words"),
    [
        pytest.param(graph_of().compile(), CONFIG, {}, "no checkpointer", id="nothing is kept"),
        pytest.param(KEPT, {}, {}, "names no thread", id="no thread"),
        pytest.param(KEPT, CONFIG, {"ttl": 0}, "above 0", id="no time"),
    ],
)  # fmt: skip
def test_what_cannot_be_held_is_refused(app, config, terms, words):
    with pytest.raises(GuardConfigError, match=words), lease(app, config, **terms):
        pass
