"""Threads of messages whose checkpoints store what was added: read, changed, forked, resumed."""

from typing import Annotated

import pytest
from holdfast.graphs import AgentState, CheckedStateGraph, update_state
from holdfast.guards import ContractError
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, RemoveMessage
from langgraph.graph import START, StateGraph
from langgraph.graph.message import REMOVE_ALL_MESSAGES, add_messages
from langgraph.types import Overwrite, interrupt
from pydantic import Field

CONFIG = {"configurable": {"thread_id": "1"}, "recursion_limit": 1_000}


class Plain(AgentState):
    messages: Annotated[list[AnyMessage], add_messages] = Field(default_factory=list)


def texts(values):
    return [message.content for message in values["messages"]]


def ask(state):
    return {"messages": [HumanMessage(interrupt("who?"), id="who")]}


def chat(state=AgentState, **nodes):
    """Return a graph that goes through its nodes in order."""
    graph = CheckedStateGraph(state)
    before = START
    for name, node in nodes.items():
        graph.add_node(name, node).add_edge(before, name)
        before = name
    return graph


def says(*messages):
    return lambda _: {"messages": list(messages)}


WHOLE = {
    "hello": says(AIMessage("hello", id="a"), ("user", "me")),
    "ask": ask,
    "better": says(AIMessage("HELLO", id="a")),
    "less": says(RemoveMessage(id="who")),
    "more": says({"role": "assistant", "content": "more"}),
}


@pytest.mark.parametrize("state", [AgentState, Plain])
def test_a_conversation_comes_out_as_with_add_messages(play, state):
    out = play(chat(state, **WHOLE), {"messages": [("user", "hi")]}, ["Ann"])
    assert texts(out) == ["hi", "HELLO", "me", "more"]


def test_all_is_taken_back_and_begun_anew(play):
    anew = says(RemoveMessage(id=REMOVE_ALL_MESSAGES), AIMessage("summary", id="s"))
    out = play(chat(**WHOLE, anew=anew, last=says("last")), {"messages": "hi"}, ["Ann"])
    assert texts(out) == ["summary", "last"]


def test_an_overwrite_is_read_back(play):
    over = {"over": lambda _: {"messages": Overwrite([("user", "only")])}, "last": says("last")}
    assert texts(play(chat(**WHOLE, **over), {"messages": "hi"}, ["Ann"])) == ["only", "last"]


@pytest.fixture
def opened(tmp_path, sqlite_saver):
    """Return a function that opens the same checkpoints again and again."""
    return lambda: sqlite_saver(tmp_path / "threads.db")


def test_each_checkpoint_of_the_history_holds_what_had_been_said_then(opened):
    app = chat(a=says("1"), b=says("2"), c=says("3")).compile(opened())
    app.invoke({"messages": "0"}, CONFIG)
    again = chat(a=says("1"), b=says("2"), c=says("3")).compile(opened())
    history = [texts(state.values) for state in again.get_state_history(CONFIG) if state.values]
    assert [said for said in history if said] == [list("0123"), list("012"), list("01"), ["0"]]


def test_a_fork_goes_on_from_its_own_past(opened):
    app = chat(a=says("1"), b=says("2"), c=says("3")).compile(opened())
    app.invoke({"messages": "0"}, CONFIG)
    before_c = next(state for state in app.get_state_history(CONFIG) if state.next == ("c",))
    forked = update_state(app, before_c.config, {"messages": [("user", "2b")]}, as_node="b")
    assert texts(app.invoke(None, forked)) == ["0", "1", "2", "2b", "3"]
    assert texts(app.get_state(CONFIG).values) == ["0", "1", "2", "2b", "3"]
    assert texts(app.invoke(None, before_c.config)) == ["0", "1", "2", "3"]


def test_a_thread_that_was_written_with_add_messages_goes_on(opened):
    chat(Plain, a=says("1"), ask=ask).compile(opened()).invoke({"messages": "0"}, CONFIG)
    app = chat(AgentState, a=says("1"), ask=ask).compile(opened())
    assert texts(app.get_state(CONFIG).values) == ["0", "1"]
    update_state(app, CONFIG, {"messages": "1b"}, as_node="a")
    assert texts(app.get_state(CONFIG).values) == ["0", "1", "1b"]


def stored(saver, state):
    """Return how many bytes a run of 300 messages stores."""

    def turn(given):
        return {"messages": [AIMessage(f"{len(given.messages):>200}")]}

    graph = StateGraph(state).add_node("turn", turn).add_edge(START, "turn")
    graph.add_conditional_edges("turn", lambda s: "turn" if len(s.messages) < 300 else "__end__")
    graph.compile(saver).invoke({"messages": "go"}, CONFIG)
    [(pages,)] = saver.conn.execute("select count(*) from checkpoints")
    [(size,)] = saver.conn.execute("select sum(length(checkpoint)) from checkpoints")
    [(writes,)] = saver.conn.execute("select sum(length(value)) from writes")
    assert pages > 300
    return size + writes


def test_a_checkpoint_does_not_hold_all_that_was_said(sqlite_saver):
    ours, plain = (stored(sqlite_saver(), kind) for kind in (AgentState, Plain))
    assert ours < plain / 10


@pytest.mark.parametrize(
    ("written", "words"),
    [
        pytest.param([3], r"node 'n' writes messages = \[3\], a list", id="a number"),
        pytest.param([{"text": "x"}], "takes messages, pairs of role and text", id="a dict"),
        pytest.param([("boss", "x")], "takes messages", id="an unknown role"),
        pytest.param(Overwrite([None]), "takes messages", id="an overwrite"),
    ],
)
def test_what_is_no_message_is_refused_where_it_is_written(play, written, words):
    with pytest.raises(ContractError, match=words):
        play(chat(n=lambda _: {"messages": written}), {"messages": "hi"})
