"""Rows written many at a time."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import chain
from sqlite3 import Connection
from typing import Any, Final

_SIZES: Final = (64, 16, 4, 1)
"""Rows in a statement; few sizes, each compiled once: one of 256 takes a millisecond for that."""


def write_rows(connection: Connection, sql: str, rows: Sequence[Sequence[Any]]) -> None:
    """Execute an `INSERT` of one row for many.

    SQLite is handed so many at a time because between two statements the interpreter goes to
    another thread that wants it, which keeps it for 5 ms: a busy run would starve its own record.
    """
    at = 0
    for size in _SIZES:
        while len(rows) - at >= size:
            connection.execute(
                _of_several(sql, size), list(chain.from_iterable(rows[at : at + size]))
            )
            at += size


@lru_cache(maxsize=64)
def _of_several(sql: str, size: int) -> str:
    """Return a statement for so many rows; of one row, its `VALUES` are the marks alone."""
    before, _, rest = sql.partition(" VALUES ")
    marks, _, after = rest.partition(")")
    return f"{before} VALUES {', '.join([marks + ')'] * size)}{after}"
