"""What tests of the nodes share: an agent of somebody else's with our tool node."""

from holdfast.nodes import tool_node
from langchain_core.messages import HumanMessage
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import tools_condition


def agent_graph(model, tools, state=MessagesState, **settings):
    """Return the graph of LangGraph's own quickstart, with `tool_node` in place of `ToolNode`."""

    def agent(state: state) -> dict:
        return {"messages": [model.invoke(state["messages"])]}

    graph = StateGraph(state)
    graph.add_node("agent", agent)
    graph.add_node("tools", tool_node(tools, **settings))
    graph.add_edge(START, "agent")
    graph.add_conditional_edges("agent", tools_condition)
    graph.add_edge("tools", "agent")
    return graph


def go(text="Go."):
    return {"messages": [HumanMessage(text)]}


def results(state, key="messages"):
    """Return what the tools answered, oldest first."""
    return [message for message in state[key] if message.type == "tool"]


def notes(state):
    """Return what Holdfast has written in the course of a run, oldest first."""
    marked = [message.additional_kwargs.get("holdfast") for message in state["messages"]]
    return [mark for mark in marked if mark not in (None, "ran")]
