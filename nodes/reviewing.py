"""The node of a round of calls in which a person is asked about them, before any of them runs."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from ..guards.channel import LedgerState, view
from ..guards.ledger import Call
from ..guards.verdict import Verdict
from . import told
from .review import Review, Reviewed

Again = Callable[[Any, Sequence[Call], str], tuple[list[Verdict], dict[str, str]]]
"""Judges calls again, from the outer state and what the person said as JSON."""


def review_node(review: Review, again: Again) -> Callable[[Any], dict[str, Any]] | None:
    """Return the node that asks about the calls of a round that need approval.

    One question holds them all, and a decision for each comes back. What the round was begun with
    is in its checkpoint, so the question is the same after a resume. An edited call is judged
    again, with the person's values as seen.

    Args:
        review: Who is asked.
        again: Judges edited calls.

    Returns:
        The node; None where no tool needs approval, or nobody can be asked.
    """
    if not review.is_needed or not review.human:
        return None

    def node(given: Any) -> dict[str, Any]:
        state, asked = given["state"], given["asked"]
        calls = [Call(**call) for call in given["calls"]]
        wanted = [call for call in calls if call.id in given["asks"]]
        others = [call for call in calls if call.id not in given["asks"]]
        stored: LedgerState = state.get("ledger") or LedgerState()
        before = {name: why for name, why in given["asks"].items() if why}
        question = review.question(wanted, view(stored).spent, asked, before)
        answer = review.decided(question, wanted)

        def judged(changed: Sequence[Call]) -> tuple[list[Verdict], dict[str, str]]:
            said = json.dumps([call.args for call in changed], default=str, ensure_ascii=False)
            return again(state, changed, said)

        waited = max(review.clock() - asked, 0.0)
        out = Reviewed.of(answer, wanted, others, judged, waited)
        runs = {call.id: call for call in out.runs}
        return {
            "calls": [plain_call(runs[call.id]) for call in calls if call.id in runs],
            "messages": [*out.messages, *map(told.from_person, out.changed.values())],
            "steps": out.steps,
            "rulings": out.rulings,
            "verdicts": out.verdicts,
        }

    return node


def plain_call(call: Call) -> dict[str, Any]:
    """Return a call as a round's state keeps it."""
    names = ("id", "name", "args", "actor", "branch")
    return {name: getattr(call, name) for name in names}
