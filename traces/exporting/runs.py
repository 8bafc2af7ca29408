"""A trace as LangSmith's runs, in the shapes that LangChain's own tracer sends.

Pure. One run for each visible span and for each verdict, ended and whole: a run is sent once, and
sending it again changes nothing.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

from ..store import Event, Ref, Span, Trace
from .hiding import NOTHING, Hidden
from .moments import iso, stamp
from .plain import Plain
from .shapes import (
    documents_in,
    generations_in,
    messages_in,
    parameters_in,
    usage_of,
)
from .shifts import Shift
from .verdicts import feedback_of_pass, feedback_on, passes_of, verdict_run
from .visible import Visible, place_of, visible_spans

RUN_TYPES: Mapping[str, str] = {
    "graph": "chain",
    "node": "chain",
    "chain": "chain",
    "guard": "chain",
    "model": "llm",
    "tool": "tool",
    "retriever": "retriever",
    "prompt": "prompt",
    "parser": "parser",
}
_SILENT = {"running": "It never ended: its process was stopped.", "error": "It failed."}
_NAMES = UUID("8f3c3d5e-5d0b-4d5c-9c0e-6f1c9a5a7b21")  # of ids that are made from others

Run = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """All that a store has of a trace.

    Attributes:
        trace: The trace.
        spans: Its spans.
        events: Its events.
        load: Gives a payload by its reference.
    """

    trace: Trace
    spans: Sequence[Span]
    events: Sequence[Event]
    load: Callable[[Ref], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where runs go, and how they are made ready for it.

    Attributes:
        project: Name of the project.
        redact: What blots out of each text what must not leave.
        apart: Whether ids differ from those that LangChain gave, so that what LangChain's own
            tracer sends to the same server is not touched.
        hidden: What of runs is not sent.
    """

    project: str
    redact: Callable[[str], str]
    apart: bool = False
    hidden: Hidden = NOTHING

    def id_of(self, span: str) -> str:
        """Return the run id of a span: its own where it is a UUID."""
        try:
            own = str(UUID(span))
        except ValueError:
            return str(uuid5(_NAMES, f"{self.project} {span}"))
        return str(uuid5(_NAMES, f"{self.project} {own}")) if self.apart else own


class Mapped:
    """A trace as runs and feedback, made one at a time."""

    def __init__(self, recorded: Recorded, target: Target, shift: Shift | None = None) -> None:
        """Say what is mapped, for where, and how far its times are moved."""
        self._recorded, self._target, self._shift = recorded, target, shift or Shift()
        self._plain = Plain(target.redact)
        self._visible = visible_spans(recorded.trace, recorded.spans, self._shift)
        given = self._plain.mapping(dict(recorded.trace.metadata), "metadata")
        # LangChain's own tracer says of each run what the user said of the whole: people filter
        # model calls, and add up their costs, by it.
        self._inherited = {key: value for key, value in given.items() if key != "versions"}
        self._orders: dict[str, str] = {}
        self._happened: dict[str, list[Event]] = defaultdict(list)
        place = place_of(self._visible, recorded.spans)
        for event in recorded.events:
            self._happened[place(event.span or "")].append(event)

    def runs(self) -> Iterator[Run]:
        """Yield the runs, parents before their children, a span's verdicts after it."""
        hidden = self._target.hidden
        for at in self._visible:
            yield hidden.run(self._run(at))
            for event in self._verdicts(at):
                time = self._time(at, event.time)
                yield hidden.verdict(verdict_run(self._stand(at), event, self._plain, time))

    def feedback(self) -> Iterator[Run]:
        """Yield the feedback: one for each verdict, on the run that it judged.

        Passes are counted, not told one by one; but a guard that passed an answer, and objected
        to nothing in the whole trace, gives one with score 1, so that its mean is a rate.
        """
        passed: dict[str, tuple[Visible, float | None]] = {}
        for at in self._visible:
            for event in self._verdicts(at):
                said = feedback_on(self._stand(at), event, self._plain)
                yield self._target.hidden.feedback(said)
            passed |= {guard: (at, score) for guard, score in passes_of(at.span)}
        told = {event.name for event in self._recorded.events if event.kind == "verdict"}
        for guard in sorted(passed.keys() - told):
            at, score = passed[guard]
            yield feedback_of_pass(self._stand(at), guard, score, self._plain)

    def _verdicts(self, at: Visible) -> list[Event]:
        return [event for event in self._happened[at.span.id] if event.kind == "verdict"]

    def _time(self, at: Visible, time: int) -> int:
        return at.within(self._shift.at(time))

    def _stand(self, at: Visible) -> Run:
        """Return what a run says of where and when it stands."""
        parent = self._target.id_of(at.parent.span.id) if at.parent else None
        return {
            "id": self._target.id_of(at.span.id),
            "trace_id": self._target.id_of(self._visible[0].span.id),
            "parent_run_id": parent,
            "dotted_order": self._order(at),
            "session_name": self._target.project,
            "start_time": iso(at.start),
            "extra": {"metadata": self._thread()},
        }

    def _order(self, at: Visible) -> str:
        found = self._orders.get(at.span.id)
        if found is None:
            own = f"{stamp(at.start)}{self._target.id_of(at.span.id)}"
            found = f"{self._order(at.parent)}.{own}" if at.parent else own
            self._orders[at.span.id] = found
        return found

    def _thread(self) -> dict[str, Any]:
        thread = self._plain.text(self._recorded.trace.thread)
        return {"thread_id": thread} if thread else {}

    def _run(self, at: Visible) -> Run:
        span = at.span
        written = span.kind == "model"
        taken = self._payload(span.inputs, "input", written=written)
        given = self._payload(span.outputs, "output", written=written)
        return {
            **self._stand(at),
            "name": self._plain.text(span.name) or span.kind,
            "run_type": RUN_TYPES[span.kind],
            "end_time": iso(self._end(at)),
            "error": self._error(span),
            "inputs": _asked(taken) if written else taken,
            "outputs": self._given(span, given),
            "events": [*self._events(at)],
            "tags": [self._plain.text(tag) for tag in span.tags],
            "extra": self._extra(at, taken),
        }

    def _payload(self, ref: Ref | None, key: str, *, written: bool) -> dict[str, Any]:
        if ref is None:
            return {}
        return self._plain.mapping(self._recorded.load(ref), key, written=written)

    def _given(self, span: Span, given: dict[str, Any]) -> dict[str, Any] | None:
        if span.outputs is None:
            return None
        if span.kind == "model":
            return generations_in(given)
        return documents_in(given) if span.kind == "retriever" else given

    def _end(self, at: Visible) -> int:
        """Return when it ended, or was last heard of."""
        if at.end is not None:
            return at.end
        below = [each.end or each.start for each in self._visible if each.parent is at]
        return max([at.start, *below])

    def _error(self, span: Span) -> str | None:
        if span.status in ("ok", "interrupt"):
            return None  # one that waits for a person has not failed; its events say for what
        said = ": ".join(part for part in (span.error_type, span.error) if part)
        return self._plain.text(said or _SILENT.get(span.status, f"It was {span.status}."))

    def _events(self, at: Visible) -> Iterator[dict[str, Any]]:
        span = at.span
        if span.first_token is not None:
            yield {"name": "new_token", "time": iso(self._time(at, span.first_token))}
        for event in self._happened[span.id]:
            if event.kind not in ("verdict", "chunk"):
                said = {"kind": event.kind, **self._plain.mapping(dict(event.data), "data")}
                name = self._plain.text(event.name) or event.kind
                yield {"name": name, "time": iso(self._time(at, event.time)), "kwargs": said}

    def _extra(self, at: Visible, taken: Mapping[str, Any]) -> dict[str, Any]:
        span = at.span
        own = self._plain.mapping(dict(span.metadata), "metadata")
        metadata = {**self._inherited, **own} if at.parent else {**own, **self._of_trace()}
        known = {
            **self._thread(),
            "langgraph_node": self._plain.text(span.node),
            "langgraph_step": span.step,
            "attempt": span.attempt if span.attempt > 1 else None,
            **(self._of_model(span) if span.kind == "model" else {}),
            **(self._of_shift(span) if self._shift.by else {}),
        }
        metadata |= {key: value for key, value in known.items() if value not in ("", None)}
        extra: dict[str, Any] = {"metadata": metadata, "runtime": {"library": "holdfast"}}
        if span.kind == "model":
            extra["invocation_params"] = parameters_in(taken)
        call = self._plain.text(span.call_id)
        return {**extra, "tool_call_id": call} if call else extra

    def _of_trace(self) -> dict[str, Any]:
        trace = self._recorded.trace
        known = {"ending": trace.ending, "source": trace.source, "status": trace.status}
        found = self._plain.mapping(dict(trace.metadata), "metadata")
        return {**found, **{key: self._plain.text(word) for key, word in known.items() if word}}

    def _of_model(self, span: Span) -> dict[str, Any]:
        """Return what LangSmith counts tokens and costs by."""
        return {
            "ls_model_type": "chat",
            "ls_provider": self._plain.text(span.provider),
            "ls_model_name": self._plain.text(span.model),
            "usage_metadata": usage_of(span) or None,
        }

    def _of_shift(self, span: Span) -> dict[str, Any]:
        return {
            "original_start_time": iso(span.start),
            "time_shift_s": round(self._shift.by / 1e9, 6),
        }


def _asked(taken: dict[str, Any]) -> dict[str, Any]:
    """Return what a model was asked: one list of messages, or prompts."""
    asked = messages_in(taken)
    return {"prompts": asked} if "prompts" in taken else {"messages": [asked]}
