"""What tests of checked graphs share: a typed state, and a graph that begins with one node."""

import operator
from typing import Annotated

from holdfast.graphs import CheckedStateGraph
from langgraph.graph import START
from pydantic import BaseModel, Field


class Flight(BaseModel):
    id: str


class Trip(BaseModel):
    seats: int = 1
    best: Flight | None = None
    notes: Annotated[list[str], operator.add] = Field(default_factory=list)


def graph_of(first, **more):
    """Return a graph that begins with a node `first`; further ones are ends."""
    graph = CheckedStateGraph(Trip)
    graph.add_node("first", first)
    for name, node in more.items():
        graph.add_node(name, node)
    graph.add_edge(START, "first")
    return graph


def noting(text):
    return lambda _: {"notes": [text]}
