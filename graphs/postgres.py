"""Checkpoints in Postgres that outlive a restart of the server."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import wraps
from importlib import import_module
from time import sleep
from typing import TYPE_CHECKING, Any

from ..guards.errors import GuardConfigError
from ..nodes.postgres_address import check_reachable
from ..nodes.postgres_pool import make_pool, psycopg_modules

if TYPE_CHECKING:
    from langgraph.checkpoint.postgres import PostgresSaver
    from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver

# Tried again and again, not waited for: a statement that waits holds up the making of an index.
_LOCK = "SELECT pg_try_advisory_lock(hashtextextended('holdfast_setup', 0)) AS got"
_UNLOCK = "SELECT pg_advisory_unlock(hashtextextended('holdfast_setup', 0))"
_PAUSE_SECONDS = 0.05
_TRIES = 3
_REPEATABLE = ("get_tuple", "put", "put_writes", "get_delta_channel_history")  # reads and upserts


@contextmanager
def postgres_saver(
    url: str, *, serde: Any = None, timeout_seconds: float = 30.0
) -> Iterator["PostgresSaver"]:
    """Open LangGraph's Postgres checkpointer so that a restart of the server costs no run.

    It works on a pool of connections and repeats what a lost one cut off, and its tables are
    made. What `PostgresSaver.from_conn_string` opens is a single connection, which stays dead
    after the server was restarted. Needs the extra `postgres`.

    Args:
        url: `postgresql://user:password@host:5432/database`, or libpq's `host=... dbname=...`.
        serde: How values are written, as for `PostgresSaver`.
        timeout_seconds: How long a checkpoint waits for a connection, a restart among it.

    Raises:
        GuardConfigError: The extra is not installed, or the address cannot be read.
        BackendError: No server lets us in there in time, or it refuses.
    """
    made = _steady("langgraph.checkpoint.postgres", "PostgresSaver", _repeated, "")
    check_reachable(url, timeout_seconds)
    with make_pool("ConnectionPool", url, timeout_seconds=timeout_seconds, **_rows()) as pool:
        saver = made(pool, serde=serde)
        with pool.connection() as guard:
            while not guard.execute(_LOCK).fetchone()["got"]:
                sleep(_PAUSE_SECONDS)  # two processes that make the tables at once are an error
            try:
                saver.setup()
            finally:
                guard.execute(_UNLOCK)
        yield saver


@asynccontextmanager
async def apostgres_saver(
    url: str, *, serde: Any = None, timeout_seconds: float = 30.0
) -> AsyncIterator["AsyncPostgresSaver"]:
    """Open LangGraph's Postgres checkpointer for async code; see `postgres_saver`.

    Raises:
        GuardConfigError: The extra is not installed, or the address cannot be read.
        BackendError: No server lets us in there in time, or it refuses.
    """
    made = _steady("langgraph.checkpoint.postgres.aio", "AsyncPostgresSaver", _arepeated, "a")
    await asyncio.to_thread(check_reachable, url, timeout_seconds)
    pool = make_pool("AsyncConnectionPool", url, timeout_seconds=timeout_seconds, **_rows())
    async with pool:
        saver = made(pool, serde=serde)
        async with pool.connection() as guard:
            while not (await (await guard.execute(_LOCK)).fetchone())["got"]:  # noqa: ASYNC110 - another process has it
                await asyncio.sleep(_PAUSE_SECONDS)
            try:
                await saver.setup()
            finally:
                await guard.execute(_UNLOCK)
        yield saver


def _rows() -> dict[str, Any]:
    from psycopg.rows import dict_row

    return {"row_factory": dict_row}


def _steady(module: str, name: str, repeated: Callable[[Any], Any], prefix: str) -> Any:
    """Return a saver's class whose calls are made again when their connection is lost."""
    psycopg_modules()
    try:
        saver = getattr(import_module(module), name)
    except ImportError as error:
        raise GuardConfigError(
            f"{name} needs the package langgraph-checkpoint-postgres: "
            "pip install 'holdfast[postgres]'"
        ) from error
    methods = [f"{prefix}{method}" for method in _REPEATABLE]
    return type(name, (saver,), {method: repeated(getattr(saver, method)) for method in methods})


def _is_cut_off(error: Exception) -> bool:
    """Return whether a connection was lost, and not just none to be had in time."""
    psycopg, pool = psycopg_modules()
    lost = isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
    return lost and not isinstance(error, pool.PoolTimeout)


def _repeated(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def call(*args: Any, **kwargs: Any) -> Any:
        for _ in range(_TRIES - 1):
            try:
                return method(*args, **kwargs)
            except Exception as error:
                if not _is_cut_off(error):
                    raise
        return method(*args, **kwargs)

    return call


def _arepeated(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    async def call(*args: Any, **kwargs: Any) -> Any:
        for _ in range(_TRIES - 1):
            try:
                return await method(*args, **kwargs)
            except Exception as error:
                if not _is_cut_off(error):
                    raise
        return await method(*args, **kwargs)

    return call
