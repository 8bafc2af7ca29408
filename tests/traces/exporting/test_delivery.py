import pytest
from holdfast.traces.exporting.courier import Answer, meaning
from holdfast.traces.exporting.dead_letters import read_dead
from holdfast.traces.store import Event, Store, Trace

from .lines import Direct, export, fill, is_poison, line, recorded_in, stub_at
from .recorded import NOW, SECOND, id_of, span, verdict


def test_all_that_was_recorded_arrives_once(path, clock):
    fill(path, "a", "b", verdicts=[verdict()])
    stub = stub_at(clock)
    rounds, counts = export(path, Direct(stub), clock)
    assert recorded_in(path) < set(stub.runs)
    assert (len(stub.runs), len(stub.feedback), stub.posted.total()) == (10, 2, 10)
    assert (len(rounds), rounds[0].arrived, counts.sent, counts.waiting) == (1, 12, 2, 0)
    assert [asked.path for asked in stub.asked] == ["/runs/batch", "/feedback", "/feedback"]


def test_what_was_sent_is_not_sent_again(path, clock):
    fill(path, "a")
    stub = stub_at(clock)
    export(path, Direct(stub), clock)
    export(path, Direct(stub), clock, owner="two")
    assert stub.posted.total() == 4


@pytest.mark.parametrize("status", [0, 408, 425, 429, 500, 502, 503, 504, 507])
def test_an_outage_is_waited_out_twice_as_long_each_time(path, clock, status):
    fill(path, "a")
    stub, courier, began = stub_at(clock), None, clock.now
    courier = Direct(stub)
    courier.moods = [status] * 3
    rounds, counts = export(path, courier, clock)
    assert [round((each.again - began) / SECOND) for each in rounds[:3]] == [1, 3, 7]
    assert (counts.sent, counts.dead, stub.posted.total()) == (1, 0, 4)


def test_jitter_halves_a_wait_at_most_and_five_minutes_are_the_longest(path, clock):
    fill(path, "a")
    courier = Direct(stub_at(clock))
    courier.moods = [503] * 12
    with line(path, courier, clock, jitter=0.0) as (gathering, delivery):
        gathering.since(0, clock())
        waits = []
        for _ in range(12):
            again = delivery.round().again
            waits.append((again - clock.now) / SECOND)
            clock.now = again
    assert waits[:3] == [0.5, 1.0, 2.0]
    assert waits[-1] == 150.0


def test_what_the_server_asks_for_in_retry_after_is_waited(path, clock):
    fill(path, "a")
    courier = Direct(stub_at(clock))
    courier.moods = [Answer("later", 429, "", 77.0)]
    with line(path, courier, clock) as (gathering, delivery):
        gathering.since(0, clock())
        assert delivery.round().again - clock.now == 77 * SECOND
        assert delivery.round().arrived == 0


@pytest.mark.parametrize("status", [401, 403, 404, 405])
def test_a_place_that_lets_nobody_in_is_left_alone_and_nothing_is_lost(path, clock, status):
    fill(path, "a", "b")
    courier = Direct(stub_at(clock))
    courier.moods = [status] * 2
    rounds, counts = export(path, courier, clock)
    assert (rounds[0].again - NOW) / SECOND == 62
    assert str(status) in rounds[0].why
    assert (counts.sent, counts.dead) == (2, 0)


@pytest.mark.parametrize("status", [400, 413, 422])
def test_one_item_that_is_refused_is_kept_and_the_others_arrive(path, clock, status):
    fill(path, *"abcdefg")
    fill(path, "bad", poison=True)

    class Strict(Direct):
        def _post(self, path, body):
            bad = b'"name":"poison"' in body
            return Answer(meaning(status), status) if bad else super()._post(path, body)

    stub = stub_at(clock)
    _, counts = export(path, Strict(stub), clock)
    (dead,) = read_dead(path)
    assert recorded_in(path) - set(stub.runs) == {dead.id}
    assert (dead.kind, dead.trace, dead.status) == ("run", id_of("bad", 0), status)
    assert '"name":"poison"' in dead.body
    assert (counts.dead, counts.sent) == (1, 8)
    assert max(stub.posted.values()) == 1


def test_the_search_for_a_bad_item_goes_on_where_an_outage_broke_it_off(path, clock):
    fill(path, *(f"t{n}" for n in range(15)))
    fill(path, "bad", poison=True)
    courier = Direct(stub_at(clock, refuses=is_poison))
    courier.moods = [None, 503, None, 503, 503] * 100
    _, counts = export(path, courier, clock)
    assert (counts.sent, counts.dead) == (16, 1)
    assert len(courier.sizes) < 60


def test_feedback_is_sent_after_the_runs_of_all_that_go_with_it(path, clock):
    fill(path, "bad", models=0, poison=True)
    fill(path, "a", "b", models=0, verdicts=[verdict()])
    stub = stub_at(clock, refuses=is_poison)
    courier = Direct(stub)
    courier.moods = [None, None, 401]  # all are refused, the first half arrives, then an outage
    export(path, courier, clock)
    assert [dead.kind for dead in read_dead(path)] == ["run"]
    assert len(stub.feedback) == 2


def test_feedback_whose_run_was_refused_is_kept_too(path, clock):
    fill(path, "a", verdicts=[verdict()])
    stub = stub_at(clock, refuses=lambda said: said.get("name") == "agent")
    export(path, Direct(stub), clock)
    assert sorted(dead.kind for dead in read_dead(path)) == ["feedback", "run"]


def test_a_conflict_means_that_it_is_there_but_only_of_a_single_run(path, clock):
    fill(path, "a")
    stub = stub_at(clock)
    courier = Direct(stub)
    courier.moods = [409, 409, 409]  # all four, the first two, the first
    export(path, courier, clock)
    assert len(stub.runs) == 3


def test_feedback_waits_until_its_run_can_be_found_there(path, clock):
    fill(path, "a", verdicts=[verdict()])
    courier = Direct(stub_at(clock))
    courier.moods = [None, 404, 404]
    rounds, counts = export(path, courier, clock)
    assert [each.arrived for each in rounds] == [5, 0, 1]
    assert (counts.sent, counts.dead) == (1, 0)


def test_feedback_whose_run_is_never_found_is_kept(path, clock):
    fill(path, "a", verdicts=[verdict()])
    courier = Direct(stub_at(clock))
    courier.moods = [None, *[404] * 20]
    _, counts = export(path, courier, clock)
    assert (counts.sent, counts.dead) == (1, 1)


def test_a_trace_that_breaks_the_server_does_not_hold_up_the_others(path, clock):
    fill(path, *"abc")
    fill(path, "bad", poison=True)

    class Fragile(Direct):
        def _post(self, path, body):
            return Answer("later", 500) if b'"poison"' in body else super()._post(path, body)

    stub = stub_at(clock)
    with line(path, Fragile(stub), clock) as (gathering, delivery):
        gathering.since(0, clock())
        for _ in range(20):
            clock.now = max(clock.now, delivery.round().again)
        counts = delivery.outbox.counts()
    assert (counts.sent, counts.waiting) == (3, 1)
    assert len(set(stub.runs)) == 3 * 4 + 3  # all but the one item that breaks it


def test_a_request_holds_a_hundred_runs_and_eight_megabytes_at_most(path, clock):
    with Store(path) as store:
        for n in range(6):
            root = span(n, 0, "graph", None, inputs=store.put(["x" * 999_000] * 3))
            store.write(Trace(id=root.id, name="n", start=NOW, end=NOW, status="ok"), root)
    courier = Direct(stub_at(clock))
    export(path, courier, clock)
    assert len(courier.sizes) == 3
    assert max(courier.sizes) < 8_400_000


def test_a_long_trace_is_sent_in_pieces_and_gone_on_with_where_it_stopped(path, clock):
    fill(path, "a", models=240)
    stub = stub_at(clock)
    courier = Direct(stub)
    courier.moods = [None, 503, None, 503]
    rounds, _ = export(path, courier, clock)
    assert [each.arrived for each in rounds] == [100, 100, 43]
    assert max(stub.posted.values()) == 1


def test_a_trace_that_the_store_has_lost_is_let_go(path, clock):
    with line(path, Direct(stub_at(clock)), clock) as (_, delivery):
        delivery.outbox.add("gone", NOW, "waiting")
        assert delivery.round().again is None
        assert delivery.outbox.counts().dropped == 1


def test_a_trace_that_cannot_be_exported_is_kept_as_a_note_and_harms_no_other(path, clock):
    fill(path, "a")
    with Store(path) as store:
        odd = Event(trace=id_of("a", 0), seq=0, time="never", kind="budget", name="x")
        store.write(odd)
    fill(path, "b")
    stub = stub_at(clock)
    _, counts = export(path, Direct(stub), clock)
    (dead,) = read_dead(path)
    assert (dead.kind, dead.trace) == ("trace", id_of("a", 0))
    assert (counts.sent, counts.dropped) == (1, 1)
    assert id_of("b", 0) in stub.runs
