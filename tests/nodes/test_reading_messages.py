"""A guard node that has only the messages of somebody else's graph to go by."""

import pytest
from holdfast.drills import ScriptedModel, tool_call, tool_calls
from holdfast.guards import Budget, LoopGuard
from holdfast.nodes import guard_node, tool_node
from langchain_core.messages import AIMessage, HumanMessage, RemoveMessage, ToolMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.graph.message import REMOVE_ALL_MESSAGES
from langgraph.prebuilt import ToolNode, tools_condition
from langgraph.types import Overwrite

from ..conftest import Play
from .shop import go, notes


def look(at: str) -> str:
    """Look at something."""
    return f"nothing at {at}"


def only(*guards, update=None):
    """Return a graph of a guard node alone, before it perhaps one that changes the messages."""
    graph = StateGraph(MessagesState)
    graph.add_node("guard", guard_node(*(guards or [Budget(steps=99)])))
    graph.add_node("change", lambda _: update or {})
    graph.add_edge(START, "change")
    graph.add_edge("change", "guard")
    return graph


def turn(n, call_id=None):
    """Return the messages of a call and its result."""
    asked = tool_call("look", call_id or f"c{n}", at=str(n))
    asked.id = f"a{n}"
    return [asked, ToolMessage("nothing", tool_call_id=call_id or f"c{n}", id=f"t{n}")]


def spent(out):
    spend = out["ledger"]["spent"]
    return spend["model_calls"], spend["tool_calls"]


ASKED = HumanMessage("Go.", id="h1")


@pytest.mark.parametrize(
    ("second", "counts"),
    [
        pytest.param([], (2, 2), id="nothing new"),
        pytest.param(turn(3), (3, 3), id="one more"),
        pytest.param(turn(1), (2, 2), id="a message said again in its place"),
        pytest.param(turn(3, "c1"), (3, 3), id="an id of a call used again"),
        pytest.param([HumanMessage("And?"), *turn(3)], (1, 1), id="a new question"),
        pytest.param(
            [RemoveMessage("a1"), RemoveMessage("t1"), *turn(3)], (3, 3), id="some taken out"
        ),
        pytest.param(
            [RemoveMessage("a2"), RemoveMessage("t2"), *turn(3)], (3, 3), id="the last taken out"
        ),
    ],
)
def test_each_message_is_counted_once(play, second, counts):
    saver = InMemorySaver()
    play(only(), {"messages": [ASKED, *turn(1), *turn(2)]}, saver=saver)
    assert spent(play(only(), {"messages": second}, saver=saver)) == counts


SUMMARY = HumanMessage("So far: nothing at 1.", id="s1")


@pytest.mark.parametrize(
    "update",
    [
        pytest.param(
            {"messages": [RemoveMessage(REMOVE_ALL_MESSAGES), ASKED, *turn(2)]}, id="all taken out"
        ),
        pytest.param({"messages": Overwrite([ASKED, *turn(2)])}, id="overwritten"),
    ],
)
def test_a_history_that_was_compacted_is_not_counted_again(play, update):
    saver = InMemorySaver()
    play(only(), {"messages": [ASKED, *turn(1), *turn(2)]}, saver=saver)
    out = play(only(update=update), {"messages": []}, saver=saver)
    assert spent(out) == (2, 2)
    assert len(out["messages"]) == 3


def test_a_loop_is_seen_through_the_compaction_of_its_history(play):
    saver = InMemorySaver()
    same = [message for n in range(2) for message in turn(7, f"c{n}")]
    for number, message in enumerate(same):
        message.id = f"m{number}"
    play(only(LoopGuard(nudge=3, block=5)), {"messages": [ASKED, *same]}, saver=saver)
    third = tool_call("look", "c3", at="7")
    result = ToolMessage("nothing", tool_call_id="c3")
    fresh = {"messages": [RemoveMessage("m0"), RemoveMessage("m1"), third, result]}
    assert notes(play(only(LoopGuard(nudge=3, block=5)), fresh, saver=saver)) == ["nudge"]


def agent(model, guard, *, before=False):
    def ask(state: MessagesState) -> dict:
        return {"messages": [model.invoke(state["messages"])]}

    graph = StateGraph(MessagesState)
    graph.add_node("agent", ask)
    graph.add_node("tools", tool_node([look], guards=[guard]) if before else ToolNode([look]))
    graph.add_node("guard", guard_node(guard))
    graph.add_edge(START, "agent")
    graph.add_conditional_edges("agent", tools_condition)
    graph.add_edge("tools", "guard")
    graph.add_edge("guard", "agent")
    return graph


@pytest.mark.parametrize("before", [False, True])
def test_a_tool_node_and_a_guard_node_count_together(play, before):
    both = tool_calls(tool_call("look", at="a"), tool_call("look", at="b"))
    model = ScriptedModel([both, tool_call("look", at="c"), "Done."])
    out = play(agent(model, Budget(steps=99), before=before), go())
    assert spent(out) == (2, 3)
    steps = [(step["kind"], step["call_id"][:5]) for step in out["ledger"]["recent"]]
    assert [kind for kind, _ in steps] == ["model", "tool", "tool", "model", "tool"]


def test_a_result_without_its_call_is_a_step_all_the_same(play):
    out = play(only(), {"messages": [ASKED, ToolMessage("x", tool_call_id="who", name="look")]})
    assert [(step["kind"], step["name"]) for step in out["ledger"]["recent"]] == [("tool", "look")]


@pytest.mark.parametrize("play", [Play(), Play(awaited=True)], ids=["sync", "async"])
def test_a_guard_added_to_an_old_thread_reads_what_is_there(play):
    saver = InMemorySaver()
    old = StateGraph(MessagesState)
    old.add_node("agent", lambda _: {"messages": [AIMessage("Hm.")]})
    old.add_edge(START, "agent")
    play(old, {"messages": [ASKED]}, saver=saver)
    out = play(only(), {"messages": [HumanMessage("And?"), *turn(1)]}, saver=saver)
    assert spent(out) == (1, 1)
    assert out["ledger"]["thread"]["model_calls"] == 2
