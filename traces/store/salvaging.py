"""What is whole of a damaged store, read out of its pages one by one."""

import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import Connection
from typing import Any, Final

from .database import PAGE_BYTES
from .errors import StoreError
from .packing import digest_of, unpack
from .pages import Pages
from .schema import migrate
from .shapes import table_of
from .wholeness import keep_whole

_SAID: Final = 6  # lines of a warning
_WORD: Final = 2  # values of a word's row; words are written twice
_NUMBERED: Final = 20  # pages
_ENDED: Final = {"trace": 5, "span": 7}
"""Where a row says when it ended: of two that are there for one thing, that one is the newer."""


@dataclass(frozen=True, slots=True)
class Damage:
    """What is lost of a store.

    Attributes:
        pages: Pages that cannot be read as a whole, by number, each with the table it belongs to,
            or empty.
        missing: Pages that are gone from the end of the file.
        rows: Rows that were found and are not whole.
        traces: Ids of traces that are not whole, and what each has lost, in words.
    """

    pages: Mapping[int, str]
    missing: int
    rows: int
    traces: Mapping[str, str]

    def __str__(self) -> str:
        return "; ".join([*self.lines()][:_SAID]) or "nothing is lost"

    def lines(self) -> Iterator[str]:
        """Yield what is lost, in words."""
        if self.missing:
            yield f"{self.missing:,} pages are gone from the end of the file"
        if self.pages:
            tables = ", ".join(sorted({table or "unknown" for table in self.pages.values()}))
            numbers = ", ".join(map(str, list(self.pages)[:_NUMBERED]))
            more = " and others" if len(self.pages) > _NUMBERED else ""
            yield f"{len(self.pages):,} pages are damaged ({tables}): {numbers}{more}"
        if self.rows:
            yield f"{self.rows:,} rows are not what was written"
        for name, what in self.traces.items():
            yield f"trace {name} has lost {what}"


def salvage_into(path: Path, into: Connection) -> Damage:
    """Copy what is whole of a store, readable or not, into an empty database.

    Rows are found by what they look like, so neither the first page nor an index is needed.
    Payloads are compared with their digests. Cost: some 20 seconds for 100 MB.

    Raises:
        StoreError: There is nothing of a store in it.
    """
    migrate(into, str(path))
    pages = Pages(path)
    try:
        into.execute("BEGIN")
        scan = _Scan(into, pages)
        kept = keep_whole(into)
        into.execute("COMMIT")
    finally:
        pages.close()
    if not (kept.traces or scan.found):
        raise StoreError(f"{path} cannot be opened: there is nothing of a store in it")
    bad = {n: scan.table(n) for n in sorted(scan.bad - pages.used)}
    return Damage(bad, pages.missing, scan.rows + kept.rows, kept.lost)


def salvage(path: str | Path, new: str | Path) -> Damage:
    """Write what is whole of a store into a new file; the damaged one stays as it is.

    Raises:
        StoreError: There is nothing of a store in it, or the new file is there already, or cannot
            be written.
    """
    place = Path(new)
    if place.exists():
        raise StoreError(f"{place} is there already: name a new file")
    try:
        with closing(sqlite3.connect(place, isolation_level=None)) as into:
            into.execute(f"PRAGMA page_size = {PAGE_BYTES}")
            into.execute("PRAGMA journal_mode = WAL")
            return salvage_into(Path(path), into)
    except (sqlite3.Error, OSError) as error:
        place.unlink(missing_ok=True)
        if isinstance(error, StoreError):
            raise
        raise StoreError(f"{place} cannot be written: {error}") from error


class _Scan:
    """One pass over all pages.

    Attributes:
        found: How many rows of a store there were.
        rows: How many of them are not what was written.
        bad: Pages that cannot be read as a whole.
    """

    def __init__(self, into: Connection, pages: Pages) -> None:
        self.found = self.rows = 0
        self.bad: set[int] = set()
        self._into = into
        self._above: dict[int, int] = {}
        self._tables: dict[int, str] = {}
        self._doubtful: list[bytes] = []
        self._seen: Counter[bytes] = Counter()
        empty = set()
        for n in range(1, pages.count + 1):
            if n not in pages.used and not self._take(n, pages):
                empty.add(n)
        self.bad |= empty & set(self._above)  # a page that another leads to has rows
        for digest in self._doubtful:  # of a sealed payload the digest has a part of the key
            if not into.execute("SELECT 1 FROM sealed WHERE h = ?", [digest]).fetchone():
                into.execute("DELETE FROM blob WHERE h = ?", [digest])
                self.rows += 1

    def table(self, n: int) -> str:
        """Return the table that a page belongs to, as far as the pages above it say so."""
        seen = set()
        while n in self._above and n not in seen:
            seen.add(n)
            n = self._above[n]
        return self._tables.get(n, "")

    def _take(self, n: int, pages: Pages) -> bool:
        """Take the rows of a page, and what it says of other pages; tell whether there are any."""
        found = pages.found(n)
        if not found.is_whole or self._is_again(pages.page(n), found.rows):
            self.bad.add(n)
        self._above |= dict.fromkeys(found.below, n)
        for number, row in found.rows:
            table = table_of(is_numbered=number is not None, row=row)
            if table:
                self.found += 1
                self._keep(table, [number, *row[1:]] if number is not None else row)
            elif number is not None and len(row) == 5 and isinstance(row[3], int):
                self._tables[row[3]] = str(row[1])  # the schema's
        return bool(found.rows or found.below)

    def _is_again(self, data: bytes, rows: Sequence[tuple[int | None, Any]]) -> bool:
        """Tell whether a page was seen before: it was written in the place of another."""
        mark = digest_of(data)
        self._seen[mark] += bool(rows)
        return self._seen[mark] > 1 + (bool(rows) and len(rows[0][1]) == _WORD)

    def _keep(self, table: str, row: Sequence[Any]) -> None:
        if table == "blob" and not self._is_payload(row):
            self.rows += 1
            return
        if table == "link" and digest_of(row[1] + row[2]) != row[0]:
            self.rows += 1
            return
        way = "REPLACE" if row[_ENDED.get(table, 0)] is not None and table in _ENDED else "IGNORE"
        marks = ", ".join("?" * len(row))
        self._into.execute(f"INSERT OR {way} INTO {table} VALUES ({marks})", row)  # noqa: S608 - ours

    def _is_payload(self, row: Sequence[Any]) -> bool:
        try:
            data = unpack(row[2], row[4])
        except (ValueError, LookupError):
            return False
        if digest_of(data) != row[1]:
            self._doubtful.append(row[1])
        return True
