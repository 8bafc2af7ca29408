import pytest
from holdfast.guards.grounding import unexecuted_claims
from hypothesis import given, settings
from hypothesis import strategies as st

TOOLS = {
    "get_order": "Get an order.",
    "cancel_order": "Cancel a pending order.",
    "book_flight": "Book a flight.",
    "update_address": "Update the address.",
    "transfer_to_human": "Hand over to a person.",
    "pytest": "Run the test suite.",
}


def verbs(answer, executed=(), **more):
    return [claim.verb for claim in unexecuted_claims(answer, executed, TOOLS, **more)]


@pytest.mark.parametrize(
    ("answer", "claimed"),
    [
        pytest.param("I have booked your flight.", ["booked"], id="the first person"),
        pytest.param("I've gone ahead and cancelled it.", ["cancelled"], id="with words between"),
        pytest.param("We reserved two seats.", ["reserved"], id="another word, a simple past"),
        pytest.param("Your order has been successfully cancelled.", ["cancelled"], id="passive"),
        pytest.param("It has been cancelled on May 24.", ["cancelled"], id="a month, not a modal"),
        pytest.param("Your refund has been processed.", ["processed"], id="a general word"),
        pytest.param("You are being transferred to an agent.", ["transferred"], id="under way"),
        pytest.param("I ran the tests and all pass.", ["ran"], id="by a tool's description"),
        pytest.param("I've emailed you the receipt.", ["emailed"], id="no tool could do it"),
        pytest.param("I booked it. I updated it.", ["booked", "updated"], id="two claims"),
    ],
)
def test_a_claimed_action_without_a_call_is_found(answer, claimed):
    assert verbs(answer) == claimed


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param("Have I booked the right flight?", id="a question"),
        pytest.param("I will cancel it.", id="a plan"),
        pytest.param("Once I have cancelled it, you get the money.", id="a condition"),
        pytest.param("I have not cancelled it.", id="a denial"),
        pytest.param("I couldn't say that it has been cancelled.", id="a doubt"),
        pytest.param("I have found your order.", id="a look"),
        pytest.param("I understand.", id="no action"),
        pytest.param("", id="nothing"),
    ],
)
def test_what_claims_no_done_action_is_let_through(answer):
    assert verbs(answer) == []


@pytest.mark.parametrize(
    ("answer", "executed"),
    [
        pytest.param("I've cancelled it.", ["cancel_order"], id="by its own tool"),
        pytest.param(
            "The amount has been refunded.", ["cancel_order"], id="by what brings it about"
        ),
        pytest.param("I upgraded your address.", ["update_address"], id="by a broader tool"),
        pytest.param("Your request has been processed.", ["book_flight"], id="by any that acts"),
    ],
)
def test_a_successful_call_of_its_kind_vouches_for_a_claim(answer, executed):
    assert verbs(answer, executed) == []


def test_a_call_of_another_kind_does_not_vouch():
    assert verbs("I've cancelled it.", ["get_order", "update_address"]) == ["cancelled"]


def test_a_state_that_a_tool_reported_is_not_a_claim():
    told = ['{"status": "cancelled"}']
    assert verbs("The flight has been cancelled.", known=told) == []
    assert verbs("I have cancelled the flight.", known=told) == ["cancelled"]


def test_a_phrase_given_for_a_tool_is_looked_for():
    phrases = {"book_flight": ["tickets are on their way"]}
    answer = "Your tickets are on their way!"
    assert verbs(answer, claims=phrases) == ["tickets are on their way"]
    assert verbs(answer, ["book_flight"], claims=phrases) == []


def test_the_finding_names_the_sentence_and_the_tools_that_would_have_done_it():
    answer = "Hello. I've booked it. Bye."
    (found,) = unexecuted_claims(answer, [], TOOLS)
    assert answer[found.start : found.end] == found.text == "I've booked it."
    assert found.tools == ("book_flight",)


@settings(max_examples=50, deadline=None)
@given(
    done=st.lists(st.sampled_from(sorted(TOOLS)), max_size=4),
    more=st.sampled_from(sorted(TOOLS)),
)
def test_another_executed_tool_never_adds_a_finding(done, more):
    answer = "I've booked it. It has been cancelled. I ran the tests. I updated it."
    assert len(verbs(answer, [*done, more])) <= len(verbs(answer, done))
