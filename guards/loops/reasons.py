"""What a person, and the model, is told of a loop: what repeats, and what it returned."""

from collections.abc import Sequence

from ..digest import preview
from ..ledger import Step
from .acts import Act

_NAMED = 6  # acts of a cycle that a reason names
_QUOTED = 160  # characters of a text that was said again


def of_calls(cycle: Sequence[Act], laps: int, acts: Sequence[Act], *, proposed: bool) -> str:
    """Return the sentence about a call, or a cycle of them.

    Args:
        cycle: One lap, oldest first.
        laps: How many there were, or would be.
        acts: All of them.
        proposed: Whether the last call has not been made yet.
    """
    happened = "would be made" if proposed else "was made"
    one = len(cycle) == 1
    what = f"The call of {_path(cycle)}" if one else f"The cycle {_path(cycle)}"
    returned = next((act.shown for act in acts if act.result), "")
    known = f"; it returned {returned!r} each time" if returned and one else ""
    return f"{what} {happened} {laps} times with the same result{known}. Do something else."


def of_handoffs(cycle: Sequence[Act], laps: int) -> str:
    """Return the sentence about control that goes round."""
    return (
        f"Control went {_path(cycle)} {laps} times over and nothing new came of it; "
        "decide with what is known, or say what is missing."
    )


def of_task(name: str, count: int, answer: str, *, proposed: bool) -> str:
    """Return the sentence about a task that was completed, and is handed over again."""
    happened = "would be handed" if proposed else "was handed"
    return (
        f"The same task {happened} to {preview(name, 60)} {count} times; it was completed, with "
        f"{answer!r}. Use that answer, or ask for something else."
    )


def of_edits(name: str, count: int, returned: str, *, proposed: bool) -> str:
    """Return the sentence about calls that small edits tell apart."""
    happened = "would be called" if proposed else "was called"
    return (
        f"{preview(name, 60)} {happened} {count} times in nearly the same words; it returned "
        f"{returned!r} each time. Other words will not help: take another way."
    )


def of_stale(acts: Sequence[Act]) -> str:
    """Return the sentence about acts that bring nothing new."""
    names = ", ".join(preview(name, 60) for name in sorted({act.name for act in acts})[:_NAMED])
    return (
        f"The last {len(acts)} calls ({names}) were all made before, with the same results: "
        "nothing new is known since. Decide with what is known, or say what is missing."
    )


def of_failing(name: str, count: int, returned: str, *, proposed: bool) -> str:
    """Return the sentence about a call that fails turn after turn."""
    happened = "would be made" if proposed else "was made"
    return (
        f"The call of {preview(name, 60)} {happened} {count} times over several turns and failed "
        f"in the same way each time: {returned!r}. Say so, and what is needed instead."
    )


def of_text(texts: Sequence[Step]) -> str:
    """Return the sentence about a text that was said again."""
    said = preview(texts[0]["preview"], _QUOTED)
    return (
        f"The same was said {len(texts)} times: {said!r}. Say something else, do something, "
        "or hand over to a person."
    )


def _path(cycle: Sequence[Act]) -> str:
    path = " > ".join(preview(act.name, 60) for act in cycle[:_NAMED])
    return f"{path} > ..." if len(cycle) > _NAMED else path
