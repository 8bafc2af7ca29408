"""How large a store is, beside the JSON of all that its spans hold."""

import json
import time
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from holdfast.traces import Store, record
from holdfast.traces.store.upkeep import compact
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from langchain_core.tools import tool
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode

LENGTHS = (50, 200, 500)
WORDS = [
    "flight", "hotel", "booking", "please", "Lisbon", "Friday", "the", "a", "of", "and", "price",
    "seat", "is", "not", "available", "confirm", "passenger", "date", "return", "cheapest",
]  # fmt: skip


def text(random, size):
    """Return words, with numbers between them, that do not pack to nothing."""
    parts = []
    while sum(map(len, parts)) + len(parts) < size:
        parts.append(random.choice(WORDS) if random.random() < 0.8 else str(random.random())[2:9])
    return " ".join(parts)[:size]


def conversation(steps):
    """Return an agent of so many turns: a reply of 250 bytes, a tool's result of 1,500."""
    random = Random(steps)

    @tool
    def look_up(query: str) -> str:
        """Look something up in the catalogue."""
        return text(random, 1_500)

    def reply(n):
        call = {"name": "look_up", "args": {"query": text(random, 40)}, "id": f"call_{n}"}
        usage = {"input_tokens": 900 + n, "output_tokens": 60, "total_tokens": 960 + n}
        return AIMessage(text(random, 250), tool_calls=[call], usage_metadata=usage)

    model = GenericFakeChatModel(messages=(reply(n) for n in range(steps + 1)))
    graph = StateGraph(MessagesState)
    graph.add_node("agent", lambda state: {"messages": [model.invoke(state["messages"])]})
    graph.add_node("tools", ToolNode([look_up]))
    graph.add_edge(START, "agent")
    graph.add_conditional_edges(
        "agent", lambda state: "tools" if len(state["messages"]) < 2 * steps else END
    )
    graph.add_edge("tools", "agent")
    start = [SystemMessage(text(random, 3_000)), HumanMessage(text(random, 200))]
    return graph.compile(), {"messages": start}


def plain(store, trace):
    """Return the bytes of a trace's spans as JSON, each with all that it holds."""
    total = 0
    for span in store.spans(trace):
        for ref in (span.inputs, span.outputs):
            if ref:
                total += len(json.dumps(store.load(ref), ensure_ascii=False).encode())
    return total


def measured():
    """Yield for each length the bytes of plain JSON, of the store, and of it made compact."""
    for steps in LENGTHS:
        with TemporaryDirectory() as folder:
            path = Path(folder) / "traces.db"
            app, given = conversation(steps)
            with record(path):
                app.invoke(given, {"recursion_limit": 4 * steps})
            with Store(path, read_only=True) as store:
                trace = store.trace("last")
                last = [span for span in store.spans(trace.id) if span.kind == "model"][-1]
                began = time.perf_counter()
                messages = len(store.decode(last.inputs)["messages"])
                seconds = time.perf_counter() - began
                raw = plain(store, trace.id)
            size = sum(each.stat().st_size for each in Path(folder).iterdir())
            yield steps, raw, size, compact(path).after, messages, seconds
