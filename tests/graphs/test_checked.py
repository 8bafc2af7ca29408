"""`CheckedStateGraph` where a guide says `StateGraph`."""

from typing import Literal

import pytest
from holdfast.graphs import CheckedStateGraph
from holdfast.guards import ContractError
from langchain_core.callbacks import BaseCallbackHandler
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.errors import NodeError
from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime
from langgraph.store.memory import InMemoryStore
from langgraph.types import Command, RetryPolicy, Send
from typing_extensions import TypedDict

from .checking import Trip, graph_of, noting

CONFIG = {"configurable": {"thread_id": "1"}}


# Commands and Sends

COMMANDS = [
    pytest.param(Command(update={"seats": "many"}), r"Trip\.seats takes int", id="its update"),
    pytest.param(Command(update={"seets": 1}), "'seets', which Trip does not have", id="a key"),
    pytest.param(Command(update=[("seats", "many")]), r"Trip\.seats", id="an update in pairs"),
    pytest.param(Command(update=Trip()), "whole Trip", id="a whole model"),
    pytest.param(Command(update="many"), "updates the state with a str", id="no update"),
    pytest.param(
        Command(goto="nope"),
        "goes to 'nope', which is no node; there are: __end__, first, last",
        id="goto",
    ),
    pytest.param(Command(goto=["last", "nope"]), "'nope'", id="one goto of two"),
    pytest.param(Command(goto=Send("nope", {})), "'nope'", id="a Send"),
    pytest.param([Command(goto="last"), {"seats": "many"}], r"Trip\.seats", id="one of a list"),
    pytest.param([{"notes": []}, Command(goto="nope")], "'nope'", id="a command of a list"),
]


@pytest.mark.parametrize(("command", "words"), COMMANDS)
def test_a_wrong_command_is_refused(play, command, words):
    with pytest.raises(ContractError, match=words):
        play(graph_of(lambda _: command, last=noting("last")), {"seats": 1})


@pytest.mark.parametrize(
    ("command", "notes"),
    [
        pytest.param(Command(update={"notes": ["a"]}, goto="last"), ["a", "last"], id="both"),
        pytest.param(Command(goto=END), [], id="the end"),
        pytest.param(Command(goto=Send("last", Trip())), ["last"], id="a Send"),
        pytest.param(Command(update=[("notes", ["a"]), ("notes", ["b"])]), ["a", "b"], id="pairs"),
        pytest.param([{"notes": ["a"]}, Command(goto="last")], ["a", "last"], id="a list"),
        pytest.param(Command(), [], id="an empty one"),
    ],
)
def test_a_good_command_is_followed(play, command, notes):
    out = play(graph_of(lambda _: command, last=noting("last")), {"seats": 1})
    assert out.get("notes", []) == notes


# Conditional edges


@pytest.mark.parametrize(
    ("choice", "ways", "words"),
    [
        pytest.param("nope", None, "conditional edge out of 'first' goes to 'nope'", id="no map"),
        pytest.param("nope", ["last", END], "chooses 'nope'.*it has: last, __end__", id="a list"),
        pytest.param("no", {"yes": "last"}, "chooses 'no'.*it has: yes", id="a map"),
        pytest.param(["last", "nope"], None, "'nope'", id="one of two"),
        pytest.param(None, {"yes": "last"}, "chooses 'None'", id="nothing"),
        pytest.param(Send("nope", {}), None, "'nope'", id="a Send"),
        pytest.param(Send("nope", {}), ["last"], "'nope'", id="a Send beside a map"),
    ],
)
def test_a_wrong_turn_is_refused(play, choice, ways, words):
    graph = graph_of(noting("first"), last=noting("last"))
    graph.add_conditional_edges("first", lambda _: choice, ways)
    with pytest.raises(ContractError, match=words):
        play(graph, {"seats": 1})


@pytest.mark.parametrize(
    ("choice", "ways", "notes"),
    [
        pytest.param("last", None, ["first", "last"], id="no map"),
        pytest.param("yes", {"yes": "last"}, ["first", "last"], id="a map"),
        pytest.param(True, {True: "last", False: END}, ["first", "last"], id="a map of booleans"),
        pytest.param(END, None, ["first"], id="the end"),
        pytest.param([Send("last", Trip())] * 2, ["last"], ["first", "last", "last"], id="Sends"),
    ],
)
def test_a_good_turn_is_taken(play, choice, ways, notes):
    graph = graph_of(noting("first"), last=noting("last"))
    graph.add_conditional_edges("first", lambda _: choice, ways)
    assert play(graph, {"seats": 1})["notes"] == notes


# Everything else that a node can be


class Seen(TypedDict):
    seats: int


def test_a_node_keeps_its_own_input(play):
    def narrow(state: Seen) -> dict:
        return {"notes": [type(state).__name__, str(sorted(state))]}

    assert play(graph_of(narrow), {"seats": 2})["notes"] == ["dict", "['seats']"]


def test_a_node_is_given_what_it_asks_for():
    def node(state: Trip, runtime: Runtime, config, *, store, writer):
        writer("hello")
        return {"notes": [str(runtime.store is store), config["configurable"]["thread_id"]]}

    app = graph_of(node).compile(InMemorySaver(), store=InMemoryStore())
    parts = list(app.stream({"seats": 1}, CONFIG, stream_mode=["custom", "values"]))
    assert ("custom", "hello") in parts
    assert parts[-1][1]["notes"] == ["True", "1"]


async def test_an_async_node_is_checked_too():
    async def node(state):
        return {"seats": "many"}

    with pytest.raises(ContractError, match="node 'first'"):
        await graph_of(node).compile().ainvoke({"seats": 1})


def test_policies_of_a_node_are_kept():
    tries = []

    def flaky(state):
        tries.append(1)
        if len(tries) < 3:
            raise ConnectionError
        return {"seats": 7}

    graph = CheckedStateGraph(Trip)
    retry = RetryPolicy(initial_interval=0.001, jitter=False)
    graph.add_node("first", flaky, retry_policy=retry, metadata={"role": "x"})
    graph.add_edge(START, "first")
    assert graph.compile().invoke({"seats": 1})["seats"] == 7


async def test_a_node_may_have_a_time_limit():
    async def node(state):
        return {"seats": 3}

    graph = CheckedStateGraph(Trip)
    graph.add_node("first", node, timeout=5)
    graph.add_edge(START, "first")
    assert (await graph.compile().ainvoke({"seats": 1}))["seats"] == 3


def test_what_handles_a_nodes_errors_is_checked_too():
    def handler(state, error: NodeError):
        return Command(update={"notes": [type(error.error).__name__]}, goto="last")

    def failing(state):
        raise OSError("down")

    graph = CheckedStateGraph(Trip)
    graph.add_node("first", failing, error_handler=handler)
    graph.add_node("last", noting("last"))
    graph.add_edge(START, "first")
    assert graph.compile().invoke({"seats": 1})["notes"] == ["OSError", "last"]


def test_a_wrong_update_is_the_nodes_error_for_its_handler():
    def handler(state, error: NodeError):
        return Command(update={"notes": [type(error.error).__name__]}, goto="last")

    graph = CheckedStateGraph(Trip)
    graph.add_node("first", lambda _: {"seats": "many"}, error_handler=handler)
    graph.add_node("last", noting("last"))
    graph.add_edge(START, "first")
    assert graph.compile().invoke({"seats": 1})["notes"] == ["ContractError", "last"]


class Names(BaseCallbackHandler):
    def __init__(self):
        self.names = []

    def on_chain_start(self, serialized, inputs, **known):
        self.names.append(known["name"])


@pytest.mark.parametrize("kind", [CheckedStateGraph, StateGraph])
def test_a_check_leaves_no_trace(kind):
    graph = kind(Trip)
    graph.add_node("first", noting("first"))
    graph.add_node("last", noting("last"))
    graph.add_edge(START, "first")
    graph.add_conditional_edges("first", choose)
    names = Names()
    graph.compile().invoke({"seats": 1}, {"callbacks": [names]})
    seen = [name for name in names.names if name != START]  # that one is tagged as hidden
    assert seen == ["LangGraph", "first", "choose", "last"]


def choose(state) -> Literal["last"]:
    return "last"
