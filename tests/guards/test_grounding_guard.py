"""An answer rests on what the run has found."""

from dataclasses import replace

import pytest
from holdfast.guards import GroundingGuard, GuardConfigError, Ledger, Scores, Source, make_step
from holdfast.guards.answer_ladder import amended
from hypothesis import given
from hypothesis import strategies as st

from .desk import LOOKED, makes, result, run, says, user

TRUE = "Your order W1234567 holds two lamps."
FALSE = "Refunds take ninety business days in Norway."


class Fixed:
    name = "fixed"

    def __call__(self, claims, sources):
        raise AssertionError("a guard calls nothing")


@pytest.mark.parametrize(
    ("messages", "outcome"),
    [
        pytest.param([*LOOKED, says(TRUE)], "pass", id="what the tool said"),
        pytest.param([*LOOKED, says(f"{TRUE} {FALSE}")], "trip", id="and something more"),
        pytest.param([*LOOKED, says("")], "pass", id="an empty answer"),
        pytest.param([*LOOKED, says("The results do not say.")], "pass", id="a refusal"),
        pytest.param([*LOOKED, makes("look", "b")], "pass", id="no answer yet"),
        pytest.param([user(), says(FALSE)], "skip", id="nothing was looked up"),
        pytest.param(
            [*LOOKED, says(FALSE), user(FALSE), says(FALSE)], "pass", id="the user said it"
        ),
    ],
)
def test_an_answer_must_be_in_what_was_found(messages, outcome):
    assert GroundingGuard().check(run(*messages))["outcome"] == outcome


def test_the_verdict_quotes_the_span_and_says_where_it_is():
    verdict = GroundingGuard().check(run(*LOOKED, says(f"{TRUE} {FALSE}")))
    assert (verdict["kind"], verdict["spans"]) == ("unsupported_answer", [[37, 81]])
    assert f'"{FALSE}"' in verdict["reason"]


def sent_back(times, actor="agent"):
    """Return a run whose agent had its answer sent back some times."""
    model = make_step("model", "m", actor="agent")
    back = make_step("answer", "grounding", actor=actor, error="blocked")
    steps = [model, *[back, model] * times]
    sources = [Source("1", "Two lamps.", "tool")]
    return Ledger(steps=steps, answer=FALSE, sources=sources)


@pytest.mark.parametrize(
    ("guard", "ledger", "action"),
    [
        pytest.param(GroundingGuard(), sent_back(0), "nudge", id="first sent back"),
        pytest.param(GroundingGuard(), sent_back(1), "wrap_up", id="then delivered marked"),
        pytest.param(GroundingGuard(attempts=2), sent_back(1), "nudge", id="two attempts"),
        pytest.param(GroundingGuard(attempts=0), sent_back(0), "wrap_up", id="none"),
        pytest.param(GroundingGuard(), sent_back(1, "other"), "nudge", id="another's do not count"),
    ],
)
def test_an_answer_is_sent_back_a_bounded_number_of_times(guard, ledger, action):
    assert guard.check(ledger)["action"] == action


def test_a_persons_word_begins_the_count_anew():
    ledger = sent_back(1)
    steps = [*ledger.steps, make_step("human", "continue"), make_step("model", "m", actor="agent")]
    assert GroundingGuard().check(replace(ledger, steps=steps))["action"] == "nudge"


@pytest.mark.parametrize(
    ("scores", "outcome"),
    [
        pytest.param({}, "skip", id="nobody was asked"),
        pytest.param({"fixed": Scores("fixed", (0.9,))}, "pass", id="supported"),
        pytest.param({"fixed": Scores("fixed", (0.2,))}, "trip", id="not supported"),
        pytest.param({"other": Scores("other", (0.9,))}, "skip", id="somebody else was asked"),
    ],
)
def test_scores_from_elsewhere_take_the_place_of_the_lexical_ones(scores, outcome):
    ledger = replace(sent_back(0), scores=scores)
    assert GroundingGuard(scorer=Fixed()).check(ledger)["outcome"] == outcome


@pytest.mark.parametrize(("threshold", "outcome"), [(0.0, "pass"), (1.0, "trip")])
def test_the_threshold_can_be_set(threshold, outcome):
    ledger = run(*LOOKED, says("The order holds lamps, delivered to Oslo."))
    assert GroundingGuard(threshold=threshold).check(ledger)["outcome"] == outcome


@pytest.mark.parametrize("settings", [{"attempts": -1}, {"then": "hide"}, {"threshold": 2}])
def test_settings_that_are_none_are_refused(settings):
    with pytest.raises(GuardConfigError, match="use"):
        GroundingGuard(**settings)


@pytest.mark.parametrize(
    ("spans", "text"),
    [
        pytest.param({}, "One. Two.", id="nothing"),
        pytest.param({(0, 4): "mark"}, "One. [unsupported] Two.", id="one marked"),
        pytest.param({(5, 9): "remove"}, "One.", id="the last taken out"),
        pytest.param({(0, 4): "remove"}, "Two.", id="the first taken out"),
        pytest.param(
            {(0, 4): "remove", (5, 9): "remove"},
            "I could not find support for an answer.",
            id="nothing left",
        ),
    ],
)
def test_an_answer_is_delivered_with_its_spans_marked_or_taken_out(spans, text):
    assert amended("One. Two.", spans) == text


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_answer_over_any_source_gets_a_verdict_whose_spans_lie_in_it(answer, source):
    ledger = Ledger(answer=answer, sources=[Source("1", source, "tool")])
    verdict = GroundingGuard().check(ledger)
    assert all(0 <= start < end <= len(answer) for start, end in verdict.get("spans", ()))
    assert (verdict["outcome"] == "trip") == ("spans" in verdict)


def test_a_result_is_not_told_from_where_it_stands():
    swapped = [*LOOKED[:1], makes("look", "b"), result("Nothing else.", "b"), *LOOKED[1:]]
    assert GroundingGuard().check(run(*swapped, says(TRUE)))["outcome"] == "pass"
