"""A team that looks up and refunds orders, played in every way a graph can be run."""

import asyncio

from holdfast.drills import ScriptedModel, tool_call
from holdfast.graphs import AgentState, supervised_graph
from holdfast.guards import ClaimedActionGuard, GroundingGuard, ToolCallGuard, tool_facts
from holdfast.nodes import Specialist
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command, interrupt

from .team import handoff

GUARDS = (ToolCallGuard(grounded=True), GroundingGuard(), ClaimedActionGuard())
ASKED = {"messages": [("user", "Please refund order W1234567.")]}
CONFIG = {"configurable": {"thread_id": "1"}}
WAYS = ("invoke", "ainvoke", "interrupted", "ainterrupted")


class Orders:
    """The world: what was refunded, and a person who must approve where a run is interrupted."""

    def __init__(self, way):
        self.way = way
        self.refunded = []

    def look(self, order: str) -> str:
        """Look up an order."""
        return f"Order {order}: two lamps, delivered on Monday to Oslo, paid by card."

    def refund(self, order: str) -> str:
        """Refund an order."""
        if "interrupted" in self.way:
            interrupt("approve?")
        self.refunded.append(order)
        return f"refunded {order}"

    def team(self, *replies, by_hand=False, **settings):
        """Return the graph of a team with one specialist; all models share one script."""
        model = ScriptedModel(list(replies))
        refund = tool_facts(self._plain(self.refund), effects=True)
        tools = [self._plain(self.look), refund]
        desk = Specialist("desk", model, tools=tools, prompt="Serve.")
        settings = {"guards": GUARDS, "clock": lambda: 100.0, **settings}
        return supervised_graph(AgentState, supervisor=model, specialists=[desk], **settings)

    @staticmethod
    def _plain(method):
        def call(order: str) -> str:
            return method(order)

        call.__name__, call.__doc__ = method.__name__, method.__doc__
        return call

    def play(self, graph, given=ASKED):
        """Run a graph to its end, resumed by another copy of it where it is interrupted."""
        saver = InMemorySaver()
        out = self._step(graph, saver, given)
        for _ in range(5):
            if "approve?" not in [one.value for one in out.get("__interrupt__", ())]:
                break
            out = self._step(graph, saver, Command(resume="yes"))
        return out

    def _step(self, graph, saver, given):
        app = graph.compile(checkpointer=saver)
        if self.way.startswith("a"):
            return asyncio.run(app.ainvoke(given, CONFIG))
        return app.invoke(given, CONFIG)


def refund(order="W1234567"):
    return tool_call("refund", order=order)


def kinds(out):
    return [(v["guard"], v["kind"], v["action"]) for v in out["verdicts"] if v["outcome"] == "trip"]


ASK = handoff("desk", "Refund it.")
