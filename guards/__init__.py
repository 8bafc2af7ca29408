"""Judging: the ledger of a run, the verdict on it, and every check. Pure, and quick to import."""

import typing

from .breaker import Breaker, advance
from .budget import Budget
from .channel import LedgerState, LedgerUpdate
from .circuit import Circuit, Event
from .ending import Ending, ending_of
from .errors import (
    AuditInputError,
    BackendError,
    BreakerOpenError,
    ContractError,
    GuardConfigError,
    HoldfastError,
    MessageError,
    NoCheckpointerError,
    ScriptError,
)
from .facts import ToolFacts, ToolSpec, facts_of, tool_facts
from .guard import Given, Guard, Policy
from .ledger import Call, Done, Ledger, Source, Spend, Step, make_step
from .loop import LoopGuard
from .prices import Price, Prices
from .redact import redact
from .tool_call import ToolCallGuard
from .verdict import Action, Outcome, Verdict

if typing.TYPE_CHECKING:
    from .repairs import Repaired, RepairError, repair

__all__ = [
    "Action",
    "AuditInputError",
    "BackendError",
    "Breaker",
    "BreakerOpenError",
    "Budget",
    "Call",
    "Circuit",
    "ContractError",
    "Done",
    "Ending",
    "Event",
    "Given",
    "Guard",
    "GuardConfigError",
    "HoldfastError",
    "Ledger",
    "LedgerState",
    "LedgerUpdate",
    "LoopGuard",
    "MessageError",
    "NoCheckpointerError",
    "Outcome",
    "Policy",
    "Price",
    "Prices",
    "RepairError",
    "Repaired",
    "ScriptError",
    "Source",
    "Spend",
    "Step",
    "ToolCallGuard",
    "ToolFacts",
    "ToolSpec",
    "Verdict",
    "advance",
    "ending_of",
    "facts_of",
    "make_step",
    "redact",
    "repair",
    "tool_facts",
]


def __getattr__(name: str) -> typing.Any:
    """Import repair where it is first asked for: it is two thirds of what this package weighs."""
    if name in ("Repaired", "RepairError", "repair"):
        from . import repairs

        return getattr(repairs, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*globals(), *__all__]
