import pytest
from holdfast.traces.store import Store, Trace

from .lines import LATE, Direct, drive, export, fill, line, stub_at
from .recorded import MILLI, NOW, SECOND, Clock, span, verdict

HOUR = 3_600 * SECOND


@pytest.mark.parametrize(
    ("older", "runs", "state"),
    [
        pytest.param("shift", 4, "sent", id="moved"),
        pytest.param("drop", 0, "dropped", id="left out"),
        pytest.param("keep", 0, "sent", id="sent as it is, and refused by a hosted server"),
    ],
)
def test_what_is_older_than_23_hours_is(path, clock, older, runs, state):
    fill(path, "a")
    clock.now = NOW + 24 * HOUR + 10 * SECOND
    stub = stub_at(clock)
    _, counts = export(path, Direct(stub), clock, older=older)
    assert len(stub.runs) == runs
    assert getattr(counts, state) == 1


def test_a_trace_is_moved_once_however_often_it_is_tried(path, clock):
    fill(path, "a", models=150)
    clock.now = NOW + 100 * HOUR
    stub = stub_at(clock)
    courier = Direct(stub)
    courier.moods = [None, 503, 503]
    export(path, courier, clock)
    shifts = {run["extra"]["metadata"]["time_shift_s"] for run in stub.runs.values()}
    assert (len(shifts), max(stub.posted.values())) == (1, 1)


def test_a_trace_that_was_moved_and_became_old_again_is_moved_again(path, clock):
    fill(path, "a", models=150)
    clock.now = NOW + 100 * HOUR
    stub = stub_at(clock)
    courier = Direct(stub)
    courier.moods = [None, 503]
    with line(path, courier, clock) as (gathering, delivery):
        gathering.since(0, clock())
        delivery.round()
        clock.now += 30 * HOUR
        drive(delivery, clock)
    shifts = {run["extra"]["metadata"]["time_shift_s"] for run in stub.runs.values()}
    assert (len(shifts), len(stub.runs)) == (1, 153)


def test_a_trace_longer_than_a_day_is_held_within_the_window(path, clock):
    with Store(path) as store:
        root = span("g", 0, "graph", None, end=NOW + 40 * HOUR)
        late = span("g", 1, start=NOW + 39 * HOUR, end=None)
        store.write(Trace(id=root.id, name="g", start=NOW, status="ok"), root, late)
    clock.now = NOW + 41 * HOUR
    stub = stub_at(clock)
    export(path, Direct(stub), clock)
    assert len(stub.runs) == 2


def test_traces_that_are_moved_stay_in_their_order(path, clock):
    for n, name in enumerate("abc"):
        fill(path, name, start=NOW + n * HOUR)
    clock.now = NOW + 100 * HOUR

    class Ticking(Clock):
        def __call__(self):
            self.now += MILLI
            return self.now

    ticking = Ticking(clock.now)
    stub = stub_at(ticking)
    export(path, Direct(stub), ticking)
    roots = [run for run in stub.runs.values() if not run["parent_run_id"]]
    assert [run["name"] for run in sorted(roots, key=lambda run: run["start_time"])] == [*"abc"]


@pytest.mark.parametrize(
    ("more", "wanted"),
    [
        pytest.param({}, 0, id="it went well"),
        pytest.param({"status": "error"}, 1, id="it failed"),
        pytest.param({"ending": "loop_stopped"}, 1, id="a guard stopped it"),
        pytest.param({"ending": "completed"}, 0, id="it completed"),
        pytest.param({"verdicts": [verdict()]}, 1, id="a guard tripped"),
        pytest.param({"verdicts": [verdict(outcome="pass")]}, 0, id="a guard passed"),
    ],
)
def test_sampling_keeps_what_went_wrong(path, clock, more, wanted):
    fill(path, "a", **more)
    _, counts = export(path, Direct(stub_at(clock)), clock, share=0.0)
    assert (counts.sent, counts.skipped) == (wanted, 1 - wanted)


@pytest.mark.parametrize(
    ("source", "wanted"), [("recorded", 1), ("openai", 1), ("replayed", 0), ("langsmith", 0)]
)
def test_what_was_replayed_or_came_from_langsmith_is_not_sent_to_it(path, clock, source, wanted):
    fill(path, "a", source=source, status="error")
    _, counts = export(path, Direct(stub_at(clock)), clock)
    assert (counts.sent, counts.skipped) == (wanted, 1 - wanted)


def test_sampling_takes_the_same_share_whoever_decides(path, clock):
    fill(path, *(f"t{n}" for n in range(60)), models=0)
    _, counts = export(path, Direct(stub_at(clock)), clock, share=0.5)
    assert 15 < counts.sent < 45
    with line(path, Direct(stub_at(clock)), clock, share=0.5) as (gathering, _):
        assert gathering.since(0, clock()) == 0


def test_a_trace_that_never_ended_is_sent_after_an_hour_of_silence(path, clock):
    fill(path, "a", status="running", end=None)
    stub = stub_at(clock)
    with line(path, Direct(stub), clock) as (gathering, delivery):
        early = gathering.since(0, clock())
        clock.now += LATE
        assert (early, gathering.since(0, clock())) == (0, 1)
        drive(delivery, clock)
    assert len(stub.runs) == 4
