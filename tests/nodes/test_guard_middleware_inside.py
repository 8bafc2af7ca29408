"""Agents inside of agents share one ledger and one budget."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated

import pytest
from holdfast.drills import ScriptedModel, tool_call, tool_calls
from holdfast.graphs import AgentState, supervised_graph
from holdfast.guards import Budget, LoopGuard
from holdfast.nodes import GuardMiddleware, Specialist
from holdfast.nodes.channels import GuardChannels
from langchain.agents import create_agent
from langchain.agents.middleware import ModelCallLimitMiddleware
from langchain_core.tools import StructuredTool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.message import add_messages
from langgraph.types import Command, interrupt

from .agents import GO, answers, guarded, last, look, looking, run, spent

FREE = LoopGuard(nudge=20, block=21, wrap_up=22, last=23, stale=50)


def helper(model, middleware):
    """Return a tool that asks an agent."""
    inner = create_agent(model, [look], middleware=middleware, name="helper")

    def ask(task: str) -> str:
        """Ask a helper."""
        return inner.invoke({"messages": [("user", task)]})["messages"][-1].text

    async def aask(task: str) -> str:
        return (await inner.ainvoke({"messages": [("user", task)]}))["messages"][-1].text

    return StructuredTool.from_function(ask, aask, name="ask")


def test_an_inner_agents_calls_are_not_counted_bare():
    def limit():
        return ModelCallLimitMiddleware(run_limit=3)

    inner = ScriptedModel([tool_call("look", at="a"), tool_call("look", at="b"), "Seen."])
    outer = ScriptedModel([tool_call("ask", task="Look."), "Done."])
    app = create_agent(outer, [helper(inner, [limit()])], middleware=[limit()])
    assert app.invoke(GO)["messages"][-1].text == "Done."
    assert len(inner.calls) + len(outer.calls) == 5


def test_an_inner_agents_calls_are_in_the_outer_ledger(play):
    inner = ScriptedModel([tool_call("look", at="a"), tool_call("look", at="b"), "Seen."])
    ask = helper(inner, [GuardMiddleware()])
    state = play(guarded([tool_call("ask", task="Look."), "Done."], tools=[ask]), GO)
    assert spent(state)["model_calls"] == 5
    assert spent(state)["tool_calls"] == 3
    assert [step["actor"] for step in state["ledger"]["recent"]] == [
        "agent", "agent", *["helper"] * 5, "agent",
    ]  # fmt: skip


def test_an_inner_agent_is_held_to_what_is_left_of_the_outer_budget(play):
    inner = ScriptedModel(looking)
    ask = helper(inner, [GuardMiddleware([FREE])])  # it has no budget of its own
    outer = ScriptedModel([tool_call("ask", task="Look."), "Done."])
    state = play(guarded(outer, Budget(model_calls=4), FREE, tools=[ask]), GO)
    assert len(inner.calls) + len(outer.calls) == 4
    assert spent(state)["model_calls"] == 4
    assert state["ending"] == "budget_stopped"


@pytest.mark.parametrize("awaited", [False, True])
def test_inner_agents_side_by_side_cannot_overspend_together(awaited):
    inner = ScriptedModel(looking)
    ask = helper(inner, [GuardMiddleware([FREE])])
    ten = tool_calls(*(tool_call("ask", task=f"Look {n}.") for n in range(10)))
    outer = ScriptedModel([ten, "Done."])
    app = guarded(outer, Budget(model_calls=12), FREE, tools=[ask]).compile()
    state = asyncio.run(app.ainvoke(GO)) if awaited else app.invoke(GO)
    assert len(inner.calls) + len(outer.calls) <= 12
    assert spent(state)["model_calls"] == len(inner.calls) + len(outer.calls)


def test_an_inner_agent_that_asks_a_person_goes_on_and_is_counted_once():
    def where(at: str) -> str:
        """Ask where it is."""
        return interrupt(f"Where is {at}?")

    model = ScriptedModel([tool_call("where", at="home"), "Seen."])
    inner = create_agent(model, [where], middleware=[GuardMiddleware()], name="helper")

    def ask(task: str) -> str:
        """Ask a helper."""
        return inner.invoke({"messages": [("user", task)]})["messages"][-1].text

    agent = guarded([tool_call("ask", task="Look."), "Done."], tools=[ask])
    saver, config = InMemorySaver(), {"configurable": {"thread_id": "1"}}
    agent.compile(saver).invoke(GO, config)
    state = agent.compile(saver).invoke(Command(resume="Here."), config)
    assert last(state) == "Done."
    assert spent(state)["model_calls"] == 4
    assert spent(state)["tool_calls"] == 2


def test_an_inner_agent_that_fails_is_charged_all_the_same():
    inner = ScriptedModel([tool_call("look", at="a"), TimeoutError("busy")])
    ask = helper(inner, [GuardMiddleware()])
    state = run(guarded([tool_call("ask", task="Look."), "Sorry."], tools=[ask]))
    assert "the service behind it failed (TimeoutError)" in answers(state)[0]
    assert spent(state)["model_calls"] == 4


def team(model, specialist, *guards):
    return supervised_graph(
        AgentState, supervisor=model, specialists=[specialist], guards=guards, human=False
    )


def test_an_agent_as_a_specialist_shares_the_budget_of_its_team(play):
    inner = ScriptedModel(looking)
    agent = create_agent(inner, [look], middleware=[GuardMiddleware([FREE])], name="helper")
    boss = ScriptedModel(lambda _: tool_call("handoff", to="helper", task="Look."))
    state = play(team(boss, Specialist("helper", agent), Budget(model_calls=5), FREE), GO)
    assert len(inner.calls) + len(boss.calls) <= 5
    assert state["ledger"]["spent"]["model_calls"] == len(inner.calls) + len(boss.calls)
    assert state["ending"] == "budget_stopped"


def test_a_ledger_that_a_subgraph_is_given_and_gives_back_is_counted_once():
    class State(GuardChannels):
        messages: Annotated[list, add_messages]

    graph = StateGraph(State)
    for name in ("one", "two"):
        model = ScriptedModel([tool_call("look", at=name), "Seen."])
        graph.add_node(name, create_agent(model, [look], middleware=[GuardMiddleware()]))
    graph.add_edge(START, "one")
    graph.add_edge("one", "two")
    graph.add_edge("two", END)
    state = graph.compile().invoke(GO)
    assert state["ledger"]["thread"]["model_calls"] == 4
    assert state["ledger"]["n"] == 6


def test_one_middleware_serves_many_threads_at_once():
    app = guarded(lambda m: looking(m), Budget(model_calls=4), FREE).compile(InMemorySaver())

    def go(n):
        return app.invoke(GO, {"configurable": {"thread_id": str(n)}})

    with ThreadPoolExecutor(8) as pool:
        states = list(pool.map(go, range(16)))
    assert {spent(state)["model_calls"] for state in states} == {4}
