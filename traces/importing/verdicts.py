"""Read what guards and evaluators said, as verdicts."""

from collections.abc import Mapping, Sequence
from typing import Any

from ...guards.verdict import ACTIONS, Action, Outcome, Verdict
from ..store.model import Event, Span

_OUTCOMES: Mapping[str, Outcome] = {
    "pass": "pass", "passed": "pass", "ok": "pass", "allow": "pass", "allowed": "pass",
    "true": "pass", "skip": "skip", "skipped": "skip", "fail": "trip", "failed": "trip",
    "trip": "trip", "block": "trip", "blocked": "trip", "false": "trip", "deny": "trip",
}  # fmt: skip
_PREFIX = "guard."
_PASSES = 0.5


def verdict_events(span: Span, *said: Any) -> tuple[Event, ...]:
    """Return the verdict that a guard's span tells of, as an event; nothing where it tells of none.

    Args:
        span: The guard's span.
        *said: Where it may stand: what the span returned, what its metadata hold.
    """
    found = next((data for one in said if (data := verdict_of(one, span.name))), None)
    return (verdict_event(span, found),) if found else ()


def verdict_event(span: Span, verdict: Verdict, time: int | None = None) -> Event:
    """Return a verdict as an event of a span; without a time, when the span ended."""
    when = time if time is not None else span.end or span.start
    return Event(
        trace=span.trace,
        span=span.id,
        seq=0,
        time=when,
        kind="verdict",
        name=verdict["guard"],
        data=dict(verdict),
    )


def verdict_of(said: Any, name: str = "") -> Verdict | None:
    """Return the verdict that a mapping tells of, or None where it tells of none."""
    if not isinstance(said, Mapping):
        return None
    inner = said.get("verdict")
    if isinstance(inner, Mapping):
        return verdict_of(inner, name)
    if not {"outcome", "action", "verdict"} & set(said):
        return None
    action = _action(said.get("action"))
    told = str(said.get("outcome") or inner or "").lower()
    return Verdict(
        guard=str(said.get("guard") or said.get("name") or name).removeprefix(_PREFIX),
        kind=str(said.get("kind") or said.get("rule") or ""),
        outcome=_OUTCOMES.get(told, "trip") if told else "trip" if action != "none" else "pass",
        action=action,
        reason=str(said.get("reason") or said.get("comment") or ""),
        steps=[step for step in _list(said.get("steps")) if isinstance(step, int)],
        calls=[str(call) for call in _list(said.get("calls"))],
        score=score_of(said.get("score")),
    )


def evaluation(name: str, score: Any, label: Any, reason: Any) -> Verdict:
    """Return an evaluator's result as a verdict: a score of 0.5 and more passes; else a label."""
    number = score_of(score)
    word = str(label or "").lower()
    passes = number >= _PASSES if number is not None else _OUTCOMES.get(word, "pass") == "pass"
    return Verdict(
        guard=name.removeprefix(_PREFIX),
        kind="" if passes else word,
        outcome="pass" if passes else "trip",
        action="none",
        reason=str(reason or ""),
        steps=[],
        calls=[],
        score=number,
    )


def score_of(given: Any) -> float | None:
    """Return a score as a number, or None where it is none."""
    if isinstance(given, bool) or not isinstance(given, int | float):
        return None
    return float(given)


def _action(given: Any) -> Action:
    return next((action for action in ACTIONS if action == given), "none")


def _list(given: Any) -> Sequence[Any]:
    return given if isinstance(given, list | tuple) else ()
