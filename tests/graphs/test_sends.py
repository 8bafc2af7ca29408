"""What is sent to a node along with it is checked where it is sent."""

import pytest
from holdfast.graphs import CheckedStateGraph
from holdfast.guards import ContractError
from langgraph.graph import START
from langgraph.types import Command, Send
from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

from .checking import Trip


class Seat(BaseModel):
    row: int
    side: str = "window"


class Named(BaseModel):
    row: int = Field(alias="Row")


class Open(BaseModel):
    model_config = ConfigDict(extra="allow")
    row: int = 1


class Loose(TypedDict, total=False):
    row: int


def graph_of(send, schema, *, by_edge):
    """Return a graph that sends to a node with its own input."""
    graph = CheckedStateGraph(Trip)
    graph.add_node("each", lambda given: {"notes": [type(given).__name__]}, input_schema=schema)
    if by_edge:
        return graph.add_conditional_edges(START, lambda _: [send], ["each"])
    graph.add_node("first", lambda _: [Command(goto=[send])])
    return graph.add_edge(START, "first")


@pytest.fixture(params=[False, True], ids=["by a command", "by an edge"])
def by_edge(request):
    return request.param


WRONG = [
    pytest.param({"row": "x"}, Seat, r"writes row = x, a str; Seat\.row", id="a type"),
    pytest.param({"side": "a"}, Seat, "gives a Seat no 'row'", id="a field is lacking"),
    pytest.param({"row": 1, "raw": 2}, Seat, "the unknown 'raw'", id="a field is unknown"),
    pytest.param({"row": "x"}, Loose, r"Loose\.row takes int", id="a TypedDict's"),
    pytest.param({"seats": "x"}, Trip, r"Trip\.seats takes int", id="the state's own type"),
]


@pytest.mark.parametrize(("arg", "schema", "words"), WRONG)
def test_a_wrong_input_is_refused_in_the_name_of_who_sends_it(play, by_edge, arg, schema, words):
    who = "out of '__start__'" if by_edge else "node 'first'"
    with pytest.raises(ContractError, match=f"{who}, sending to 'each',.*{words}"):
        play(graph_of(Send("each", arg), schema, by_edge=by_edge), {"seats": 1})


@pytest.mark.parametrize(
    ("arg", "schema"),
    [
        pytest.param({"row": 1}, Seat, id="a default is left out"),
        pytest.param(Seat(row=1), Seat, id="a model"),
        pytest.param({"Row": 1}, Named, id="by an alias"),
        pytest.param({"raw": 1}, Open, id="whatever"),
        pytest.param({"raw": 1, "row": 2}, Loose, id="more than a TypedDict names"),
        pytest.param({}, Loose, id="nothing"),
        pytest.param({"seats": 2}, Trip, id="the state's own type"),
    ],
)
def test_a_good_input_arrives(play, by_edge, arg, schema):
    out = play(graph_of(Send("each", arg), schema, by_edge=by_edge), {"seats": 1})
    assert len(out["notes"]) == 1
