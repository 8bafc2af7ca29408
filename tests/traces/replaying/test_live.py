import asyncio
from typing import Annotated

import pytest
from holdfast.drills import ScriptedModel, tool_call
from holdfast.traces import ReplayError, record, replay
from langchain_core.messages import AIMessage, ToolMessage
from langchain_core.tools import InjectedToolCallId, tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode, tools_condition
from langgraph.types import Command

RAN = []
ASKED = {"messages": [("user", "Book two seats.")]}


@tool
def seats(flight: str) -> str:
    """Count seats."""
    RAN.append("seats")
    return f"{flight}: 3 seats"


@tool
def book(flight: str, call: Annotated[str, InjectedToolCallId]) -> Command:
    """Book a seat."""
    RAN.append("book")
    return Command(update={"messages": [ToolMessage(f"booked {flight}", tool_call_id=call)]})


def results(messages):
    return [message.text for message in messages if message.type == "tool"]


def careful(messages):
    RAN.append("model")
    done = results(messages)
    if not done:
        return tool_call("seats", flight="LH1")
    return tool_call("book", flight="LH1") if len(done) == 1 else f"Done: {done[-1]}."


def hasty(messages):
    RAN.append("model")
    done = results(messages)
    return f"At once: {done[-1]}." if done else tool_call("book", flight="LH1")


def stubborn(messages):
    RAN.append("model")
    done = results(messages)
    return f"Seen: {done}." if done[1:] else tool_call("seats", flight="LH1")


def lost(messages):
    RAN.append("model")
    return "No." if results(messages) else tool_call("seats", flight="LH9")


def agent(policy, awaited=False):
    model = ScriptedModel(policy).bind_tools([seats, book])

    def call(state):
        return {"messages": [model.invoke(state["messages"])]}

    async def acall(state):
        return {"messages": [await model.ainvoke(state["messages"])]}

    graph = StateGraph(MessagesState).add_node("agent", acall if awaited else call)
    graph.add_node("tools", ToolNode([seats, book])).add_edge("tools", "agent")
    graph.add_edge(START, "agent").add_conditional_edges("agent", tools_condition)
    return graph.compile()


@pytest.fixture(params=[False, True], ids=["sync", "async"])
def again(request, tmp_path):
    """Replays a recorded run of the careful agent with another one."""
    with record(tmp_path / "traces.db"):
        asyncio.run(agent(careful, request.param).ainvoke(ASKED))
    RAN.clear()
    return lambda policy=careful, **settings: replay(
        "last", agent(policy, request.param), store=tmp_path / "traces.db", **settings
    )


def test_another_model_is_tried_on_the_recorded_results_of_tools(again):
    out = again(hasty, live="models")
    assert out.state["messages"][-1].text == "At once: booked LH1."
    assert (RAN, out.real_calls, out.divergence, out.unused) == (["model"] * 2, 2, None, [])


def test_a_recorded_result_answers_the_call_of_the_model_that_is_live(again):
    *_, reply, result, _ = again(hasty, live="models").state["messages"]
    assert result.tool_call_id == reply.tool_calls[0]["id"]


def test_what_no_tool_was_asked_stops_a_model_that_is_live(again):
    found = again(lost, live="models").divergence
    assert (found.node, found.step, found.name) == ("tools", 2, "seats")
    assert "loose (--loose) answers it with the next of its node" in found.why
    assert '+  "flight": "LH9"' in found.diff
    assert again(lost, live="models", mode="loose").state["messages"][-1].text == "No."


def test_a_call_that_is_repeated_gets_the_same_result_in_loose_mode_alone(again):
    assert again(stubborn, live="models").divergence.step == 4
    out = again(stubborn, live="models", mode="loose")
    assert out.state["messages"][-1].text == "Seen: ['LH1: 3 seats', 'LH1: 3 seats']."
    assert (out.guessed, "seats" in RAN) == ([1], False)


def side_by_side(messages):
    if results(messages):
        return "Done."
    calls = [("seats", "LH1"), ("seats", "LH2")]
    return AIMessage(
        "",
        tool_calls=[
            {"name": name, "args": {"flight": flight}, "id": flight, "type": "tool_call"}
            for name, flight in calls
        ],
    )


def in_turn(messages):
    done = results(messages)
    return f"Seen: {done}." if done[1:] else tool_call("seats", flight="LH1" if done else "LH2")


def test_results_recorded_side_by_side_are_found_one_after_the_other(tmp_path):
    with record(tmp_path / "traces.db"):
        agent(side_by_side).invoke(ASKED)
    RAN.clear()
    out = replay("last", agent(in_turn), store=tmp_path / "traces.db", live="models")
    assert out.state["messages"][-1].text == "Seen: ['LH2: 3 seats', 'LH1: 3 seats']."
    assert "seats" not in RAN


def test_tools_alone_are_called_and_the_models_are_not(again):
    out = again(live="tools")
    assert (RAN, out.real_calls, out.same) == (["seats", "book"], 2, True)


def test_what_a_tool_says_otherwise_now_is_found(again, monkeypatch):
    monkeypatch.setattr(seats, "func", lambda flight: "none")
    found = again(live="tools").divergence
    assert (found.step, '+   "content": "none",' in found.diff) == (3, True)


def test_what_is_live_begins_with_a_step(again):
    assert again(live="tools", from_step=3).same
    assert RAN == ["book"]
    RAN.clear()
    assert again(live="models", from_step=3).same
    assert RAN == ["model"] * 2


@pytest.mark.parametrize("live", ["model", "all", 1, None])
def test_what_can_be_live_is_said(again, live):
    with pytest.raises(ReplayError, match='use False, True, "models" or "tools"'):
        again(live=live)


@pytest.mark.parametrize("how", [{}, {"from_step": 1}])
def test_earlier_runs_of_a_thread_are_never_live(tmp_path, how):
    def once(messages):
        RAN.append("model")
        if messages[-1].type == "human" and len(messages) > 1:
            return "Gladly."
        return (
            f"Done: {results(messages)[-1]}."
            if results(messages)
            else tool_call("book", flight="LH1")
        )

    graph = StateGraph(MessagesState)
    model = ScriptedModel(once).bind_tools([book])
    graph.add_node("agent", lambda state: {"messages": [model.invoke(state["messages"])]})
    graph.add_node("tools", ToolNode([book]))
    graph.add_edge(START, "agent")
    graph.add_conditional_edges("agent", tools_condition)
    graph.add_edge("tools", "agent")
    app, config = graph.compile(InMemorySaver()), {"configurable": {"thread_id": "t"}}
    path = tmp_path / "traces.db"
    RAN.clear()
    with record(path):
        app.invoke(ASKED, config)
        app.invoke({"messages": [("user", "Thanks!")]}, config)
    assert RAN.count("book") == 1
    RAN.clear()
    out = replay("last", app, store=path, live=True, **how)
    assert out.divergence is None
    assert RAN == ["model"]  # of the run that is named; the seat is not booked again
    assert out.real_calls == 1
    assert out.state["messages"][-1].text == "Gladly."
