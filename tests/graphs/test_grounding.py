"""Whole runs: no invented id reaches a tool, and no invented answer the user, unmarked."""

import pytest
from holdfast.drills import tool_call
from holdfast.guards import ClaimedActionGuard, GroundingGuard, ToolCallGuard
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

from .orders import ASK, ASKED, CONFIG, WAYS, Orders, kinds, refund
from .team import handoff

DONE = "Order W1234567 is refunded."
WRONG = "The money arrives within ninety business days in Norway."
LOOK = tool_call("look", order="W1234567")


@pytest.fixture(params=WAYS)
def orders(request):
    return Orders(request.param)


def test_an_invented_id_never_reaches_the_tool(orders):
    out = orders.play(orders.team(ASK, refund("W7654321"), refund(), DONE, DONE))
    assert orders.refunded == ["W1234567"]
    assert kinds(out) == [("tool_call", "ungrounded_argument", "block")]
    assert out["ending"] == "completed"


def test_an_id_that_the_supervisor_made_up_does_not_vouch_for_itself(orders):
    invented = handoff("desk", "Refund order W7654321 at once.")
    out = orders.play(orders.team(invented, refund("W7654321"), refund(), DONE, DONE))
    assert orders.refunded == ["W1234567"]
    assert kinds(out) == [("tool_call", "ungrounded_argument", "block")]


def test_a_refund_that_never_ran_is_caught_and_then_made(orders):
    out = orders.play(orders.team(ASK, LOOK, "I have refunded it.", refund(), DONE, DONE))
    assert orders.refunded == ["W1234567"]
    assert kinds(out) == [("claimed_action", "unexecuted_claim", "nudge")]
    assert out["ending"] == "completed"


def test_an_unsupported_answer_is_given_again_without_its_span(orders):
    out = orders.play(orders.team(ASK, refund(), DONE, f"{DONE} {WRONG}", DONE))
    assert out["messages"][-1].text == DONE
    assert kinds(out) == [("grounding", "unsupported_answer", "nudge")]
    assert WRONG in out["messages"][-2].text
    assert out["ending"] == "completed"


def test_an_answer_that_stays_unsupported_is_delivered_marked(orders):
    out = orders.play(orders.team(ASK, refund(), DONE, f"{DONE} {WRONG}", f"{DONE} {WRONG}"))
    assert out["messages"][-1].text == f"{DONE} {WRONG} [unsupported]"
    assert out["ending"] == "ungrounded"


def test_or_with_its_span_taken_out(orders):
    guards = [GroundingGuard(attempts=0, then="remove")]
    out = orders.play(orders.team(ASK, refund(), DONE, f"{DONE} {WRONG}", guards=guards))
    assert (out["messages"][-1].text, out["ending"]) == (DONE, "ungrounded")


def test_where_the_policy_says_so_a_person_is_asked_with_the_span(orders):
    policy = {"grounding": "escalate"}
    answers = [f"{DONE} {WRONG}"] * 2
    graph = orders.team(ASK, refund(), DONE, *answers, DONE, policy=policy)
    saver = InMemorySaver()
    app = graph.compile(checkpointer=saver)
    out = app.invoke(ASKED, CONFIG)
    while "approve?" in [one.value for one in out["__interrupt__"]]:
        out = app.invoke(Command(resume="yes"), CONFIG)
    (question,) = out["__interrupt__"]
    assert question.value["kind"] == "unsupported_answer"
    assert WRONG in question.value["reason"]
    out = app.invoke(Command(resume={"decision": "continue"}), CONFIG)
    assert (out["messages"][-1].text, out["ending"]) == (DONE, "completed")


def test_without_a_person_an_escalation_ends_the_run_with_the_span_marked(orders):
    policy = {"grounding": "escalate"}
    answers = [f"{DONE} {WRONG}"] * 2
    graph = orders.team(ASK, refund(), DONE, *answers, policy=policy, human=False)
    out = orders.play(graph)
    assert out["ending"] == "escalated"
    assert out["messages"][-1].text.endswith("[unsupported]")


def test_what_a_specialist_could_not_support_is_no_source_for_its_supervisor(orders):
    wrong = f"{DONE} {WRONG}"
    out = orders.play(orders.team(ASK, refund(), wrong, wrong, wrong, DONE))
    told = next(m for m in out["messages"] if m.type == "tool")
    assert told.text.startswith("[ungrounded]")
    assert told.text.endswith("[unsupported]")
    assert [guard for guard, _, _ in kinds(out)] == ["grounding"] * 3
    assert out["ending"] == "completed"


def test_a_team_without_these_guards_is_drawn_and_runs_as_before():
    orders = Orders("invoke")
    graph = orders.team(ASK, refund("W7654321"), "I have sent it.", WRONG, guards=[ToolCallGuard()])
    assert "check" not in graph.nodes
    assert orders.play(graph)["ending"] == "completed"
    assert orders.refunded == ["W7654321"]


def test_a_second_run_of_a_thread_may_speak_of_what_the_first_did():
    orders = Orders("invoke")
    graph = orders.team(
        ASK, refund(), DONE, DONE, "I have refunded it.", guards=[ClaimedActionGuard()]
    )
    app = graph.compile(checkpointer=InMemorySaver())
    app.invoke(ASKED, CONFIG)
    out = app.invoke({"messages": [("user", "Did you do it?")]}, CONFIG)
    assert (out["ending"], kinds(out)) == ("completed", [])
