from itertools import permutations

import pytest
from holdfast.guards import Call, LoopGuard
from holdfast.guards import make_step as step
from hypothesis import given
from hypothesis import strategies as st

from .acts import POLLER, VOLATILE, act, acts, call, handoff, ledger, rung


@pytest.mark.parametrize(
    ("steps", "proposed", "action"),
    [
        pytest.param([], [call("a")], "none", id="the first call"),
        pytest.param(acts("a"), [call("a")], "none", id="the second"),
        pytest.param(acts("aa"), [call("a")], "block", id="the third"),
        pytest.param(acts("a" * 6), [call("a")], "wrap_up", id="the seventh"),
        pytest.param(acts("a" * 7), [call("a")], "escalate", id="the eighth"),
        pytest.param(acts("a" * 20), [call("b")], "none", id="a new call after a loop"),
        pytest.param(acts("a" * 20), [call("a", q=1)], "none", id="other arguments after a loop"),
        pytest.param(acts("abab"), [call("a")], "none", id="half a lap of a ping-pong"),
        pytest.param(acts("babab"), [call("a")], "block", id="the third lap of a ping-pong"),
        pytest.param([], [call("a", str(n)) for n in range(2)], "none", id="two at once"),
        pytest.param([], [call("a", str(n)) for n in range(3)], "block", id="three at once"),
        pytest.param(
            [],
            [call("a", str(n), branch=str(n)) for n in range(50)],
            "none",
            id="fifty at once in fifty branches",
        ),
        pytest.param(
            [],
            [call("a", str(n), actor=str(n)) for n in range(50)],
            "none",
            id="fifty at once of fifty actors",
        ),
        pytest.param(
            acts("aaaa"), [call("a", branch="x")], "none", id="in another branch than the loop"
        ),
        pytest.param(
            [*acts("aaaa"), step("human", "ask")], [call("a")], "none", id="after a person spoke"
        ),
    ],
)
def test_before_tools_the_rung_is(steps, proposed, action):
    assert rung(steps, proposed) == action


def test_a_poller_s_call_is_never_blocked():
    assert rung(acts("a" * 9), [call("a")], a=POLLER) == "none"


def test_a_proposed_call_is_compared_without_its_volatile_argument():
    steps = [act("a", at=n, q="x") for n in range(4)]
    assert rung(steps, [call("a", at=9, q="x")], a=VOLATILE) == "block"


def test_only_the_call_that_extends_the_loop_is_objected_to():
    verdict = LoopGuard().check(ledger(acts("aaaa"), [call("b", "1"), call("a", "2")]))
    assert verdict["calls"] == ["2"]


@given(steps=st.text(alphabet="ab", max_size=24), turn=st.permutations("abc"))
def test_a_call_is_never_hidden_by_those_beside_it(steps, turn):
    alone = LoopGuard().check(ledger(acts(steps), [call("a", "a")]))["calls"]
    beside = LoopGuard().check(ledger(acts(steps), [call(name, name) for name in turn]))["calls"]
    assert set(alone) <= set(beside)


def test_a_cycle_made_in_parallel_is_blocked_at_its_end():
    verdict = LoopGuard().check(ledger(acts("abab"), [call("a", "1"), call("b", "2")]))
    assert (verdict["kind"], verdict["calls"]) == ("cycle", ["2"])


def test_a_nudged_model_that_proposes_a_new_call_is_not_blocked():
    guard = LoopGuard()
    assert guard.check(ledger(acts("aa")))["action"] == "nudge"
    assert guard.check(ledger(acts("aa"), [call("b")]))["outcome"] == "pass"


# Hand-offs


@pytest.mark.parametrize(
    ("steps", "action"),
    [
        pytest.param([handoff("a", "I found no flight")] * 3, "nudge", id="the same answer"),
        pytest.param([handoff("a"), handoff("b")] * 3, "nudge", id="a ping-pong of two"),
        pytest.param(
            [handoff(a, f"{n}{a} {n}b {n}c {n}d {n}e") for n, a in enumerate("abababab")],
            "none",
            id="new words every time",
        ),
        pytest.param(
            [each for n in range(6) for each in (act("look", str(n), q=n), handoff("a", "done"))],
            "none",
            id="new work every time",
        ),
        pytest.param(
            [each for _ in range(3) for each in (act("look"), handoff("a", "done"))],
            "nudge",
            id="the same work every time",
        ),
        pytest.param(
            [each for _ in range(3) for each in (step("model", "m"), handoff("a", "done"))],
            "nudge",
            id="models speaking between",
        ),
        pytest.param(
            [each for _ in range(2) for each in (act("x", error="auth"), handoff("a", "done"))],
            "nudge",
            id="failing work every time",
        ),
        pytest.param(
            [handoff("a", f"{n}a {n}b {n}c", error="dependency") for n in range(2)],
            "nudge",
            id="failing hand-offs, whatever they say",
        ),
    ],
)
def test_a_handoff_that_led_to_nothing_new_is_a_repeat(steps, action):
    assert rung(steps) == action


def test_a_volatile_argument_is_no_new_work():
    steps = [each for n in range(3) for each in (act("look", at=n), handoff("a", "done"))]
    assert (rung(steps), rung(steps, look=VOLATILE)) == ("none", "nudge")


def test_arguments_that_change_places_are_new_work():
    looks = [act("look", a=a, b=b, c=c) for a, b, c in permutations((1, 2, 3))]
    steps = [each for look in looks for each in (look, handoff("a", "done"))]
    assert rung(steps) == "none"


def test_a_proposed_handoff_is_blocked_at_the_third_lap_without_news():
    steps = [handoff("a", "no flight found")] * 3
    proposed = [Call("p", "a", {}, "supervisor", kind="handoff")]
    assert rung(steps, proposed) == "block"
