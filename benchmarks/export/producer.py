"""A program with an agent, exported by Holdfast or by LangChain's own tracer; it may be killed.

python producer.py holdfast|stock STORE URL COUNT
"""

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any, TypedDict

from holdfast.guards import LoopGuard
from holdfast.nodes import guard_node
from holdfast.traces import LangSmith, record
from langchain_core.language_models import FakeListChatModel
from langchain_core.messages import AIMessage
from langchain_core.tools import tool
from langgraph.graph import END, START, StateGraph
from langgraph.graph.message import add_messages
from langsmith import Client, tracing_context

POISONED = 7
"""The run with a tool call that the server refuses."""


class State(TypedDict, total=False):
    messages: Annotated[list[Any], add_messages]
    n: int


@tool
def search(query: str) -> str:
    """Find something."""
    return f"found {query}"


@tool
def poison(query: str) -> str:
    """Find what the server will not take."""
    return f"found {query}"


def agent():
    """A graph of a model, a tool and a guard."""
    model = FakeListChatModel(responses=["I shall look.", "It is there."])

    def plan(state):
        return {"messages": [AIMessage(model.invoke(state["messages"]).content)]}

    def look(state):
        return {"messages": [("ai", (poison if state["n"] == POISONED else search).invoke("it"))]}

    graph = StateGraph(State)
    graph.add_node("plan", plan)
    graph.add_node("look", look)
    graph.add_node("guard", guard_node(LoopGuard()))
    for before, after in ((START, "plan"), ("plan", "look"), ("look", "guard"), ("guard", END)):
        graph.add_edge(before, after)
    return graph.compile()


def main() -> None:
    way, store, url, count = sys.argv[1], Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
    with ExitStack() as stack:
        export = LangSmith(project="p", url=url, api_key="k") if way == "holdfast" else None
        if way == "stock":
            client = Client(api_url=url, api_key="k")
            stack.callback(client.flush)
            stack.enter_context(tracing_context(enabled=True, client=client, project_name="p"))
        stack.enter_context(record(store, export=export))
        app = agent()
        for n in range(count):
            app.invoke({"messages": [("user", f"Where is number {n}?")], "n": n})
            print(n, flush=True)


if __name__ == "__main__":
    main()
