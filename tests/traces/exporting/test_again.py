"""What was refused for good is sent again once somebody mended what was wrong."""

from contextlib import suppress

import pytest
from holdfast.traces.exporting.courier import Answer
from holdfast.traces.exporting.dead_letters import read_dead
from holdfast.traces.store import Event, Store

from .lines import Direct, KilledError, Torn, drive, export, fill, is_poison, line, stub_at
from .recorded import SECOND, id_of, verdict

DAY = 24 * 3_600 * SECOND


def again(path, courier, clock, *traces, **more):
    """Queue what was refused, and deliver it; return how many traces were queued."""
    with line(path, courier, clock, **more) as (_, delivery):
        queued = delivery.outbox.again(traces)
        drive(delivery, clock)
        return queued


@pytest.fixture
def refused(path, clock):
    """A store of three traces, of one of which a run was refused; and the place, mended since."""
    fill(path, "a", "b", verdicts=[verdict()])
    fill(path, "bad", poison=True)
    poisoned = stub_at(clock, refuses=is_poison)
    export(path, Direct(poisoned), clock)
    mended = stub_at(clock)
    mended._posts.update(poisoned._posts)
    assert [(dead.kind, dead.trace) for dead in read_dead(path)] == [("run", id_of("bad", 0))]
    return mended


def test_only_what_was_refused_is_sent_and_its_letter_goes(path, clock, refused):
    assert again(path, Direct(refused), clock) == 1
    assert (refused.posted.total(), read_dead(path)) == (1, [])
    assert [one.get("name") for one in refused.runs.values()].count("poison") == 1


def test_what_is_refused_again_keeps_its_letter_with_the_new_reason(path, clock, refused):
    refused._refuses = is_poison
    courier = Direct(refused)
    clock.now += SECOND
    again(path, courier, clock)
    (dead,) = read_dead(path)
    assert (dead.time, dead.status) == (clock.now, 422)
    assert len(courier.sizes) == 1


def test_queued_twice_it_is_sent_once(path, clock, refused):
    with line(path, Direct(refused), clock) as (_, delivery):
        assert [delivery.outbox.again(()), delivery.outbox.again(())] == [1, 0]
        drive(delivery, clock)
    assert again(path, Direct(refused), clock, owner="two") == 0
    assert refused.posted.total() == 1


@pytest.mark.parametrize("mood", ["killed", "killed after", "lost", 503])
def test_a_letter_stays_until_its_item_was_received(path, clock, refused, mood):
    courier = Direct(refused)
    courier.moods = [mood]
    with line(path, courier, clock, kind=Torn) as (_, delivery):
        delivery.outbox.again(())
        with suppress(KilledError):
            delivery.round()
    assert len(read_dead(path)) == 1
    clock.now += 600 * SECOND
    with line(path, courier, clock, owner="two") as (_, delivery):
        drive(delivery, clock)
    assert read_dead(path) == []
    assert refused.posted[read_id(refused)] == (2 if mood in ("killed after", "lost") else 1)


def read_id(stub):
    return next(id_ for id_, run in stub.runs.items() if run.get("name") == "poison")


def test_what_is_there_already_counts_as_received(path, clock, refused):
    courier = Direct(refused)
    courier.moods = [409]
    again(path, courier, clock)
    assert (read_dead(path), refused.posted.total()) == ([], 0)


def test_only_the_run_that_is_named_is_sent_again(path, clock):
    fill(path, "bad", poison=True)
    fill(path, "worse", poison=True)
    export(path, Direct(stub_at(clock, refuses=is_poison)), clock)
    mended = stub_at(clock)
    again(path, Direct(mended), clock, id_of("worse", 0))
    assert [dead.trace for dead in read_dead(path)] == [id_of("bad", 0)]
    assert len(mended.runs) == 1


def test_feedback_follows_the_run_that_was_refused_with_it(path, clock):
    fill(path, "a", verdicts=[verdict()])
    stub = stub_at(clock, refuses=lambda said: said.get("name") == "agent")
    export(path, Direct(stub), clock)
    stub._refuses = None
    again(path, Direct(stub), clock)
    assert read_dead(path) == []
    assert (len(stub.runs), len(stub.feedback)) == (5, 1)


def test_a_trace_of_which_nothing_arrived_is_moved_anew(path, clock):
    fill(path, "a")
    courier = Direct(stub_at(clock))
    courier.moods = [Answer("refused", 422)] * 20
    export(path, courier, clock)
    assert len(read_dead(path)) == 4
    clock.now += 3 * DAY
    stub = stub_at(clock)
    again(path, Direct(stub), clock)
    assert (len(stub.runs), read_dead(path)) == (4, [])


def test_a_trace_that_could_not_be_exported_is_sent_once_it_can(path, clock):
    fill(path, "a")
    root = id_of("a", 0)
    with Store(path) as store:
        store.write(Event(trace=root, seq=0, time="never", kind="budget", name="x"))
    stub = stub_at(clock)
    export(path, Direct(stub), clock)
    assert [dead.kind for dead in read_dead(path)] == ["trace"]
    with Store(path) as store:
        store.write(Event(trace=root, seq=0, time=clock.now, kind="budget", name="x"))
    assert again(path, Direct(stub), clock) == 1
    assert read_dead(path) == []
    assert root in stub.runs


def test_where_nothing_was_refused_nothing_is_queued(path, clock):
    fill(path, "a")
    stub = stub_at(clock)
    export(path, Direct(stub), clock)
    assert again(path, Direct(stub), clock) == 0
    assert stub.posted.total() == 4


def test_letters_of_another_place_are_left_alone(path, clock, refused):
    class Elsewhere(Direct):
        place = "langsmith there p"

    assert again(path, Elsewhere(refused), clock) == 0
    assert len(read_dead(path)) == 1
