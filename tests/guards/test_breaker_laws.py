"""What holds for a breaker whatever happens to it, in whatever order."""

import json

from holdfast.guards import Breaker, Circuit, Event, advance
from holdfast.guards.breaker import can_be_offered, lets_through, wait_seconds
from hypothesis import given
from hypothesis import strategies as st

events = st.builds(
    Event,
    kind=st.sampled_from(["ask", "success", "failure", "neutral"]),
    ticket=st.sampled_from(["a", "b", "c"]),
    can_probe=st.booleans(),
    began=st.floats(0, 500),
    at_once=st.booleans(),
    retry_after_seconds=st.floats(0, 100),
)
histories = st.lists(st.tuples(events, st.floats(0, 20)), max_size=60)
settings = st.builds(
    Breaker,
    st.just("gds"),
    failures=st.integers(1, 4),
    rate=st.none() | st.floats(0.1, 1),
    slow_seconds=st.none() | st.floats(1, 50),
    growth=st.floats(1, 10),
)


def played(breaker, history):
    """Yield how a breaker stands before and after each event, and when."""
    now = 0.0
    for event, later in history:
        now += later
        before, breaker = breaker, advance(breaker, event, now)
        yield before, event, breaker, now


@given(breaker=settings, history=histories)
def test_no_call_passes_while_it_is_open(breaker, history):
    for before, event, after, now in played(breaker, history):
        if event.kind == "ask" and before.circuit.state == "open" and now < before.circuit.until:
            assert not lets_through(after, event.ticket)


@given(breaker=settings, history=histories)
def test_after_its_wait_a_probe_always_passes(breaker, history):
    for _, _, after, now in played(breaker, history):
        wait = wait_seconds(after, now)
        later = advance(after, Event("ask", ticket="late", can_probe=True), now + wait + 0.001)
        assert lets_through(later, "late")


@given(breaker=settings, history=histories)
def test_at_most_one_probe_is_under_way(breaker, history):
    probes = set()
    for before, event, after, now in played(breaker, history):
        if before.circuit.probe and now < before.circuit.probe_until and event.kind == "ask":
            assert after.circuit.probe == before.circuit.probe
        probes.add(after.circuit.probe)
    assert probes <= {"", "a", "b", "c"}


@given(breaker=settings, history=histories)
def test_mistakes_of_the_model_never_open_it(breaker, history):
    for before, event, after, _ in played(breaker, history):
        if event.kind == "neutral":
            assert after.circuit.state == before.circuit.state


@given(breaker=settings, history=histories)
def test_it_goes_through_json_and_back_unchanged(breaker, history):
    for _, _, after, _ in played(breaker, history):
        assert Circuit.of(json.loads(json.dumps(after.circuit.plain()))) == after.circuit


@given(breaker=settings, history=histories)
def test_what_is_offered_is_what_an_ask_would_be_granted(breaker, history):
    for _, _, after, now in played(breaker, history):
        for can_probe in (True, False):
            asked = advance(after, Event("ask", ticket="new", can_probe=can_probe), now)
            assert lets_through(asked, "new") == can_be_offered(after, now, can_probe=can_probe)
