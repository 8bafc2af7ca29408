"""Items of a store written as rows, those of a kind together."""

from collections.abc import Callable, Sequence
from sqlite3 import Connection
from typing import Any

from .model import Event, RecordedCall, Span, Trace
from .rows import (
    WRITE_CALL,
    WRITE_EVENT,
    WRITE_SPAN,
    WRITE_TRACE,
    EndedCall,
    Row,
    Standing,
    Word,
    call_row,
    ended_row,
    event_row,
    span_row,
    standing_row,
    trace_row,
)
from .writing import write_rows

OfTrace = Span | Standing | Event | RecordedCall | EndedCall
"""What a trace is made of."""
Item = Trace | OfTrace


def write_items(
    connection: Connection, items: Sequence[Item], number: Callable[[OfTrace], int], word: Word
) -> None:
    """Write items.

    Args:
        connection: Where to, in a transaction.
        items: What is written.
        number: Gives the number of an item's trace.
        word: Gives that of a word.
    """
    rows: dict[str, list[Row]] = {}
    for item in items:
        if isinstance(item, Trace):
            connection.execute(WRITE_TRACE, trace_row(item))
        elif isinstance(item, Event):
            rows.setdefault(WRITE_EVENT, []).append(event_row(item, number(item)))
        else:
            sql, row_of = _ROWS[type(item)]
            rows.setdefault(sql, []).append(row_of(item, number(item), word))
    for sql, several in rows.items():
        write_rows(connection, sql, several)


_ROWS: dict[type, tuple[str, Callable[[Any, int, Word], Row]]] = {
    Standing: (WRITE_SPAN, standing_row),
    Span: (WRITE_SPAN, span_row),
    EndedCall: (WRITE_CALL, ended_row),
    RecordedCall: (WRITE_CALL, call_row),
}
