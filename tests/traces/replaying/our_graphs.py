"""The same with Holdfast: a team, a guarded agent, a tool node, a budget that counts seconds."""

import random
import time

from holdfast.drills import ScriptedModel, tool_call
from holdfast.graphs import AgentState, supervised_graph
from holdfast.guards import Budget, LoopGuard
from holdfast.nodes import GuardMiddleware, Specialist, tool_node
from langchain.agents import create_agent
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START
from langgraph.prebuilt import tools_condition
from pydantic import BaseModel

from .plain_graphs import CALLS, Moody, Notes, StateGraph, asked_weather, weather


class Forecast(BaseModel):
    """What a specialist delivers."""

    degrees: float


class Trip(AgentState):
    """What a team works on."""

    forecast: Forecast | None = None


def supervisor(messages):
    """Hand off once, and say by chance what came of it."""
    CALLS["model"] += 1
    if not any(message.type == "tool" for message in messages):
        return tool_call("handoff", to="weather", task=f"look it up, {random.random()}")
    return f"It will be fine, {random.random()}."


def forecaster(messages):
    """Look the weather up, and deliver by chance."""
    CALLS["model"] += 1
    if not any(message.type == "tool" for message in messages):
        return tool_call("weather", place=random.randint(0, 9))
    return f'{{"degrees": {random.random()}}}'


def asker(messages):
    """Ask a person, and deliver by chance."""
    CALLS["model"] += 1
    if not any(message.type == "tool" for message in messages):
        return tool_call("asked_weather", place=random.randint(0, 9))
    return f'{{"degrees": {random.random()}}}'


def slow(messages):
    """Take a moment for every step, and never come to an end."""
    CALLS["model"] += 1
    time.sleep(0.06)
    return tool_call("weather", place=random.randint(0, 10**9))


def team(policy, *tools, guards=()):
    specialist = Specialist(
        "weather", ScriptedModel(policy), tools=list(tools), prompt="Look up the weather.",
        returns=Forecast, into="forecast",
    )  # fmt: skip
    return supervised_graph(
        Trip,
        supervisor=ScriptedModel(supervisor),
        specialists=[specialist],
        guards=[LoopGuard(), Budget(tokens=100_000, seconds=60), *guards],
    )


def watched(policy):
    model = ScriptedModel(policy).bind_tools([weather])
    graph = StateGraph(Notes)
    graph.add_node("agent", lambda state: {"messages": [model.invoke(state["messages"])]})
    graph.add_node("tools", tool_node([weather], guards=[LoopGuard()]))
    graph.add_edge(START, "agent")
    graph.add_conditional_edges("agent", tools_condition)
    graph.add_edge("tools", "agent")
    return graph


def hurried():
    """Return a guarded agent whose budget of seconds is what ends it."""
    guard = GuardMiddleware([Budget(seconds=0.2)])
    return create_agent(ScriptedModel(slow), [weather], middleware=[guard])


GRAPHS = {
    "a supervised graph": lambda: team(forecaster, weather).compile(),
    "a supervised graph that asks": lambda: team(asker, asked_weather).compile(InMemorySaver()),
    "a tool node": lambda: watched(forecaster).compile(),
    "a guarded agent": lambda: create_agent(
        Moody(), [weather], middleware=[GuardMiddleware([LoopGuard(), Budget(tokens=10_000)])]
    ),
    "a budget of seconds": hurried,
}
ANSWERS = {"a supervised graph that asks": ["warm", "calm"]}
