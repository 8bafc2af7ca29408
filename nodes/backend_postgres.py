"""Values shared by all processes that reach one Postgres server."""

import os
from collections.abc import Sequence
from threading import Lock
from typing import Any

from ..guards.errors import BackendError
from .backends import Change, Plain, decoded, encoded
from .postgres_pool import make_pool, psycopg_modules

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
_TABLE = "CREATE TABLE IF NOT EXISTS holdfast_kept (key TEXT PRIMARY KEY, value TEXT NOT NULL)"
_LOOK = "SELECT key, value FROM holdfast_kept WHERE key = ANY(%s)"
_WRITE = (
    "INSERT INTO holdfast_kept VALUES (%s, %s) ON CONFLICT (key) DO UPDATE SET value = "
    "excluded.value"
)


class PostgresBackend:
    """Values shared by all processes that reach one Postgres server; needs the extra `postgres`.

    They are kept in a table `holdfast_kept`, made at first use. A look costs two round trips, a
    change five, and waits for those of others to the same value. A restart of the server costs
    the call that is under way, and no more.
    """

    def __init__(self, url: str, *, timeout_seconds: float = 5.0) -> None:
        """Name the server; it is connected to at first use, anew in each process.

        Args:
            url: `postgresql://user:password@host:5432/database`, or libpq's `host=... dbname=...`.
            timeout_seconds: How long to wait for a connection, and for others' changes.

        Raises:
            GuardConfigError: The extra is not installed.
        """
        self.timeout_seconds = timeout_seconds
        self._url = url
        self._lock = Lock()
        self._opened: tuple[int, Any] | None = None
        self._error: type[Exception] = psycopg_modules()[0].Error

    def update(self, key: str, change: Change) -> Plain:
        """Change a value in one piece; see `Backend`.

        Raises:
            BackendError: The server cannot be reached, or others hold the value for too long.
        """
        try:
            with self._pool().connection() as connection:
                return self._update(connection, key, change)
        except self._error as error:
            raise self._unreachable(error) from error

    def read(self, keys: Sequence[str]) -> list[Plain | None]:
        """Return some values; see `Backend`.

        Raises:
            BackendError: The server cannot be reached.
        """
        if not keys:
            return []
        try:
            with self._pool().connection() as connection:
                found = dict(connection.execute(_LOOK, (list(keys),)).fetchall())
        except self._error as error:
            raise self._unreachable(error) from error
        return [decoded(found.get(key)) for key in keys]

    def close(self) -> None:
        """Close the connections; the next use opens new ones."""
        with self._lock:
            opened, self._opened = self._opened, None
        if opened and opened[0] == os.getpid():
            opened[1].close()

    def _update(self, connection: Any, key: str, change: Change) -> Plain:
        old = _value(connection, key)
        new = change(old)
        if new == old:
            return new  # most asks change nothing, and need no lock
        with connection.transaction():
            connection.execute(_LOCK, (f"holdfast_kept:{key}",))  # a new key has no row to lock
            new = change(_value(connection, key))
            connection.execute(_WRITE, (key, encoded(new)))
        return new

    def _pool(self) -> Any:
        """Return this process's pool; one from before a fork is its parent's."""
        with self._lock:
            if self._opened is None or self._opened[0] != os.getpid():
                self._opened = os.getpid(), self._open()
            return self._opened[1]

    def _open(self) -> Any:
        wait = f"-c lock_timeout={int(self.timeout_seconds * 1000)}"
        seconds = max(int(self.timeout_seconds), 1)
        made = make_pool(
            "ConnectionPool",
            self._url,
            timeout_seconds=self.timeout_seconds,
            options=wait,
            connect_timeout=seconds,
        )
        made.open()
        try:
            with made.connection() as connection, connection.transaction():
                connection.execute(_LOCK, ("holdfast_kept",))  # making it twice at once is an error
                connection.execute(_TABLE)
        except BaseException:
            made.close()
            raise
        return made

    def _unreachable(self, error: Exception) -> BackendError:
        return BackendError(f"the Postgres server cannot be used: {type(error).__name__}")


def _value(connection: Any, key: str) -> Plain | None:
    row = connection.execute(_LOOK, ([key],)).fetchone()
    return decoded(row[1]) if row else None
