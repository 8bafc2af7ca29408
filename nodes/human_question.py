"""The question that a person is asked about a run: why, on what evidence, about which calls."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..guards.channel import view
from ..guards.escalation import (
    EVIDENCE,
    Ask,
    Deadline,
    Escalation,
    Option,
    make_escalation,
    proposed,
)
from ..guards.facts import ToolSpec
from ..guards.guard import Given
from ..guards.ledger import Call
from ..guards.message import read_message
from ..guards.verdict import severity
from .handoff import HANDOFF
from .judging import of_this_run
from .reading import read

_LOOKED_AT = 64  # newest messages in which a call is looked for
_CHOICES: tuple[Option, ...] = ("continue", "answer", "take_over", "abort")
_NOT_AS_IT_IS = ("unknown_tool", "unreadable_arguments", "invalid_arguments")


@dataclass(frozen=True, slots=True)
class Question:
    """A question, and the calls that it is about.

    Attributes:
        asked: As the person gets it.
        calls: The calls as they were proposed, in the order of its actions.
        cause: The verdict that asks, or None.
    """

    asked: Escalation
    calls: tuple[Call, ...]
    cause: Given | None


def cause_of(state: Any) -> Given | None:
    """Return why a run turned aside: of the newest trips in it, the severest."""
    given = of_this_run(read(state, "verdicts"), read(state, "ledger"))
    trips = [v for v in given if severity(v["action"]) >= severity("block")]
    if not trips:
        return None
    last = [verdict for verdict in trips if verdict["step"] == trips[-1]["step"]]
    return max(last, key=lambda verdict: severity(verdict["action"]))


def question_about(
    state: Any,
    messages: Sequence[Any],
    specs: Mapping[str, ToolSpec] | None,
    deadline: Deadline | None,
) -> Question:
    """Return the question about the newest trip of a run.

    Args:
        state: The graph's state.
        messages: Its messages.
        specs: The tools whose calls can be approved here; None: they can only be rejected.
        deadline: Until when it can be answered, where the verdict does not say.
    """
    cause = cause_of(state)
    ledger = view(read(state, "ledger"))
    wanted = set(cause["steps"][-EVIDENCE:]) if cause else set()
    calls = _calls(cause, messages)
    asked = make_escalation(
        cause["reason"] if cause else "The graph asks for a person.",
        spent=ledger.spent,
        guard=cause["guard"] if cause else "",
        kind=cause["kind"] if cause else "",
        steps=[step for step in ledger.steps if step["n"] in wanted],
        actions=[proposed(call) for call in calls],
        options=_options(cause, calls, specs),
        ask=_asking(cause, deadline),
        asked=cause["at"] if cause else None,
    )
    return Question(asked, calls, cause)


def _asking(cause: Given | None, deadline: Deadline | None) -> Ask:
    own = Ask(seconds=deadline.seconds, default=deadline.default) if deadline else Ask()
    return {**own, **(cause.get("ask") or {})} if cause else own  # type: ignore[typeddict-item]


def _options(
    cause: Given | None, calls: Sequence[Call], specs: Mapping[str, ToolSpec] | None
) -> list[Option]:
    more: list[Option] = []
    if calls and cause:
        kept = specs is not None and all(call.name in specs for call in calls)
        if kept and cause["kind"] not in _NOT_AS_IT_IS:
            more.append("approve")
        if kept:
            more.append("edit")
        more.append("reject")
    if cause and cause["guard"] == "budget":
        more.append("raise_budget")
    return [*_CHOICES, *more]


def _calls(cause: Given | None, messages: Sequence[Any]) -> tuple[Call, ...]:
    """Return the proposed calls that a verdict objects to."""
    wanted = list(cause["calls"]) if cause and cause["guard"] != "budget" else []
    found: dict[str, Call] = {}
    for item in reversed(messages[-_LOOKED_AT:]) if wanted else ():
        message = read_message(item)
        if message.role == "assistant":
            for call in message.calls:
                found.setdefault(call.id, _as_judged(call))
    return tuple(found[name] for name in wanted if name in found)


def _as_judged(call: Call) -> Call:
    """Return a call as guards know it: a hand-off by who is handed to."""
    args = call.args
    if call.name != HANDOFF or not isinstance(args, Mapping):
        return call
    task = {"task": args.get("task") or ""}
    return Call(call.id, str(args.get("to")), task, call.actor, kind="handoff")
