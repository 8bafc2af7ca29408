"""Where a run begins: its counts start anew, and what it is for is pinned."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.runnables import Runnable, RunnableConfig
from langgraph.config import get_store

from ..guards.pins import Pins, goal_of
from ..nodes.acting import Act, Failure, Skip, acting_node
from ..nodes.judging import Clock
from ..nodes.memory import Memory
from ..nodes.recalling import arecalled, as_memories, recalled
from ..nodes.remembering import held_pins, newest_request
from .state import AgentState


def begin_node(
    state: type[AgentState],
    clock: Clock,
    pins: Sequence[str] = (),
    memory: Memory | Sequence[Memory] = (),
) -> Runnable[Any, Any]:
    """Return the node that begins a run: its counts start anew, those of the thread do not.

    Args:
        state: The graph's state.
        clock: Unix time in seconds.
        pins: Constraints that hold in every run.
        memory: What is recalled about the user's request.

    Raises:
        GuardConfigError: A constraint is no text, or too long to be kept word for word.
    """
    desk = _Desk(clock, held_pins(pins), as_memories(memory))
    return acting_node("begin", state, Act(desk.prepare, desk.call, desk.acall, desk.finish))


@dataclass(frozen=True, slots=True)
class _Desk:
    """Where a run begins."""

    clock: Clock
    held: Pins
    memories: tuple[Memory, ...]

    def prepare(self, state: AgentState, config: RunnableConfig) -> Any:
        kept: Any = {**self.held, **newest_request(state.messages)}
        return kept if self.memories else Skip(self._begun(kept))

    def call(self, kept: Any, config: RunnableConfig) -> Pins:
        return recalled(self.memories, get_store(), config, goal_of(kept))

    async def acall(self, kept: Any, config: RunnableConfig) -> Pins:
        return await arecalled(self.memories, get_store(), config, goal_of(kept))

    def finish(self, state: AgentState, kept: Any, outcome: Any, _: float) -> dict[str, Any]:
        if isinstance(outcome, Failure):
            raise outcome.error
        both: Any = {**kept, **outcome}
        return self._begun(both)

    def _begun(self, kept: Pins) -> dict[str, Any]:
        begun = {"begin": {"at": self.clock()}}
        update = {"ledger": [begun], "ending": None, "rung": "none", "handoff": None}
        return {**update, "decision": "", **({"pins": kept} if kept else {})}
