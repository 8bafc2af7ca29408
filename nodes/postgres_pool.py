"""Pools of Postgres connections that outlive a restart of the server."""

from typing import Any

from ..guards.errors import GuardConfigError

_CONNECTIONS = 8


def psycopg_modules() -> tuple[Any, Any]:
    """Return the modules `psycopg` and `psycopg_pool`.

    Raises:
        GuardConfigError: The extra is not installed.
    """
    try:
        import psycopg
        import psycopg_pool
    except ImportError as error:
        raise GuardConfigError(
            "Postgres needs the packages psycopg and psycopg-pool: pip install 'holdfast[postgres]'"
        ) from error
    return psycopg, psycopg_pool


def make_pool(name: str, url: str, *, timeout_seconds: float, **settings: Any) -> Any:
    """Return a pool, not open yet, that looks at each connection before it hands it out.

    A single connection stays dead after the server was restarted; of a pool only the call that
    is under way fails. It costs a round trip each time.

    Args:
        name: `ConnectionPool` or `AsyncConnectionPool`.
        url: `postgresql://user:password@host:5432/database`, or libpq's `host=... dbname=...`.
        timeout_seconds: How long to wait for a connection.
        **settings: What else the connections are made with.

    Raises:
        GuardConfigError: The extra is not installed, or the address cannot be read.
    """
    from .postgres_address import read_address

    read_address(url)  # a pool would try for ever with what can never be read
    kind = getattr(psycopg_modules()[1], name)
    return kind(
        url,
        min_size=0,
        max_size=_CONNECTIONS,
        open=False,
        timeout=timeout_seconds,
        check=kind.check_connection,
        kwargs={"autocommit": True, "prepare_threshold": 0, **settings},
    )
