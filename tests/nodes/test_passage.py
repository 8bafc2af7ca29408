"""A call's way through a breaker where it is awaited."""

import asyncio
import threading

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


class Held:
    """A backend that keeps whoever asks it waiting until it is let go."""

    def __init__(self):
        self.inner = MemoryBackend()
        self.asked, self.free = threading.Event(), threading.Event()

    def update(self, key, change):
        self.asked.set()
        assert self.free.wait(10), "nobody has let it go"
        return self.inner.update(key, change)

    def read(self, keys):
        return self.inner.read(keys)


@pytest.fixture
def backend():
    made = Held()
    made.free.set()
    return made


async def test_a_call_cancelled_while_it_asks_gives_the_probe_back(clock, backend):
    breakers = Breakers([Breaker("gds", failures=1)], backend=backend, clock=clock)
    fail(breakers, 1)
    clock.now += 30
    backend.asked.clear(), backend.free.clear()

    async def call():
        async with Passage(breakers, breakers.settings["gds"], can_probe=True):
            raise AssertionError("unreachable")

    task = asyncio.create_task(call())
    assert await asyncio.to_thread(backend.asked.wait, 10)
    task.cancel()
    backend.free.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (standing(breakers).state, standing(breakers).probe) == ("half_open", "")


async def test_a_slow_backend_does_not_stop_the_loop(clock, backend):
    breakers = Breakers([Breaker("gds")], backend=backend, clock=clock)
    backend.free.clear()

    async def let_go():
        assert await asyncio.to_thread(backend.asked.wait, 10)
        backend.free.set()

    going = asyncio.create_task(let_go())
    async with Passage(breakers, breakers.settings["gds"], can_probe=True) as passage:
        assert passage.may_call
    await going
