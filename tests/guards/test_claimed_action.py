"""An answer claims only what the run has done."""

import pytest
from holdfast.guards import ClaimedActionGuard, GuardConfigError, Ledger, ToolFacts, ToolSpec
from holdfast.guards import make_step as step

from .desk import LOOKED, REFUNDED, makes, result, run, says, user

CLAIM = "I have refunded your order."


@pytest.mark.parametrize(
    ("messages", "outcome"),
    [
        pytest.param([user(), says(CLAIM)], "trip", id="nothing ran"),
        pytest.param([*LOOKED, says(CLAIM)], "trip", id="something else ran"),
        pytest.param([*REFUNDED, says(CLAIM)], "pass", id="it ran"),
        pytest.param(
            [*REFUNDED, user("Sure?"), says(CLAIM)], "pass", id="it ran in an earlier run"
        ),
        pytest.param(
            [user(), makes("refund"), result("Error: declined", x_error=True), says(CLAIM)],
            "trip",
            id="it failed",
        ),
        pytest.param([user(), says("Shall I refund it?")], "pass", id="a question"),
        pytest.param([user(), says("I will refund it.")], "pass", id="a plan"),
        pytest.param([user(), says("")], "pass", id="an empty answer"),
        pytest.param([user(), makes("refund")], "pass", id="no answer yet"),
    ],
)
def test_a_claim_needs_a_call_that_succeeded(messages, outcome):
    assert ClaimedActionGuard().check(run(*messages))["outcome"] == outcome


def test_the_verdict_quotes_the_claim_and_names_the_tool():
    verdict = ClaimedActionGuard().check(run(user(), says(f"Good news. {CLAIM}")))
    assert (verdict["kind"], verdict["action"]) == ("unexecuted_claim", "nudge")
    assert verdict["spans"] == [[11, 38]]
    assert f"\"{CLAIM}\" ('refunded', but 'refund' has not succeeded)" in verdict["reason"]


def test_without_tools_nothing_is_judged():
    assert ClaimedActionGuard().check(run(user(), says(CLAIM), tools=None))["outcome"] == "skip"


def team(*steps, answer=CLAIM, **tools):
    return Ledger(steps=steps, recent=steps, tools=tools, answer=answer)


VISA = ToolSpec("visa", "Send visa applications.")
REFUND = ToolSpec("refund", "Refund an order.")


@pytest.mark.parametrize(
    ("ledger", "outcome"),
    [
        pytest.param(
            team(step("tool", "refund"), look=ToolSpec("look")),
            "pass",
            id="another specialist's tool ran",
        ),
        pytest.param(
            team(step("handoff", "refund desk"), refund=REFUND),
            "trip",
            id="a hand-off does nothing by itself",
        ),
        pytest.param(
            team(step("handoff", "visa"), visa=VISA, answer="I have sent your application."),
            "pass",
            id="a specialist whose inside is not known",
        ),
        pytest.param(
            team(step("handoff", "visa", error="dependency"), visa=VISA, answer="I have sent it."),
            "trip",
            id="and that failed",
        ),
    ],
)
def test_in_a_team_it_counts_what_ran_and_not_who_was_asked(ledger, outcome):
    assert ClaimedActionGuard().check(ledger)["outcome"] == outcome


def test_phrases_of_a_tools_facts_are_claims_too():
    texts = ToolSpec("sms", "Texts people.", facts=ToolFacts(claims=("texted",)))
    answer = "I texted your brother."
    assert ClaimedActionGuard().check(team(sms=texts, answer=answer))["outcome"] == "trip"
    ran = team(step("tool", "sms"), sms=texts, answer=answer)
    assert ClaimedActionGuard().check(ran)["outcome"] == "pass"


def test_settings_that_are_none_are_refused():
    with pytest.raises(GuardConfigError, match="attempts >= 0"):
        ClaimedActionGuard(attempts=-1)
