"""What a step through `guard_node` costs, beside a no-op step of the same run.

One graph loops through a no-op node, another through a guard node, over the same messages; rounds
of both take turns, and the fastest of each counts. Run: python benchmarks/overhead/guard_node.py
"""

import os
import runpy
import time
from pathlib import Path

from holdfast.guards import Budget, LoopGuard, ToolCallGuard
from holdfast.nodes import guard_node
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langgraph.graph import END, START, MessagesState, StateGraph
from rich.console import Console
from rich.table import Table

SIZES = (10, 1_000, 10_000)
STEPS = 200
ROUNDS = 9
HEAD = f"""## A step through a guard node

`python benchmarks/overhead/guard_node.py`: a step through `guard_node(LoopGuard(), Budget(...),
ToolCallGuard())` beside a no-op step of the same run, both without a checkpointer; the fastest of
{ROUNDS} rounds of {STEPS} steps that take turns, {os.cpu_count()} cores. "Extra" is what the guard
step costs more, as a part of the no-op step. "First look" is what it costs once to read a history
that no guard has seen; after that only what is new is read.

"""


def look(place: int) -> str:
    """Look something up."""
    return f"r{place}"


def loop_of(node):
    """Return a graph that runs a node `STEPS + 1` times, and the times at which each run ended."""
    ends: list[float] = []

    def again(_) -> str:
        ends.append(time.perf_counter())
        return "node" if len(ends) <= STEPS else END

    builder = StateGraph(MessagesState)
    builder.add_node("node", node)
    builder.add_edge(START, "node")
    builder.add_conditional_edges("node", again, ["node", END])
    return builder.compile(), ends


def conversation(size: int) -> list:
    messages: list = [HumanMessage("Look around.", id="h")]
    while len(messages) < size:
        n = len(messages)
        call = {"name": "look", "args": {"place": n}, "id": f"c{n}"}
        messages.append(AIMessage("", id=f"a{n}", tool_calls=[call]))
        messages.append(ToolMessage(f"r{n}", id=f"t{n}", tool_call_id=f"c{n}"))
    return messages


def run(app, ends, messages) -> tuple[float, float]:
    """Return the microseconds until the first step had ended, and of a step after that."""
    ends.clear()
    began = time.perf_counter()
    app.invoke({"messages": messages}, {"recursion_limit": STEPS + 5})
    return (ends[0] - began) * 1e6, (ends[-1] - ends[0]) / STEPS * 1e6


def step_costs(size: int) -> list[tuple[float, float]]:
    """Return for the no-op and the guard node the microseconds of the first and of a later step."""
    guards = (LoopGuard(), Budget(tokens=10**9, steps=10**9), ToolCallGuard())
    graphs = [loop_of(lambda _: {}), loop_of(guard_node(*guards, tools=[look]))]
    messages = conversation(size)
    found: list[list[tuple[float, float]]] = [[] for _ in graphs]
    for _ in range(ROUNDS):
        for index, (app, ends) in enumerate(graphs):
            found[index].append(run(app, ends, messages))
    return [(min(first for first, _ in one), min(later for _, later in one)) for one in found]


def main() -> None:
    table = Table(title="A step through guard_node(LoopGuard, Budget, ToolCallGuard)")
    names = ("messages", "no-op step, us", "guard step, us", "extra", "first look, ms")
    for name in names:
        table.add_column(name, justify="right")
    lines = [f"| {' | '.join(names)} |", "|--:|--:|--:|--:|--:|"]
    for size in SIZES:
        (first_noop, noop), (first, guarded) = step_costs(size)
        extra = guarded / noop - 1
        looked = (first - first_noop) / 1_000
        row = (f"{size:,}", f"{noop:.0f}", f"{guarded:.0f}", f"{extra:.2f}", f"{looked:.1f}")
        table.add_row(*row)
        lines.append(f"| {' | '.join(row)} |")
    Console().print(table)
    Path(__file__).with_name("RESULTS.md").write_text(HEAD + "\n".join(lines) + "\n", "utf-8")
    runpy.run_path(str(Path(__file__).parents[1] / "assemble.py"), run_name="__main__")


if __name__ == "__main__":
    main()
