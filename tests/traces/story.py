"""A run in which everything happens that a trace is to tell of, and the run that goes on after."""

import asyncio

from holdfast.drills import ScriptedModel, tool_call
from holdfast.graphs import AgentState, supervised_graph
from holdfast.guards import Breaker, Budget, GroundingGuard, LoopGuard, tool_facts
from holdfast.nodes import Specialist
from holdfast.traces import record
from langchain_core.messages import AIMessage
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command
from pydantic import BaseModel

from tests.traces.recorder.agents import flaky

THREAD = {"configurable": {"thread_id": "t1"}}
ASKED = {"messages": [("user", "What does the flight to Lisbon cost?")]}
PATIENT = LoopGuard(nudge=6, block=7, wrap_up=8, last=9)
GRANT = {"decision": "continue", "grant": {"model_calls": 1.0}}
THOUGHT = "Only the price was asked for."
RAW = "```json\n{'id': 'LH1', 'to': 'Lisbon', 'price': '100',}\n```"
WRONG = "LH1 to Lisbon costs 100. It leaves from gate B42 at noon on Sunday."
ANSWER = "LH1 to Lisbon costs 100."


class Flight(BaseModel):
    id: str
    to: str
    price: float


class Trip(AgentState):
    flight: Flight | None = None


class BusyError(Exception):
    status_code = 503


class World:
    """A clock, and a flight search that is down until somebody looks into the archive."""

    def __init__(self):
        self.now = 1_789_905_600.0
        self.is_down = True

    def clock(self):
        return self.now

    def tools(self):
        @tool
        def search(city: str) -> str:
            """Search flights."""
            if self.is_down:
                raise BusyError
            return f"LH1 to {city}: 100"

        @tool
        def archive(city: str) -> str:
            """Look up yesterday's flights; the shelf sticks."""
            flaky(1).invoke({})
            self.now, self.is_down = self.now + 60, False
            return f"LH0 to {city}: 90, as of yesterday"

        return [tool_facts(search, dependency="gds", effects=False), archive]


def team(world):
    """Return the graph of a team: one dead tool, one broken reply, one wrong answer."""
    searches = [tool_call("search", city=city) for city in ("Lisbon", "Lisboa", "LIS")]
    finder = ScriptedModel(
        [
            *searches, tool_call("archive", city="Lisbon"), tool_call("search", city="Lisbon"),
            "I found LH1.", RAW,
        ]
    )  # fmt: skip
    thinking = [{"type": "thinking", "thinking": THOUGHT}, {"type": "text", "text": ANSWER}]
    handed = tool_call("handoff", to="finder", task="Find the flight to Lisbon.")
    return supervised_graph(
        Trip,
        supervisor=ScriptedModel([handed, WRONG, AIMessage(thinking)]),
        specialists=[
            Specialist("finder", finder, world.tools(), returns=Flight, into="flight"),
        ],
        guards=[
            LoopGuard(nudge=6, block=7, wrap_up=8, last=9),
            GroundingGuard(),
            Budget(model_calls=10),
        ],
        breakers=[Breaker("gds")],
        policy={"budget": "escalate"},
        clock=world.clock,
    )


def record_story(path, *, is_async):
    """Record the run, a person's grant, and the run that goes on; return what it ended with."""
    world = World()
    app = team(world).compile(InMemorySaver())

    def run(given):
        return asyncio.run(app.ainvoke(given, THREAD)) if is_async else app.invoke(given, THREAD)

    with record(path) as recorder:
        run(ASKED)
        out = run(Command(resume=GRANT))
    assert recorder.failures == recorder.lost == 0
    return app, out
