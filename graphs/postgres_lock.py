"""A lock on threads among all who share a Postgres database: an advisory lock of a session."""

from collections.abc import Mapping
from contextlib import suppress
from threading import Lock
from typing import Any

from ..guards.errors import GuardConfigError
from ..nodes.postgres_pool import psycopg_modules
from .thread_locks import who

_TAKE = "select pg_try_advisory_lock(hashtextextended('holdfast thread ' || %s, 0))"
_HOLDER = """
select a.application_name, a.client_addr::text, a.backend_start
from pg_locks l join pg_stat_activity a using (pid)
where l.locktype = 'advisory' and l.granted and l.objsubid = 1
and l.database = (select oid from pg_database where datname = current_database())
and ((l.classid::bigint << 32) | l.objid::bigint) = hashtextextended('holdfast thread ' || %s, 0)
"""
_NAME = 63  # characters that Postgres keeps of who is connected
_DEAD_IN = {"keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3}
_ROWS = {"row_factory", "autocommit", "prepare_threshold", "cursor_factory", "context"}


class PostgresLock:
    """A lock in a session of its own: it goes with the connection, and so with the process.

    It wants a connection to the server itself: behind a pooler that hands out connections by
    transaction, a session is nobody's own.
    """

    def __init__(self, connection: Any) -> None:
        """Lock threads of the database that a connection, or a pool, is of."""
        self._where = _where(connection)
        self._session: Any = None
        self._lock = Lock()

    def take(self, thread: str) -> str | None:
        """Take a thread, or say who has it.

        Raises:
            psycopg.OperationalError: The server cannot be reached.
        """
        psycopg, _ = psycopg_modules()
        if self._session is None:
            name = f"holdfast {who()}"[:_NAME]
            self._session = psycopg.connect(
                **{**_DEAD_IN, **self._where, "application_name": name}, autocommit=True
            )
        if self._session.execute(_TAKE, (thread,)).fetchone()[0]:
            return None
        row = self._session.execute(_HOLDER, (thread,)).fetchone()
        return _shown(*row) if row else ""

    def holds(self) -> bool:
        """Return whether the session, and so the lock, is still there. One question, 0.1 ms."""
        with self._lock:
            if self._session is None:
                return False
            try:
                self._session.execute("select 1")
            except Exception:  # noqa: BLE001 - whatever it is, the session is not to be trusted
                self._end()
                return False
            return True

    def free(self) -> None:
        """Give it up."""
        with self._lock:
            self._end()

    def _end(self) -> None:
        if self._session is not None:
            with suppress(Exception):
                self._session.close()
            self._session = None


def _where(connection: Any) -> dict[str, Any]:
    """Return what a connection was made with; of a pool, what it makes connections with."""
    from psycopg.conninfo import conninfo_to_dict

    info = getattr(connection, "info", None)
    if info is not None:
        return {**info.get_parameters(), "password": info.password or None}
    url, settings = connection.conninfo, connection.kwargs
    if not isinstance(url, str) or not isinstance(settings or {}, Mapping):
        raise GuardConfigError(
            "lease: the pool makes its connections with a function; give lock=PostgresLock(...) a "
            "connection of its own, or a pool with a fixed address"
        )
    more = {key: value for key, value in (settings or {}).items() if key not in _ROWS}
    return {**conninfo_to_dict(url), **more}


def _shown(name: str, address: str | None, since: Any) -> str:
    """Return who holds a thread, of what the server knows."""
    who_ = name.removeprefix("holdfast ") if name.startswith("holdfast ") else name or "somebody"
    place = f" at {address}" if address else ""
    known = "" if "since" in who_ else f", since {since:%Y-%m-%d %H:%M:%S %Z}"
    return f"{who_}{place}{known}"
