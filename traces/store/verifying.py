"""Whether a store is whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson
import zstandard

from .database import Database
from .errors import StoreError
from .marking import REFS, references_in, references_of
from .packing import digest_of, unpack

_DAMAGED_SHOWN = 20
_BLOB = "SELECT form, data, (SELECT 1 FROM sealed WHERE sealed.h = blob.h) FROM blob WHERE h = ?"


@dataclass(frozen=True, slots=True)
class Verified:
    """What a look at the whole store found.

    Attributes:
        traces: How many traces are whole.
        payloads: How many payloads are what they were written as.
        damaged: What is not, in words, the first 20; empty: the store is whole.
    """

    traces: int
    payloads: int
    damaged: Sequence[str]


def verify(path: str | Path) -> Verified:
    """Look at every page, payload and reference of a store; nothing is changed.

    Raises:
        StoreError: The file cannot be opened at all.
    """
    database = Database(Path(path), read_only=True)
    try:
        damaged = _bad_pages(database)
        payloads, bad = _bad_payloads(database)
        damaged += bad
        traces, lost = _bad_traces(database)
        return Verified(traces, payloads, [*damaged, *lost][:_DAMAGED_SHOWN])
    finally:
        database.close()


def _bad_pages(database: Database) -> list[str]:
    """Say which pages, rows and traces are damaged; from then on what is whole is read."""
    if not database.damage:
        try:
            found = [str(row[0]) for row in database.rows("PRAGMA integrity_check(20)")]
        except StoreError as error:
            found = [str(error)]
        if found == ["ok"]:
            return []
        database.salvage()
    return list(database.damage.lines()) if database.damage else []


def _bad_payloads(database: Database) -> tuple[int, list[str]]:
    good, bad = 0, []
    for h in _keys(database, "blob"):
        try:
            row = database.rows(_BLOB, [h])
            data = unpack(row[0][0], row[0][1])
            whole = bool(row[0][2]) or digest_of(data) == h  # a sealed one is told by its key
        except (StoreError, ValueError, IndexError, zstandard.ZstdError):
            whole = False
        good += whole
        if not whole:
            bad.append(f"payload {h.hex()} is not what was written")
    return good, bad


def _keys(database: Database, table: str) -> list[bytes]:
    try:
        return [row[0] for row in database.rows(f"SELECT h FROM {table}")]  # noqa: S608 - a table of ours
    except StoreError:
        return []


def _bad_traces(database: Database) -> tuple[int, list[str]]:
    try:
        traces = database.rows("SELECT n, id FROM trace")
    except StoreError as error:
        return 0, [str(error)]
    known = database.damage.traces if database.damage else {}
    reached, good, bad = _Reached(database), 0, []
    for n, name in traces:
        lost = _lost(database, n, reached)
        good += not lost and name not in known
        if lost:
            bad.append(f"trace {name}: {lost}")
    return good, bad


def _lost(database: Database, n: int, reached: "_Reached") -> str:
    """Say what a trace has lost, or nothing."""
    try:
        rows = [row for sql in REFS for row in database.rows(f"{sql} WHERE trace = ?", [n])]
        is_whole = all(reached.is_whole(ref) for row in rows for ref in row)
    except (StoreError, ValueError) as error:
        return str(error)
    return "" if is_whole else "a payload that it refers to is gone"


class _Reached:
    """What references lead to; what is whole is looked at once."""

    def __init__(self, database: Database) -> None:
        self._rows = database.rows
        self._whole: set[bytes] = {b""}

    def is_whole(self, ref: bytes | str | None) -> bool:
        """Tell whether all that a reference leads to is there."""
        waiting, seen = references_of(ref), set[bytes]()
        while waiting:
            kind, digest = waiting.pop()
            if digest in self._whole or digest in seen:
                continue
            seen.add(digest)
            below = self._blob(digest) if kind == "ref" else self._link(digest)
            if below is None:
                return False
            waiting += below
        self._whole |= seen
        return True

    def _blob(self, digest: bytes) -> list[tuple[str, bytes]] | None:
        found = self._rows("SELECT form, data FROM blob WHERE h = ?", [digest])
        try:
            return list(references_in(orjson.loads(unpack(*found[0])))) if found else None
        except (ValueError, TypeError, KeyError):
            return None

    def _link(self, digest: bytes) -> list[tuple[str, bytes]] | None:
        found = self._rows("SELECT before, item FROM link WHERE h = ?", [digest])
        return [("chain", found[0][0]), ("ref", found[0][1])] if found else None
