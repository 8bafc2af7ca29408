"""Read spans out of OTLP's JSON, as collectors and SDKs write it."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, cast, get_args

from ...guards.errors import AuditInputError
from .. import semantic_names as names
from ..store.model import Span, SpanKind, Status, Usage
from . import otel_names as known
from .langsmith_payloads import reply as replied
from .messages import arguments
from .otel_attributes import attributes, first, indexed, span_uuid, structure, trace_uuid
from .otel_events import events_of
from .otel_messages import Happening, prompt, reply
from .parsed import Parsed
from .times import nanoseconds
from .usage import count, dollars

_ERRORS = (2, "2", "STATUS_CODE_ERROR", "ERROR")
_SECOND = 1_000_000_000
_ERROR = 4_000  # characters of an error
_HELD = (
    "gen_ai.",
    "llm.",
    "input.",
    "output.",
    "traceloop.entity.",
    "tool.",
    names.OWN,
    "langgraph.",
    "error.",
)
_PLAIN = (str, int, float, bool)
_SYSTEM_PARTS = ("resourceSpans", "resource_spans")


class OtelSpan(NamedTuple):
    """A span as OTLP holds it, with what its resource and its library say."""

    span: Mapping[str, Any]
    resource: Mapping[str, Any]


def is_otlp(data: Any) -> bool:
    """Return whether a value holds OTLP's spans."""
    return isinstance(data, Mapping) and any(
        isinstance(data.get(name), list) for name in _SYSTEM_PARTS
    )


def spans_in(data: Mapping[str, Any]) -> Iterator[OtelSpan]:
    """Yield the spans of one export request."""
    for resource in next(data[name] for name in _SYSTEM_PARTS if name in data):
        said = attributes((resource.get("resource") or {}).get("attributes"))
        scopes = resource.get("scopeSpans") or resource.get("scope_spans")
        for scope in scopes or resource.get("instrumentationLibrarySpans") or ():
            for span in scope.get("spans") or ():
                yield OtelSpan(span, said)


def trace_id(found: OtelSpan) -> str:
    """Return the id of a span's trace, as a UUID.

    Raises:
        AuditInputError: It has none.
    """
    try:
        return trace_uuid(found.span.get("traceId") or found.span.get("trace_id"))
    except (ValueError, TypeError) as error:
        raise AuditInputError("a span without a traceId of 16 bytes") from error


def parsed_span(found: OtelSpan) -> Parsed:
    """Return a span of OTLP's as one of a store's.

    Raises:
        AuditInputError: It has no id, or no time at which it began.
    """
    raw, trace = found.span, trace_id(found)
    held = attributes(raw.get("attributes"))
    events = list(_events(raw))
    kind = _kind(held, raw)
    id_, parent = _ids(raw, trace)
    start = _start(raw)
    metadata = _metadata(held)
    span = Span(
        id=id_,
        trace=trace,
        parent=parent,
        seq=0,
        kind=kind,
        name=_name(held, raw, kind),
        **_place({**metadata, **held}),
        start=start,
        end=nanoseconds(raw.get("endTimeUnixNano")) or None,
        first_token=_first_token(held, start),
        metadata=metadata,
        call_id=str(first(held, known.CALL_ID) or "") if kind == "tool" else "",
        **_result(raw, held, events),
        **(_called(held) if kind == "model" else {}),
    )
    inputs, outputs = _payloads(held, events, kind)
    told = {
        "thread": str(first({**metadata, **held}, (*known.THREAD, "thread_id")) or ""),
        "ending": str(held.get(names.OWN_ENDING) or ""),
    }
    happened = list(events_of(span, events, outputs))
    return Parsed(span=span, inputs=inputs, outputs=outputs, events=happened, **told)


def _start(raw: Mapping[str, Any]) -> int:
    start = nanoseconds(raw.get("startTimeUnixNano"))
    if start is None:
        raise AuditInputError("a span without startTimeUnixNano")
    return start


def _place(held: Mapping[str, Any]) -> dict[str, Any]:
    """Return where in a graph a span was."""
    step = first(held, known.STEP)
    return {
        "node": str(first(held, known.NODE) or ""),
        "step": step if isinstance(step, int) else None,
    }


def _result(
    raw: Mapping[str, Any], held: Mapping[str, Any], events: list[Happening]
) -> dict[str, Any]:
    """Return how a span ended: as Holdfast said, else as its code and its exception say."""
    kind, error = _error(raw, held, events)
    said = held.get(names.OWN_STATUS)
    status = next((one for one in get_args(Status) if one == said), None) or _status(raw, kind)
    return {"status": status, "error_type": kind, "error": error[:_ERROR]}


def _called(held: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a span called: a model."""
    model, provider = first(held, known.MODEL), first(held, known.PROVIDER)
    return {"model": str(model or ""), "provider": str(provider or ""), "usage": _usage(held)}


def _ids(raw: Mapping[str, Any], trace: str) -> tuple[str, str | None]:
    """Return a span's id and its parent's; a root has the id of its trace."""
    try:
        id_ = span_uuid(trace, raw.get("spanId") or raw.get("span_id"))
        parent = span_uuid(trace, raw.get("parentSpanId") or raw.get("parent_span_id"))
    except (ValueError, TypeError) as error:
        raise AuditInputError("a span whose spanId is no id of 8 bytes") from error
    if id_ is None:
        raise AuditInputError("a span without spanId")
    return id_, parent


def _events(raw: Mapping[str, Any]) -> Iterator[Happening]:
    for event in raw.get("events") or ():
        if isinstance(event, Mapping):
            time = nanoseconds(event.get("timeUnixNano")) or 0
            yield Happening(str(event.get("name")), time, attributes(event.get("attributes")))


def _kind(held: Mapping[str, Any], raw: Mapping[str, Any]) -> SpanKind:
    said = str(first(held, known.KIND) or "").lower()
    operation = str(held.get(names.OPERATION) or "")
    own = next((one for one in get_args(SpanKind) if one == held.get(names.OWN_KIND)), None)
    if own is not None:
        return cast(SpanKind, own)
    kind = known.OPERATIONS.get(operation) or known.KINDS.get(said)
    if kind is None:
        kind = "model" if held.get(known.REQUEST_TYPE) in ("chat", "completion") else "chain"
    at_top = not (raw.get("parentSpanId") or raw.get("parent_span_id"))
    return "graph" if at_top and kind in ("node", "chain") else kind


def _name(held: Mapping[str, Any], raw: Mapping[str, Any], kind: SpanKind) -> str:
    chosen = {"tool": known.TOOL_NAME, "node": known.NAME, "graph": known.NAME}.get(kind, ())
    operation = f"{held.get(names.OPERATION)} "
    return str(first(held, chosen) or str(raw.get("name") or kind).removeprefix(operation))


def _metadata(held: Mapping[str, Any]) -> dict[str, Any]:
    told = structure(first(held, known.METADATA))
    inner = told if isinstance(told, Mapping) else {}
    rest = {key: value for key, value in held.items() if not key.startswith(_HELD)}
    start = len(names.OWN_METADATA)
    own = {key[start:]: one for key, one in held.items() if key.startswith(names.OWN_METADATA)}
    both = {**rest, **own, **inner}
    return {k: v for k, v in both.items() if isinstance(v, _PLAIN) and k not in known.METADATA}


def _first_token(held: Mapping[str, Any], start: int) -> int | None:
    seconds = held.get(names.FIRST_CHUNK)
    return start + int(seconds * _SECOND) if isinstance(seconds, int | float) else None


def _error(
    raw: Mapping[str, Any], held: Mapping[str, Any], events: list[Happening]
) -> tuple[str, str]:
    status = raw.get("status") or {}
    if status.get("code") not in _ERRORS:
        return "", ""
    raised = next((event.held for event in events if event.name == known.EXCEPTION), {})
    told = raised.get("exception.type") or held.get(names.ERROR_TYPE) or ""
    kind = str(told).rpartition(".")[2].removeprefix("_OTHER")
    said = str(raised.get("exception.message") or status.get("message") or "")
    return kind, said or kind or "error"


def _status(raw: Mapping[str, Any], error_type: str) -> Status:
    if (raw.get("status") or {}).get("code") in _ERRORS:
        return "interrupt" if error_type in ("GraphInterrupt", "NodeInterrupt") else "error"
    return "ok" if nanoseconds(raw.get("endTimeUnixNano")) else "running"


def _usage(held: Mapping[str, Any]) -> Usage:
    return Usage(
        tokens_in=count(held, known.TOKENS_IN) or 0,
        tokens_out=count(held, known.TOKENS_OUT) or 0,
        cache_read=count(held, known.CACHE_READ) or 0,
        cache_write=count(held, known.CACHE_WRITE) or 0,
        reasoning=count(held, known.REASONING) or 0,
        usd=dollars(first(held, known.COST)),
    )


def _payloads(held: Mapping[str, Any], events: list[Happening], kind: SpanKind) -> tuple[Any, Any]:
    if kind == "model":
        messages, answer = prompt(held, events), reply(held, events)
        inputs = {"messages": messages, "params": _params(held)}
        return inputs if messages else None, replied(answer) if answer else None
    if kind == "tool":
        given = arguments(first(held, known.CALL_ARGUMENTS))
        return given, structure(first(held, known.CALL_RESULT))
    return structure(first(held, known.VALUE_IN)), structure(first(held, known.VALUE_OUT))


def _params(held: Mapping[str, Any]) -> dict[str, Any]:
    said = structure(held.get(known.PARAMETERS))
    params = dict(said) if isinstance(said, Mapping) else {}
    params |= {
        key.removeprefix(names.REQUEST): value
        for key, value in held.items()
        if key.startswith(names.REQUEST)
    }
    if tools := _tools(held):
        params["tools"] = tools
    return params


def _tools(held: Mapping[str, Any]) -> list[Any]:
    told = structure(first(held, known.TOOLS))
    if isinstance(told, list):
        return told
    numbered = [part for prefix in known.INDEXED_TOOLS for part in indexed(held, prefix)]
    found = (structure(part.get("tool.json_schema")) or _named(part) for part in numbered)
    return [tool for tool in found if isinstance(tool, Mapping)]


def _named(part: Mapping[str, Any]) -> Any:
    if not part.get("name"):
        return None
    return {**part, "parameters": arguments(part.get("parameters"))}
