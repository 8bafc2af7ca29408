"""Locks on threads by themselves."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from holdfast.graphs.thread_locks import FileLock, MemoryLock, lock_of
from holdfast.guards import GuardConfigError
from langgraph.checkpoint.memory import InMemorySaver

AT_MOST = 20.0  # seconds for a test of which none should take one


@pytest.mark.parametrize("kind", ["memory", "file"])
def test_no_two_ever_hold_a_thread(kind, tmp_path):
    place, inside, seen = object(), [], []

    def turns(me):
        end = time.monotonic() + AT_MOST
        for _ in range(60):
            lock = MemoryLock(place) if kind == "memory" else FileLock(tmp_path / "leases")
            while lock.take("42") is not None:
                assert time.monotonic() < end
            inside.append(me)
            seen.append(list(inside))
            assert lock.holds()
            inside.remove(me)
            lock.free()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(turns, "abcd"))
    assert len(seen) == 240
    assert all(len(held) == 1 for held in seen)


def test_a_lock_whose_file_was_taken_away_is_lost(tmp_path):
    first, second = FileLock(tmp_path), FileLock(tmp_path)
    assert first.take("42") is None
    assert second.take("42").startswith("pid ")
    for file in tmp_path.iterdir():
        file.unlink()
    assert not first.holds()
    assert second.take("42") is None
    first.free()
    assert second.holds()
    second.free()


def test_a_holder_that_left_no_name_is_unknown(tmp_path):
    first, second = FileLock(tmp_path), FileLock(tmp_path)
    first.take("42")
    for file in tmp_path.iterdir():
        file.write_text("{")
    assert second.take("42") == ""


def test_a_thread_s_name_is_no_path(tmp_path):
    lock = FileLock(tmp_path)
    assert lock.take("../../etc/passwd\0") is None
    assert [file.parent for file in tmp_path.iterdir()] == [tmp_path]
    lock.free()


def test_an_unknown_checkpointer_is_refused_with_what_there_is():
    words = r"no lock is known for the threads of a object.*PostgresSaver, SqliteSaver.*lock="
    with pytest.raises(GuardConfigError, match=words):
        lock_of(object(), lambda _: None)


def test_compiled_graphs_that_share_a_memory_share_its_locks():
    saver = InMemorySaver()
    one, other = lock_of(saver, lambda _: None), lock_of(saver, lambda _: None)
    assert one.take("1") is None
    assert other.take("1").startswith("pid ")
    assert lock_of(InMemorySaver(), lambda _: None).take("1") is None
    one.free()
