"""Values shared by the processes of one machine, in a SQLite file."""

import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from threading import Lock

from ..guards.errors import BackendError
from .backends import Change, Plain, decoded, encoded

_TABLE = "CREATE TABLE IF NOT EXISTS kept (key TEXT PRIMARY KEY, value TEXT NOT NULL)"
_WRITE = "INSERT INTO kept VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value"


class SqliteBackend:
    """Values shared by all processes that open the same file, on one machine's own disk.

    A look costs some 30 microseconds, a change some 100, and a change waits for those of others.
    After a power failure the last changes may be gone, the file is whole.
    """

    def __init__(self, path: str | Path, *, timeout_seconds: float = 5.0) -> None:
        """Name the file; it is opened at first use, once in each process.

        Args:
            path: The file, made where there is none. Not on a network drive: locks do not hold
                there.
            timeout_seconds: How long to wait for other processes' changes.
        """
        self.path = Path(path)
        self.timeout_seconds = timeout_seconds
        self._lock = Lock()
        self._opened: tuple[int, sqlite3.Connection] | None = None

    def update(self, key: str, change: Change) -> Plain:
        """Change a value in one piece; see `Backend`.

        Raises:
            BackendError: The file cannot be opened or written.
        """
        with self._lock:
            try:
                return self._update(self._connection(), key, change)
            except sqlite3.Error as error:
                raise self._unreachable(error) from error

    def read(self, keys: Sequence[str]) -> list[Plain | None]:
        """Return some values; see `Backend`.

        Raises:
            BackendError: The file cannot be opened.
        """
        with self._lock:
            try:
                connection = self._connection()
                return [decoded(_look(connection, key)) for key in keys]
            except sqlite3.Error as error:
                raise self._unreachable(error) from error

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        with self._lock:
            if self._opened and self._opened[0] == os.getpid():
                self._opened[1].close()
            self._opened = None

    def _update(self, connection: sqlite3.Connection, key: str, change: Change) -> Plain:
        old = decoded(_look(connection, key))
        new = change(old)
        if new == old:
            return new  # most asks change nothing, and need no lock
        connection.execute("BEGIN IMMEDIATE")
        try:
            new = change(decoded(_look(connection, key)))
            connection.execute(_WRITE, (key, encoded(new)))
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        return new

    def _connection(self) -> sqlite3.Connection:
        """Return this process's connection; one from before a fork is its parent's."""
        if self._opened is None or self._opened[0] != os.getpid():
            made = sqlite3.connect(
                self.path,
                timeout=self.timeout_seconds,
                isolation_level=None,
                check_same_thread=False,
            )
            try:
                made.execute("PRAGMA journal_mode = WAL")
                made.execute("PRAGMA synchronous = NORMAL")
                made.execute(_TABLE)
            except BaseException:
                made.close()
                raise
            self._opened = os.getpid(), made
        return self._opened[1]

    def _unreachable(self, error: sqlite3.Error) -> BackendError:
        return BackendError(f"the file {self.path.name} cannot be used: {type(error).__name__}")


def _look(connection: sqlite3.Connection, key: str) -> str | None:
    with closing(connection.execute("SELECT value FROM kept WHERE key = ?", (key,))) as found:
        row = found.fetchone()
    return str(row[0]) if row else None
