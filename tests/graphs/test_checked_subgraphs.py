"""Subgraphs as nodes of a checked graph, and what they command it."""

import operator
from typing import Annotated

import pytest
from holdfast.guards import ContractError
from langgraph.graph import START, StateGraph
from langgraph.types import Command, interrupt
from typing_extensions import TypedDict

from .checking import graph_of, noting


class Wide(TypedDict):
    seats: int
    notes: Annotated[list[str], operator.add]
    inner: str


def subgraph(update, goto=None):
    graph = StateGraph(Wide)
    graph.add_node("in", lambda _: update)
    graph.add_edge(START, "in")
    return graph


def test_a_subgraph_may_have_fields_of_its_own(play):
    inner = subgraph({"seats": 5, "inner": "mine"}).compile()
    out = play(graph_of(inner), {"seats": 1})
    assert (out["seats"], "inner" in out) == (5, False)


def test_a_subgraphs_result_is_checked(play):
    with pytest.raises(ContractError, match="node 'first' writes seats"):
        play(graph_of(subgraph({"seats": "many"}).compile()), {"seats": 1})


@pytest.mark.parametrize(
    ("command", "words"),
    [
        pytest.param({"update": {"seats": "many"}, "goto": "last"}, r"Trip\.seats", id="update"),
        pytest.param({"goto": "nope"}, "goes to 'nope'", id="goto"),
    ],
)
def test_what_a_subgraph_commands_its_parent_is_checked(play, command, words):
    inner = subgraph(Command(graph=Command.PARENT, **command)).compile()
    with pytest.raises(ContractError, match=words):
        play(graph_of(inner, last=noting("last")), {"seats": 1})


def test_a_subgraph_may_command_its_parent(play):
    command = Command(graph=Command.PARENT, update={"seats": "4"}, goto="last")
    out = play(graph_of(subgraph(command).compile(), last=noting("last")), {"seats": 1})
    assert (out["seats"], out["notes"]) == (4, ["last"])


def test_a_grandchild_may_command_its_parent(play):
    command = Command(graph=Command.PARENT, update={"notes": ["deep"]}, goto="next")
    middle = StateGraph(Wide)
    middle.add_node("deep", subgraph(command).compile())
    middle.add_node("next", noting("next"))
    middle.add_edge(START, "deep")
    assert play(graph_of(middle.compile()), {"seats": 1})["notes"] == ["deep", "next"]


def test_a_question_in_a_subgraph_is_seen_and_answered(play):
    def ask(state):
        return {"notes": [interrupt("Well?")]}

    inner = StateGraph(Wide)
    inner.add_node("ask", ask)
    inner.add_edge(START, "ask")
    assert play(graph_of(inner.compile()), {"seats": 1}, ["yes"])["notes"] == ["yes"]


def test_subgraphs_are_seen_in_the_drawing():
    inner = subgraph({"seats": 1}).compile()
    assert r"first\3ain" in graph_of(inner).compile().get_graph(xray=True).draw_mermaid()
