"""What a person decides about a call that a guard stopped, inside of a specialist."""

import pytest
from holdfast.drills import ScriptedModel, tool_call
from holdfast.guards import Deadline, GuardConfigError, LoopGuard, ToolCallGuard, tool_facts
from holdfast.nodes import Specialist, allow_again
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command
from pydantic import ValidationError

from .team import CONFIG, STRICT, agency, go, handoff, said

QUICK = LoopGuard(nudge=2, block=3)
BOOK = tool_call("book", flight="TP 1")


def team(ran, *after, lead=("Done.",), **settings):
    """Return a team whose specialist books the same flight for the fifth time."""

    def book(flight: str) -> str:
        """Book a flight."""
        ran.append(flight)
        return f"booked {flight}"

    model = ScriptedModel([*[BOOK] * 5, *after])
    one = Specialist("booking", model, tools=[tool_facts(book, effects=True)])
    settings = {"guards": [STRICT, ToolCallGuard()], **settings}
    policy = {"loop": "escalate"}
    return agency([handoff("booking"), *lead], one, policy=policy, **settings), model


def shown(model):
    return [message.text for message in model.calls[-1].messages]


def test_the_question_shows_the_call_and_what_may_be_decided():
    graph, _ = team([])
    asked = graph.compile(InMemorySaver()).invoke(go(), CONFIG)["__interrupt__"][0].value
    (action,) = asked["actions"]
    assert (action["name"], action["args"]) == ("book", {"flight": "TP 1"})
    assert asked["options"][-3:] == ["approve", "edit", "reject"]
    (request,), (config,) = asked["action_requests"], asked["review_configs"]
    assert (request["name"], request["args"]) == ("book", {"flight": "TP 1"})
    assert config["allowed_decisions"] == ["approve", "edit", "reject", "respond"]


@pytest.mark.parametrize(
    ("answer", "booked", "told"),
    [
        pytest.param("approve", ["TP 1"] * 5, "booked TP 1", id="approve"),
        pytest.param(
            {"decision": "edit", "args": {"flight": "TP 2"}},
            [*["TP 1"] * 4, "TP 2"],
            "booked TP 2",
            id="edit",
        ),
        pytest.param(
            {"decision": "reject", "message": "We have four."},
            ["TP 1"] * 4,
            "[A person who oversees this run says] The call of 'book' is rejected, and stays so. "
            "Reason: We have four. Do not propose it again.",
            id="reject",
        ),
        pytest.param({"decisions": [{"type": "approve"}]}, ["TP 1"] * 5, "booked TP 1",
            id="approve, as inboxes say it",
        ),
        pytest.param(
            {"decisions": [
                {"type": "edit", "edited_action": {"name": "book", "args": {"flight": "TP 2"}}}
            ]},
            [*["TP 1"] * 4, "TP 2"], "booked TP 2", id="edit, as inboxes say it",
        ),
        pytest.param(
            {"decisions": [{"type": "respond", "message": "Booked by phone."}]}, ["TP 1"] * 4,
            "[A person who oversees this run says] The call of 'book' was not run; take this as "
            "its result: Booked by phone.", id="respond in its place",
        ),
    ],
)  # fmt: skip
def test_a_person_decides_about_a_stopped_call(play, answer, booked, told):
    ran = []
    graph, model = team(ran, "All booked.")
    out = play(graph, go(), [answer])
    assert (ran, out["ending"]) == (booked, "completed")
    assert shown(model)[-1] == told
    assert out["ledger"]["spent"]["tool_calls"] == len(booked)
    assert out["ledger"]["spent"]["model_calls"] == 8


def test_a_rejected_call_is_answered_and_nobody_is_asked_again(play):
    ran = []
    graph, model = team(ran, BOOK, "Then not.")
    out = play(graph, go(), [{"decision": "reject", "message": "We have four."}])
    assert (len(ran), out["ending"]) == (4, "completed")
    assert "A person has rejected this call of 'book': We have four." in shown(model)[-1]


def test_a_rejection_holds_in_later_runs_of_the_thread(play):
    ran = []
    graph, model = team(ran, "No.", BOOK, "Then not.", lead=["Done.", handoff("booking"), "Done."])
    saver = InMemorySaver()
    play(graph, go(), [{"decision": "reject", "message": "We have four."}], saver=saver)
    out = play(graph, go("Book it again."), saver=saver)
    assert (len(ran), out["ending"]) == (4, "completed")
    assert "We have four." in shown(model)[-1]


def test_a_rejection_is_taken_back_when_somebody_says_so(play):
    ran = []
    graph, _ = team(ran, "No.", BOOK, "Booked.", lead=["Done.", handoff("booking"), "Done."])
    saver = InMemorySaver()
    values = play(graph, go(), ["reject"], saver=saver)
    with pytest.raises(GuardConfigError, match="rejected are calls of: book"):
        allow_again(values, "bok")
    out = play(graph, {**go("They agree now."), **allow_again(values, "book")}, saver=saver)
    assert (len(ran), out["ending"]) == (5, "completed")


def test_a_rejected_hand_off_is_not_made_again(play):
    again = [handoff("booking", "again")] * 6
    one = Specialist("booking", ScriptedModel(["Done."] * 6), tools=[])
    graph = agency([*again, "Fine."], one, guards=[QUICK], policy={"loop": "escalate"})
    saver = InMemorySaver()
    play(graph, go(), saver=saver)
    (asked,) = graph.compile(saver).get_state(CONFIG).interrupts
    assert asked.value["actions"][0]["name"] == "booking"
    assert "approve" not in asked.value["options"]
    out = play(graph, Command(resume="reject"), saver=saver)
    assert "A person has rejected this call of 'booking'" in str(out["messages"])


def test_a_model_that_proposes_nothing_but_what_was_rejected_comes_to_an_end(play):
    ran = []
    graph, _ = team(ran, *[BOOK] * 6, lead=["Done."] * 3)
    out = play(graph, go(), ["reject"])
    assert len(ran) == 4
    assert [step["kind"] for step in out["ledger"]["recent"]].count("human") == 1


def test_who_takes_over_has_the_last_word(play):
    graph, _ = team([], lead=[])
    answer = {"decision": "take_over", "message": "I call the airline myself."}
    out = play(graph, go(), [answer])
    assert (out["ending"], said(out)[-1]) == ("taken_over", "I call the airline myself.")


def test_a_run_may_go_on_with_what_a_person_did(play):
    graph, model = team([], "Good.")
    out = play(graph, go(), [{"decision": "take_over", "message": "Booked.", "then": "continue"}])
    assert out["ending"] == "completed"
    assert shown(model)[-1].endswith("I did this part myself, do not do it again: Booked.")


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        pytest.param(
            {"decision": "edit", "args": {"flight": 7}}, "flight", id="arguments of a wrong type"
        ),
        pytest.param({"decision": "edit", "args": {}}, "flight", id="an argument missing"),
        pytest.param({"decision": "edit"}, "needs the edited arguments", id="no arguments"),
        pytest.param("raise_budget", "no choice here", id="a choice of another question"),
        pytest.param({"decisions": [{"type": "approve"}] * 2}, "2 decisions for 1", id="too many"),
        pytest.param("expired", "has no deadline", id="a deadline where there is none"),
        pytest.param(
            {"decisions": [
                {"type": "edit", "edited_action": {"name": "pay", "args": {"flight": "x"}}}
            ]},
            "an edit keeps the tool", id="another tool",
        ),
        pytest.param({"decision": "continue", "value": 7}, "asks for no value", id="a value"),
    ],
)  # fmt: skip
def test_a_decision_that_cannot_be_followed_leaves_the_question_open(play, wrong, why):
    ran = []
    graph, _ = team(ran, "All booked.")
    saver = InMemorySaver()
    with pytest.raises(ValidationError, match=why):
        play(graph, go(), [wrong], saver=saver)
    assert play(graph, Command(resume="approve"), saver=saver)["ending"] == "completed"
    assert len(ran) == 5


@pytest.mark.parametrize(
    ("default", "ending", "booked"),
    [
        pytest.param("abort", "aborted", 4, id="abort"),
        pytest.param("wrap_up", "escalated", 4, id="wrap up"),
        pytest.param("reject", "completed", 4, id="reject"),
        pytest.param("continue", "completed", 4, id="continue"),
    ],
)
def test_an_answer_that_comes_too_late_is_the_declared_default(play, default, ending, booked):
    ran, now = [], [1000.0]
    graph, _ = team(
        ran, "So be it.", deadline=Deadline(60, default), clock=lambda: now[0], lead=["Done."]
    )
    saver = InMemorySaver()
    play(graph, go(), saver=saver)
    now[0] += 61
    out = play(graph, Command(resume="approve"), saver=saver)
    assert (len(ran), out["ending"]) == (booked, ending)


def test_an_answer_in_time_is_taken(play):
    ran, now = [], [1000.0]
    graph, _ = team(ran, "Booked.", deadline=Deadline(60), clock=lambda: now[0])
    saver = InMemorySaver()
    play(graph, go(), saver=saver)
    now[0] += 59
    assert play(graph, Command(resume="approve"), saver=saver)["ending"] == "completed"
    assert len(ran) == 5


def test_a_team_is_not_built_with_a_deadline_that_is_none():
    with pytest.raises(GuardConfigError, match=r"supervised_graph\(deadline=60\): use Deadline"):
        team([], deadline=60)
