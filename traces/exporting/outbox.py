"""Which traces are still to be sent where: a row for each, in the store's own file.

What is sent is made from the store when it is sent, so nothing is kept twice. A row says how far
a trace has come; a lease says who is at it, and ends by itself when that process dies.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from .dead_letters import (
    WHOLE,
    Dead,
    Name,
    keep,
    queue_again,
    received,
    refused_in,
    traces_with_letters,
)
from .parcels import Counts, Parcel, Pause, State, parcel_of
from .shifts import Shift

_BUSY_SECONDS = 30.0
_LONGEST = 1_000


class Outbox:
    """The rows of one place, over a connection of their own; for one thread.

    Any number of processes may have one on the same file.
    """

    def __init__(self, store: Path, place: str, owner: str) -> None:
        """Open the outbox of a place.

        Args:
            store: The store's file, which has been opened by `Store` before.
            place: What the place is called: kind, address and project.
            owner: Who claims; no two workers may be called the same.
        """
        self._place, self._owner = place, owner
        self._connection = sqlite3.connect(store, isolation_level=None, timeout=_BUSY_SECONDS)
        # What a power cut takes back is sent again, and changes nothing there.
        self._connection.execute("PRAGMA synchronous = NORMAL")

    @property
    def kind(self) -> str:
        """The kind of place, as imported traces say it in their `source`: `langsmith`, `otlp`."""
        return self._place.partition(" ")[0]

    def close(self) -> None:
        """Let go of what is claimed, and of the file."""
        with self._piece() as db:
            db.execute(
                "UPDATE export_trace SET owner = '', lease = 0 WHERE place = ? AND owner = ?",
                (self._place, self._owner),
            )
        self._connection.close()

    def begin(self, since: int) -> int:
        """Return from when on traces go to this place by themselves; the first who asks decides."""
        with self._piece() as db:
            self._known(db)
            db.execute(
                "UPDATE export_place SET since = ? WHERE place = ? AND since IS NULL",
                (since, self._place),
            )
            found = db.execute(
                "SELECT since FROM export_place WHERE place = ?", (self._place,)
            ).fetchone()
            return int(found[0])

    def free(self, is_alive: Callable[[str], bool]) -> int:
        """Give back what workers hold that are no more; return how many traces.

        Without it their leases end by themselves, two minutes after their last sign of life.
        """
        with self._piece() as db:
            rows = db.execute(
                "SELECT DISTINCT owner FROM export_trace WHERE place = ? AND state = 'waiting'"
                " AND owner NOT IN ('', ?)",
                (self._place, self._owner),
            ).fetchall()
            dead = [(self._place, row[0]) for row in rows if not is_alive(row[0])]
            return sum(
                db.execute(
                    "UPDATE export_trace SET owner = '', lease = 0 WHERE place = ? AND owner = ?",
                    each,
                ).rowcount
                for each in dead
            )

    def add(self, trace: str, start: int, state: State, *, apart: bool = False) -> bool:
        """Say that a trace is to be sent, or is not; what was said before stays."""
        with self._piece() as db:
            self._known(db)
            done = db.execute(
                "INSERT OR IGNORE INTO export_trace (place, trace, start, state, apart)"
                " VALUES (?, ?, ?, ?, ?)",
                (self._place, trace, start, state, int(apart)),
            )
            return done.rowcount == 1

    def missing(self, since: int) -> list[str]:
        """Return the ids of traces that began at a time or later and were not added, oldest first.

        A process that was killed leaves such traces behind.
        """
        rows = self._connection.execute(
            "SELECT id FROM trace WHERE start >= ? AND NOT EXISTS (SELECT 1 FROM export_trace"
            " WHERE place = ? AND export_trace.trace = trace.id) ORDER BY start",
            (since, self._place),
        )
        return [row[0] for row in rows]

    def claim(self, now: int, lease: int, most: int) -> list[Parcel]:
        """Take traces to send, the ones that failed least and are oldest first.

        Args:
            now: The time, in nanoseconds since the epoch.
            lease: For how long they are this worker's, in nanoseconds.
            most: How many at most.
        """
        with self._piece() as db:
            rows = db.execute(
                "SELECT trace, sent, tries, shift, floor, apart FROM export_trace"
                " WHERE place = ? AND state = 'waiting' AND due <= ? AND lease <= ?"
                " ORDER BY tries, start, trace LIMIT ?",
                (self._place, now, now, most),
            ).fetchall()
            db.executemany(
                "UPDATE export_trace SET owner = ?, lease = ? WHERE place = ? AND trace = ?",
                [(self._owner, now + lease, self._place, row[0]) for row in rows],
            )
            letters = traces_with_letters(db, self._place)
        return [parcel_of(row, letters) for row in rows]

    def moved(self, trace: str, shift: Shift) -> bool:
        """Remember how far a trace's times are moved, and begin it anew; False if it was lost."""
        return self._update(trace, "shift = ?, floor = ?, sent = 0", (shift.by, shift.floor))

    def arrived(self, trace: str, sent: int, lease: int, letters: Sequence[Name] = ()) -> bool:
        """Say how many items of a trace are done with; False if another worker has it now.

        Args:
            trace: The trace.
            sent: How many, or `ONLY_REFUSED`.
            lease: Until when it is this worker's.
            letters: Items that arrived though they had been refused: their letters go.
        """
        what = "sent = ?, tries = 0, lease = ?"
        return self._update(trace, what, (sent, lease), letters=letters)

    def end(self, trace: str, state: State, why: str = "") -> bool:
        """Say that nothing more of a trace is to be sent."""
        letters = [(WHOLE, trace)] if state == "sent" else ()
        what = "state = ?, why = ?, owner = '', lease = 0"
        return self._update(trace, what, (state, why[:_LONGEST]), letters=letters)

    def again(self, traces: Sequence[str] = ()) -> int:
        """Queue what was refused for good of some traces, else of all; return of how many."""
        with self._piece() as db:
            return queue_again(db, self._place, traces)

    def refused(self, trace: str) -> set[Name]:
        """Return what of a trace was refused for good."""
        return refused_in(self._connection, self._place, trace)

    def failed(self, trace: str, due: int, why: str) -> bool:
        """Say that sending a trace has failed, and when to try again."""
        return self._update(
            trace,
            "tries = tries + 1, due = ?, why = ?, owner = '', lease = 0",
            (due, why[:_LONGEST]),
        )

    def let_go(self, trace: str) -> None:
        """Give a trace back that was claimed and not sent."""
        self._update(trace, "owner = '', lease = 0", ())

    def pause(self, pause: Pause) -> None:
        """Leave the place alone until then, whichever process would go there."""
        with self._piece() as db:
            self._known(db)
            db.execute(
                "UPDATE export_place SET until = ?, tries = ?, why = ? WHERE place = ?",
                (pause.until, pause.tries, pause.why[:_LONGEST], self._place),
            )

    def paused(self) -> Pause:
        """Return until when the place is left alone."""
        found = self._connection.execute(
            "SELECT until, tries, why FROM export_place WHERE place = ?", (self._place,)
        ).fetchone()
        return Pause(*found) if found else Pause()

    def bury(self, dead: Dead) -> None:
        """Keep an item that the other side refuses for good."""
        with self._piece() as db:
            keep(db, dead)

    def counts(self) -> Counts:
        """Return how much stands how."""
        by_state = dict(
            self._connection.execute(
                "SELECT state, count(*) FROM export_trace WHERE place = ? GROUP BY state",
                (self._place,),
            ).fetchall()
        )
        dead, oldest = self._connection.execute(
            "SELECT (SELECT count(*) FROM export_dead WHERE place = ?),"
            " (SELECT min(start) FROM export_trace WHERE place = ? AND state = 'waiting')",
            (self._place, self._place),
        ).fetchone()
        return Counts(**by_state, dead=dead, oldest=oldest)

    def next_due(self) -> int | None:
        """Return when the next trace is due, or None if none waits."""
        found = self._connection.execute(
            "SELECT min(max(due, lease)) FROM export_trace WHERE place = ? AND state = 'waiting'",
            (self._place,),
        ).fetchone()[0]
        return None if found is None else max(int(found), self.paused().until)

    def _update(
        self, trace: str, what: str, values: Iterable[object], *, letters: Sequence[Name] = ()
    ) -> bool:
        with self._piece() as db:
            done = db.execute(
                f"UPDATE export_trace SET {what} WHERE place = ? AND trace = ? AND owner = ?",  # noqa: S608 - no value in it
                (*values, self._place, trace, self._owner),
            )
            if done.rowcount == 1:
                received(db, self._place, letters)
            return done.rowcount == 1

    def _known(self, db: sqlite3.Connection) -> None:
        db.execute("INSERT OR IGNORE INTO export_place (place) VALUES (?)", (self._place,))

    @contextmanager
    def _piece(self) -> Iterator[sqlite3.Connection]:
        """Do several things in one piece, against all other processes."""
        db = self._connection
        db.execute("BEGIN IMMEDIATE")
        try:
            yield db
        except BaseException:
            db.execute("ROLLBACK")
            raise
        db.execute("COMMIT")
