import asyncio
from contextlib import suppress
from threading import Event

from holdfast.traces import record, replay
from langgraph.graph import START, StateGraph
from langgraph.types import Send

from .plain_graphs import CALLS, Moody
from .test_hard_cases import State, one_node


class Sleepy(Moody):
    """Never answers."""

    async def _agenerate(self, messages, stop=None, run_manager=None, **kwargs):
        CALLS["model"] += 1
        await asyncio.Event().wait()


def test_a_call_that_was_cancelled_hangs_until_it_is_cancelled_again(tmp_path):
    async def node(state):
        try:
            async with asyncio.timeout(0.05):
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
    """Fails or answers late, in a thread of its own."""

    def _generate(self, messages, stop=None, run_manager=None, **kwargs):
        CALLS["model"] += 1
        if messages[0].text == "0":
            raise LookupError("no such thing")
        LEAVE.wait(5)
        return super()._generate(messages, stop, run_manager, **kwargs)


LEAVE = Event()


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
