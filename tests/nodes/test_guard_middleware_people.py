"""A person is asked inside `create_agent`, where the question arose."""

import pytest
from holdfast.drills import ScriptedModel, tool_call
from holdfast.guards import Budget
from langchain.agents.middleware import HumanInTheLoopMiddleware
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command
from pydantic import ValidationError

from .agents import GO, answers, bare, guarded, last, look, looking, run, spent

ASKS = {"budget": "escalate"}


def asking(replies, **given):
    """Return an agent whose budget asks a person when it is nearly used up."""
    return guarded(replies, Budget(model_calls=3), policy=ASKS, **given)


def test_a_person_grants_more_and_the_run_goes_on(play):
    model = ScriptedModel([*(tool_call("look", at=str(n)) for n in range(4)), "Done."])
    state = play(asking(model), GO, answers=[{"decision": "continue"}])
    assert state["ending"] == "completed"
    assert spent(state)["model_calls"] == 5
    assert state["ledger"]["granted"] == {"model_calls": 1.0}


def test_what_a_person_says_is_shown_to_the_model(play):
    model = ScriptedModel([*(tool_call("look", at=str(n)) for n in range(2)), "Done."])
    state = play(asking(model), GO, answers=["Look no further."])
    assert "Look no further." in model.calls[2].messages[-1].text
    assert state["decision"] == "continue"


def test_a_person_answers_in_place_of_the_model(play):
    state = play(asking(looking), GO, answers=[{"decision": "answer", "message": "All is well."}])
    assert last(state) == "All is well."
    assert state["ending"] == "completed"
    assert spent(state)["model_calls"] == 2


def test_a_person_ends_the_run(play):
    state = play(asking(looking), GO, answers=[{"decision": "abort"}])
    assert state["ending"] == "aborted"
    assert "a person ended it" in last(state)


def test_the_question_is_that_of_every_human_node():
    saver, config = InMemorySaver(), {"configurable": {"thread_id": "1"}}
    asked = asking(looking).compile(saver).invoke(GO, config)["__interrupt__"][0].value
    assert asked["type"] == "escalation"
    assert (asked["guard"], asked["kind"]) == ("budget", "model_calls")
    assert asked["options"] == ["continue", "answer", "take_over", "abort", "raise_budget"]


def test_an_answer_that_does_not_fit_leaves_the_question_open():
    saver, config = InMemorySaver(), {"configurable": {"thread_id": "1"}}
    app = asking(looking).compile(saver)
    app.invoke(GO, config)
    with pytest.raises(ValidationError):
        app.invoke(Command(resume={"decision": "maybe"}), config)
    assert app.invoke(Command(resume={"decision": "abort"}), config)["ending"] == "aborted"


def test_no_model_call_is_made_twice_for_a_question():
    model = ScriptedModel(looking)
    saver, config = InMemorySaver(), {"configurable": {"thread_id": "1"}}
    app = asking(model).compile(saver)
    app.invoke(GO, config)
    made = len(model.calls)
    app.invoke(Command(resume={"decision": "abort"}), config)
    assert len(model.calls) == made == 2


@pytest.mark.parametrize("given", [{}, {"human": False}], ids=["no checkpointer", "nobody there"])
def test_where_nobody_can_be_asked_the_run_ends_as_escalated(given):
    saver = InMemorySaver() if given else None
    state = run(asking(looking, **given), saver=saver)
    assert state["ending"] == "escalated"


def test_a_person_who_approves_calls_is_not_asked_about_a_blocked_one():
    approval = HumanInTheLoopMiddleware({"look": True})
    wrong = tool_call("look", t="home")
    saver = InMemorySaver()
    state = run(bare([wrong, "Sorry."], beside=[approval]), saver=saver)
    assert state["__interrupt__"]
    state = run(guarded([wrong, "Sorry."], before=[approval]), "2", saver=saver)
    assert "__interrupt__" not in state
    assert last(state) == "Sorry."


def test_what_a_person_changes_about_a_call_is_judged_as_well():
    approval = HumanInTheLoopMiddleware({"look": True})
    saver, config = InMemorySaver(), {"configurable": {"thread_id": "1"}}
    agent = guarded([tool_call("look", at="home"), "Done."], before=[approval])
    agent.compile(saver).invoke(GO, config)
    edited = {"type": "edit", "edited_action": {"name": "look", "args": {"att": "shop"}}}
    state = agent.compile(saver).invoke(Command(resume={"decisions": [edited]}), config)
    assert "there is no argument 'att'" in answers(state)[0]
    assert spent(state)["tool_calls"] == 0


def asks(at: str) -> str:
    """Ask somebody where it is."""
    from langgraph.types import interrupt

    return interrupt(f"Where is {at}?")


def test_a_tool_that_interrupts_is_not_taken_for_a_failure(play):
    state = play(
        guarded([tool_call("asks", at="home"), "Done."], tools=[asks, look]), GO, answers=["Here."]
    )
    assert answers(state) == ["Here."]
    assert spent(state)["tool_calls"] == 1
