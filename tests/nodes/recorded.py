"""A desk that refunds, in three graphs, and what its checkpointer keeps of its calls."""

import asyncio

from holdfast.drills import ScriptedModel, tool_call
from holdfast.graphs import AgentState, supervised_graph
from holdfast.guards import tool_facts
from holdfast.nodes import (
    GuardChannels,
    GuardMiddleware,
    Specialist,
    idempotency_key,
    tool_node,
)
from langchain.agents import create_agent
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.runnables import RunnableLambda
from langgraph.graph import END, START, MessagesState, StateGraph

CONFIG = {"configurable": {"thread_id": "1"}}
GIVEN = {"messages": [HumanMessage("Refund 7 and 8.")]}
ONE = {"messages": [HumanMessage("Refund 7.")]}
GRAPHS = ("node", "agent", "team")


def refund_of(world, **facts):
    def refund(order: int) -> str:
        """Refund an order."""
        world.effect(order, idempotency_key())
        return f"refunded {order}"

    return tool_facts(refund, effects=True, **facts)


def work(messages, tools):
    if "handoff" in tools:
        done = any(message.type == "tool" for message in messages)
        return "All done." if done else tool_call("handoff", to="desk", task=messages[-1].text)
    if messages[-1].type == "tool":
        return " / ".join(message.text for message in messages if message.type == "tool")
    orders = [int(word) for word in messages[-1].text.strip(".").split() if word.isdigit()]
    asked = [{"name": "refund", "args": {"order": n}, "id": f"c{n % 10}"} for n in orders]
    return AIMessage("", tool_calls=asked)


def app_of(graph, tool, saver, seen=None):
    """Return a graph; what its models are shown goes into `seen`."""

    def says(messages, tools):
        if seen is not None:
            seen.append(messages)
        return work(messages, tools)

    model = ScriptedModel(says)
    if graph == "agent":
        return create_agent(model, [tool], middleware=[GuardMiddleware()], checkpointer=saver)
    if graph == "node":
        return own_graph(model, [tool]).compile(saver)
    desk = [Specialist("desk", model, tools=[tool])]
    return supervised_graph(AgentState, supervisor=model, specialists=desk).compile(saver)


def go(app, given, awaited=False, durability="sync"):
    if awaited:
        return asyncio.run(app.ainvoke(given, CONFIG, durability=durability))
    return app.invoke(given, CONFIG, durability=durability)


class State(MessagesState, GuardChannels):
    pass


def own_graph(model, tools):
    bound = model.bind_tools(tools)

    def agent(state):
        return {"messages": [bound.invoke(state["messages"])]}

    async def aagent(state):
        return {"messages": [await bound.ainvoke(state["messages"])]}

    def further(state):
        return "tools" if state["messages"][-1].tool_calls else END

    graph = StateGraph(State)
    graph.add_node("agent", RunnableLambda(agent, aagent))
    graph.add_node("tools", tool_node(tools))
    graph.add_edge(START, "agent")
    graph.add_conditional_edges("agent", further, ["tools", END])
    graph.add_edge("tools", "agent")
    return graph


def writes(saver):
    for found in saver.list(CONFIG):
        yield from ((channel, value) for _, channel, value in found.pending_writes or ())


def records(saver):
    """Return what is kept of the calls of tools; what is kept of models' is another story."""
    kept = [value for channel, value in writes(saver) if channel == "holdfast_call"]
    return [value for value in kept if " model " not in value["call"]]
