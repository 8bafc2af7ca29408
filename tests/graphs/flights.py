"""A team whose flight search is down, and a clock to wait with."""

from holdfast.drills import tool_call
from holdfast.graphs import AgentState, supervised_graph
from holdfast.guards import BackendError, Breaker, LoopGuard, tool_facts
from holdfast.nodes import Specialist
from langchain_core.tools import tool

NOW = 1_789_905_600.0  # 2026-09-20 12:00:00 UTC


class BusyError(Exception):
    status_code = 503


class World:
    """A clock, and a flight search that is down until somebody repairs it."""

    def __init__(self):
        self.now = NOW
        self.is_down = True
        self.asked = []

    def clock(self):
        return self.now

    def search(self, **facts):
        @tool
        def search(city: str) -> str:
            """Search flights."""
            self.asked.append(city)
            if self.is_down:
                raise BusyError
            return f"LH1 to {city}"

        return tool_facts(search, dependency="gds", **{"effects": False, **facts})


@tool
def archive(city: str) -> str:
    """Look up yesterday's flights."""
    return f"LH0 to {city}, as of yesterday"


def team(world, model, tools, **settings):
    """A specialist with some tools, and a supervisor that asks it once in each run."""

    def once(state):
        handed = any(step["kind"] == "handoff" for step in state.ledger.get("recent", ()))
        return None if handed else "flights"

    settings = {"breakers": [Breaker("gds")], "guards": [LoopGuard(nudge=5, block=6)], **settings}
    return supervised_graph(
        AgentState,
        supervisor=once,
        specialists=[Specialist("flights", model, tools=tools)],
        clock=world.clock,
        **settings,
    )


def searches(number, name="search"):
    return [
        tool_call(name, city=city) for city in ["Oslo", "Rome", "Bonn", "Bern", "Graz"][:number]
    ]


def offered(model):
    return [call.tools for call in model.calls]


def breaker_verdicts(state):
    return [
        (v["kind"], v["action"], v["outcome"]) for v in state["verdicts"] if v["guard"] == "breaker"
    ]


GIVEN = {"messages": [("user", "Flights, please.")]}


class Down:
    """A backend that cannot be reached."""

    def update(self, key, change):
        raise BackendError("the backend is down")

    def read(self, keys):
        raise BackendError("the backend is down")
