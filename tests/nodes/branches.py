"""Fifty branches side by side that together want more than there is."""

import asyncio

from holdfast.drills import ScriptedModel, tool_call
from holdfast.graphs import AgentState
from holdfast.guards import LoopGuard
from holdfast.nodes import Handoff, Specialist, fan_out
from holdfast.nodes.holdings import Holdings
from holdfast.nodes.specialist_node import specialist_node
from langgraph.graph import END, START, StateGraph
from langgraph.types import Send

BRANCHES = 50
FREE = LoopGuard(nudge=97, block=98, wrap_up=99, last=100, stale=99)


def look(at: str) -> str:
    """Look at something."""
    return f"nothing at {at}"


def greedy(messages, tools):
    """Call a tool for ever; without tools, say all that one can."""
    return tool_call("look", at=f"place {len(messages)}") if tools else "x" * 100_000


def by_hand(state, _):
    """Return Sends as a user writes them, without any allowance."""
    return [
        Send("helper", {"messages": [], "handoff": {"to": "helper", "task": f"task {n}"}})
        for n in range(BRANCHES)
    ]


def shared_out(state, guards):
    return fan_out(state, [Handoff("helper", f"task {n}") for n in range(BRANCHES)], guards)


def spread(sends, budget, policy=greedy, **given):
    """Return a graph that hands fifty tasks out at once, and its model."""
    model = ScriptedModel(policy)
    guards = (budget, FREE)
    helper = Specialist("helper", model, tools=[look])
    graph = StateGraph(AgentState)
    node = specialist_node(
        helper, AgentState, guards=guards, human=False, holdings=Holdings(), **given
    )
    graph.add_node("begin", lambda _: {"ledger": [{"begin": {"at": None}}]})
    graph.add_node("helper", node)
    graph.add_edge(START, "begin")
    graph.add_conditional_edges("begin", lambda state: sends(state, guards), ["helper"])
    graph.add_edge("helper", END)
    return graph.compile(), model


def go(app, awaited):
    given = {"messages": [("user", "Go.")]}
    out = asyncio.run(app.ainvoke(given)) if awaited else app.invoke(given)
    return out["ledger"]["spent"]
