"""Keeping a store's file in order: made smaller, cleared of old traces."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import Connection
from time import time
from typing import Final

from .database import Database
from .errors import StoreError
from .marking import REFS, Marked
from .packing import SMALL, pack_small, unpack

_GRACE_HOURS: Final = 2  # a recorder at work may count on what was written so long ago
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Compacted:
    """What making a store smaller came to.

    Attributes:
        before: Bytes of the file, its log included, before.
        after: The same after.
    """

    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was cleared.

    Attributes:
        traces: Traces that were deleted, or would be.
        payloads: Payloads that nothing refers to any more, deleted with them.
        staying: Payloads that nothing refers to, and that stay: they were written so lately that
            a recorder at work may count on them.
    """

    traces: int
    payloads: int
    staying: int = 0


def compact(path: str | Path) -> Compacted:
    """Pack payloads as small as may be, and give free pages back to the disk.

    It rewrites the file: others can read meanwhile, and writers wait. Cost: some 10 seconds for
    100 MB.

    Raises:
        StoreError: The file cannot be written, or there is no room beside it.
    """
    database = _opened(path)
    try:
        before = _size(database.path)
        with database.writing() as connection:
            for n, data in _repacked(connection):
                sql = "UPDATE blob SET form = ?, data = ? WHERE n = ?"
                connection.execute(sql, [SMALL, data, n])
        database.rows("VACUUM")
        database.rows("PRAGMA wal_checkpoint(TRUNCATE)")
        return Compacted(before, _size(database.path))
    finally:
        database.close()


def prune(
    path: str | Path,
    *,
    before: int,
    keep_failed: bool = False,
    pretend: bool = False,
    at_once: bool = False,
    force: bool = False,
) -> Pruned:
    """Delete the traces that began before a time, and the payloads that only they had.

    What is deleted is overwritten in the file. Payloads written in the last two hours stay, until
    it is pruned again: a recorder at work may count on them. Traces that wait to be exported stay;
    what an export knows of the others goes with them.

    Args:
        path: The store.
        before: Nanoseconds since the epoch; traces that began later stay.
        keep_failed: Whether traces that failed or were interrupted stay as well.
        pretend: Whether to count only.
        at_once: Whether no payload stays; only where nothing records into the store.
        force: Whether to delete traces that wait to be exported as well.

    Raises:
        StoreError: The file cannot be written.
    """
    database = _opened(path)
    spared = " AND status NOT IN ('error', 'interrupt')" if keep_failed else ""
    if not force:
        spared += " AND id NOT IN (SELECT trace FROM export_trace WHERE state = 'waiting')"
    try:
        database.rows("PRAGMA secure_delete=ON")
        with database.writing() as connection:
            old = f"SELECT n FROM trace WHERE start < {int(before)}{spared}"  # noqa: S608 - a number
            (traces,) = connection.execute(f"SELECT count(*) FROM ({old})").fetchone()  # noqa: S608 - ours
            if pretend:
                return Pruned(traces, 0)
            for table in ("span", "event", "call"):
                connection.execute(f"DELETE FROM {table} WHERE trace IN ({old})")  # noqa: S608 - ours
            ids = old.replace("SELECT n", "SELECT id", 1)
            for table in ("export_trace", "export_dead"):
                connection.execute(f"DELETE FROM {table} WHERE trace IN ({ids})")  # noqa: S608 - ours
            connection.execute(f"DELETE FROM trace WHERE n IN ({old})")  # noqa: S608 - ours
            gone, staying = _sweep(connection, 0 if at_once else _GRACE_HOURS)
        database.rows("PRAGMA wal_checkpoint(TRUNCATE)")
        return Pruned(traces, gone, staying)
    finally:
        database.close()


def _opened(path: str | Path) -> Database:
    place = Path(path)
    if not place.is_file():
        raise StoreError(f"there is no file {place}: name a store")
    return Database(place, read_only=False)


def _size(path: Path) -> int:
    files = (path, path.with_name(f"{path.name}-wal"))
    return sum(each.stat().st_size for each in files if each.exists())


def _repacked(connection: Connection) -> Iterator[tuple[int, bytes]]:
    last = 0
    ask = "SELECT n, form, data FROM blob WHERE n > ? ORDER BY n LIMIT ?"
    while rows := connection.execute(ask, [last, _BATCH]).fetchall():
        last = rows[-1][0]
        for n, form, data in rows:
            small = pack_small(unpack(form, data))
            if len(small) < len(data):
                yield n, small


def _sweep(connection: Connection, grace: int) -> tuple[int, int]:
    """Delete the payloads that nothing leads to, but those of the last hours; count both."""
    marked = Marked(connection)
    for sql in REFS:
        for row in connection.execute(sql):
            for ref in row:
                marked.follow(ref)
    return marked.delete_others(int(time()) // 3_600 - grace + (not grace))
