"""Whether a store is whole."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import zstandard

from .database import Database
from .errors import StoreError
from .marking import REFS, references_of
from .packing import digest_of, unpack

_DAMAGED_SHOWN = 20
_BLOB = "SELECT form, data, (SELECT 1 FROM sealed WHERE sealed.h = blob.h) FROM blob WHERE h = ?"


@dataclass(frozen=True, slots=True)
class Verified:
    """What a look at the whole store found.

    Attributes:
        traces: How many traces can be read.
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
        damaged = list(_bad_pages(database))
        payloads, bad = _bad_payloads(database)
        damaged += bad
        traces, lost = _bad_traces(database)
        return Verified(traces, payloads, [*damaged, *lost][:_DAMAGED_SHOWN])
    finally:
        database.close()


def _bad_pages(database: Database) -> Iterator[str]:
    try:
        found = [str(row[0]) for row in database.rows("PRAGMA integrity_check(20)")]
    except StoreError as error:
        found = [str(error)]
    yield from (each for each in found if each != "ok")


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
    known, links = set(_keys(database, "blob")), set(_keys(database, "link"))
    good, bad = 0, []
    try:
        traces = database.rows("SELECT n, id FROM trace")
    except StoreError as error:
        return 0, [str(error)]
    for n, name in traces:
        lost = _lost(database, n, known, links)
        good += not lost
        if lost:
            bad.append(f"trace {name}: {lost}")
    return good, bad


def _lost(database: Database, n: int, known: set[bytes], links: set[bytes]) -> str:
    """Say what a trace has lost, or nothing."""
    try:
        rows = [row for sql in REFS for row in database.rows(f"{sql} WHERE trace = ?", [n])]
    except StoreError as error:
        return str(error)
    try:
        led = [each for row in rows for ref in row for each in references_of(ref)]
    except (StoreError, ValueError) as error:
        return str(error)
    for kind, digest in led:
        if digest and digest not in (known if kind == "ref" else links):
            return "a payload that it refers to is gone"
    return ""
