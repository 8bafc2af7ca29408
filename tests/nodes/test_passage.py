"""A call's way through a breaker where it is awaited."""

import asyncio
import time

import pytest
from holdfast.guards import Breaker
from holdfast.nodes import Breakers, MemoryBackend, SqliteBackend
from holdfast.nodes.passage import Passage

from .test_breakers import BusyError, Clock, fail, standing


@pytest.fixture
def clock():
    return Clock()


@pytest.mark.parametrize("shared", [False, True], ids=["in memory", "in a file"])
async def test_an_awaited_call_goes_the_same_way(tmp_path, clock, shared):
    backend = SqliteBackend(tmp_path / "kept.db") if shared else None
    breakers = Breakers([Breaker("gds", failures=1)], backend=backend, clock=clock)
    with pytest.raises(BusyError):
        async with Passage(breakers, breakers.settings["gds"], can_probe=True):
            raise BusyError
    async with Passage(breakers, breakers.settings["gds"], can_probe=True) as passage:
        assert not passage.may_call
    clock.now += 30
    async with Passage(breakers, breakers.settings["gds"], can_probe=True) as passage:
        assert passage.may_call
    assert standing(breakers).state == "closed"
    if backend:
        backend.close()


class Slow:
    """A backend that takes its time."""

    def __init__(self, seconds):
        self.inner, self.seconds = MemoryBackend(), seconds

    def update(self, key, change):
        time.sleep(self.seconds)
        return self.inner.update(key, change)

    def read(self, keys):
        return self.inner.read(keys)


async def test_a_call_cancelled_while_it_asks_gives_the_probe_back(clock):
    breakers = Breakers([Breaker("gds", failures=1)], backend=Slow(0.05), clock=clock)
    fail(breakers, 1)
    clock.now += 30

    async def call():
        async with Passage(breakers, breakers.settings["gds"], can_probe=True):
            raise AssertionError("unreachable")

    task = asyncio.create_task(call())
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (standing(breakers).state, standing(breakers).probe) == ("half_open", "")


async def test_a_slow_backend_does_not_stop_the_loop(clock):
    breakers = Breakers([Breaker("gds")], backend=Slow(0.2), clock=clock)
    ticks = 0

    async def tick():
        nonlocal ticks
        while True:
            await asyncio.sleep(0.01)
            ticks += 1

    ticking = asyncio.create_task(tick())
    async with Passage(breakers, breakers.settings["gds"], can_probe=True):
        pass
    ticking.cancel()
    assert ticks >= 5
