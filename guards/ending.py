"""How a run ended, in one word that a program can act on."""

from typing import Literal

from .ruling import PERSON
from .verdict import Verdict

Ending = Literal[
    "completed",
    "loop_stopped",
    "budget_stopped",
    "breaker_open",
    "context_full",
    "tool_failed",
    "ungrounded",
    "unrepaired",
    "escalated",
    "aborted",
    "taken_over",
    "failed",
    "stopped",
]
"""`escalated`: a person was needed and nobody could be asked, or the question is open.
`aborted`: a person ended the run. `taken_over`: a person does the rest themselves. `failed`: a
model or a specialist raised, or the supervisor found no way on. `stopped`: a guard of the user's
own ended the run."""

_BY_GUARD: dict[str, Ending] = {
    "loop": "loop_stopped",
    "budget": "budget_stopped",
    "tool_call": "tool_failed",
    "breaker": "breaker_open",
    "context": "context_full",
    "grounding": "ungrounded",
    "claimed_action": "ungrounded",
    "repair": "unrepaired",
}
_BY_KIND: dict[str, Ending] = {
    "aborted": "aborted",
    "taken_over": "taken_over",
    "rejected": "loop_stopped",  # the model proposed nothing but what a person had rejected
}


def ending_of(verdict: Verdict) -> Ending:
    """Return the ending of a run that a verdict ends."""
    if verdict["action"] == "escalate":
        return "escalated"
    if verdict["guard"] == PERSON:
        return _BY_KIND.get(verdict["kind"], "stopped")
    return _BY_GUARD.get(verdict["guard"], "stopped")
