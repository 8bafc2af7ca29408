"""A store's SQLite file: opened, read, and written one transaction at a time."""

import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from threading import RLock
from typing import Any
from urllib.parse import quote

from .errors import StoreError
from .schema import check_version, migrate

_WAIT_SECONDS = 30.0
_PAGE_BYTES = 2_048  # rows are small: half of a page more is filled than of SQLite's 4,096
_AGAIN_SECONDS = 0.01


class Database:
    """One process's connection to a store's file; safe to share between threads."""

    def __init__(self, path: Path, *, read_only: bool) -> None:
        self.path = path
        self.read_only = read_only
        self._lock = RLock()
        self._process = os.getpid()
        self._connection: sqlite3.Connection | None = self._open()

    def rows(self, sql: str, given: Sequence[Any] = ()) -> list[Any]:
        """Return the rows of a query.

        Raises:
            StoreError: The file is damaged where the rows are, or closed.
        """
        with self._lock:
            try:
                with closing(self._live().execute(sql, given)) as found:
                    return found.fetchall()
            except sqlite3.Error as error:
                raise StoreError(f"{self.path} cannot be read: {error}") from error

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

    def _live(self) -> sqlite3.Connection:
        """Return this process's connection; one from before a fork is its parent's."""
        if self._connection is None:
            raise StoreError(f"{self.path} is closed: open it again")
        if self._process != os.getpid():
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
        except (sqlite3.Error, StoreError) as error:
            if made is not None:
                made.close()
            if isinstance(error, StoreError):
                raise
            raise StoreError(f"{self.path} cannot be opened: {error}") from error
        return made

    def _prepare(self, made: sqlite3.Connection) -> None:
        if self.read_only:
            check_version(made, str(self.path))
            return
        made.execute(f"PRAGMA page_size = {_PAGE_BYTES}")  # of a new file
        _use_log(made)
        made.execute("PRAGMA synchronous = NORMAL")
        migrate(made, str(self.path))


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
