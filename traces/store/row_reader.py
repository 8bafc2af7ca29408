"""Traces and their parts out of a store's rows, also out of a damaged file's."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from .database import Database
from .errors import NoSuchTraceError, StoreError
from .finding import find_trace
from .model import Event, RecordedCall, Span, Trace
from .rows import READ_CALLS, READ_EVENTS, READ_SPANS, call_of, event_of, span_of, trace_of
from .wholeness import NO_ROW, Made, sane
from .words import Words

Read = TypeVar("Read")


class RowReader:
    """Reads rows; those that nothing can be made of show that the file is damaged."""

    def __init__(self, database: Database, words: Words) -> None:
        self._database = database
        self._words = words

    def traces(self, sql: str, given: Sequence[Any]) -> list[Trace]:
        """Return the traces of a query."""
        return self._made(sql, given, trace_of)

    def trace(self, asked: str) -> Trace:
        """Return a trace by its id, by the beginning of it, or the newest one."""
        place = str(self._database.path)
        return self._again(lambda: sane(find_trace(self._database.rows, asked, place)))

    def spans(self, trace: str) -> list[Span]:
        """Return the spans of a trace; fewer than it counts are looked for in all pages."""
        found = self._of_trace(READ_SPANS, trace, lambda row: span_of(row, trace, self._words.text))
        ask = "SELECT spans FROM trace WHERE id = ? AND end IS NOT NULL"
        told = self._database.rows(ask, [trace])
        if told and len(found) < told[0][0] and self._database.doubt():
            return self.spans(trace)
        return found

    def events(self, trace: str) -> list[Event]:
        """Return the events of a trace."""
        return self._of_trace(READ_EVENTS, trace, lambda row: event_of(row, trace))

    def calls(self, trace: str) -> list[RecordedCall]:
        """Return the recorded calls of a trace."""
        return self._of_trace(READ_CALLS, trace, lambda row: call_of(row, trace, self._words.text))

    def _of_trace(self, sql: str, trace: str, make: Callable[[Any], Made]) -> list[Made]:
        found = self._database.rows("SELECT n FROM trace WHERE id = ?", [trace])
        return self._made(sql, found[0], make) if found else []

    def _made(self, sql: str, given: Sequence[Any], make: Callable[[Any], Made]) -> list[Made]:
        return self._again(lambda: [sane(make(row)) for row in self._database.rows(sql, given)])

    def _again(self, read: Callable[[], Read]) -> Read:
        """Read; where a row is none, read what is whole of the file."""
        try:
            return read()
        except NO_ROW as error:
            if isinstance(error, StoreError | NoSuchTraceError):
                raise
            if self._database.salvage():
                return read()
            raise StoreError(f"{self._database.path} is damaged: a row says nothing") from error
