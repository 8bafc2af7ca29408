"""The rows that were found of a damaged store: what can be made of them stays, no other."""

from collections.abc import Callable, Mapping, Sequence
from sqlite3 import Connection
from typing import Any, Final, NamedTuple, TypeVar, get_args

import orjson

from .errors import StoreError
from .model import (
    CallKind,
    Event,
    EventKind,
    RecordedCall,
    Span,
    SpanKind,
    Status,
    Trace,
)
from .rows import (
    READ_CALLS,
    READ_EVENTS,
    READ_SPANS,
    READ_TRACE,
    WRITE_TRACE,
    call_of,
    event_of,
    span_of,
    trace_of,
    trace_row,
)

NO_ROW: Final = (StoreError, ValueError, TypeError, KeyError, AttributeError, OverflowError)
"""What reading a row raises that was not written so."""
_KINDS: Final[Mapping[str, Sequence[str]]] = {
    "span": get_args(SpanKind),
    "event": get_args(EventKind),
    "call": get_args(CallKind),
}
_REFS: Final = ("inputs", "outputs", "request", "response", "outcome")
_STATUSES: Final = get_args(Status)


Made = TypeVar("Made", Trace, Span, Event, RecordedCall)


def sane(made: Made) -> Made:
    """Return what a row says.

    Raises:
        ValueError: It cannot have been written so.
    """
    if isinstance(made, Trace):
        is_sane = type(made.id) is str and type(made.spans) is int and type(made.start) is int
    elif isinstance(made, Span):
        is_sane = made.kind in _KINDS["span"] and type(made.start) is int
    elif isinstance(made, Event):
        is_sane = made.kind in _KINDS["event"] and type(made.time) is int
    else:
        is_sane = made.kind in _KINDS["call"] and type(made.n) is int
    if not is_sane or getattr(made, "status", "ok") not in _STATUSES:
        raise ValueError("a row that says what no row says")
    return made


class Kept(NamedTuple):
    """What was kept.

    Attributes:
        traces: How many traces.
        rows: How many rows were not.
        lost: Ids of traces that are not whole, and what each has lost.
    """

    traces: int
    rows: int
    lost: Mapping[str, str]


def keep_whole(store: Connection) -> Kept:
    """Delete the rows that nothing can be made of; name what each trace has lost.

    A trace whose own row is gone is told of by its root span, where that is there.
    """
    words = dict(store.execute("SELECT n, text FROM word_again"))
    words |= dict(store.execute("SELECT n, text FROM word"))
    store.executemany("INSERT OR IGNORE INTO word (n, text) VALUES (?, ?)", words.items())
    text = _Words(words)
    bad = _without_bad_traces(store)
    lost: dict[str, str] = {}
    gone = _traces_gone(store)
    for n in gone:
        bad += not _told_by_root(store, n, text)
    traces = store.execute("SELECT n, id FROM trace").fetchall()
    for n, name in traces:
        bad += _without_bad(store, n, name, text)
        if said := _lost(store, n, is_told=n in gone):
            lost[name] = said
    return Kept(len(traces), bad, lost)


class _Words:
    def __init__(self, words: Mapping[int, str]) -> None:
        self._words = words

    def __call__(self, kept: Any) -> Any:
        return self._words[kept] if isinstance(kept, int) else kept


def _without_bad_traces(store: Connection) -> int:
    bad = []
    ask = READ_TRACE.replace("SELECT ", "SELECT n, ", 1)
    for n, *row in store.execute(ask).fetchall():
        if not _is_whole(trace_of, row):
            bad.append((n,))
    store.executemany("DELETE FROM trace WHERE n = ?", bad)
    return len(bad)


def _traces_gone(store: Connection) -> set[int]:
    tables = " UNION ".join(f"SELECT trace FROM {table}" for table in _KINDS)  # noqa: S608 - ours
    ask = f"SELECT trace FROM ({tables}) WHERE trace NOT IN (SELECT n FROM trace)"  # noqa: S608 - ours
    return {row[0] for row in store.execute(ask)}


def _told_by_root(store: Connection, n: int, text: Callable[[Any], Any]) -> bool:
    """Write a trace as its root span tells of it, or delete what is there of it."""
    for row in store.execute(READ_SPANS, [n]).fetchall():
        try:
            root = span_of(row, "", text)
        except NO_ROW:
            continue
        if root.parent is None and root.seq == 0:
            store.execute(WRITE_TRACE, trace_row(_of_root(root)))
            store.execute("UPDATE trace SET n = ? WHERE id = ?", [n, root.id])
            return True
    for table in _KINDS:
        store.execute(f"DELETE FROM {table} WHERE trace = ?", [n])  # noqa: S608 - a table of ours
    return False


def _of_root(root: Span) -> Trace:
    error = f"{root.error_type}: {root.error}" if root.error_type else ""
    return Trace(
        id=root.id, name=root.name, start=root.start, end=root.end, status=root.status, error=error
    )


def _without_bad(store: Connection, n: int, name: str, text: Callable[[Any], Any]) -> int:
    makers: Mapping[str, tuple[str, Callable[[Any], Any], tuple[str, str]]] = {
        "span": (READ_SPANS, lambda row: span_of(row, name, text), ("trace", "id")),
        "event": (READ_EVENTS, lambda row: event_of(row, name), ("trace", "seq")),
        "call": (READ_CALLS, lambda row: call_of(row, name, text), ("trace", "n")),
    }
    count = 0
    for table, (sql, make, key) in makers.items():
        columns = sql[len("SELECT ") : sql.index(" FROM")].split(", ")
        places = [columns.index(each) for each in key]
        for row in store.execute(sql, [n]).fetchall():
            if not _is_whole(make, row):
                count += 1
                where = " AND ".join(f"{each} = ?" for each in key)
                given = [row[place] for place in places]
                store.execute(f"DELETE FROM {table} WHERE {where}", given)  # noqa: S608 - ours
    return count


def _is_whole(make: Callable[[Any], Any], row: Any) -> bool:
    """Tell whether a row says something, and payloads that lie in it can be read."""
    try:
        made = sane(make(row))
        for name in _REFS:
            ref = getattr(made, name, None) or ""
            if ref.startswith("="):
                orjson.loads(ref[1:])
    except NO_ROW:
        return False
    return True


def _lost(store: Connection, n: int, *, is_told: bool) -> str:
    """Say what a trace has lost of what it counts, or nothing."""
    ask = "SELECT CASE WHEN end IS NULL THEN 0 ELSE spans END FROM trace WHERE n = ?"
    (spans,) = store.execute(ask, [n]).fetchone()
    parts = ["what was said of it as a whole"] if is_told else []
    counts = {"spans": "max(seq) + 1", "events": "max(seq) + 1", "calls": "max(n) + 1"}
    for what, last in counts.items():
        table = what.removesuffix("s")
        ask = f"SELECT count(*), coalesce({last}, 0) FROM {table} WHERE trace = ?"  # noqa: S608 - ours
        there, told = store.execute(ask, [n]).fetchone()
        wanted = max(spans, told) if what == "spans" else told
        if there < wanted:
            parts.append(f"{wanted - there:,} of {wanted:,} {what}")
    return ", ".join(parts)
