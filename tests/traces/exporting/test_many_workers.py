import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from holdfast.traces.exporting.dead_letters import read_dead
from holdfast.traces.exporting.owners import is_alive, new_owner
from holdfast.traces.store import Store
from hypothesis import example, given, settings
from hypothesis import strategies as st

from .lines import (
    Direct,
    KilledError,
    Torn,
    drive,
    export,
    fill,
    is_poison,
    line,
    recorded_in,
    stub_at,
)
from .recorded import NOW, SECOND, Clock, verdict

HOUR = 3_600 * SECOND


def test_two_workers_share_the_work_and_a_dead_ones_part_is_taken_over(path, clock):
    fill(path, *(f"t{n}" for n in range(30)))
    stub = stub_at(clock)
    dying, living = Direct(stub), Direct(stub)
    dying.moods = ["killed"]
    with line(path, dying, clock, owner="dying") as (gathering, first):
        gathering.since(0, clock())
        held = first.outbox.claim(clock(), 120 * SECOND, 20)
        with line(path, living, clock, owner="living") as (_, second):
            made = second.round()
            assert (len(held), made.ended) == (20, 10)
            assert made.again - clock.now == 120 * SECOND
            drive(second, clock)
            assert second.outbox.counts().sent == 30
        assert not first.outbox.arrived(held[0].trace, 1, 0)
    assert max(stub.posted.values()) == 1


def test_what_a_dead_process_holds_is_taken_over_at_once(path, clock):
    fill(path, "a", "b")
    gone = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], check=True,
                          capture_output=True, text=True).stdout.strip()  # fmt: skip
    machine, pid, number = new_owner().split(" ")
    for owner, free in ((f"{machine} {gone} x", 1), (f"elsewhere {gone} x", 0)):
        with line(path, Direct(stub_at(clock)), clock, owner=owner, kind=Torn) as (gather, first):
            gather.since(0, clock())
            assert len(first.outbox.claim(clock(), 120 * SECOND, 1)) == 1
        with line(path, Direct(stub_at(clock)), clock, owner="me") as (_, second):
            assert second.outbox.free(is_alive) == free
    assert is_alive(f"{machine} {pid} {number}")
    assert is_alive(f"{machine} 1 x")
    assert is_alive("odd")


MOODS = st.sampled_from([None, None, 503, 500, 429, 0, 401, "lost", "killed", "killed after"])


@example(moods=[None, None, 401], shape=[(0, 0, True), (0, 1, False), (0, 1, False)], age=0)
@settings(max_examples=25)
@given(
    moods=st.lists(MOODS, max_size=25),
    shape=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), st.booleans()), max_size=6),
    age=st.sampled_from([0, 30 * HOUR]),
)
def test_whatever_is_killed_or_down_in_whatever_order_the_stub_ends_up_like_the_store(
    moods, shape, age
):
    clock = Clock(NOW + 2 * SECOND + age)
    stub = stub_at(clock, refuses=is_poison)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "t.db"
        Store(path).close()
        for n, (models, verdicts, poison) in enumerate(shape):
            fill(path, f"t{n}", models=models, verdicts=[verdict()] * verdicts, poison=poison)
        courier = Direct(stub)
        courier.moods = list(moods)
        for turn in range(len(moods) + 1):  # each killed process is followed by another
            with suppress(KilledError):
                export(path, courier, clock, owner=f"{turn}", kind=Torn)
                break
            clock.now += 121 * SECOND  # its lease is over
        dead = read_dead(path)
        expected = recorded_in(path) - {each.id for each in dead}
        extra = {run["id"] for run in stub.runs.values() if "guardrail" in run["tags"]}
        assert set(stub.runs) - extra == expected
        assert len(dead) == sum(poison for *_, poison in shape)
        assert len(stub.feedback) == len(extra) == sum(verdicts for _, verdicts, _ in shape)
