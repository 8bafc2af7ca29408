"""The breaker as a value: its whole transition table, and what makes each transition."""

import pytest
from holdfast.guards import Breaker, Circuit, Event, GuardConfigError, advance
from holdfast.guards.breaker import can_be_offered, lets_through, wait_seconds

NOW = 1_000.0
CLOSED = Circuit(failures=1)
LAST = Circuit(failures=2)
OPEN = Circuit("open", since=990.0, until=1_020.0, opened=1, why="3 in a row")
OVER = Circuit("open", since=960.0, until=990.0, opened=1, why="3 in a row")
HALF = Circuit("half_open", since=990.0, opened=1, why="3 in a row")
PROBED = Circuit(
    "half_open", since=990.0, opened=1, probe="p", probe_until=1_050.0, why="3 in a row"
)
LOST = Circuit("half_open", since=900.0, opened=1, probe="p", probe_until=960.0)
FORCED = Circuit("forced_open", since=990.0, why="opened by hand")

ASK = Event("ask", ticket="me", can_probe=True)
UNSAFE = Event("ask", ticket="me")
FINE = Event("success", ticket="me", began=995.0)
BAD = Event("failure", ticket="me", began=995.0, why="Timeout")
REFUSED = Event("failure", ticket="me", began=995.0, at_once=True, why="HTTP 401")
NEITHER = Event("neutral", ticket="me", began=995.0)
PROBE_FINE = Event("success", ticket="p", began=995.0)
PROBE_BAD = Event("failure", ticket="p", began=995.0, why="Timeout")
PROBE_NEITHER = Event("neutral", ticket="p", began=995.0)
BY_HAND = Event("force_open", why="maintenance")
RESET = Event("reset")

SHUT = Circuit(since=NOW)
TRIPPED = Circuit(
    "open", since=NOW, until=1_030.0, opened=1, why="3 failures in a row, the last: Timeout"
)
MINE = {"state": "half_open", "probe": "me", "probe_until": 1_060.0}
BY_HAND_NOW = Circuit("forced_open", since=NOW, why="maintenance")

TABLE = [
    pytest.param(CLOSED, ASK, CLOSED, True, id="closed: an ask passes"),
    pytest.param(CLOSED, UNSAFE, CLOSED, True, id="closed: so does one that cannot be repeated"),
    pytest.param(CLOSED, FINE, Circuit(), True, id="closed: a success clears the count"),
    pytest.param(CLOSED, BAD, LAST, True, id="closed: a failure counts"),
    pytest.param(LAST, BAD, TRIPPED, False, id="closed: the last failure of a row opens"),
    pytest.param(CLOSED, NEITHER, CLOSED, True, id="closed: a neutral end changes nothing"),
    pytest.param(CLOSED, BY_HAND, BY_HAND_NOW, False, id="closed: a hand opens it"),
    pytest.param(CLOSED, RESET, SHUT, True, id="closed: a reset clears the count"),
    pytest.param(OPEN, ASK, OPEN, False, id="open: an ask is refused"),
    pytest.param(OPEN, FINE, OPEN, False, id="open: an old success changes nothing"),
    pytest.param(OPEN, BAD, OPEN, False, id="open: an old failure changes nothing"),
    pytest.param(OPEN, REFUSED, OPEN, False, id="open: nor does an old refusal"),
    pytest.param(OPEN, NEITHER, OPEN, False, id="open: a neutral end changes nothing"),
    pytest.param(OPEN, BY_HAND, BY_HAND_NOW, False, id="open: a hand keeps it open"),
    pytest.param(OPEN, RESET, SHUT, True, id="open: a reset closes it"),
    pytest.param(OVER, ASK, (OVER, MINE, NOW), True, id="open, wait over: an ask is the probe"),
    pytest.param(OVER, UNSAFE, OVER, False, id="open, wait over: not one that cannot be repeated"),
    pytest.param(HALF, ASK, (HALF, MINE, 990.0), True, id="half open: an ask is the next probe"),
    pytest.param(HALF, UNSAFE, HALF, False, id="half open: not one that cannot be repeated"),
    pytest.param(PROBED, ASK, PROBED, False, id="half open: nobody beside the probe"),
    pytest.param(LOST, ASK, (LOST, MINE, 900.0), True, id="half open: a lost probe is replaced"),
    pytest.param(PROBED, PROBE_FINE, SHUT, True, id="half open: the probe's success closes"),
    pytest.param(PROBED, FINE, PROBED, False, id="half open: a stranger's success does not"),
    pytest.param(PROBED, BAD, PROBED, False, id="half open: nor does a stranger's failure open"),
    pytest.param(PROBED, PROBE_NEITHER, HALF, False, id="half open: a neutral end frees the probe"),
    pytest.param(PROBED, NEITHER, PROBED, False, id="half open: a stranger's does not"),
    pytest.param(PROBED, BY_HAND, BY_HAND_NOW, False, id="half open: a hand opens it"),
    pytest.param(PROBED, RESET, SHUT, True, id="half open: a reset closes it"),
    pytest.param(FORCED, ASK, FORCED, False, id="forced open: an ask is refused"),
    pytest.param(FORCED, FINE, FORCED, False, id="forced open: a success changes nothing"),
    pytest.param(FORCED, BAD, FORCED, False, id="forced open: a failure changes nothing"),
    pytest.param(FORCED, NEITHER, FORCED, False, id="forced open: nor does a neutral end"),
    pytest.param(FORCED, BY_HAND, BY_HAND_NOW, False, id="forced open: the newest hand says why"),
    pytest.param(FORCED, RESET, SHUT, True, id="forced open: a reset closes it"),
]


@pytest.mark.parametrize(("before", "event", "after", "passes"), TABLE)
def test_the_whole_transition_table(before, event, after, passes):
    if isinstance(after, tuple):
        base, changed, since = after
        after = Circuit(**{**base.plain(), **changed, "since": since, "recent": ()})
    found = advance(Breaker("gds").at(before), event, NOW)
    assert found.circuit == after
    assert lets_through(found, "me") is passes


def test_a_failed_probe_opens_it_again_for_longer():
    found = advance(Breaker("gds").at(PROBED), PROBE_BAD, NOW).circuit
    assert (found.state, found.until, found.opened) == ("open", 1_060.0, 2)
    assert found.why == "the probe failed: Timeout"


@pytest.mark.parametrize(
    ("settings", "events", "why"),
    [
        pytest.param({}, [REFUSED], "access was refused: HTTP 401", id="refused credentials"),
        pytest.param({"failures": 1}, [BAD], "1 failure in a row, the last: Timeout", id="one"),
        pytest.param(
            {"failures": 9, "rate": 0.5, "minimum_calls": 4},
            [FINE, BAD, FINE, BAD],
            "2 of the last 4 calls failed, the last: Timeout",
            id="half of the calls",
        ),
        pytest.param(
            {"failures": 2, "slow_seconds": 5.0},
            [FINE, FINE],
            "2 failures in a row, the last: a slow answer",
            id="two slow answers",
        ),
        pytest.param(
            {},
            [Event("failure", began=995.0, retry_after_seconds=30.0, why="HTTP 429")],
            "the service asked for a rest: HTTP 429",
            id="a rest as long as an open time",
        ),
    ],
)
def test_why_a_breaker_opens(settings, events, why):
    breaker = Breaker("gds", **settings)
    for event in events:
        assert breaker.circuit.state == "closed"
        breaker = advance(breaker, event, NOW)
    assert (breaker.circuit.state, breaker.circuit.why) == ("open", why)


@pytest.mark.parametrize(
    ("settings", "events"),
    [
        pytest.param({}, [BAD, BAD, FINE, BAD, BAD], id="a success between failures"),
        pytest.param({}, [NEITHER] * 9, id="mistakes of the model, however many"),
        pytest.param({"failures": 9, "rate": 0.5}, [BAD] * 4, id="too few calls for a rate"),
        pytest.param(
            {}, [Event("failure", began=995.0, retry_after_seconds=5.0)] * 2, id="short rests"
        ),
    ],
)
def test_what_leaves_a_breaker_closed(settings, events):
    breaker = Breaker("gds", **settings)
    for event in events:
        breaker = advance(breaker, event, NOW)
    assert breaker.circuit.state == "closed"


def test_failures_that_left_the_window_count_for_no_rate():
    breaker = Breaker("gds", failures=9, rate=0.5, minimum_calls=2, window_seconds=60)
    breaker = advance(breaker, Event("failure"), 0.0)
    assert advance(breaker, Event("failure"), 59.0).circuit.state == "open"
    assert advance(breaker, Event("failure"), 60.0).circuit.state == "closed"


@pytest.mark.parametrize(
    ("growth", "times"),
    [(1.0, [30, 30, 30, 30, 30]), (2.0, [30, 60, 120, 200, 200]), (3.0, [30, 90, 200, 200, 200])],
)
def test_open_times_grow_up_to_a_ceiling(growth, times):
    breaker = Breaker("gds", failures=1, growth=growth, longest_open_seconds=200)
    now, found = 0.0, []
    for turn in range(5):
        breaker = advance(breaker, Event("ask", ticket=str(turn), can_probe=True), now)
        breaker = advance(breaker, Event("failure", ticket=str(turn), began=now), now)
        found.append(breaker.circuit.until - now)
        now = breaker.circuit.until
    assert found == times


def test_a_success_makes_the_next_open_time_the_first_again():
    breaker = advance(Breaker("gds", failures=1).at(PROBED), PROBE_BAD, NOW)
    breaker = advance(breaker, Event("ask", ticket="p", can_probe=True), 2_000.0)
    breaker = advance(breaker, Event("success", ticket="p", began=2_000.0), 2_001.0)
    breaker = advance(breaker, Event("failure", began=2_002.0), 2_003.0)
    assert breaker.circuit.until == 2_033.0


@pytest.mark.parametrize(
    ("asked", "until"), [(0.0, 1_030.0), (10.0, 1_030.0), (900.0, 1_900.0), (1e9, 87_400.0)]
)
def test_a_service_gets_the_rest_it_asks_for_up_to_a_day(asked, until):
    event = Event("failure", began=995.0, retry_after_seconds=asked)
    assert advance(Breaker("gds", failures=1), event, NOW).circuit.until == until


def test_a_rest_asked_for_by_an_earlier_failure_is_kept():
    breaker = advance(Breaker("gds", open_seconds=5), BAD, NOW)
    breaker = advance(breaker, Event("failure", began=NOW, retry_after_seconds=4.5), NOW)
    assert advance(breaker, BAD, NOW + 1).circuit.until == NOW + 6


def test_a_success_makes_an_earlier_wish_for_rest_void():
    breaker = Breaker("gds", failures=1, open_seconds=30).at(Circuit(not_before=NOW + 500))
    breaker = advance(advance(breaker, FINE, NOW), BAD, NOW)
    assert breaker.circuit.until == NOW + 30


def test_calls_begun_before_it_closed_count_no_more():
    breaker = advance(Breaker("gds", failures=1).at(PROBED), PROBE_FINE, NOW)
    assert advance(breaker, Event("failure", began=999.0), 1_001.0) is breaker
    assert advance(breaker, Event("failure", began=1_000.0), 1_001.0).circuit.state == "open"


def test_a_success_begun_before_it_closed_clears_no_count():
    breaker = Breaker("gds").at(Circuit(since=NOW, failures=2))
    assert advance(breaker, Event("success", began=999.0), 1_001.0) is breaker
    assert advance(breaker, Event("success", began=1_000.0), 1_001.0).circuit.failures == 0


def test_a_clock_that_was_set_back_makes_nobody_wait_longer_than_once_more():
    breaker = Breaker("gds").at(Circuit("open", since=90_000.0, until=90_030.0, opened=1))
    assert wait_seconds(breaker, NOW) == 30.0
    breaker = advance(breaker, ASK, NOW)
    assert breaker.circuit.until == NOW + 30
    lost = Breaker("gds").at(Circuit("half_open", probe="p", probe_until=90_000.0))
    assert advance(lost, ASK, NOW).circuit.probe_until == NOW + 60


@pytest.mark.parametrize(
    ("circuit", "seconds"),
    [(CLOSED, 0.0), (OPEN, 20.0), (OVER, 0.0), (HALF, 0.0), (PROBED, 50.0), (LOST, 0.0)],
)
def test_how_long_to_wait(circuit, seconds):
    assert wait_seconds(Breaker("gds").at(circuit), NOW) == seconds


def test_a_breaker_opened_by_hand_waits_for_a_hand():
    assert wait_seconds(Breaker("gds").at(FORCED), NOW) is None
    assert not can_be_offered(Breaker("gds").at(FORCED), 1e12, can_probe=True)


@pytest.mark.parametrize(
    "settings",
    [
        {"failures": 0},
        {"failures": "3"},
        {"rate": 0},
        {"rate": 1.5},
        {"minimum_calls": 1},
        {"minimum_calls": 129},
        {"window_seconds": 0},
        {"slow_seconds": 0},
        {"open_seconds": -1},
        {"open_seconds": "30"},
        {"growth": 0.5},
        {"growth": 11},
        {"open_seconds": 60, "longest_open_seconds": 59},
        {"probe_seconds": 0},
        {"probe": "all"},
    ],
)
def test_settings_that_cannot_be_meant_are_refused_by_name(settings):
    with pytest.raises(GuardConfigError, match=next(reversed(settings))):
        Breaker("gds", **settings)


@pytest.mark.parametrize("name", ["", " ", None])
def test_a_breaker_needs_a_dependency(name):
    with pytest.raises(GuardConfigError, match="name the service"):
        Breaker(name)
