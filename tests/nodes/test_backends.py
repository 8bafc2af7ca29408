"""The promise that every backend keeps: a change is made in one piece."""

import sqlite3
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from holdfast.guards import BackendError, GuardConfigError
from holdfast.nodes import MemoryBackend, PostgresBackend, RedisBackend, SqliteBackend

from . import redis_server


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory):
    with redis_server.running(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture(params=["memory", "sqlite", "redis", "postgres"])
def backend(request, tmp_path):
    if request.param == "memory":
        yield MemoryBackend()
        return
    if request.param == "sqlite":
        made = SqliteBackend(tmp_path / "kept.db")
    elif request.param == "postgres":
        made = PostgresBackend(request.getfixturevalue("postgres_url"))
    else:
        url = request.getfixturevalue("redis_url")
        made = RedisBackend.from_url(url, prefix=f"{tmp_path.name}:", socket_timeout_seconds=5)
    yield made
    made.close()


def one_more(value):
    return {"count": (value or {"count": 0})["count"] + 1}


def test_what_was_never_written_is_none(backend):
    assert backend.read(["a", "b"]) == [None, None]
    assert backend.read([]) == []


def test_a_change_is_returned_and_read(backend):
    assert backend.update("a", one_more) == {"count": 1}
    assert backend.update("a", one_more) == {"count": 2}
    assert backend.read(["b", "a"]) == [None, {"count": 2}]


def test_an_equal_value_is_kept_as_it_is(backend):
    backend.update("a", one_more)
    assert backend.update("a", lambda value: value) == {"count": 1}


def test_no_change_of_many_threads_is_lost(backend):
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda _: backend.update("a", one_more), range(200)))
    assert backend.read(["a"]) == [{"count": 200}]


def test_a_change_that_raises_changes_nothing(backend):
    backend.update("a", one_more)
    with pytest.raises(ZeroDivisionError):
        backend.update("a", lambda value: 1 / 0)
    assert backend.update("a", one_more) == {"count": 2}


def test_a_value_cannot_be_changed_behind_the_backends_back(backend):
    backend.update("a", lambda _: {"list": [1]})["list"].append(2)
    backend.read(["a"])[0]["list"].append(3)
    assert backend.read(["a"]) == [{"list": [1]}]


def test_a_closed_backend_opens_again(tmp_path):
    backend = SqliteBackend(tmp_path / "kept.db")
    backend.update("a", one_more)
    backend.close()
    assert backend.update("a", one_more) == {"count": 2}
    backend.close()
    backend.close()


def test_a_change_raised_in_the_transaction_is_rolled_back(tmp_path):
    backend = SqliteBackend(tmp_path / "kept.db")
    seen = []

    def second_time(value):
        seen.append(value)
        return one_more(value) if len(seen) == 1 else 1 / 0

    with pytest.raises(ZeroDivisionError):
        backend.update("a", second_time)
    assert backend.update("a", one_more) == {"count": 1}
    backend.close()


def test_a_file_that_cannot_be_opened_is_said_so(tmp_path):
    backend = SqliteBackend(tmp_path / "no such folder" / "kept.db")
    for use in (lambda: backend.read(["a"]), lambda: backend.update("a", one_more)):
        with pytest.raises(BackendError, match=r"kept\.db cannot be used"):
            use()


def test_a_file_that_is_no_database_is_said_so(tmp_path):
    (tmp_path / "kept.db").write_text("a shopping list, long enough to be no database" * 9)
    with pytest.raises(BackendError, match="DatabaseError"):
        SqliteBackend(tmp_path / "kept.db").read(["a"])


@pytest.mark.parametrize("text", ["[1]", "not JSON"])
def test_a_value_of_somebody_else_is_refused(tmp_path, text):
    backend = SqliteBackend(tmp_path / "kept.db")
    backend.update("a", one_more)
    with closing(sqlite3.connect(tmp_path / "kept.db")) as other, other:
        other.execute("UPDATE kept SET value = ?", (text,))
    with pytest.raises(BackendError, match="a place of their own"):
        backend.read(["a"])
    backend.close()


def test_a_server_that_is_not_there_is_said_so():
    pytest.importorskip("redis", reason="the extra redis is not installed")
    backend = RedisBackend.from_url(f"redis://127.0.0.1:{redis_server.free_port()}/0")
    for use in (lambda: backend.read(["a"]), lambda: backend.update("a", one_more)):
        with pytest.raises(BackendError, match="Redis server cannot be used: ConnectionError"):
            use()
    backend.close()


def test_others_that_are_always_quicker_are_given_up_on(redis_url):
    backend = RedisBackend.from_url(redis_url, prefix="raced:", socket_timeout_seconds=5)
    backend.timeout_seconds = 0.05

    def overtaken(value):
        backend.client.set("raced:a", f'{{"count":{backend.client.incr("raced:n")}}}')
        return {"count": -1}

    with pytest.raises(BackendError, match="WatchError"):
        backend.update("a", overtaken)
    backend.close()


def test_without_the_extra_the_cure_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "redis.exceptions", None)
    with pytest.raises(GuardConfigError, match=r"holdfast\[redis\]"):
        RedisBackend.from_url("redis://127.0.0.1:1/0")
