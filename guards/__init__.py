"""Judging: the ledger of a run, the verdict on it, and every check. Pure, and quick to import."""

import typing

from . import first_use
from .breaker import Breaker, advance
from .budget import Budget
from .channel import LedgerState, LedgerUpdate
from .circuit import Circuit, Event
from .claimed_action import ClaimedActionGuard
from .context import ContextGuard, Prompt
from .ending import Ending, ending_of
from .errors import (
    AnsweredError,
    AuditInputError,
    BackendError,
    BreakerOpenError,
    ContractError,
    DurabilityWarning,
    GuardConfigError,
    HoldfastError,
    LeaseLostError,
    MessageError,
    NoCheckpointerError,
    QuestionError,
    RewindError,
    ScriptError,
    ThreadHeldError,
    ThreadMismatchError,
    WrongAnswerError,
)
from .escalation import Ask, Deadline, Escalation
from .facts import ToolFacts, ToolSpec, facts_of, tool_facts
from .grounding_guard import GroundingGuard
from .guard import Given, Guard, Policy
from .ledger import Call, Done, Ledger, Source, Spend, Step, make_step
from .loop import LoopGuard
from .pins import Pinned, Pins, pin
from .prices import Price, Prices
from .recollection import Fact
from .redact import redact
from .remembered import remembered
from .repeat import RepeatGuard
from .sources import Sources
from .tool_call import ToolCallGuard
from .verdict import Action, Outcome, Verdict

if typing.TYPE_CHECKING:
    from .grounding import (
        Claim,
        ClaimedAction,
        Grounding,
        Scorer,
        Scores,
        UngroundedArgument,
        claims_of,
        ground,
        ground_arguments,
        grounded_prompt,
        unexecuted_claims,
    )
    from .repairs import Repaired, RepairError, repair
else:
    # What is imported where it is first asked for, and from where: it is most of what this weighs.
    __getattr__, __dir__ = first_use.names_of(
        __name__,
        {
            "grounding": (
                "Claim",
                "ClaimedAction",
                "Grounding",
                "Scorer",
                "Scores",
                "UngroundedArgument",
                "claims_of",
                "ground",
                "ground_arguments",
                "grounded_prompt",
                "unexecuted_claims",
            ),
            "repairs": ("RepairError", "Repaired", "repair"),
        },
    )

__all__ = [
    "Action",
    "AnsweredError",
    "Ask",
    "AuditInputError",
    "BackendError",
    "Breaker",
    "BreakerOpenError",
    "Budget",
    "Call",
    "Circuit",
    "Claim",
    "ClaimedAction",
    "ClaimedActionGuard",
    "ContextGuard",
    "ContractError",
    "Deadline",
    "Done",
    "DurabilityWarning",
    "Ending",
    "Escalation",
    "Event",
    "Fact",
    "Given",
    "Grounding",
    "GroundingGuard",
    "Guard",
    "GuardConfigError",
    "HoldfastError",
    "LeaseLostError",
    "Ledger",
    "LedgerState",
    "LedgerUpdate",
    "LoopGuard",
    "MessageError",
    "NoCheckpointerError",
    "Outcome",
    "Pinned",
    "Pins",
    "Policy",
    "Price",
    "Prices",
    "Prompt",
    "QuestionError",
    "RepairError",
    "Repaired",
    "RepeatGuard",
    "RewindError",
    "Scorer",
    "Scores",
    "ScriptError",
    "Source",
    "Sources",
    "Spend",
    "Step",
    "ThreadHeldError",
    "ThreadMismatchError",
    "ToolCallGuard",
    "ToolFacts",
    "ToolSpec",
    "UngroundedArgument",
    "Verdict",
    "WrongAnswerError",
    "advance",
    "claims_of",
    "ending_of",
    "facts_of",
    "ground",
    "ground_arguments",
    "grounded_prompt",
    "make_step",
    "pin",
    "redact",
    "remembered",
    "repair",
    "tool_facts",
    "unexecuted_claims",
]
