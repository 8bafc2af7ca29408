import pytest
from holdfast.guards import Budget, GuardConfigError, Ledger, LoopGuard
from holdfast.guards.guard import (
    VERDICTS_KEPT,
    add_verdicts,
    check_policy,
    is_news,
    judge,
    raised,
)
from holdfast.guards.ledger import no_spend
from holdfast.guards.verdict import ACTIONS, passed, severity, skipped, tripped
from hypothesis import given
from hypothesis import strategies as st

action = st.sampled_from(ACTIONS)


def trip(rung, kind="same_call", steps=(1,), guard="loop"):
    return tripped(guard, kind, rung, "Stop.", steps=steps)


def given_at(step, verdict):
    return {**verdict, "step": step, "at": 0.0}


@pytest.mark.parametrize(
    ("rung", "policy", "becomes"),
    [
        pytest.param("block", {}, "block", id="no policy"),
        pytest.param("block", {"loop": "escalate"}, "escalate", id="raised"),
        pytest.param("stop", {"loop": "escalate"}, "stop", id="never lowered"),
        pytest.param("nudge", {"loop": "stop"}, "nudge", id="a nudge stays one"),
        pytest.param("block", {"budget": "stop"}, "block", id="the policy of another guard"),
        pytest.param("block", {"loop": "none"}, "block", id="a policy that would silence it"),
    ],
)
def test_a_policy_raises_a_rung(rung, policy, becomes):
    assert raised(trip(rung), policy)["action"] == becomes


def test_a_verdict_is_raised_in_a_copy():
    verdict = trip("block")
    raised(verdict, {"loop": "stop"})
    assert verdict["action"] == "block"


@pytest.mark.parametrize("policy", [None, {}, {"loop": "stop", "budget": "escalate"}])
def test_a_policy_of_known_rungs_is_taken(policy):
    assert check_policy(policy) == (policy or {})


def test_a_policy_with_an_unknown_rung_is_refused():
    with pytest.raises(GuardConfigError, match=r"policy\['loop'\]='halt': use one of none, nudge"):
        check_policy({"loop": "halt"})


def test_judging_gives_trips_and_skips_in_the_order_of_the_guards():
    ledger = Ledger(spent={**no_spend(), "steps": 5, "unpriced": 9})
    guards = [LoopGuard(), Budget(usd=1.0), Budget(steps=5)]
    outcomes = [verdict["outcome"] for verdict in judge(guards, ledger, {})]
    assert outcomes == ["skip", "trip"]


def test_judging_follows_the_policy():
    ledger = Ledger(spent={**no_spend(), "steps": 90})
    (verdict,) = judge([Budget(steps=100)], ledger, {"budget": "escalate"})
    assert verdict["action"] == "escalate"


@pytest.mark.parametrize(
    ("verdict", "said", "since", "news"),
    [
        pytest.param(trip("nudge"), [], 0, True, id="the first"),
        pytest.param(trip("nudge"), [given_at(3, trip("nudge"))], 0, False, id="said before"),
        pytest.param(trip("nudge"), [given_at(3, trip("nudge"))], 4, True, id="in a run before"),
        pytest.param(
            trip("nudge", steps=(2,)), [given_at(3, trip("nudge"))], 0, True, id="another streak"
        ),
        pytest.param(
            trip("nudge", steps=(1, 2, 3)),
            [given_at(3, trip("nudge", steps=(1, 2)))],
            0,
            False,
            id="the same streak gone on",
        ),
        pytest.param(
            trip("nudge", kind="cycle"), [given_at(3, trip("nudge"))], 0, True, id="another kind"
        ),
        pytest.param(
            trip("nudge", guard="budget"), [given_at(3, trip("nudge"))], 0, True, id="another guard"
        ),
        pytest.param(trip("block"), [given_at(3, trip("block"))], 0, True, id="always a block"),
        pytest.param(trip("stop"), [given_at(3, trip("stop"))], 0, True, id="always a stop"),
        pytest.param(
            skipped("loop", "9 tokens"),
            [given_at(3, skipped("loop", "5 tokens"))],
            0,
            False,
            id="a skip said before in other words",
        ),
        pytest.param(
            skipped("loop", "no"), [given_at(3, trip("nudge"))], 0, True, id="a skip after a trip"
        ),
        pytest.param(
            trip("nudge"),
            [given_at(1, trip("nudge")), given_at(9, trip("nudge", steps=(5,)))],
            0,
            False,
            id="said before something else",
        ),
    ],
)
def test_a_nudge_or_a_skip_is_said_once_in_a_run(verdict, said, since, news):
    assert is_news(verdict, said, since) is news


def test_the_channel_keeps_the_newest_verdicts():
    old = [given_at(n, trip("nudge")) for n in range(VERDICTS_KEPT)]
    kept = add_verdicts(old, [given_at(99, trip("stop"))])
    assert len(kept) == VERDICTS_KEPT
    assert [kept[0]["step"], kept[-1]["step"]] == [1, 99]


@pytest.mark.parametrize(
    ("state", "new", "kept"),
    [
        pytest.param(None, None, [], id="nothing at all"),
        pytest.param(None, [passed("a")], [passed("a")], id="an empty channel"),
        pytest.param([passed("a")], None, [passed("a")], id="nothing new"),
    ],
)
def test_the_channel_takes_nothing_for_an_empty_list(state, new, kept):
    assert add_verdicts(state, new) == kept


# Laws


@given(rung=action, wanted=action)
def test_a_policy_never_makes_a_verdict_milder(rung, wanted):
    assert severity(raised(trip(rung), {"loop": wanted})["action"]) >= severity(rung)


@given(rung=action, wanted=action)
def test_a_policy_followed_twice_is_followed_once(rung, wanted):
    once = raised(trip(rung), {"loop": wanted})
    assert raised(once, {"loop": wanted}) == once


@given(parts=st.lists(st.lists(st.integers(), max_size=30), max_size=8))
def test_adding_verdicts_one_by_one_or_at_once_is_the_same(parts):
    state = None
    for part in parts:
        state = add_verdicts(state, part)
    assert (state or []) == add_verdicts(None, [each for part in parts for each in part])
