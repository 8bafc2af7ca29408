import asyncio
from contextlib import suppress
from threading import Barrier, Event
from typing import ClassVar

from holdfast.traces import record, replay
from langgraph.graph import START, StateGraph
from langgraph.types import Send

from .plain_graphs import CALLS, Moody
from .test_hard_cases import State, one_node


class Sleepy(Moody):
    """Never answers, and tells that it was asked."""

    asked: ClassVar[asyncio.Semaphore]

    async def _agenerate(self, messages, stop=None, run_manager=None, **kwargs):
        CALLS["model"] += 1
        self.asked.release()
        await asyncio.Event().wait()


async def cancelled(app, asked):
    """Run a graph until so many have told that they were asked, then cancel it."""
    Sleepy.asked = asyncio.Semaphore(0)
    run = asyncio.create_task(app.ainvoke({"notes": []}))
    for _ in range(asked):
        await asyncio.wait_for(Sleepy.asked.acquire(), 30)
    run.cancel()
    with suppress(asyncio.CancelledError):
        await run


def test_a_call_that_was_cancelled_hangs_until_it_is_cancelled_again(tmp_path):
    Sleepy.asked = asyncio.Semaphore(0)

    async def node(state):
        try:
            async with asyncio.timeout(0.5):
                return {"notes": [(await Sleepy().ainvoke("Hi")).text]}
        except TimeoutError:
            return {"notes": ["too slow"]}

    app = one_node(node).compile()
    with record(tmp_path / "traces.db"):
        asyncio.run(app.ainvoke({"notes": []}))
    CALLS.update(model=0, tool=0)
    out = replay("last", app, store=tmp_path / "traces.db")
    assert (out.state["notes"], out.same, CALLS["model"]) == (["too slow"], True, 0)


class Late(Moody):
    """Fails or answers late, in a thread of its own, once three were asked."""

    def _generate(self, messages, stop=None, run_manager=None, **kwargs):
        CALLS["model"] += 1
        ALL_ASKED.wait(30)
        if messages[0].text == "0":
            raise LookupError("no such thing")
        LEAVE.wait(30)
        return super()._generate(messages, stop, run_manager, **kwargs)


ALL_ASKED, LEAVE = Barrier(3), Event()


def test_calls_of_branches_that_were_left_when_another_failed_are_left_again(tmp_path):
    async def work(state):
        return {"notes": [(await Late().ainvoke(str(state["item"]))).text]}

    graph = StateGraph(State)
    graph.add_node("work", work)
    graph.add_conditional_edges(
        START, lambda state: [Send("work", {"item": n}) for n in range(3)], ["work"]
    )
    app = graph.compile()

    async def failing():
        with suppress(LookupError):
            await app.ainvoke({"notes": []})
        LEAVE.set()

    with record(tmp_path / "traces.db"):
        asyncio.run(failing())
    CALLS.update(model=0, tool=0)
    out = replay("last", app, store=tmp_path / "traces.db")
    assert (out.divergence, type(out.error), CALLS["model"]) == (None, LookupError, 0)
