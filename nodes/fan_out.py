"""Hand several tasks out side by side, each with its share of what is left."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from langgraph.types import Send
from pydantic import BaseModel

from ..guards.budget import Budget
from ..guards.channel import LedgerState, view
from ..guards.errors import GuardConfigError
from ..guards.guard import Guard
from ..guards.ledger import Ledger
from ..guards.limits import SHARED
from .handoff import Handoff
from .reading import read

_STEPS_SHOWN = 16  # recent steps that each branch gets to see

_OWN = ("messages", "ledger", "verdicts", "rung", "handoff", "ending", "decision")


def fan_out(state: Any, tasks: Sequence[Handoff], guards: Iterable[Guard] = ()) -> list[Send]:
    """Return one `Send` for each task, for a conditional edge to the specialists.

    What is left of the budgets is shared out evenly, in the state that each branch is sent, so it
    holds across interrupts and crashes: no branch can exceed its share, and what it does not use
    comes back with its results.

    Args:
        state: The graph's state.
        tasks: Who is to do what.
        guards: The graph's guards; the budgets among them are shared out.

    Raises:
        GuardConfigError: There is no task.
    """
    if not tasks:
        raise GuardConfigError("fan_out(tasks=[]): give at least one Handoff(to, task)")
    stored: LedgerState = read(state, "ledger") or LedgerState()
    shares = allowances(guards, view(stored), len(tasks))
    bounded = {**stored, "recent": list(stored.get("recent", ()))[-_STEPS_SHOWN:]}
    fields = {name: value for name, value in _fields(state).items() if name not in _OWN}
    return [
        Send(
            task.to,
            {
                **fields,
                "messages": [],
                "ledger": bounded,
                "handoff": {"to": task.to, "task": task.task, "by": "supervisor", "call_id": ""},
                "allowance": share,
            },
        )
        for task, share in zip(tasks, shares, strict=True)
    ]


def allowances(guards: Iterable[Guard], ledger: Ledger, branches: int) -> list[dict[str, float]]:
    """Return for each branch the totals of the run that it may reach, by measure.

    Counts and tokens are shared in whole numbers; the first branches get what does not divide.
    The sum of the shares is what is left, never more.
    """
    shares: list[dict[str, float]] = [{} for _ in range(branches)]
    for budget in (guard for guard in guards if isinstance(guard, Budget)):
        spent = budget.spent(ledger)
        for use in budget.uses(ledger, spent) if spent is not None else ():
            if use.measure not in SHARED:
                continue
            for index, share in enumerate(shares):
                cap = use.used + _part(use.left, branches, index, whole=use.measure != "usd")
                share[use.measure] = min(cap, share.get(use.measure, cap))
    return shares


def _part(left: float, branches: int, index: int, *, whole: bool) -> float:
    if not whole:
        return left / branches
    each, rest = divmod(int(left), branches)
    return each + (index < rest)


def _fields(state: Any) -> Mapping[str, Any]:
    if isinstance(state, Mapping):
        return state
    names = type(state).model_fields if isinstance(state, BaseModel) else vars(state)
    return {name: getattr(state, name) for name in names}
