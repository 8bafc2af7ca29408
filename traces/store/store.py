"""A file of traces, written by many processes and read while it is written."""

import sqlite3
import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from .bounds import LARGEST, LONGEST, Bounds
from .database import Database
from .errors import StoreError
from .finding import find_trace, select_traces
from .fresh import write_fresh
from .model import Event, RecordedCall, Ref, Span, Status, Trace
from .packing import unpack
from .payloads import Payloads
from .reading import Reading
from .redaction import Redaction
from .rows import (
    READ_CALLS,
    READ_EVENTS,
    READ_SPANS,
    WRITE_CALL,
    WRITE_EVENT,
    WRITE_SPAN,
    WRITE_TRACE,
    Standing,
    call_of,
    call_row,
    event_of,
    event_row,
    span_of,
    span_row,
    standing_row,
    trace_of,
    trace_row,
)
from .sealing import Seal
from .words import Words
from .writing import write_rows

_OfTrace = Span | Standing | Event | RecordedCall
Item = Trace | _OfTrace

_CHAIN = """
    WITH RECURSIVE walk (before, item, depth) AS (
        SELECT before, item, 0 FROM link WHERE h = ?
        UNION ALL
        SELECT link.before, link.item, depth + 1 FROM link JOIN walk ON link.h = walk.before)
    SELECT before, item FROM walk ORDER BY depth DESC"""
_READ_BLOB = "SELECT form, data FROM blob WHERE h = ?"
_STUB = """
    INSERT INTO trace (id, name, start, thread, status, ending, error, source, replay_of,
        tokens_in, tokens_out, usd, spans)
    VALUES (?, '', ?, '', 'running', '', '', '', '', 0, 0, 0, 0)
    ON CONFLICT (id) DO NOTHING"""


class Store:
    """Traces in a file on this machine's own disk.

    Any number of processes may write and read at a time. What is large is kept by its content,
    once: `put` gives a reference, which `load` and `decode` resolve.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        read_only: bool = False,
        redaction: Redaction | None = None,
        key: bytes | str | None = None,
        longest_text: int = LONGEST,
        largest_payload: int = LARGEST,
    ) -> None:
        """Open a file; it is made where there is none.

        Args:
            path: The file. Not on a network drive: locks do not hold there.
            read_only: Whether nothing may be written.
            redaction: What is blotted out before anything is written; None: secrets.
            key: Key of the encrypted originals of what is blotted out; None keeps none.
            longest_text: Characters kept of a text, from 1,000; of a longer one its two ends.
            largest_payload: Bytes kept of a payload, from 10,000; of a larger one its two ends.

        Raises:
            StoreError: The file cannot be opened, is no store, or is of a newer version.
        """
        self.path = Path(path)
        self.redaction = redaction or Redaction()
        self._seal = Seal(key) if key is not None else None
        self._payloads = Payloads(self.redaction, self._seal, Bounds(longest_text, largest_payload))
        self._database = Database(self.path, read_only=read_only)
        self._words = Words(self._database)
        self._numbers: dict[str, int] = {}

    def put(self, value: Any) -> Ref:
        """Return the reference of a value; it is on disk after the next `write`."""
        return self._payloads.put(value)

    def put_messages(self, messages: Sequence[Any]) -> Ref:
        """Return the reference of a list of messages, whose beginnings are kept once."""
        return self._payloads.put_messages(messages)

    def clean(self, value: Any) -> Any:
        """Return a value as a plain tree, redacted: for what is kept as it is, not by content."""
        return self._payloads.clean(value)

    def clean_text(self, text: str) -> str:
        """Return a name or a line, redacted."""
        return self._payloads.clean_text(text)

    def load(self, ref: Ref) -> Any:
        """Return a payload as a tree of plain JSON values; kinds JSON has not are marks (`$`).

        Raises:
            StoreError: It is not there, or damaged.
        """
        return Reading(self._fetch, self._walk).tree(ref)

    def reading(self) -> Reading:
        """Return a look at several payloads: what they share is read once, and is one object."""
        return Reading(self._fetch, self._walk)

    def decode(self, ref: Ref) -> Any:
        """Return a payload as the Python value that was put; with the key, as the original.

        Raises:
            StoreError: It is not there, or damaged, or the key is another one.
        """
        return Reading(self._original if self._seal else self._fetch, self._walk).value(ref)

    def write(self, *items: Item) -> None:
        """Write items, and what was put, in one piece; what is there with an id is replaced.

        Raises:
            StoreError: The disk is full, the file is damaged or was opened for reading.
        """
        fresh = self._payloads.take_fresh()
        try:
            with self._database.writing() as connection:
                write_fresh(connection, fresh)
                self._write_items(connection, items)
        except BaseException:
            self._payloads.give_back(fresh)
            self._numbers.clear()
            self._words.forget()
            raise

    def traces(
        self,
        *,
        since: int | None = None,
        until: int | None = None,
        thread: str | None = None,
        status: Status | None = None,
        limit: int | None = None,
    ) -> Iterator[Trace]:
        """Yield traces, newest first.

        Args:
            since: Only those that began at this time or later, in nanoseconds since the epoch.
            until: Only those that began before this time.
            thread: Only those of this thread.
            status: Only those that stand so.
            limit: At most so many.
        """
        sql, given = select_traces(since, until, thread, status, limit)
        yield from map(trace_of, self._database.rows(sql, given))

    def trace(self, id: str) -> Trace:  # noqa: A002 - its name in the model
        """Return a trace by its id, a beginning or end only it has, `last` or `last-failed`.

        Raises:
            NoSuchTraceError: There is none, or several; says which are near.
        """
        return find_trace(self._database.rows, id, str(self.path))

    def spans(self, trace: str) -> list[Span]:
        """Return the spans of a trace, in the order they began."""
        return [span_of(row, trace, self._words.text) for row in self._of_trace(READ_SPANS, trace)]

    def events(self, trace: str) -> list[Event]:
        """Return the events of a trace, in order."""
        return [event_of(row, trace) for row in self._of_trace(READ_EVENTS, trace)]

    def calls(self, trace: str) -> list[RecordedCall]:
        """Return the recorded calls of a trace, in the order they ended."""
        return [call_of(row, trace, self._words.text) for row in self._of_trace(READ_CALLS, trace)]

    def has_unwritten(self) -> bool:
        """Tell whether anything was put that is not written yet."""
        return self._payloads.has_fresh()

    def close(self) -> None:
        """Write what was put, and close the file."""
        if self.has_unwritten():
            self.write()
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _of_trace(self, sql: str, trace: str) -> list[Any]:
        found = self._database.rows("SELECT n FROM trace WHERE id = ?", [trace])
        return self._database.rows(sql, found[0]) if found else []

    def _write_items(self, connection: sqlite3.Connection, items: Sequence[Item]) -> None:
        rows: dict[str, list[Sequence[Any]]] = {}
        word = partial(self._words.number, connection)
        for item in items:
            if isinstance(item, Standing):
                rows.setdefault(WRITE_SPAN, []).append(
                    standing_row(item, self._number(connection, item), word)
                )
            elif isinstance(item, Trace):
                connection.execute(WRITE_TRACE, trace_row(item))
            elif isinstance(item, Span):
                rows.setdefault(WRITE_SPAN, []).append(
                    span_row(item, self._number(connection, item), word)
                )
            elif isinstance(item, Event):
                rows.setdefault(WRITE_EVENT, []).append(
                    event_row(item, self._number(connection, item))
                )
            else:
                rows.setdefault(WRITE_CALL, []).append(
                    call_row(item, self._number(connection, item), word)
                )
        for sql, several in rows.items():
            write_rows(connection, sql, several)

    def _number(self, connection: sqlite3.Connection, item: _OfTrace) -> int:
        """Return the number of an item's trace; one that nobody told of yet is begun."""
        if (found := self._numbers.get(item.trace)) is None:
            began = item.start if isinstance(item, Span | Standing) else time.time_ns()
            connection.execute(_STUB, [item.trace, began])
            (found,) = connection.execute(
                "SELECT n FROM trace WHERE id = ?", [item.trace]
            ).fetchone()
            self._numbers[item.trace] = found
        return found

    def _fetch(self, digest: bytes) -> bytes:
        if (waiting := self._payloads.waiting(digest)) is not None:
            return waiting
        found = self._database.rows(_READ_BLOB, [digest])
        if not found:
            raise StoreError(f"{self.path} has no payload {digest.hex()}: it was pruned or lost")
        try:
            return unpack(*found[0])
        except ValueError as error:
            raise StoreError(f"{self.path}: payload {digest.hex()} is damaged") from error

    def _original(self, digest: bytes) -> bytes:
        sealed = self._payloads.waiting_original(digest)
        if sealed is None:
            found = self._database.rows("SELECT data FROM sealed WHERE h = ?", [digest])
            sealed = found[0][0] if found else None
        if sealed is None or self._seal is None:
            return self._fetch(digest)
        try:
            return self._seal.open(sealed, digest)
        except ValueError as error:
            raise StoreError(f"{self.path}: {error}") from error

    def _walk(self, tip: bytes) -> list[bytes]:
        items = []
        while tip and (link := self._payloads.waiting_link(tip)):
            items.append(link.item)
            tip = link.before
        items.reverse()
        if not tip:
            return items
        found = self._database.rows(_CHAIN, [tip])
        if not found or found[0][0]:
            raise StoreError(f"{self.path}: the beginning of chain {tip.hex()} was lost")
        return [*(row[1] for row in found), *items]
