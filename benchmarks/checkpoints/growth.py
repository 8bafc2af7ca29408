"""What a long thread stores and what a step of it costs, with and without Holdfast's channels.

The same loop of a model and a tool over a SqliteSaver in a file; what differs is the state.
Run: python benchmarks/checkpoints/growth.py
"""

import hashlib
import os
import runpy
import sqlite3
import tempfile
import time
from collections.abc import Callable, Sequence
from inspect import signature
from itertools import pairwise
from pathlib import Path
from statistics import mean
from typing import Annotated, Any

from holdfast.graphs import AgentState, CheckedStateGraph
from holdfast.guards import Budget, LoopGuard, make_step
from holdfast.guards.message import read_message
from holdfast.guards.messages import tool_step
from holdfast.nodes import guard_node
from holdfast.nodes.conversation import MessagesChannel
from langchain_core.messages import AIMessage, AnyMessage, ToolMessage
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.message import add_messages
from pydantic import BaseModel, Field
from rich.console import Console
from rich.table import Table

STEPS = 1_000
ROUNDS = 2
WINDOW = 50  # steps to each side of the one whose cost is wanted
ALLOWED_BYTES, ALLOWED_COST = 1.3, 1.5
HEAD = f"""## What a long thread stores

`python benchmarks/checkpoints/growth.py`: an agent's loop of {STEPS:,} super-steps over a
`SqliteSaver` in a file, `durability="sync"`; in turn a model's reply with a tool call and the
tool's result; {os.cpu_count()} cores. "Stored" is the size of the file. "Of alone" is that beside
the same graph with its messages alone on a `DeltaChannel`; {ALLOWED_BYTES} is allowed for
Holdfast's. A step's cost is the processor's time, the mean of the {2 * WINDOW} steps around it, of
the fastest of {ROUNDS} runs; "ratio" is step {STEPS:,} against step 100, and {ALLOWED_COST} is
allowed for Holdfast's, which are `CheckedStateGraph`s. In the last two every third step
is one of a node that does nothing, or of a guard node that derives the ledger from the messages.

"""


class Alone(BaseModel):
    """Messages alone, on a channel that stores what is new."""

    messages: MessagesChannel = Field(default_factory=list)


class Whole(BaseModel):
    """Messages alone, as LangGraph's guides declare them."""

    messages: Annotated[list[AnyMessage], add_messages] = Field(default_factory=list)


def last(kept: list[Any], new: list[Any]) -> list[Any]:
    return [*kept, *new][-256:]


class Ring(BaseModel):
    """The last 256 steps in a plain channel."""

    messages: MessagesChannel = Field(default_factory=list)
    ring: Annotated[list[Any], last] = Field(default_factory=list)


def reply(n: int) -> AIMessage:
    usage: Any = {"input_tokens": 1_500 + n, "output_tokens": 40, "total_tokens": 1_540 + n}
    said = {"model_name": "model-2026-01", "finish_reason": "tool_calls"}
    call = {
        "name": "search_flights",
        "args": {"to": f"town {n:05d}", "limit": n},
        "id": f"call-{n}",
    }
    return AIMessage("", id=f"lc_run--{n:028d}", tool_calls=[call], usage_metadata=usage,
                     response_metadata=said)  # fmt: skip


def result(n: int) -> ToolMessage:
    words = hashlib.sha256(str(n).encode()).hexdigest()
    text = f"Flight {n:05d}, 120 euros, lands at noon; codes {words[:32]} {words[32:]}; " * 2
    return ToolMessage(text, tool_call_id=f"call-{n}", name="search_flights", id=f"{n:036d}")


def model_step(n: int) -> Any:
    return make_step("model", "model-2026-01", actor="search", result=f"{n:016x}", tokens_in=1_500,
                     tokens_out=40, usd=0.004, seconds=0.8)  # fmt: skip


def said_step(n: int) -> Any:
    call = read_message(reply(n)).calls[0]
    return tool_step(call, result(n).text, failed=False, seconds=0.1)


def agent(state: Any, n: int) -> dict[str, Any]:
    return {"messages": [reply(n)]}


def tools(state: Any, n: int) -> dict[str, Any]:
    return {"messages": [result(n)]}


def our_agent(state: Any, n: int) -> dict[str, Any]:
    """Write what a model's node of Holdfast writes; now and then with a verdict."""
    update = {**agent(state, n), "ledger": [{"steps": [model_step(n)]}]}
    if n % 20 == 1:
        update |= {"rung": "none"}
    if n % 20 == 0:
        given = {"guard": "loop", "outcome": "trip", "action": "nudge", "kind": "repeat"}
        given |= {"reason": result(n).text, "steps": [n], "calls": [], "step": n, "at": 0.0}
        update |= {"verdicts": [given], "rung": "nudge"}
    return update


def our_tools(state: Any, n: int) -> dict[str, Any]:
    return {**tools(state, n), "ledger": [{"steps": [said_step(n)]}]}


def ring_agent(state: Any, n: int) -> dict[str, Any]:
    return {**agent(state, n), "ring": [model_step(n)]}


def ring_tools(state: Any, n: int) -> dict[str, Any]:
    return {**tools(state, n), "ring": [said_step(n)]}


def idle(state: Any, n: int) -> dict[str, Any]:
    return {}


Node = Callable[..., dict[str, Any]]


def looped(state: type, nodes: Sequence[Node]) -> tuple[Any, list[float]]:
    """Return the graph of a loop through some nodes, and the times at which its steps ended."""
    ends: list[float] = []

    def turned(node: Node) -> Any:
        if "n" not in signature(node).parameters:
            return node
        return lambda given: node(given, len(ends) // len(nodes))

    def on(to: str) -> Any:
        def route(_: Any) -> str:
            ends.append(time.process_time())
            return END if len(ends) >= STEPS + WINDOW else to

        return route

    graph: Any = (CheckedStateGraph if state is AgentState else StateGraph)(state)
    names = [f"node{place}" for place in range(len(nodes))]
    for name, node, to in zip(names, nodes, [*names[1:], names[0]], strict=True):
        schema = state if "n" in signature(node).parameters else None
        graph.add_node(name, turned(node), input_schema=schema)
        graph.add_conditional_edges(name, on(to), [to, END])
    return graph.add_edge(START, names[0]), ends


def run(state: type, *nodes: Node) -> tuple[int, list[float]]:
    """Return the bytes of a run, and the seconds that each of its steps took."""
    graph, ends = looped(state, nodes)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "threads.db"
        connection = sqlite3.connect(path, check_same_thread=False)
        app = graph.compile(SqliteSaver(connection))
        config = {"configurable": {"thread_id": "1"}, "recursion_limit": STEPS + WINDOW + 5}
        app.invoke({"messages": [("user", "go")]}, config, durability="sync")
        connection.execute("pragma wal_checkpoint(truncate)")
        connection.close()
        return path.stat().st_size, [after - before for before, after in pairwise(ends)]


def cost(steps: list[float], place: int) -> float:
    return mean(steps[place - WINDOW : place + WINDOW]) * 1e6


GUARDED = guard_node(LoopGuard(), Budget(tokens=10**9))
CASES: list[tuple[str, str, Callable[[], Any]]] = [
    ("messages alone on a DeltaChannel", "two", lambda: run(Alone, agent, tools)),
    ("with Holdfast's channels", "two", lambda: run(AgentState, our_agent, our_tools)),
    ("with a plain ring of 256 steps", "two", lambda: run(Ring, ring_agent, ring_tools)),
    ("messages alone on plain `add_messages`", "two", lambda: run(Whole, agent, tools)),
    ("messages alone, with an idle node", "three", lambda: run(Alone, agent, tools, idle)),
    ("with a guard node in its place", "three", lambda: run(AgentState, agent, tools, GUARDED)),
]


def measured() -> list[tuple[str, ...]]:
    """Return a row for each case."""
    rows, beside = [], {}
    for name, kind, case in CASES:
        runs = [case() for _ in range(ROUNDS)]
        size = runs[0][0]
        beside.setdefault(kind, size)
        early, late = (min(cost(steps, place) for _, steps in runs) for place in (100, STEPS))
        rows.append((name, f"{size / 1e6:.1f}", f"{size / beside[kind]:.2f}",
                     f"{early:.0f}", f"{late:.0f}", f"{late / early:.2f}"))  # fmt: skip
    return rows


def main() -> None:
    columns = (
        "state",
        "stored, MB",
        "of alone",
        "step 100, CPU us",
        f"step {STEPS:,}, CPU us",
        "ratio",
    )
    table = Table(*columns, title=f"A thread of {STEPS:,} steps")
    lines = [f"| {' | '.join(columns)} |", "|---|--:|--:|--:|--:|--:|"]
    for row in measured():
        table.add_row(*row)
        lines.append(f"| {' | '.join(row)} |")
    Console(width=120).print(table)
    Path(__file__).with_name("RESULTS.md").write_text(HEAD + "\n".join(lines) + "\n", "utf-8")
    runpy.run_path(str(Path(__file__).parents[1] / "assemble.py"), run_name="__main__")


if __name__ == "__main__":
    main()
