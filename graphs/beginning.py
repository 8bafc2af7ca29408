"""Where a run begins: its counts start anew, and what it is for is pinned."""

from collections.abc import Callable, Sequence
from typing import Any

from ..nodes.judging import Clock
from ..nodes.remembering import held_pins, newest_request
from .state import AgentState


def begin_node(clock: Clock, pins: Sequence[str] = ()) -> Callable[[AgentState], dict[str, Any]]:
    """Return the node that begins a run: its counts start anew, those of the thread do not.

    Args:
        clock: Unix time in seconds.
        pins: Constraints that hold in every run.

    Raises:
        GuardConfigError: A constraint is no text, or too long to be kept word for word.
    """
    held = held_pins(pins)

    def begin(state: AgentState) -> dict[str, Any]:
        """Begin a run: counts of the run start anew, those of the thread do not."""
        begun = {"begin": {"at": clock()}}
        kept = {**held, **newest_request(state.messages)}
        update = {"ledger": [begun], "ending": None, "rung": "none", "handoff": None}
        return {**update, "decision": "", **({"pins": kept} if kept else {})}

    return begin
