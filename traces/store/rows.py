"""Traces, spans, events and calls as rows of a store's tables, and back."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from functools import lru_cache
from operator import attrgetter
from typing import Any, Final, NamedTuple

import orjson

from .errors import StoreError
from .model import CallKey, Event, RecordedCall, Ref, Span, Trace, Usage
from .packing import SHORT, SMALL, pack, unpack

Row = Sequence[Any]
Word = Callable[[str], int | str]
"""Gives the number of a word, or a name that is none."""

_DIGEST = 16  # bytes
_INLINE: Final = {SHORT: b"=", SMALL: b"#"}
_FORMS: Final = {mark: form for form, mark in _INLINE.items()}

_TRACE = tuple(each.name for each in fields(Trace))
_SPAN = (
    "id", "trace", "seq", "parent", "kind", "name", "start", "took", "status", "inputs", "outputs",
    "request", "response", "node", "step", "call_id", "hidden", "more",
)  # fmt: skip
_SELDOM = ("node", "step", "call_id", "hidden")
_REFS = ("inputs", "outputs", "request", "response")
_PLAIN_SPAN = Span(id="", trace="", seq=0, kind="chain", name="", start=0)
_MORE: Final = tuple(each.name for each in fields(Span) if each.name not in (*_SPAN, "end"))
_USUAL: Final = tuple(getattr(_PLAIN_SPAN, name) for name in _MORE)
_MORE_OF: Final = attrgetter(*_MORE)


class Standing(NamedTuple):
    """A span that may still run: it is written as it stands; a `Span` of it would cost as much.

    Attributes:
        trace: Id of its trace.
        start: When it began.
        parent: Id of its parent, or None.
        node: The node it belongs to, or empty.
        step: The super-step of that node, or None.
        more: Returns the values of what has no column, as `names_of_more` has them.
        span: Has the other attributes of a `Span`.
    """

    trace: str
    start: int
    parent: str | None
    node: str
    step: int | None
    more: Callable[[Any], Iterable[Any]]
    span: Any


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


@lru_cache(maxsize=4_096)
def id_bytes(text: str | None) -> bytes | str | None:
    """Return an id as it is kept: a UUID in 16 bytes, anything else as text."""
    if not text:
        return None
    if len(text) == 36:
        try:
            found = bytes.fromhex(text.replace("-", ""))
        except ValueError:
            return text
        return found if len(found) == 16 and id_text(found) == text else text
    return text


def id_text(kept: bytes | str | None) -> str | None:
    """Return an id that was kept by `id_bytes`."""
    if isinstance(kept, bytes):
        found = kept.hex()
        return f"{found[:8]}-{found[8:12]}-{found[12:16]}-{found[16:20]}-{found[20:]}"
    return kept


@lru_cache(maxsize=1_024)
def ref_bytes(ref: Ref | None) -> bytes | str | None:
    """Return a reference as it is kept: a digest's 16 bytes, else with a byte that says what."""
    if not ref:
        return None
    if ref[0] == "=":
        form, data = pack(ref[1:].encode())
        kept = _INLINE[form] + data
        return kept if len(kept) != _DIGEST else ref  # as version 2 has it
    return b"~" + bytes.fromhex(ref[1:]) if ref[0] == "~" else bytes.fromhex(ref)


def ref_text(kept: bytes | str | None) -> Ref | None:
    """Return a reference that was kept by `ref_bytes`."""
    if kept is None or isinstance(kept, str):
        return kept
    if len(kept) != _DIGEST and kept[:1] in _FORMS:
        try:
            return "=" + unpack(_FORMS[kept[:1]], kept[1:]).decode()
        except ValueError as error:
            raise StoreError(f"a row has a damaged payload of {len(kept)} bytes") from error
    return kept.hex() if len(kept) == 16 else "~" + kept[1:].hex()


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


def _leave_out(more: dict[str, Any], name: str, usual: str) -> None:
    if more.get(name) == usual:
        del more[name]
    else:
        more.setdefault(name, "")


def _used(usage: Usage) -> Sequence[float]:
    """Return what was used without the zeros at its end."""
    last = max((n for n, each in enumerate(usage) if each), default=-1)
    return usage[: last + 1]


def span_row(span: Span, trace: int, word: Word) -> Row:
    """Return a span's row, with the number of its trace; what it has by default is left out."""
    stands = Standing(span.trace, span.start, span.parent, span.node, span.step, _MORE_OF, span)
    return standing_row(stands, trace, word)


def names_of_more(inside: Mapping[str, str]) -> tuple[str, ...]:
    """Return the attributes of a span that have no column, some of them by another name."""
    return tuple(inside.get(name, name) for name in _MORE)


def standing_row(stands: Standing, trace: int, word: Word) -> Row:
    """Return the row of a span as it stands."""
    span, node = stands.span, stands.node
    more = {
        name: _used(value) if name == "usage" else value
        for name, value, usual in zip(_MORE, stands.more(span), _USUAL, strict=True)
        if value != usual
    }
    if node:  # most often says the path and the namespace
        _leave_out(more, "path", usual_path(node))
        _leave_out(more, "namespace", node)
    return (
        id_bytes(span.id), trace, span.seq, id_bytes(stands.parent), word(span.kind),
        word(span.name), span.start, None if span.end is None else span.end - span.start,
        word(span.status), ref_bytes(span.inputs),
        ref_bytes(span.outputs), ref_bytes(span.request), ref_bytes(span.response),
        word(node) or None, stands.step, span.call_id or None, span.hidden or None,
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
    try:
        found = bytes.fromhex(digest)
    except ValueError:
        return digest
    return found if found.hex() == digest and found else digest


def call_row(call: RecordedCall, trace: int, word: Word) -> Row:
    """Return a call's row, with the number of its trace."""
    key = call.key
    is_usual = call.node and (key.namespace, key.path) == (call.node, usual_path(call.node))
    place = (None, None) if is_usual else (key.namespace, key.path)  # said by the node's name
    return (
        trace, call.n, *place, word(key.name), _digest_bytes(key.request), word(call.kind),
        word(call.method), id_bytes(call.span), word(call.node), call.step, int(call.nested),
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
