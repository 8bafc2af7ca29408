"""Traces, spans, events and calls as rows of a store's tables, and back."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from functools import lru_cache
from typing import Any, Final, NamedTuple

import orjson

from .model import CallKey, Event, Held, RecordedCall, Span, Trace, Usage
from .references import id_bytes, id_text, ref_bytes, ref_text

Row = Sequence[Any]
Word = Callable[[str], int | str]
"""Gives the number of a word, or a name that is none."""

_TRACE = tuple(each.name for each in fields(Trace))
_SPAN = (
    "id", "trace", "seq", "parent", "kind", "name", "start", "took", "status", "inputs", "outputs",
    "request", "response", "node", "step", "call_id", "hidden", "more",
)  # fmt: skip
_SELDOM = ("node", "step", "call_id", "hidden")
_REFS = ("inputs", "outputs", "request", "response")
_PLAIN_SPAN = Span(id="", trace="", seq=0, kind="chain", name="", start=0)
_MORE: Final = {
    each.name: getattr(_PLAIN_SPAN, each.name)
    for each in fields(Span)
    if each.name not in (*_SPAN, "end")
}
_PLACE = ("path", "namespace")
MORE: Final = {name: usual for name, usual in _MORE.items() if name not in _PLACE}
"""The attributes of a span that have no column, without its place, as they are by default."""


class Standing(NamedTuple):
    """A span that may still run: it is written as it stands; a `Span` of it would cost as much.

    Attributes:
        trace: Id of its trace.
        start: When it began.
        id: Its id, as a row has it.
        parent: That of its parent, or None.
        node: The node it belongs to, or empty.
        step: The super-step of that node, or None.
        more: What `more_of` gives.
        span: Has the other attributes of a `Span`.
    """

    trace: str
    start: int
    id: bytes | str | None
    parent: bytes | str | None
    node: str
    step: int | None
    more: Mapping[str, Any]
    span: Any


class EndedCall(NamedTuple):
    """A call that was just recorded, as a row has it; else what a `RecordedCall` has."""

    trace: str
    n: int
    namespace: str
    path: str
    name: str
    digest: str
    kind: str
    method: str
    span: bytes | str | None
    node: str
    step: int | None
    nested: bool
    request: Held
    outcome: Held


def _upsert(table: str, names: Sequence[str], key: Sequence[str]) -> str:
    named, marks = ", ".join(names), ", ".join("?" * len(names))
    changes = ", ".join(f"{name} = excluded.{name}" for name in names if name not in key)
    by = ", ".join(key)
    return (
        f"INSERT INTO {table} ({named}) VALUES ({marks}) ON CONFLICT ({by}) DO UPDATE SET {changes}"  # noqa: S608 - names of ours
    )


WRITE_TRACE: Final = _upsert("trace", _TRACE, ["id"])
READ_TRACE: Final = f"SELECT {', '.join(_TRACE)} FROM trace"  # noqa: S608 - names of ours
WRITE_SPAN: Final = _upsert("span", _SPAN, ["trace", "id"])
READ_SPANS: Final = f"SELECT {', '.join(_SPAN)} FROM span WHERE trace = ? ORDER BY seq, id"  # noqa: S608 - the same
_EVENT = ("trace", "seq", "time", "kind", "name", "span", "data")
WRITE_EVENT: Final = _upsert("event", _EVENT, ["trace", "seq"])
READ_EVENTS: Final = f"SELECT {', '.join(_EVENT)} FROM event WHERE trace = ? ORDER BY seq"  # noqa: S608 - the same
_CALL = (
    "trace", "n", "namespace", "path", "name", "digest", "kind", "method", "span", "node", "step",
    "nested", "request", "outcome",
)  # fmt: skip
WRITE_CALL: Final = _upsert("call", _CALL, ["trace", "n"])
READ_CALLS: Final = f"SELECT {', '.join(_CALL)} FROM call WHERE trace = ? ORDER BY n"  # noqa: S608 - the same


def plain(value: Any) -> bytes:
    """Return plain values as JSON; what is none by the name of its class."""
    return orjson.dumps(value, default=_named, option=orjson.OPT_NON_STR_KEYS)


def _named(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, set | frozenset):
        return sorted(value, key=str)
    return f"<{type(value).__name__}>"


def trace_row(trace: Trace) -> Row:
    """Return a trace's row, in the order of its fields."""
    values = [getattr(trace, name) for name in _TRACE]
    values[-2:] = plain(list(trace.tags)).decode(), plain(trace.metadata).decode()
    return values


def trace_of(row: Row) -> Trace:
    """Return the trace of a row."""
    found = dict(zip(_TRACE, row, strict=True))
    found["tags"] = tuple(orjson.loads(found["tags"] or b"[]"))
    found["metadata"] = orjson.loads(found["metadata"] or b"{}")
    return Trace(**found)


@lru_cache(maxsize=1_024)
def usual_path(node: str) -> str:
    """Return LangGraph's path of a node that an edge leads to."""
    return f'["__pregel_pull", {orjson.dumps(node).decode()}]'


def _used(usage: Usage) -> Sequence[float]:
    """Return what was used without the zeros at its end."""
    last = max((n for n, each in enumerate(usage) if each), default=-1)
    return usage[: last + 1]


def more_of(has: Mapping[str, Any], node: str, path: str, namespace: str) -> dict[str, Any]:
    """Return what a row says of a span that has no column, as far as it is not as it usually is.

    Args:
        has: Its attributes, at least those that are not what they are by default.
        node: The node it belongs to, or empty; it says the path and the namespace most often.
        path: LangGraph's path of the task.
        namespace: The checkpoint namespace.
    """
    more = {name: has[name] for name, usual in MORE.items() if name in has and has[name] != usual}
    if "usage" in more:
        more["usage"] = _used(more["usage"])
    if path != (usual_path(node) if node else ""):
        more["path"] = path
    if namespace != node:
        more["namespace"] = namespace
    return more


def span_row(span: Span, trace: int, word: Word) -> Row:
    """Return a span's row, with the number of its trace; what it has by default is left out."""
    has = {name: getattr(span, name) for name in MORE}
    more = more_of(has, span.node, span.path, span.namespace)
    ids = id_bytes(span.id), id_bytes(span.parent)
    stands = Standing(span.trace, span.start, *ids, span.node, span.step, more, span)
    return standing_row(stands, trace, word)


def standing_row(stands: Standing, trace: int, word: Word) -> Row:
    """Return the row of a span as it stands."""
    _, start, id_, parent, node, step, more, span = stands
    end, into, out, asked, answered = (
        span.end, span.inputs, span.outputs, span.request, span.response
    )  # fmt: skip
    return (
        id_, trace, span.seq, parent, word(span.kind), word(span.name), start,
        None if end is None else end - start, word(span.status),
        into if type(into) is bytes else ref_bytes(into),
        out if type(out) is bytes else ref_bytes(out),
        asked and ref_bytes(asked), answered and ref_bytes(answered),
        word(node) if node else None, step, span.call_id or None, span.hidden or None,
        plain(more) if more else None,
    )  # fmt: skip


def span_of(row: Row, trace: str, text: Callable[[Any], Any]) -> Span:
    """Return the span of a row."""
    found = dict(zip(_SPAN, row, strict=True))
    found |= {name: text(found[name]) for name in ("kind", "name", "status", "node")}
    took = found.pop("took")
    found["end"] = None if took is None else found["start"] + took
    said = {name: found.pop(name) for name in _SELDOM}
    more = orjson.loads(found.pop("more") or b"{}")  # rows of version 2 have all of it here
    more |= {name: value for name, value in said.items() if value is not None}
    if "hidden" in more:
        more["hidden"] = bool(more["hidden"])
    if "usage" in more:
        more["usage"] = Usage(*more["usage"])
    if "tags" in more:
        more["tags"] = tuple(more["tags"])
    if node := more.get("node"):
        more.setdefault("path", usual_path(node))
        more.setdefault("namespace", node)
    ids = {"id": id_text(found["id"]) or "", "trace": trace, "parent": id_text(found["parent"])}
    return Span(**{**found, **{name: ref_text(found[name]) for name in _REFS}, **ids, **more})


def event_row(event: Event, trace: int) -> Row:
    """Return an event's row, with the number of its trace."""
    data = plain(event.data) if event.data else None
    return trace, event.seq, event.time, event.kind, event.name, id_bytes(event.span), data


def event_of(row: Row, trace: str) -> Event:
    """Return the event of a row."""
    _, seq, time, kind, name, span, data = row
    found = orjson.loads(data or b"{}")
    return Event(
        trace=trace, seq=seq, time=time, kind=kind, name=name, span=id_text(span), data=found
    )


def _digest_bytes(digest: str) -> bytes | str:
    """Return a digest as it is kept: 16 bytes where it has as many in hexadecimal."""
    if not digest:
        return digest
    try:
        found = bytes.fromhex(digest)
    except ValueError:
        return digest
    return found if found.hex() == digest and found else digest


def call_row(call: RecordedCall, trace: int, word: Word) -> Row:
    """Return a call's row, with the number of its trace."""
    ended = EndedCall(
        call.trace, call.n, *call.key, call.kind, call.method, id_bytes(call.span), call.node,
        call.step, call.nested, call.request, call.outcome,
    )  # fmt: skip
    return ended_row(ended, trace, word)


def ended_row(call: EndedCall, trace: int, word: Word) -> Row:
    """Return the row of a call that was just recorded."""
    node = call.node
    is_usual = node and call.namespace == node and call.path == usual_path(node)
    place = (None, None) if is_usual else (call.namespace, call.path)  # said by the node's name
    return (
        trace, call.n, *place, word(call.name), _digest_bytes(call.digest), word(call.kind),
        word(call.method), call.span, word(node), call.step, int(call.nested),
        ref_bytes(call.request), ref_bytes(call.outcome),
    )  # fmt: skip


def call_of(row: Row, trace: str, text: Callable[[Any], Any]) -> RecordedCall:
    """Return the call of a row."""
    found = dict(zip(_CALL, row, strict=True))
    found |= {name: text(found[name]) for name in ("kind", "name", "method", "node")}
    namespace, path, name, digest = (
        found.pop(each) for each in ("namespace", "path", "name", "digest")
    )
    if namespace is None:
        namespace, path = found["node"], usual_path(found["node"])
    key = CallKey(namespace, path, name, digest.hex() if isinstance(digest, bytes) else digest)
    changed = {
        "trace": trace,
        "key": key,
        "span": id_text(found["span"]) or "",
        "nested": bool(found["nested"]),
        "request": ref_text(found["request"]),
        "outcome": ref_text(found["outcome"]),
    }
    return RecordedCall(**{**found, **changed})
