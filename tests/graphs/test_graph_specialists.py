"""Any compiled graph as a specialist."""

import operator
from typing import Annotated

import pytest
from holdfast.drills import ScriptedModel, tool_call
from holdfast.guards import GuardConfigError, LoopGuard
from holdfast.nodes import Specialist, guard_node, tool_node
from langchain.agents import create_agent
from langchain.agents.structured_output import ToolStrategy
from langchain_core.messages import AIMessage
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import tools_condition
from typing_extensions import TypedDict

from ..conftest import Play
from .team import Booking, Trip, agency, book, go, handoff, said, search_flights, searcher, steps

LOOK = tool_call("search_flights", to="Lisbon")


def plain(*replies, tools=(search_flights,), guards=()):
    """Return a graph of somebody else's, built on messages."""
    model = ScriptedModel(list(replies))

    def agent(state: MessagesState) -> dict:
        return {"messages": [model.invoke(state["messages"])]}

    graph = StateGraph(MessagesState)
    graph.add_node("agent", agent)
    graph.add_node("tools", tool_node(tools))
    graph.add_edge(START, "agent")
    graph.add_conditional_edges("agent", tools_condition)
    graph.add_edge("tools", "agent")
    if guards:
        graph.edges.remove(("tools", "agent"))
        graph.add_node("guard", guard_node(*guards))
        graph.add_edge("tools", "guard")
        graph.add_edge("guard", "agent")
    return graph


def made_by_langchain(*replies):
    return create_agent(ScriptedModel(list(replies)), tools=[search_flights])


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda *replies: plain(*replies).compile(), id="a graph on messages"),
        pytest.param(
            lambda *replies: plain(*replies, guards=[LoopGuard()]).compile(), id="guarded"
        ),
        pytest.param(made_by_langchain, id="create_agent"),
        pytest.param(
            lambda *replies: agency(
                [handoff("inner"), "None."], searcher(*replies[:1], "None.", name="inner")
            ).compile(),
            id="another team",
        ),
    ],
)
def test_any_compiled_graph_may_be_a_specialist(play, make):
    one = Specialist("search", make(LOOK, "None."))
    out = play(agency([handoff("search"), "Done."], one), go())
    assert said(out)[-2:] == ["None.", "Done."]
    assert [name for _, name in steps(out, "tool")] == ["search_flights"]
    assert out["ledger"]["spent"]["tool_calls"] == 1
    assert out["ledger"]["n"] == len(out["ledger"]["recent"])


def test_a_structured_response_is_the_result(play):
    agent = create_agent(
        ScriptedModel([tool_call("Booking", flight="LH1")]),
        tools=[],
        response_format=ToolStrategy(Booking),
    )
    one = Specialist("booking", agent, returns=Booking, into="booking")
    out = play(agency([handoff("booking"), "Done."], one), go())
    assert out["booking"] == {"flight": "LH1", "seat": None}


def test_words_of_a_graph_are_read_as_the_result(play):
    one = Specialist("booking", plain('{"flight": "LH1"}').compile(), into="booking")
    out = play(agency([handoff("booking"), "Done."], one), go())
    assert out["booking"] == {"flight": "LH1", "seat": None}


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        pytest.param(
            AIMessage("{", response_metadata={"finish_reason": "content_filter"}),
            "content filter",
            id="filtered",
        ),
        pytest.param(
            AIMessage('{"flight": "LH', response_metadata={"finish_reason": "length"}),
            "ends inside",
            id="cut off",
        ),
        pytest.param(AIMessage("I'm sorry, I can't help with that."), "refused", id="refused"),
    ],
)
def test_words_of_a_graph_that_are_no_result_are_told_of_as_such(play, reply, why):
    one = Specialist("booking", plain(reply).compile(), into="booking")
    out = play(agency([handoff("booking"), "Sorry."], one), go())
    assert out.get("booking") is None
    assert out["ending"] == "unrepaired"
    assert why in said(out)[1]


def structured(value):
    class Answer(MessagesState):
        structured_response: dict

    def answer(state: Answer) -> dict:
        return {"messages": [AIMessage("Here.")], "structured_response": value}

    graph = StateGraph(Answer)
    graph.add_node("answer", answer)
    graph.add_edge(START, "answer")
    return graph.compile()


@pytest.mark.parametrize(
    ("value", "booking"),
    [
        pytest.param({"flight": "LH1"}, {"flight": "LH1", "seat": None}, id="one that fits"),
        pytest.param({"flihgt": "LH1"}, None, id="one that does not fit"),
    ],
)
def test_a_structured_response_is_checked(play, value, booking):
    one = Specialist("booking", structured(value), into="booking")
    out = play(agency([handoff("booking"), "Done."], one), go())
    assert out.get("booking") == booking
    assert ("[unrepaired]" in said(out)[1]) == (booking is None)


def test_a_graph_that_raises_is_paid_for_and_told_of(play):
    model = ScriptedModel([handoff("search"), "Sorry."])
    one = Specialist("search", plain(LOOK, ConnectionError("down")).compile())
    out = play(agency(model, one), go())
    assert "[failed] 'search' failed (ConnectionError)" in model.calls[1].messages[-1].text
    assert out["ledger"]["spent"]["tool_calls"] == 1
    assert out["ending"] == "completed"


REMEMBERING = [pytest.param(Play(), id="sync"), pytest.param(Play(awaited=True), id="async")]
"""LangGraph gives a subgraph with a memory no new input in a step that is resumed."""


@pytest.mark.parametrize("play", REMEMBERING)
def test_a_graph_that_remembers_is_paid_for_once_a_task(play):
    graph = plain(LOOK, "One.", LOOK, "Two.").compile(checkpointer=True)
    replies = [handoff("search", "a"), handoff("search", "b"), "Done."]
    out = play(agency(replies, Specialist("search", graph)), go())
    assert said(out)[-3:] == ["One.", "Two.", "Done."]
    assert out["ledger"]["spent"]["tool_calls"] == 2
    assert out["ledger"]["spent"]["model_calls"] == 7


@pytest.mark.parametrize("play", REMEMBERING)
def test_a_team_that_remembers_is_paid_for_once_a_task(play):
    inner = agency([handoff("inner"), "One.", "Two."], searcher("None.", name="inner"))
    one = Specialist("team", inner.compile(checkpointer=True))
    out = play(agency([handoff("team", "a"), handoff("team", "b"), "Done."], one), go())
    assert said(out)[-3:] == ["One.", "Two.", "Done."]
    assert out["ledger"]["spent"]["model_calls"] == 3 + 4


def test_an_inner_team_that_ends_badly_says_so(play):
    inner = agency(lambda _: "nobody", searcher(name="inner"), human=False)
    model = ScriptedModel([handoff("team"), "Sorry."])
    out = play(agency(model, Specialist("team", inner.compile())), go())
    assert out["ending"] == "escalated"


def test_a_question_of_an_inner_team_is_asked_and_answered_inside(play):
    inner = agency(lambda state: None if state.decision else "nobody", searcher(name="inner"))
    model = ScriptedModel([handoff("team"), "Done."])
    graph = agency(model, Specialist("team", inner.compile()))
    out = play(graph, go(), ["Go on."])
    assert (out["ending"], len(model.calls)) == ("completed", 2)


class Words(TypedDict):
    words: Annotated[list[str], operator.add]


def test_a_graph_without_messages_is_refused():
    graph = StateGraph(Words)
    graph.add_node("work", lambda _: {"words": ["done"]})
    graph.add_edge(START, "work")
    with pytest.raises(GuardConfigError, match="a graph without 'messages'"):
        Specialist("words", graph.compile())


@pytest.mark.parametrize("setting", [{"tools": [book]}, {"prompt": "Book."}])
def test_tools_and_prompt_belong_to_the_graph_itself(setting):
    with pytest.raises(GuardConfigError, match="give them to the graph itself"):
        Specialist("booking", plain("x").compile(), **setting)


def test_state_of_ones_own_is_no_business_of_the_team():
    class Wide(MessagesState):
        secret: str

    graph = StateGraph(Wide)
    graph.add_node("work", lambda _: {"messages": [AIMessage("Done.")], "secret": "x"})
    graph.add_edge(START, "work")
    app = agency([handoff("wide"), "Done."], Specialist("wide", graph.compile()), state=Trip)
    assert "secret" not in app.compile().invoke(go())
