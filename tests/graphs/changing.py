"""Graphs and states that change under their threads."""

import asyncio
from operator import add
from typing import Annotated, Any

from holdfast.graphs import AgentState, CheckedStateGraph
from langgraph.graph import START
from langgraph.types import interrupt
from pydantic import BaseModel

CONFIG = {"configurable": {"thread_id": "1"}}
RAN = []


class Item(BaseModel):
    name: str = ""


class Trip(AgentState):
    seats: int = 1
    notes: Annotated[list[str], add] = []  # noqa: RUF012 - LangGraph copies it
    item: Item | None = None


def noting(name):
    def node(state: Any) -> dict:
        RAN.append(name)
        return {"notes": [name]}

    return node


def asks(state: Any) -> dict:
    RAN.append("asks")
    return {"notes": [interrupt("how many?")]}


def graph_of(state=Trip, ask="ask", **more):
    """Return a graph that prepares, asks, and ends."""
    graph = CheckedStateGraph(state)
    nodes = {"first": noting("first"), ask: asks, **more}
    graph.add_sequence(list(nodes.items()))
    return graph.add_edge(START, "first")


def run(app, given, awaited, config=CONFIG):
    return asyncio.run(app.ainvoke(given, config)) if awaited else app.invoke(given, config)


def state_with(**fields):
    """Return a state as `Trip` is, with other fields."""
    kinds = {name: kind for name, kind in fields.items() if kind is not None}
    left = {name for name in ("seats", "notes", "item") if name not in fields}
    kept = {name: (Trip.__annotations__[name], Trip.model_fields[name].default) for name in left}
    body = {name: value for name, (_, value) in {**kept, **kinds}.items() if value is not ...}
    notes = {name: kind for name, (kind, _) in {**kept, **kinds}.items()}
    return type("Trip", (AgentState,), {"__annotations__": notes, "__module__": __name__, **body})


GIVEN = {"messages": "hi", "seats": 2, "item": {"name": "bag"}}
INTO = {"seats": (str, "1")}
