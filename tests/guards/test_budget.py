from dataclasses import replace

import pytest
from holdfast.guards import Budget, GuardConfigError, Ledger
from holdfast.guards.admission import admit
from holdfast.guards.budget import MEASURES
from holdfast.guards.ledger import Call, no_spend
from holdfast.guards.verdict import severity
from hypothesis import given
from hypothesis import strategies as st


def spent(**used):
    return Ledger(spent={**no_spend(), **used})


def at(started, now, **used):
    return Ledger(spent={**no_spend(), **used}, started=started, now=now)


@pytest.mark.parametrize(
    ("budget", "ledger", "action"),
    [
        pytest.param(Budget(prices={}), spent(steps=10**6), "none", id="no limit at all"),
        pytest.param(Budget(tokens=100), spent(), "none", id="nothing used"),
        pytest.param(Budget(tokens=100), spent(tokens_in=79), "none", id="short of the warning"),
        pytest.param(
            Budget(tokens=100), spent(tokens_in=70, tokens_out=10), "nudge", id="at the warning"
        ),
        pytest.param(Budget(tokens=100), spent(tokens_in=89), "nudge", id="short of wrapping up"),
        pytest.param(Budget(tokens=100), spent(tokens_in=90), "wrap_up", id="at wrapping up"),
        pytest.param(Budget(tokens=100), spent(tokens_in=99), "wrap_up", id="short of the limit"),
        pytest.param(Budget(tokens=100), spent(tokens_out=100), "stop", id="at the limit"),
        pytest.param(Budget(tokens=100), spent(tokens_in=900), "stop", id="far beyond"),
        pytest.param(Budget(steps=5), spent(steps=3), "none", id="two steps left"),
        pytest.param(Budget(steps=5), spent(steps=4), "wrap_up", id="one step left"),
        pytest.param(Budget(model_calls=3), spent(model_calls=2), "wrap_up", id="one call left"),
        pytest.param(Budget(model_calls=1), spent(), "none", id="one call in all"),
        pytest.param(Budget(tool_calls=3), spent(tool_calls=2), "none", id="one tool call left"),
        pytest.param(Budget(tool_calls=3), spent(tool_calls=3), "wrap_up", id="a word is left"),
        pytest.param(Budget(usd=1.0), spent(usd=0.85), "nudge", id="USD"),
        pytest.param(Budget(seconds=10), spent(seconds=9.5), "wrap_up", id="seconds of the steps"),
        pytest.param(Budget(seconds=10), at(100.0, 109.5), "wrap_up", id="seconds of the clock"),
        pytest.param(
            Budget(seconds=10), at(100.0, 160.0, waited=55.0), "none", id="but for waiting"
        ),
        pytest.param(Budget(seconds=10), at(100.0, 90.0), "none", id="a clock that went back"),
        pytest.param(
            Budget(tokens=100, steps=10), spent(tokens_in=85, steps=10), "stop", id="two limits"
        ),
        pytest.param(
            Budget(tokens=100, warn=0.5, wrap_up=0.5), spent(tokens_in=50), "wrap_up", id="no nudge"
        ),
        pytest.param(
            Budget(tokens=100, wrap_up=1), spent(tokens_in=99), "nudge", id="no wrapping up"
        ),
    ],
)
def test_the_rung_is(budget, ledger, action):
    assert budget.check(ledger)["action"] == action


@pytest.mark.parametrize(
    ("budget", "used", "kind", "reason"),
    [
        pytest.param(
            Budget(tokens=10_000),
            {"tokens_in": 9_000},
            "tokens",
            "9,000 of 10,000 tokens used: wrap up now.",
            id="tokens",
        ),
        pytest.param(
            Budget(tokens=100),
            {"tokens_in": 80, "estimated": 5},
            "tokens",
            "80 of 100 tokens used (partly estimated): finish soon.",
            id="estimated tokens",
        ),
        pytest.param(
            Budget(usd=0.5), {"usd": 0.5}, "usd", "0.50 of 0.50 usd used: the run stops.", id="USD"
        ),
        pytest.param(
            Budget(model_calls=2),
            {"model_calls": 2},
            "model_calls",
            "2 of 2 model calls used: the run stops.",
            id="two words",
        ),
        pytest.param(
            Budget(steps=2, tokens=100),
            {"steps": 1, "tokens_in": 85},
            "steps",
            "1 of 2 steps used: wrap up now.",
            id="the limit that gives the rung, not the fullest one",
        ),
        pytest.param(
            Budget(steps=100, tokens=100),
            {"steps": 91, "tokens_in": 95},
            "tokens",
            "95 of 100 tokens used: wrap up now.",
            id="the fullest of two that give it",
        ),
    ],
)
def test_the_reason_names_the_limit(budget, used, kind, reason):
    verdict = budget.check(spent(**used))
    assert (verdict["kind"], verdict["reason"]) == (kind, reason)


def test_tokens_without_a_price_cannot_be_judged_in_usd():
    verdict = Budget(usd=1.0).check(spent(unpriced=500))
    assert verdict["outcome"] == "skip"
    assert "500 tokens had no price" in verdict["reason"]


def test_tokens_without_a_price_do_not_hide_a_limit_that_was_reached():
    assert Budget(usd=1.0).check(spent(unpriced=500, usd=2.0))["action"] == "stop"
    assert Budget(usd=1.0, steps=5).check(spent(unpriced=500, steps=5))["action"] == "stop"


def test_a_pass_says_what_part_of_the_fullest_limit_is_used():
    assert Budget(tokens=100, steps=10).check(spent(tokens_in=50, steps=2))["score"] == 0.5


def test_tokens_without_a_price_matter_to_usd_alone():
    assert Budget(tokens=1_000).check(spent(unpriced=500))["outcome"] == "pass"


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize(
    "limit",
    [
        pytest.param(0, id="zero"),
        pytest.param(-1, id="less"),
        pytest.param(float("nan"), id="no number"),
        pytest.param("5", id="a text"),
    ],
)
def test_a_limit_that_is_not_above_nothing_is_refused(measure, limit):
    with pytest.raises(GuardConfigError, match=rf"Budget\({measure}=.*\): use a limit above 0, or"):
        Budget(**{measure: limit})


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param({"warn": 0}, id="a warning at once"),
        pytest.param({"warn": 0.95}, id="a warning past wrapping up"),
        pytest.param({"wrap_up": 1.1}, id="wrapping up past the limit"),
        pytest.param({"warn": -0.1}, id="less than nothing"),
    ],
)
def test_parts_out_of_order_are_refused(parts):
    ((name, value),) = parts.items()
    with pytest.raises(GuardConfigError, match=rf"Budget\(.*{name}={value}.*\): use 0 < warn"):
        Budget(**parts)


# Laws

counts = st.integers(0, 1_000)
use = st.fixed_dictionaries({"steps": counts, "tokens_in": counts, "model_calls": counts})
limit = st.integers(1, 1_000)


@given(use=use, more=use, steps=limit, tokens=limit)
def test_spending_more_is_never_judged_milder(use, more, steps, tokens):
    budget = Budget(steps=steps, tokens=tokens)
    grown = {name: use[name] + more[name] for name in use}
    now, later = budget.check(spent(**use)), budget.check(spent(**grown))
    assert severity(now["action"]) <= severity(later["action"])


@given(use=use, one=limit, other=limit)
def test_a_higher_limit_is_never_judged_severer(use, one, other):
    low, high = (Budget(tokens=each).check(spent(**use)) for each in sorted((one, other)))
    assert severity(high["action"]) <= severity(low["action"])


@given(use=use, steps=limit, tokens=limit)
def test_two_limits_are_as_severe_as_the_severer_of_the_two(use, steps, tokens):
    both = Budget(steps=steps, tokens=tokens).check(spent(**use))
    each = [Budget(steps=steps), Budget(tokens=tokens)]
    alone = [budget.check(spent(**use)) for budget in each]
    assert severity(both["action"]) == max(severity(verdict["action"]) for verdict in alone)
    assert both["kind"] in {verdict["kind"] for verdict in alone}


def test_a_verdict_says_which_numbers_it_rests_on():
    verdict = Budget(tokens=100).check(spent(tokens_in=70, tokens_out=12))
    assert verdict["use"] == {
        "measure": "tokens", "scope": "run", "used": 82, "held": 0, "limit": 100,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("budget", "held"),
    [
        pytest.param(Budget(tokens=100), 30, id="of the run"),
        pytest.param(Budget(tokens=100, scope="thread"), 30, id="of the thread"),
        pytest.param(Budget(seconds=10), 0, id="of the clock, which is nobody's"),
    ],
)
def test_a_verdict_says_what_of_it_is_held_by_others(budget, held):
    used = {**no_spend(), "tokens_in": 95, "seconds": 9.9}
    others = {**no_spend(), "tokens_in": 30, "seconds": 5.0}
    verdict = budget.check(Ledger(spent=used, thread=used, held=others))
    assert verdict["use"]["held"] == held


def test_a_blocked_call_and_a_refused_one_say_their_numbers_too():
    calls = [Call(str(n), "look") for n in range(3)]
    blocked = Budget(tool_calls=2).check(replace(spent(), proposed=calls))
    assert (blocked["action"], blocked["use"]["limit"]) == ("block", 2)
    refused = admit(
        [Budget(tokens=100)], spent(), prompt_tokens=90, model="m", last_word=False
    ).refusal
    assert (refused["use"]["used"], refused["use"]["needs"]) == (0, 106)


def test_a_pass_has_no_numbers():
    assert "use" not in Budget(tokens=100).check(spent())
