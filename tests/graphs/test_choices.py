"""Whom a supervisor chooses, and what becomes of a choice that cannot be followed."""

import re

import pytest
from holdfast.drills import ScriptedModel, tool_call, tool_calls
from holdfast.guards import GuardConfigError
from holdfast.nodes import Handoff
from langchain_core.language_models import FakeListChatModel
from langchain_core.messages import AIMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END
from langgraph.types import Command

from .team import CONFIG, agency, go, handoff, said, searcher, steps


def by_turn(*choices):
    """Return a supervisor that chooses in order, by how many hand-offs there were."""

    def supervisor(state):
        made = sum(step["kind"] == "handoff" for step in state.ledger.get("recent", ()))
        return choices[min(made, len(choices) - 1)]

    return supervisor


@pytest.mark.parametrize(
    ("choice", "task"),
    [
        pytest.param("search", "Get me to Lisbon.", id="a name: the user's request"),
        pytest.param(Handoff("search", "To Lisbon."), "To Lisbon.", id="a hand-off"),
        pytest.param({"to": "search", "task": "Fly."}, "Fly.", id="a hand-off as data"),
        pytest.param(Command(goto="search"), "Get me to Lisbon.", id="a command"),
    ],
)
def test_a_function_may_choose(play, choice, task):
    model = ScriptedModel(["None."] * 8)
    one = searcher()
    object.__setattr__(one, "model", model)
    out = play(agency(by_turn(choice, None), one), go())
    assert out["ending"] == "completed"
    assert steps(out, "handoff") == [("supervisor", "search")]
    assert task in model.calls[0].messages[-1].text


@pytest.mark.parametrize("done", [pytest.param(None, id="None"), pytest.param(END, id="END")])
def test_a_function_says_that_all_is_done(play, done):
    out = play(agency(lambda _: done, searcher()), go())
    assert (out["ending"], said(out)) == ("completed", ["Get me to Lisbon.", "Done."])


async def test_a_function_may_be_async():
    async def supervisor(state):
        return None if len(state.messages) > 1 else "search"

    out = await agency(supervisor, searcher("None.")).compile().ainvoke(go())
    assert out["ending"] == "completed"


def test_an_async_function_is_awaited_or_refused():
    async def supervisor(state):
        return None

    with pytest.raises(TypeError, match="ainvoke"):
        agency(supervisor, searcher()).compile().invoke(go())


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        pytest.param("serach", "no specialist 'serach'.*Did you mean 'search'", id="a wrong name"),
        pytest.param(Handoff("", "x"), "no specialist ''", id="nobody"),
        pytest.param(7, "returned a int", id="a number"),
        pytest.param(["search"], "returned a list", id="a list"),
        pytest.param({"task": "x"}, "no specialist 'None'", id="a task for nobody"),
    ],
)
def test_a_function_that_cannot_be_followed_is_never_a_silent_end(play, choice, words):
    out = play(agency(lambda _: choice, searcher(), human=False), go())
    assert out["ending"] == "escalated"
    (verdict,) = out["verdicts"]
    assert (verdict["guard"], verdict["kind"]) == ("supervisor", "unroutable")
    assert re.search(words, verdict["reason"])
    assert verdict["reason"] in said(out)[-1]


NOBODY = handoff("nobody")
UNREADABLE = {"type": "invalid_tool_call", "name": "handoff", "args": "{", "id": "u", "error": None}


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        pytest.param(NOBODY, "There is no specialist 'nobody'; there are: search", id="nobody"),
        pytest.param(tool_call("handoff"), "There is no specialist 'None'", id="no arguments"),
        pytest.param(tool_call("book", flight="x"), "There is no tool 'book'", id="a tool"),
        pytest.param(
            AIMessage("", invalid_tool_calls=[UNREADABLE]), "cannot be read", id="unreadable"
        ),
        pytest.param(AIMessage("  "), "Your reply was empty", id="an empty reply"),
    ],
)
def test_a_model_is_told_what_cannot_be_followed_and_may_mend_it(play, reply, told):
    model = ScriptedModel([reply, handoff("search"), "You fly."])
    out = play(agency(model, searcher("None.")), go())
    assert told in model.calls[1].messages[-1].text
    assert (out["ending"], said(out)[-1]) == ("completed", "You fly.")


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(NOBODY, id="nobody"),
        pytest.param(tool_calls(NOBODY, handoff("no one")), id="two at once"),
        pytest.param(AIMessage(""), id="an empty reply"),
    ],
)
def test_after_three_in_a_row_a_person_is_asked(play, reply):
    model = ScriptedModel([reply] * 3 + ["Done."])
    graph, saver = agency(model, searcher()), InMemorySaver()
    asked = play(graph, go(), saver=saver)
    assert len(model.calls) == 3
    assert "ending" not in asked or asked["ending"] is None
    (question,) = graph.compile(saver).get_state(CONFIG).interrupts
    assert "made 3 choices in a row that cannot be followed" in question.value["reason"]
    out = play(graph, Command(resume="Just answer."), saver=saver)
    assert (out["ending"], said(out)[-1]) == ("completed", "Done.")


def test_a_choice_that_can_be_followed_begins_the_count_anew(play):
    replies = [NOBODY, NOBODY, handoff("search"), NOBODY, NOBODY, "Done."]
    out = play(agency(replies, searcher("None.")), go())
    assert out["ending"] == "completed"


def test_a_functions_hand_off_begins_the_count_anew_too(play):
    choices = ["x", "y", "search", "x", "y", "search", None]

    def supervisor(state):
        return choices[len(state.messages) - 1]

    out = play(agency(supervisor, searcher("One.", "Two.")), go())
    assert out["ending"] == "completed"


def test_of_two_hand_offs_at_once_the_first_is_made(play):
    model = ScriptedModel([tool_calls(handoff("search", "a"), handoff("other", "b")), "Done."])
    out = play(agency(model, searcher("Found."), searcher(name="other")), go())
    assert steps(out, "handoff") == [("supervisor", "search")]
    told = {
        message.tool_call_id: message.text for message in out["messages"] if message.type == "tool"
    }
    assert len(told) == 2
    assert "One hand-off at a time" in "".join(told.values())


@pytest.mark.parametrize("name", ["handoff_to_search", "transfer_to_search", "search"])
def test_a_hand_off_by_the_specialists_own_name_is_followed(play, name):
    out = play(agency([tool_call(name, task="x"), "Done."], searcher("None.")), go())
    assert steps(out, "handoff") == [("supervisor", "search")]


def test_a_supervisor_that_raises_can_be_asked_again(play):
    model = ScriptedModel([TimeoutError("busy"), handoff("search"), "Done."])
    graph, saver = agency(model, searcher("None.")), InMemorySaver()
    with pytest.raises(TimeoutError):
        play(graph, go(), saver=saver)
    out = play(graph, None, saver=saver)
    assert (out["ending"], out["ledger"]["spent"]["model_calls"]) == ("completed", 4)


@pytest.mark.parametrize(
    ("supervisor", "words"),
    [
        pytest.param(FakeListChatModel(responses=["x"]), "cannot call tools", id="no tools"),
        pytest.param("search", "a chat model, or a function", id="a name"),
        pytest.param(ScriptedModel, "a chat model, or a function", id="a class"),
    ],
)
def test_a_supervisor_that_cannot_choose_is_refused(supervisor, words):
    with pytest.raises(GuardConfigError, match=words):
        agency(supervisor, searcher())
