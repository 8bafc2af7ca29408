"""What the other side refuses for good: kept, with what was sent and what it said."""

import sqlite3
from pathlib import Path
from typing import NamedTuple

_BUSY_SECONDS = 30.0


class Dead(NamedTuple):
    """An item that the other side refuses for good, kept with what was sent.

    Attributes:
        place: Where it was to go.
        kind: `run`, `feedback` or `span`.
        id: Its id.
        trace: Id of its trace.
        status: What the other side answered.
        why: What it said, redacted and bounded.
        body: What was sent.
        time: When it was refused, in nanoseconds since the epoch.
    """

    place: str
    kind: str
    id: str
    trace: str
    status: int
    why: str
    body: str
    time: int


def read_dead(store: Path) -> list[Dead]:
    """Return what was refused for good, of all places, oldest first."""
    connection = sqlite3.connect(f"file:{store}?mode=ro", uri=True, timeout=_BUSY_SECONDS)
    try:
        rows = connection.execute(
            "SELECT place, kind, id, trace, status, why, body, time FROM export_dead ORDER BY time"
        ).fetchall()
    finally:
        connection.close()
    return [Dead(*row) for row in rows]
