"""Breakers as threads share them, and calls behind them, sync and async."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from holdfast.guards import (
    BackendError,
    Breaker,
    BreakerOpenError,
    Event,
    GuardConfigError,
    tool_facts,
)
from holdfast.nodes import Breakers, MemoryBackend
from holdfast.nodes.passage import Passage
from langchain_core.tools import tool
from langgraph.errors import GraphInterrupt


class Clock:
    def __init__(self, now=1_000.0):
        self.now = now

    def __call__(self):
        return self.now


class Unreachable:
    """A backend that is down, or goes down after some changes."""

    def __init__(self, after=0):
        self.left = after
        self.inner = MemoryBackend()

    def update(self, key, change):
        self.left -= 1
        if self.left < 0:
            raise BackendError("the backend is down")
        return self.inner.update(key, change)

    def read(self, keys):
        raise BackendError("the backend is down")


class BusyError(Exception):
    status_code = 503


def standing(breakers, name="gds"):
    return breakers.look([name])[name].circuit


def fail(breakers, times=3, error=BusyError):
    for _ in range(times):
        with pytest.raises(error), breakers.calling("gds"):
            raise error


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def breakers(clock):
    return Breakers([Breaker("gds")], clock=clock)


def test_it_opens_after_its_failures_and_closes_after_its_wait(breakers, clock):
    fail(breakers)
    with pytest.raises(BreakerOpenError, match="'gds' is not called before") as refused:
        fail(breakers)
    assert (refused.value.dependency, refused.value.retry_after_seconds) == ("gds", 30.0)
    clock.now += 30
    with breakers.calling("gds"):
        pass
    assert standing(breakers).state == "closed"


def test_a_refused_body_is_not_run(breakers):
    breakers.force_open("gds", "maintenance")
    ran = []
    with pytest.raises(BreakerOpenError, match="switched off by hand"), breakers.calling("gds"):
        ran.append(1)
    assert not ran
    breakers.reset("gds")
    with breakers.calling("gds"):
        ran.append(1)
    assert ran


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (ValueError("no such city"), "half_open"),
        (GraphInterrupt(()), "half_open"),
        (KeyboardInterrupt(), "half_open"),
        (asyncio.CancelledError(), "half_open"),
        (BusyError(), "open"),
        (TimeoutError(), "open"),
    ],
)
def test_what_a_probe_that_raises_tells(breakers, clock, error, state):
    fail(breakers)
    clock.now += 30
    with pytest.raises(type(error)), breakers.calling("gds"):
        raise error
    assert (standing(breakers).state, standing(breakers).probe) == (state, "")


def test_a_call_that_must_not_be_made_twice_is_no_probe(breakers, clock):
    fail(breakers)
    clock.now += 30
    with pytest.raises(BreakerOpenError), breakers.calling("gds", can_probe=False):
        pass


def test_a_result_noted_as_a_failure_counts(breakers):
    for _ in range(3):
        with breakers.calling("gds") as passage:
            passage.ended(Event("failure", why="an empty page"))
    assert standing(breakers).why == "3 failures in a row, the last: an empty page"


def test_two_hundred_threads_see_one_breaker():
    clock, calls = Clock(), []
    breakers = Breakers([Breaker("gds", failures=5)], clock=clock)
    barrier = Barrier(200)

    def hammer(number):
        barrier.wait()
        for _ in range(20):
            try:
                with breakers.calling("gds"):
                    calls.append(number)
                    raise BusyError
            except (BusyError, BreakerOpenError):
                pass

    with ThreadPoolExecutor(200) as pool:
        list(pool.map(hammer, range(200)))
    assert 5 <= len(calls) <= 5 + 200 - 1
    calls.clear()
    clock.now += 30
    with ThreadPoolExecutor(200) as pool:
        list(pool.map(hammer, range(200)))
    assert len(calls) == 1


def test_of_two_hundred_threads_one_is_the_probe_while_it_is_under_way(breakers, clock):
    fail(breakers)
    clock.now += 30
    inside = []

    def probe(number):
        with Passage(breakers, breakers.settings["gds"], can_probe=True) as passage:
            inside.append(passage.may_call)
            barrier.wait()

    barrier = Barrier(200)
    with ThreadPoolExecutor(200) as pool:
        list(pool.map(probe, range(200)))
    assert sum(inside) == 1


def test_a_probe_that_never_came_back_is_replaced(breakers, clock):
    fail(breakers)
    clock.now += 30
    lost = Passage(breakers, breakers.settings["gds"], can_probe=True)
    lost.__enter__()
    with pytest.raises(BreakerOpenError, match="with a single call"), breakers.calling("gds"):
        pass
    clock.now += 60
    with breakers.calling("gds"):
        pass
    assert standing(breakers).state == "closed"


def test_a_backend_that_is_down_lets_calls_pass_and_says_so():
    breakers = Breakers([Breaker("gds")], backend=Unreachable())
    with breakers.calling("gds") as passage:
        assert passage.down == "the backend is down"


def test_a_backend_that_is_down_stops_calls_where_that_is_asked_for():
    breakers = Breakers([Breaker("gds")], backend=Unreachable(), backend_down="refuse")
    with pytest.raises(BackendError), breakers.calling("gds"):
        raise AssertionError("unreachable")


def test_a_backend_that_goes_down_during_a_call_loses_no_result():
    breakers = Breakers([Breaker("gds")], backend=Unreachable(after=1), backend_down="refuse")
    with breakers.calling("gds") as passage:
        result = 42
    assert (result, passage.down) == (42, "the backend is down")


def test_a_value_of_another_kind_counts_as_a_backend_that_is_down():
    backend = MemoryBackend()
    backend.update("breaker:gds", lambda _: {"recent": 7})
    with pytest.raises(BackendError, match="no breaker"):
        Breakers([Breaker("gds")], backend=backend).look(["gds"])


def test_breakers_with_one_backend_are_the_same(clock):
    backend = MemoryBackend()
    one, other = (Breakers([Breaker("gds")], backend=backend, clock=clock) for _ in range(2))
    fail(one)
    with pytest.raises(BreakerOpenError), other.calling("gds"):
        pass


@tool
def search(city: str) -> str:
    """Search flights."""
    return city


@tool
def book(flight: str) -> str:
    """Book a flight."""
    return flight


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (lambda: Breakers(["gds"]), "str is no breaker"),
        (lambda: Breakers([Breaker("gds"), Breaker("gds")]), "one for each dependency"),
        (lambda: Breakers([], backend_down="ignore"), "use 'allow' or 'refuse'"),
        (lambda: Breakers([Breaker("gds")]).reset("bank"), "no breaker for 'bank'"),
        (lambda: Breakers([Breaker("gsd")]).check([search]), "no tool needs it; they need search"),
        (lambda: Breakers([Breaker("book")]).check([book]), "nothing could find out"),
    ],
)
def test_what_cannot_work_is_refused_when_it_is_set_up(made, message):
    with pytest.raises(GuardConfigError, match=message):
        made()


@pytest.mark.parametrize(
    ("facts", "settings"),
    [({"effects": False}, {}), ({"idempotent": True}, {}), ({}, {"probe": "any"})],
)
def test_what_makes_a_probe_possible(facts, settings):
    @tool
    def look(city: str) -> str:
        """Look around."""
        return city

    breakers = Breakers([Breaker("look", **settings)])
    breakers.check([tool_facts(look, **facts)])
    assert breakers.can_probe(look)
