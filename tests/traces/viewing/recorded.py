"""Runs recorded for the tests of this folder."""

from holdfast.drills import ScriptedModel
from holdfast.drills.desk import TICKETS, desk_model, run_ticket
from holdfast.traces import record
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode, tools_condition
from langgraph.types import interrupt

USAGE = {"input_tokens": 10, "output_tokens": 4, "total_tokens": 14}


@tool
def look(what: str) -> str:
    """Look something up."""
    return f"{what} is blue"


@tool
def may_i(what: str) -> str:
    """Ask a person, then do it."""
    return f"{interrupt('may I?')}: {what}"


@tool
def broken() -> str:
    """Fail."""
    raise ConnectionError("the line is dead")


def calls(name, id_, **args):
    made = {"name": name, "args": args, "id": id_, "type": "tool_call"}
    return AIMessage("", tool_calls=[made], usage_metadata=USAGE)


def says(text):
    return AIMessage(text, usage_metadata=USAGE)


def agent(*replies, saver=None):
    """An agent that calls tools, and knows nothing of Holdfast."""
    model = ScriptedModel(list(replies)).bind_tools([look, may_i, broken])
    graph = StateGraph(MessagesState)
    graph.add_node("agent", lambda state: {"messages": [model.invoke(state["messages"])]})
    graph.add_node("tools", ToolNode([look, may_i, broken], handle_tool_errors=True))
    graph.add_edge(START, "agent")
    graph.add_conditional_edges("agent", tools_condition)
    graph.add_edge("tools", "agent")
    return graph.compile(checkpointer=saver or InMemorySaver())


def ask(app, what, thread="t1"):
    given = {"messages": [HumanMessage(what)]} if isinstance(what, str) else what
    return app.invoke(given, {"configurable": {"thread_id": thread}})


def record_ticket(path, number, harness="holdfast"):
    """Record a ticket of the support desk."""
    with record(path):
        run_ticket(TICKETS[number - 1], harness, desk_model())
