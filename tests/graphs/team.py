"""What tests of the graphs share: a typed state, tools, and a team that can be told what to say."""

from holdfast.drills import ScriptedModel, tool_call
from holdfast.graphs import AgentState, supervised_graph
from holdfast.guards import LoopGuard, ToolCallGuard, tool_facts
from holdfast.nodes import Specialist
from langchain_core.messages import HumanMessage
from pydantic import BaseModel

CONFIG = {"configurable": {"thread_id": "1"}}
FOUND = '[{"id": "LH1", "price": 100}]'


class Flight(BaseModel):
    id: str
    price: float


class Booking(BaseModel):
    flight: str
    seat: str | None = None


class Trip(AgentState):
    flights: list[Flight] = []  # noqa: RUF012 - a field of a Pydantic model
    booking: Booking | None = None


def search_flights(to: str) -> str:
    """Search flights."""
    return FOUND


def book(flight: str) -> str:
    """Book a flight."""
    return f"booked {flight}"


tool_facts(book, effects=True)


def handoff(to, task="do it"):
    return tool_call("handoff", to=to, task=task)


def searcher(*replies, name="search", **settings):
    """Return a specialist that finds flights, and says what it is told to say."""
    given = {"tools": [search_flights], "prompt": "Find flights.", **settings}
    return Specialist(name, ScriptedModel(list(replies)), **given)


STRICT = LoopGuard(nudge=3, block=5, wrap_up=7, last=8)


def agency(supervisor, *specialists, state=Trip, **settings):
    """Return the graph of a team, its supervisor a script, a model or a function."""
    if isinstance(supervisor, list):
        supervisor = ScriptedModel(supervisor)
    settings = {"clock": lambda: 100.0, "guards": [STRICT, ToolCallGuard()], **settings}
    return supervised_graph(state, supervisor=supervisor, specialists=specialists, **settings)


def go(text="Get me to Lisbon."):
    return {"messages": [HumanMessage(text)]}


def said(out):
    """Return what was said between user, supervisor and specialists, oldest first."""
    return [message.text for message in out["messages"] if message.text]


def steps(out, kind=None):
    """Return the steps of a run in short, oldest first."""
    recent = out["ledger"]["recent"]
    return [(step["actor"], step["name"]) for step in recent if kind in (None, step["kind"])]
