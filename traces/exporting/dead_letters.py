"""What the other side refuses for good: kept, with what was sent and what it said.

A letter goes when its item was received after all: somebody mended what was wrong, and asked for
it to be sent again.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

WHOLE: Final = "trace"
"""The kind of letter that stands for what is left of a trace that could not be exported."""
ONLY_REFUSED: Final = -1
"""Stands for how many items of a trace arrived where only what was refused is to be sent."""
_BUSY_SECONDS = 30.0
_LONGEST = 1_000
Name = tuple[str, str]
"""What an item is called: its kind and its id."""


class Dead(NamedTuple):
    """An item that the other side refuses for good, kept with what was sent.

    Attributes:
        place: Where it was to go.
        kind: `run`, `feedback` or `span`; `trace` for all that is left of one that cannot be
            exported.
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


def keep(db: sqlite3.Connection, dead: Dead) -> None:
    """Keep a letter; one of the same item before it is replaced."""
    db.execute(
        "INSERT OR REPLACE INTO export_dead (place, kind, id, trace, status, why, body, time)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        dead._replace(why=dead.why[:_LONGEST]),
    )


def refused_in(db: sqlite3.Connection, place: str, trace: str) -> set[Name]:
    """Return what of a trace was refused for good."""
    rows = db.execute(
        "SELECT kind, id FROM export_dead WHERE place = ? AND trace = ?", (place, trace)
    )
    return {(kind, id_) for kind, id_ in rows}


def traces_with_letters(db: sqlite3.Connection, place: str) -> set[str]:
    """Return the traces of which something was refused for good."""
    rows = db.execute("SELECT DISTINCT trace FROM export_dead WHERE place = ?", (place,))
    return {row[0] for row in rows}


def received(db: sqlite3.Connection, place: str, items: Iterable[Name]) -> None:
    """Let the letters of items go: they have arrived after all."""
    db.executemany(
        "DELETE FROM export_dead WHERE place = ? AND kind = ? AND id = ?",
        [(place, *item) for item in items],
    )


def queue_again(db: sqlite3.Connection, place: str, traces: Sequence[str]) -> int:
    """Queue traces anew of which something was refused; return how many.

    Only that is sent; all of a trace of which nothing arrived, so that its times may be moved
    anew; and of one that could not be exported, what is left of it. What waits already does so.
    """
    chosen = sorted(traces_with_letters(db, place).intersection(traces or ()))
    chosen = chosen if traces else sorted(traces_with_letters(db, place))
    letters = "(SELECT count(*) FROM export_dead WHERE place = ?1 AND trace = ?2 AND kind"
    nothing = f"(sent >= 0 AND sent <= {letters} <> '{WHOLE}'))"
    done = 0
    for trace in chosen:
        done += db.execute(
            f"UPDATE export_trace SET state = 'waiting', tries = 0, due = 0, why = '',"  # noqa: S608 - words of ours
            f" shift = CASE WHEN {nothing} THEN NULL ELSE shift END,"
            f" sent = CASE WHEN {nothing} THEN 0 WHEN {letters} = '{WHOLE}') THEN sent"
            f" ELSE {ONLY_REFUSED} END"
            " WHERE place = ?1 AND trace = ?2 AND state IN ('sent', 'dropped')",
            (place, trace),
        ).rowcount
    return done


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
