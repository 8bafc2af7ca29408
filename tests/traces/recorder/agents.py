"""Graphs to record, which know nothing of Holdfast."""

from operator import add
from typing import Annotated, Any

from holdfast.drills import ScriptedModel
from langchain_core.messages import AIMessage
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode, tools_condition
from langgraph.types import RetryPolicy, Send, interrupt
from typing_extensions import TypedDict

USAGE = {"input_tokens": 10, "output_tokens": 4, "total_tokens": 14}


def call(name, **args):
    return {"name": name, "args": args, "id": "c1", "type": "tool_call"}


def asks(*calls, **more):
    return AIMessage("", tool_calls=list(calls), usage_metadata=USAGE, **more)


def says(text, **more):
    return AIMessage(text, usage_metadata=USAGE, **more)


def fake(*replies):
    return ScriptedModel(replies)


@tool
def add_up(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


@tool
def ask_first(a: int) -> str:
    """Ask a person, then do it."""
    return f"{interrupt({'may I': a})} {a}"


@tool
def broken() -> str:
    """Fail."""
    raise ConnectionError("the line is dead")


def react(*replies, tools=(add_up, ask_first, broken), **settings):
    """An agent that calls tools, as in LangGraph's own documentation."""
    model = fake(*replies)
    graph = StateGraph(MessagesState)
    graph.add_node("agent", lambda state: {"messages": [model.invoke(state["messages"])]})
    graph.add_node("tools", ToolNode(list(tools), **settings))
    graph.add_edge(START, "agent")
    graph.add_conditional_edges("agent", tools_condition)
    graph.add_edge("tools", "agent")
    return graph.compile(checkpointer=InMemorySaver())


class Numbers(TypedDict, total=False):
    n: int
    found: Annotated[list[int], add]


def fan_out(n):
    """A graph that does the same in parallel branches."""
    graph = StateGraph(Numbers)
    graph.add_node("square", lambda state: {"found": [state["n"] ** 2]})
    graph.add_conditional_edges(
        START, lambda _: [Send("square", {"n": each}) for each in range(n)], ["square"]
    )
    graph.add_edge("square", END)
    return graph.compile(name="fan")


def nested():
    """A graph whose node is a graph."""
    inner = StateGraph(Numbers)
    inner.add_node("double", lambda state: {"n": state["n"] * 2})
    inner.add_edge(START, "double")
    outer = StateGraph(Numbers)
    outer.add_node("inside", inner.compile(name="inner"))
    outer.add_edge(START, "inside")
    return outer.compile(name="outer")


def flaky(failures):
    """A graph whose node fails some times, and is tried again."""
    left = iter(range(failures))

    def node(state):
        if next(left, None) is not None:
            raise ConnectionError("not yet")
        return {"n": 1}

    graph = StateGraph(Numbers)
    graph.add_node(
        "flaky",
        node,
        retry_policy=RetryPolicy(initial_interval=0.001, jitter=False, max_attempts=5),
    )
    graph.add_edge(START, "flaky")
    return graph.compile()


def one_node(node: Any):
    """A graph of one node."""
    graph = StateGraph(Numbers)
    graph.add_node("node", node)
    graph.add_edge(START, "node")
    return graph.compile()


def thread():
    return {"configurable": {"thread_id": "t1"}}
