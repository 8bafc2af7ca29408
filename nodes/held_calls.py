"""Judge proposed tool calls, knowing what others hold, and hold what those that run can cost."""

from collections.abc import Sequence

from ..guards.errors import BackendError
from ..guards.ledger import Call, Ledger, Spend, no_spend
from ..guards.verdict import Verdict
from .holdings import Claim, Holdings, unreachable
from .judging import Judges, judge_each

Judged = tuple[list[Verdict], dict[str, str]]
"""The trips and skips, and for each blocked call's id the reason."""


def judge_held(
    holdings: Holdings,
    judges: Judges,
    claim: Claim,
    ledger: Ledger,
    calls: Sequence[Call],
    now: float,
) -> tuple[Judged, Claim]:
    """Judge the calls of one turn, and hold those that are let through, in one step.

    Args:
        holdings: What others hold.
        judges: What judges.
        claim: Whose calls they are.
        ledger: The run.
        calls: The calls.
        now: Unix time in seconds.
    """

    def decide(seen: Ledger) -> tuple[Judged, Spend]:
        found = judge_each(judges, seen, calls)
        running = len(calls) - len(found[1])
        return found, {**no_spend(), "tool_calls": running, "steps": running}

    try:
        return holdings.hold(claim, ledger, decide, now)
    except BackendError as error:
        verdict = unreachable(error)
        return ([verdict], {call.id: verdict["reason"] for call in calls}), claim
