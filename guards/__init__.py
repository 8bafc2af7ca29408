"""Judging: the ledger of a run, the verdict on it, and every check. Pure, and quick to import."""

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
from .repairs import Repaired, RepairError, repair
from .tool_call import ToolCallGuard
from .verdict import Action, Outcome, Verdict

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
