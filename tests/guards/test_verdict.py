from itertools import pairwise

import pytest
from holdfast.guards import ending_of
from holdfast.guards.verdict import ACTIONS, passed, severest, severity, skipped, tripped
from hypothesis import given
from hypothesis import strategies as st

action = st.sampled_from(ACTIONS)


@pytest.mark.parametrize(
    ("actions", "worst"),
    [
        pytest.param([], "none", id="none at all"),
        pytest.param(["none"], "none", id="one that does nothing"),
        pytest.param(["nudge", "block"], "block", id="the severer last"),
        pytest.param(["stop", "nudge"], "stop", id="the severer first"),
        pytest.param(["wrap_up", "escalate", "block"], "escalate", id="the severest in the middle"),
    ],
)
def test_the_severest_rung_is_found_wherever_it_stands(actions, worst):
    assert severest(actions) == worst


def test_the_rungs_are_ordered_from_nothing_to_stop():
    assert ACTIONS == ("none", "nudge", "block", "wrap_up", "escalate", "stop")
    assert all(severity(low) < severity(high) for low, high in pairwise(ACTIONS))


@pytest.mark.parametrize(
    ("verdict", "outcome", "action_given", "reason"),
    [
        pytest.param(passed("loop"), "pass", "none", "", id="passed"),
        pytest.param(skipped("loop", "no tools"), "skip", "none", "no tools", id="skipped"),
        pytest.param(
            tripped("loop", "cycle", "block", "Stop."), "trip", "block", "Stop.", id="tripped"
        ),
    ],
)
def test_every_verdict_has_every_field(verdict, outcome, action_given, reason):
    assert (verdict["outcome"], verdict["action"]) == (outcome, action_given)
    assert (verdict["guard"], verdict["reason"]) == ("loop", reason)
    assert set(verdict) == {
        "guard", "kind", "outcome", "action", "reason", "steps", "calls", "score",
    }  # fmt: skip


def test_the_evidence_is_plain_lists():
    verdict = tripped("loop", "cycle", "block", "Stop.", steps=(1, 2), calls=("a",), score=3.0)
    assert (verdict["steps"], verdict["calls"], verdict["score"]) == ([1, 2], ["a"], 3.0)


def test_a_pass_can_carry_its_measure():
    assert passed("budget", score=0.5)["score"] == 0.5


@pytest.mark.parametrize(
    ("guard", "rung", "ending"),
    [
        pytest.param("loop", "stop", "loop_stopped", id="a loop"),
        pytest.param("budget", "wrap_up", "budget_stopped", id="a budget"),
        pytest.param("tool_call", "stop", "tool_failed", id="a failing tool"),
        pytest.param("loop", "escalate", "escalated", id="any guard that asks a person"),
        pytest.param("mine", "stop", "stopped", id="a guard of the user's own"),
    ],
)
def test_a_verdict_that_ends_a_run_names_its_ending(guard, rung, ending):
    assert ending_of(tripped(guard, "found", rung, "Stop.")) == ending


@given(actions=st.lists(action, min_size=1))
def test_no_rung_is_severer_than_the_severest(actions):
    assert severest(actions) in actions
    assert all(severity(each) <= severity(severest(actions)) for each in actions)


@given(one=st.lists(action), other=st.lists(action))
def test_the_severest_of_two_lists_is_the_severest_of_both(one, other):
    assert severest([severest(one), severest(other)]) == severest(other + one)
