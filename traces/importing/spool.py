"""Sort what a file holds by trace, on disk: a file may hold any number, in any order."""

import json
import sqlite3
from collections.abc import Iterator
from types import TracebackType
from typing import Any, NamedTuple, Self


class Spooled(NamedTuple):
    """One part of a trace, as it was read.

    Attributes:
        data: The part.
        line: The line it begins on, from 1.
    """

    data: Any
    line: int


class Spool:
    """Parts of traces in a file that nobody else sees and that goes when it is closed."""

    def __init__(self) -> None:
        self._connection = sqlite3.connect("", isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = OFF")
        self._connection.execute(
            "CREATE TABLE part (trace TEXT, form TEXT, line INTEGER, data TEXT)"
        )
        self._connection.execute("BEGIN")

    def add(self, trace: str, form: str, part: Spooled) -> None:
        """Keep a part of a trace."""
        row = (trace, form, part.line, json.dumps(part.data))
        self._connection.execute("INSERT INTO part VALUES (?, ?, ?, ?)", row)

    def traces(self) -> Iterator[tuple[str, str]]:
        """Yield each trace and its form, in the order in which they were first met."""
        self._connection.execute("CREATE INDEX IF NOT EXISTS by_trace ON part (trace, form)")
        yield from self._connection.execute(
            "SELECT trace, form FROM part GROUP BY trace, form ORDER BY min(rowid)"
        )

    def parts(self, trace: str, form: str) -> Iterator[Spooled]:
        """Yield the parts of a trace, in the order in which they came."""
        rows = self._connection.execute(
            "SELECT data, line FROM part WHERE trace = ? AND form = ? ORDER BY rowid",
            (trace, form),
        )
        for data, line in rows:
            yield Spooled(json.loads(data), line)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._connection.close()
