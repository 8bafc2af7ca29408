"""A guard's verdict as a run of LangSmith's, and as its feedback."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID, uuid5

from ..store import Event, Span
from ..store.facts import PASSED
from .moments import iso, stamp
from .plain import Plain

Run = dict[str, Any]
_SCORES = {"pass": 1, "trip": 0}  # `skip` could not judge, so it has no score
_CONFIG = {
    "type": "categorical",
    "categories": [{"value": 1, "label": "pass"}, {"value": 0, "label": "trip"}],
}
_LONGEST = 2_000
_PLACES = 4  # LangSmith refuses scores that are more exact


def is_trip(event: Event) -> bool:
    """Return whether an event is the verdict of a guard that tripped."""
    return event.kind == "verdict" and event.data.get("outcome") == "trip"


def verdict_run(judged: Run, event: Event, plain: Plain, time: int) -> Run:
    """Return the run of a verdict, a child of the run that it judged.

    Args:
        judged: What the judged run says of where it stands.
        event: The verdict.
        plain: What makes values plain and redacted.
        time: When it was given, within the run.
    """
    said = _said(event, plain)
    id_ = _id(judged, event)
    guard = {"name": said["guard"], **{key: said[key] for key in ("action", "kind") if said[key]}}
    return {
        **judged,
        "id": id_,
        "parent_run_id": judged["id"],
        "dotted_order": f"{judged['dotted_order']}.{stamp(time)}{id_}",
        "name": _key(said),
        "run_type": "chain",
        "start_time": iso(time),
        "end_time": iso(time),
        "error": None,
        "inputs": {key: said[key] for key in ("steps", "calls")},
        "outputs": {key: value for key, value in said.items() if key not in ("steps", "calls")},
        "events": [],
        "tags": ["guardrail", said["outcome"]],
        "extra": {"metadata": {**judged["extra"]["metadata"], "guard": guard}},
    }


def feedback_on(judged: Run, event: Event, plain: Plain) -> Run:
    """Return the feedback that a verdict is on the run that it judged.

    Its score is 1 for a pass, 0 for a trip, and none where the guard could not judge.
    """
    said = _said(event, plain)
    run = _id(judged, event)
    source = {"guard": said["guard"], "__run": {"run_id": run}}
    score = said["score"]
    extra = {"kind": said["kind"], "steps": said["steps"], "calls": said["calls"]}
    return {
        "id": str(uuid5(UUID(run), "feedback")),
        "run_id": judged["id"],
        "trace_id": judged["trace_id"],
        "start_time": judged["start_time"],
        "key": _key(said),
        "score": _SCORES.get(said["outcome"]),
        "value": said["outcome"] if said["outcome"] != "trip" else said["action"],
        "comment": said["reason"][:_LONGEST] or None,
        "feedback_source": {"type": "api", "metadata": source},
        "feedback_config": _CONFIG,
        "extra": extra if score is None else {**extra, "measure": score},
    }


def passes_of(span: Span) -> Iterator[tuple[str, float | None]]:
    """Yield the guards that passed an answer in a span, and the measure each gave it last."""
    counts = span.metadata.get(PASSED)
    for guard, told in counts.items() if isinstance(counts, Mapping) else ():
        if isinstance(told, Mapping) and told.get("answers"):
            score = told.get("score")
            yield str(guard), score if isinstance(score, int | float) else None


def feedback_of_pass(judged: Run, guard: str, score: float | None, plain: Plain) -> Run:
    """Return the feedback of a guard that had nothing to object to in a run."""
    passed: Mapping[str, Any] = {"guard": guard, "outcome": "pass", "score": score}
    event = Event(trace="", seq=-1, time=0, kind="verdict", name=guard, data=passed)
    found = feedback_on(judged, event, plain)
    return {**found, "feedback_source": {"type": "api", "metadata": {"guard": plain.text(guard)}}}


def _said(event: Event, plain: Plain) -> dict[str, Any]:
    """Return a verdict with all its parts, whatever a user's own guard left out."""
    data: Mapping[str, Any] = plain.mapping(dict(event.data), "reason")
    score = data.get("score")
    return {
        "guard": str(data.get("guard") or plain.text(event.name) or "guard"),
        "kind": str(data.get("kind") or ""),
        "outcome": str(data.get("outcome") or "skip"),
        "action": str(data.get("action") or "none"),
        "reason": str(data.get("reason") or ""),
        "steps": list(data.get("steps") or ()),
        "calls": list(data.get("calls") or ()),
        "score": round(score, _PLACES) if isinstance(score, int | float) else None,
    }


def _key(said: Mapping[str, Any]) -> str:
    return f"guard.{said['guard']}"


def _id(judged: Run, event: Event) -> str:
    return str(uuid5(UUID(judged["id"]), f"verdict {event.seq} {event.name}"))
