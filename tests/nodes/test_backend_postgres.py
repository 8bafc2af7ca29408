"""What is Postgres's own about its backend; what it shares with others is in test_backends."""

import os
import sys
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from holdfast.guards import BackendError, GuardConfigError
from holdfast.nodes import PostgresBackend


@pytest.fixture
def backend(postgres_url):
    made = PostgresBackend(postgres_url, timeout_seconds=0.3)
    yield made
    made.close()


def one_more(value):
    return {"count": (value or {"count": 0})["count"] + 1}


def test_a_restart_of_the_server_costs_nothing_between_two_changes(postgres, backend):
    backend.timeout_seconds = 5
    backend.update("a", one_more)
    postgres.restart()
    assert backend.update("a", one_more) == {"count": 2}
    assert backend.read(["a"]) == [{"count": 2}]


def test_a_value_that_another_holds_for_too_long_is_given_up_on(backend, postgres_url):
    backend.update("a", one_more)
    with psycopg.connect(postgres_url) as other:
        other.execute("SELECT 1 FROM holdfast_kept WHERE key = 'a' FOR UPDATE")
        with pytest.raises(BackendError, match="Postgres server cannot be used: LockNotAvailable"):
            backend.update("a", one_more)
    assert backend.update("a", one_more) == {"count": 2}


def test_many_that_begin_at_once_make_one_table(postgres_url):
    backends = [PostgresBackend(postgres_url) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda backend: backend.update("a", one_more), backends))
    assert backends[0].read(["a"]) == [{"count": 4}]
    for backend in backends:
        backend.close()


def test_a_closed_backend_opens_again(backend):
    backend.update("a", one_more)
    backend.close()
    backend.close()
    assert backend.update("a", one_more) == {"count": 2}


def test_a_child_process_has_connections_of_its_own(backend):
    backend.update("a", one_more)
    kept = backend._opened
    backend._opened = (os.getpid() - 1, kept[1])
    assert backend.update("a", one_more) == {"count": 2}
    assert backend._opened[1] is not kept[1]
    kept[1].close()


def test_a_server_that_is_not_there_is_said_so(tmp_path):
    backend = PostgresBackend(f"host={tmp_path} dbname=none", timeout_seconds=0.1)
    for use in (lambda: backend.read(["a"]), lambda: backend.update("a", one_more)):
        with pytest.raises(BackendError, match="Postgres server cannot be used: PoolTimeout"):
            use()
    backend.close()


def test_without_the_extra_the_cure_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg_pool", None)
    with pytest.raises(GuardConfigError, match=r"holdfast\[postgres\]"):
        PostgresBackend("postgresql://127.0.0.1:1/none")
