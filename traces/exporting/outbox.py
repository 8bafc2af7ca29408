"""Which traces are still to be sent where: a row for each, in the store's own file.

What is sent is made from the store when it is sent, so nothing is kept twice. A row says how far
a trace has come; a lease says who is at it, and ends by itself when that process dies.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

from .dead_letters import Dead
from .shifts import Shift

State = Literal["waiting", "sent", "skipped", "dropped"]
"""`skipped` by sampling, `dropped` because of its age or because the store has lost it."""
_BUSY_SECONDS = 30.0
_LONGEST = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A trace that is to be sent, and how far it has come.

    Attributes:
        trace: Its id.
        sent: How many of its items arrived, in their order.
        tries: How often sending it has failed since something of it last arrived.
        shift: How far its times are moved; None: not decided yet.
        apart: Whether its ids differ from LangChain's own.
    """

    trace: str
    sent: int = 0
    tries: int = 0
    shift: Shift | None = None
    apart: bool = False


class Pause(NamedTuple):
    """Until when a place is left alone, after how many failures in a row, and why."""

    until: int = 0
    tries: int = 0
    why: str = ""


class Counts(NamedTuple):
    """How many traces stand how, how many items were refused, and when the oldest waiting began."""

    waiting: int = 0
    sent: int = 0
    skipped: int = 0
    dropped: int = 0
    dead: int = 0
    oldest: int | None = None


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
        return [_parcel(row) for row in rows]

    def moved(self, trace: str, shift: Shift) -> bool:
        """Remember how far a trace's times are moved, and begin it anew; False if it was lost."""
        return self._update(trace, "shift = ?, floor = ?, sent = 0", (shift.by, shift.floor))

    def arrived(self, trace: str, sent: int, lease: int) -> bool:
        """Say how many items of a trace have arrived; False if another worker has it now."""
        return self._update(trace, "sent = ?, tries = 0, lease = ?", (sent, lease))

    def end(self, trace: str, state: State, why: str = "") -> bool:
        """Say that nothing more of a trace is to be sent."""
        return self._update(
            trace, "state = ?, why = ?, owner = '', lease = 0", (state, why[:_LONGEST])
        )

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
            db.execute(
                "INSERT OR REPLACE INTO export_dead"
                " (place, kind, id, trace, status, why, body, time)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                dead._replace(why=dead.why[:_LONGEST]),
            )

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

    def _update(self, trace: str, what: str, values: Iterable[object]) -> bool:
        with self._piece() as db:
            done = db.execute(
                f"UPDATE export_trace SET {what} WHERE place = ? AND trace = ? AND owner = ?",  # noqa: S608 - no value in it
                (*values, self._place, trace, self._owner),
            )
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


def _parcel(row: Sequence[object]) -> Parcel:
    trace, sent, tries, by, floor, apart = row
    shift = None if by is None else Shift(int(str(by)), int(str(floor or 0)))
    return Parcel(
        trace=str(trace),
        sent=int(str(sent)),
        tries=int(str(tries)),
        shift=shift,
        apart=bool(apart),
    )
