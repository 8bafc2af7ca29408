"""A store's SQLite file: opened, read, and written one transaction at a time."""

import logging
import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from .errors import StoreError
from .schema import check_version, migrate

if TYPE_CHECKING:
    from .salvaging import Damage

_WAIT_SECONDS = 30.0
PAGE_BYTES: Final = 2_048  # rows are small: half of a page more is filled than of SQLite's 4,096
_LOG_PAGES = 4_000  # moved to the file at once: a write waits for the disk then
_AGAIN_SECONDS = 0.01
_CHECKED_BYTES: Final = 32_000_000  # a tenth of a second
_NO_DAMAGE: Final = (
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_READONLY, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_AUTH,
    sqlite3.SQLITE_MISUSE,
)  # fmt: skip
_HINT: Final = "; `holdfast trace verify` says what is whole, and can save it"
_log = logging.getLogger("holdfast.traces")


class Database:
    """One process's connection to a store's file; safe to share between threads.

    A file that is opened for reading and found damaged is read by its pages once, and what is
    whole is read from then on; `damage` says what is not.
    """

    def __init__(self, path: Path, *, read_only: bool) -> None:
        self.path = path
        self.read_only = read_only
        self._lock = RLock()
        self._process = os.getpid()
        self.damage: Damage | None = None
        self._connection: sqlite3.Connection | None = None
        self._connection = self._open()

    def rows(self, sql: str, given: Sequence[Any] = ()) -> list[Any]:
        """Return the rows of a query.

        Raises:
            StoreError: The file is damaged where the rows are, or closed.
        """
        with self._lock:
            try:
                return self._rows(sql, given)
            except sqlite3.Error as error:
                if self._may_salvage(error):
                    self._connection = self._salvaged()
                    return self._rows(sql, given)
                raise StoreError(f"{self.path} cannot be read: {error}{_HINT}") from error

    def doubt(self) -> bool:
        """Look whether the file is damaged, where rows say so; tell whether it is read anew."""
        with self._lock:
            if self.damage or not self.read_only:
                return False
            if self.path.stat().st_size <= _CHECKED_BYTES:
                return self.salvage()
            try:
                is_whole = _is_checked(self._live())
            except sqlite3.Error:
                is_whole = False
        return not is_whole and self.salvage()

    def salvage(self) -> bool:
        """Read the file by its pages from now on; tell whether that is new."""
        with self._lock:
            if self.damage or not self.read_only:
                return False
            self._connection = self._salvaged()
            return True

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Give a connection in a transaction of its own: all of it is written, or none.

        Raises:
            StoreError: The disk is full, the file is damaged, closed or opened for reading.
        """
        if self.read_only:
            raise StoreError(f"{self.path} was opened for reading: open it without read_only")
        with self._lock:
            connection = self._live()
            try:
                connection.execute("BEGIN IMMEDIATE")
                yield connection
                connection.execute("COMMIT")
            except BaseException as error:
                with suppress(sqlite3.Error):
                    connection.execute("ROLLBACK")
                if isinstance(error, sqlite3.Error):
                    raise StoreError(f"{self.path} cannot be written: {error}") from error
                raise

    def close(self) -> None:
        """Close the file; once is enough, more does no harm."""
        with self._lock:
            if self._connection and self._process == os.getpid():
                self._connection.close()
            self._connection = None

    def _rows(self, sql: str, given: Sequence[Any]) -> list[Any]:
        with closing(self._live().execute(sql, given)) as found:
            return found.fetchall()

    def _may_salvage(self, error: Exception) -> bool:
        """Tell whether a file may be damaged; one whose tables are told by no text is."""
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
        return self.read_only and self.damage is None and code not in _NO_DAMAGE

    def _salvaged(self) -> sqlite3.Connection:
        """Return a database of what is whole, which goes when it is closed."""
        from .salvaging import salvage_into

        made = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        try:
            made.execute("PRAGMA journal_mode = OFF")
            self.damage = salvage_into(self.path, made)
        except (sqlite3.Error, OSError) as error:
            made.close()
            if isinstance(error, StoreError):
                raise
            raise StoreError(f"{self.path} cannot be read: {error}") from error
        if self._connection:
            self._connection.close()
        if next(self.damage.lines(), None):
            told = self.path, self.damage
            _log.warning("%s is damaged; what is whole of it is read: %s", *told)
        return made

    def _live(self) -> sqlite3.Connection:
        """Return this process's connection; one from before a fork is its parent's."""
        if self._connection is None:
            raise StoreError(f"{self.path} is closed: open it again")
        if self._process != os.getpid():
            self._connection = self.damage = None
            self._connection = self._open()
            self._process = os.getpid()
        return self._connection

    def _open(self) -> sqlite3.Connection:
        if self.read_only and not self.path.is_file():
            raise StoreError(f"there is no file {self.path}: record into it first")
        mode = "ro" if self.read_only else "rwc"
        made = None
        try:
            made = sqlite3.connect(
                f"file:{quote(str(self.path))}?mode={mode}",
                uri=True,
                timeout=_WAIT_SECONDS,
                isolation_level=None,
                check_same_thread=False,
            )
            self._prepare(made)
        except (sqlite3.Error, UnicodeDecodeError, StoreError) as error:
            if made is not None:
                made.close()
            if isinstance(error, StoreError):
                raise
            if self._may_salvage(error):
                return self._salvaged()
            raise StoreError(f"{self.path} cannot be opened: {error}") from error
        return made

    def _refuse_damaged(self, made: sqlite3.Connection) -> None:
        """Look at all of a small file: SQLite tells of a torn page only where it stumbles over it.

        Raises:
            sqlite3.DatabaseError: A part of it is damaged.
        """
        size = self.path.stat().st_size
        (page,) = made.execute("PRAGMA page_size").fetchone()
        if size % page:  # what is not there is taken for zeros
            raise sqlite3.DatabaseError("the file ends in the middle of a page")
        if size <= _CHECKED_BYTES and not _is_checked(made):
            raise sqlite3.DatabaseError("a page of the file is damaged")

    def _prepare(self, made: sqlite3.Connection) -> None:
        if self.read_only:
            check_version(made, str(self.path))
            self._refuse_damaged(made)
            return
        made.execute(f"PRAGMA page_size = {PAGE_BYTES}")  # of a new file
        _use_log(made)
        made.execute("PRAGMA synchronous = NORMAL")
        made.execute(f"PRAGMA wal_autocheckpoint = {_LOG_PAGES}")
        migrate(made, str(self.path))


def _is_checked(made: sqlite3.Connection) -> bool:
    return [row[0] for row in made.execute("PRAGMA integrity_check(1)")] == ["ok"]


def _use_log(made: sqlite3.Connection) -> None:
    """Switch to a write-ahead log; where others open a new file too, SQLite does not wait."""
    until = time.monotonic() + _WAIT_SECONDS
    while True:
        try:
            made.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(_AGAIN_SECONDS)
