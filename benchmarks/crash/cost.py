"""What it costs to record a call: the same round of calls, with effects and without, in turns."""

import statistics
import time

from holdfast.guards import tool_facts
from holdfast.nodes import tool_node
from kill import opened
from langchain_core.messages import AIMessage, HumanMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, MessagesState, StateGraph

ROUNDS = 40
HISTORY = 1_000  # messages of the thread, in a channel of the usual sort


def pay(order: str) -> str:
    """Pay an order."""
    return f"{order} was paid"


def pay_recorded(order: str) -> str:
    """Pay an order."""
    return f"{order} was paid"


TOOLS = [pay, tool_facts(pay_recorded, effects=True)]


def app_of(saver):
    graph = StateGraph(MessagesState)
    graph.add_node("proposed", lambda state: None)
    graph.add_node("tools", tool_node(TOOLS))
    graph.add_edge(START, "proposed")
    graph.add_edge("proposed", "tools")
    return graph.compile(saver)


def once(app, tool, number, history, durability):
    call = {"name": tool, "args": {"order": str(number)}, "id": f"{tool}-{number}"}
    config = {"configurable": {"thread_id": f"{tool}-{number}-{durability}"}}
    given = {"messages": [*history, AIMessage("", tool_calls=[call])]}
    began = time.perf_counter()
    app.invoke(given, config, durability=durability)
    return (time.perf_counter() - began) * 1e3


def measured(saver, messages, durability):
    """Return the median milliseconds of a run of one call, without its record and with it."""
    app = app_of(saver)
    history = [HumanMessage("word " * 40) for _ in range(messages)]
    times = {tool: [] for tool in ("pay", "pay_recorded")}
    for number in range(ROUNDS):
        for tool, taken in times.items():
            taken.append(once(app, tool, number, history, durability))
    return [statistics.median(taken) for taken in times.values()]


def rows(places):
    """Yield a row for each saver, durability and length of history."""
    for name, place in places.items():
        for durability in ("sync", "async"):
            for messages in (1, HISTORY):
                if place is None:
                    plain, recorded = measured(InMemorySaver(), messages, durability)
                else:
                    with opened(place) as saver:
                        plain, recorded = measured(saver, messages, durability)
                yield name, durability, messages, plain, recorded


def table(places):
    head = "| saver | durability | messages | call, ms | recorded, ms | more, ms | ratio |"
    lines = [head, "|---|---|--:|--:|--:|--:|--:|"]
    for name, durability, messages, plain, recorded in rows(places):
        more = f"{recorded - plain:.1f} | {recorded / plain:.2f}"
        lines.append(
            f"| {name} | {durability} | {messages:,} | {plain:.1f} | {recorded:.1f} | {more} |"
        )
    return "\n".join(lines)
