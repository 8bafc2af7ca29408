"""One shape for every node that calls out: prepare, call, finish; sync and async from one logic."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from langchain_core.runnables import RunnableConfig, RunnableLambda
from langgraph.errors import GraphBubbleUp, is_invalid_resume

from ..guards.errors import GuardConfigError, NoCheckpointerError
from .clock import running

_STEPS = 10_007  # supersteps that LangGraph allows a run where nobody says otherwise


@dataclass(frozen=True, slots=True)
class Failure:
    """What a call raised.

    Attributes:
        error: The exception.
    """

    error: BaseException


@dataclass(frozen=True, slots=True)
class Skip:
    """What `prepare` returns when there is nothing to call.

    Attributes:
        update: The node's update.
    """

    update: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Act:
    """A node's three parts. `prepare` and `finish` are pure; only `call` reaches out.

    Attributes:
        prepare: From the state and the config, what to call with, or a `Skip`.
        call: Makes the call with that and the config.
        acall: The same, awaited.
        finish: From the state, what was called with, what came back (a `Failure` where the call
            raised) and the seconds it took, the node's update.
        inside: A compiled graph that the call runs, for drawing; None where there is none.
        aprepare: `prepare` awaited, where it may wait for a disk or a network; None: it does not.
    """

    prepare: Callable[[Any, RunnableConfig], Any]
    call: Callable[[Any, RunnableConfig], Any]
    acall: Callable[[Any, RunnableConfig], Awaitable[Any]]
    finish: Callable[[Any, Any, Any, float], Any]
    inside: Any = None
    aprepare: Callable[[Any, RunnableConfig], Awaitable[Any]] | None = None


def acting_node(name: str, schema: type, act: Act) -> RunnableLambda[Any, Any]:
    """Return a node, for `add_node`, that reads the channels of a schema.

    Interrupts pass through, and so does a person's answer that does not fit its question; any
    other exception of the call reaches `finish` as a `Failure`, so that what was spent until then
    is never lost.
    """
    turn = Turn(act)
    return _node_class(schema, act.inside)(turn.run, turn.arun, name=name)


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of a node, in its sync and its async form."""

    act: Act

    def run(self, state: Any, config: RunnableConfig) -> Any:
        """Return the node's update."""
        given = self.act.prepare(state, config)
        if isinstance(given, Skip):
            return given.update
        began = running()
        try:
            outcome = self.act.call(given, config)
        except Exception as error:
            if goes_up(error):
                raise
            outcome = Failure(error)  # finish decides, and raises what it must
        return self.act.finish(state, given, outcome, running() - began)

    async def arun(self, state: Any, config: RunnableConfig) -> Any:
        """Return the node's update, awaited."""
        ahead = self.act.aprepare
        given = await ahead(state, config) if ahead else self.act.prepare(state, config)
        if isinstance(given, Skip):
            return given.update
        began = running()
        try:
            outcome = await self.act.acall(given, config)
        except (Exception, asyncio.CancelledError) as error:
            if goes_up(error):
                raise
            outcome = Failure(error)  # finish decides, and raises what it must
        return self.act.finish(state, given, outcome, running() - began)


def goes_up(error: BaseException) -> bool:
    """Return whether an exception goes up, since it is no failure of the node it comes out of.

    That is an interrupt, an answer to one that does not fit (the question stays open), the
    cancelling of this very task, and a graph that is set up wrongly: its author must hear of it.
    What was cancelled inside of the task is a failure like others.
    """
    if isinstance(error, NoCheckpointerError | GuardConfigError):
        return True
    if isinstance(error, asyncio.CancelledError):
        task = asyncio.current_task()
        return task is None or task.cancelling() > 0
    return isinstance(error, GraphBubbleUp) or is_invalid_resume(error)


def _node_class(schema: type, inside: Any) -> type[RunnableLambda[Any, Any]]:
    """Return a runnable that tells LangGraph which channels it reads, and which graph is in it.

    The first LangGraph reads off the annotation of `__call__`, the second off `deps`.
    """

    def call(self: RunnableLambda[Any, Any], state: Any) -> Any:
        return self.invoke(state)

    call.__annotations__ = {"state": schema, "return": Any}
    found = [] if inside is None else [inside]
    return type("Node", (_Node,), {"__call__": call, "deps": found})


class _Node(RunnableLambda[Any, Any]):
    """A node that hands on what LangGraph allows a run where nobody said.

    A plain `RunnableLambda` would put LangChain's own limit of 25 steps in its place, and a graph
    inside of it would break off after a dozen turns.
    """

    def invoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Any:  # noqa: A002 - LangChain's name
        return super().invoke(input, _unlimited(config), **kwargs)

    async def ainvoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Any:  # noqa: A002 - LangChain's name
        return await super().ainvoke(input, _unlimited(config), **kwargs)


def _unlimited(config: RunnableConfig | None) -> RunnableConfig:
    return {"recursion_limit": _STEPS, **(config or {})}
