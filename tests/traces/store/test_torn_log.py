"""Logs of SQLite that were not written to their ends: what comes before the tear is read."""

import random
import sqlite3

from holdfast.traces import Store
from holdfast.traces.store import Span, Trace
from holdfast.traces.store.salvaging import salvage_into

from tests.traces.store.test_damage import Look


def test_what_waits_in_a_torn_log_is_read_up_to_the_tear(tmp_path):
    path, log = tmp_path / "traces.db", tmp_path / "traces.db-wal"
    with Store(path) as store:
        for n in range(20):
            store.write(Trace(id=f"{n}", name="g", start=n), span(store, n))
        files = path.read_bytes(), log.read_bytes()
    before = Look(path)
    for cut in (*range(0, len(files[1]), 5_000), len(files[1]) - 1):
        for end in (b"", bytes(3_000), random.Random(cut).randbytes(3_000)):
            torn_path = tmp_path / "torn.db"
            torn_path.write_bytes(files[0])
            torn_path.with_name("torn.db-wal").write_bytes(files[1][:cut] + end)
            look = Look(torn_path)
            assert not look.damage or not list(look.damage.lines())
            for name, trace in look.traces.items():
                assert trace == before.traces[name]
                assert look.parts[name] == before.parts[name]
            assert sorted(map(int, look.traces)) == list(range(len(look.traces)))
            for each in tmp_path.glob("torn*"):
                each.unlink()


def span(store, n):
    state = store.put({"text": f"what {n} says " * 40})
    return Span(id=f"{n}-0", trace=f"{n}", seq=0, kind="node", name="n", start=n, inputs=state)


def test_pages_in_the_log_are_read_where_the_file_is_damaged(tmp_path):
    path = tmp_path / "traces.db"
    with Store(path) as store:
        for n in range(5):
            store.write(Trace(id=f"{n}", name="g", start=n), span(store, n))
        copies = {each.name: each.read_bytes() for each in tmp_path.iterdir()}
    other = tmp_path / "other"
    other.mkdir()
    for name, data in copies.items():
        if "shm" not in name:
            (other / name).write_bytes(data)
    connection = sqlite3.connect(other / "new.db")
    damage = salvage_into(other / "traces.db", connection)
    assert not list(damage.lines())
    assert connection.execute("SELECT count(*) FROM blob").fetchone() == (5,)
    connection.close()
