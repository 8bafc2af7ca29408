"""What a step through `guard_node` costs, beside a no-op step of the same run.

One run, in which a no-op node and a guard node take turns over the same messages.
Run: python benchmarks/overhead/guard_node.py
"""

import os
import runpy
import time
from itertools import pairwise
from pathlib import Path
from statistics import median

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
ToolCallGuard())` beside a no-op step of the same run, in which the two take turns, without a
checkpointer; medians of {STEPS} steps each, of the fastest of {ROUNDS} runs,
{os.cpu_count()} cores. "Extra" is what the guard step costs more, as a part of the no-op step; 0.35
is allowed. "First look" is what it costs once to read a history that no guard has seen; after that
only what is new is read.

"""


def look(place: int) -> str:
    """Look something up."""
    return f"r{place}"


def alternating(guarded):
    """Return a graph whose steps take turns, no-op and guard, and the times at which each ended."""
    ends: list[float] = []

    def turn(to: str):
        def route(_) -> str:
            ends.append(time.perf_counter())
            return to if len(ends) <= 2 * STEPS else END

        return route

    builder = StateGraph(MessagesState)
    builder.add_node("noop", lambda _: {})
    builder.add_node("guard", guarded)
    builder.add_edge(START, "guard")
    builder.add_conditional_edges("guard", turn("noop"), ["noop", END])
    builder.add_conditional_edges("noop", turn("guard"), ["guard", END])
    return builder.compile(), ends


def conversation(size: int) -> list:
    messages: list = [HumanMessage("Look around.", id="h")]
    while len(messages) < size:
        n = len(messages)
        call = {"name": "look", "args": {"place": n}, "id": f"c{n}"}
        messages.append(AIMessage("", id=f"a{n}", tool_calls=[call]))
        messages.append(ToolMessage(f"r{n}", id=f"t{n}", tool_call_id=f"c{n}"))
    return messages


def run(app, ends, messages) -> tuple[float, float, float]:
    """Return in microseconds: the first guard step, and the median no-op and guard step after."""
    ends.clear()
    began = time.perf_counter()
    app.invoke({"messages": messages}, {"recursion_limit": 2 * STEPS + 5})
    steps = [later - earlier for earlier, later in pairwise(ends)]
    noop, guarded = median(steps[0::2]), median(steps[1::2])
    return (ends[0] - began) * 1e6, noop * 1e6, guarded * 1e6


def step_costs(size: int) -> tuple[float, float, float]:
    """Return the first look and the no-op and guard step, of the round with the least noise."""
    guards = (LoopGuard(), Budget(tokens=10**9, steps=10**9), ToolCallGuard())
    app, ends = alternating(guard_node(*guards, tools=[look]))
    messages = conversation(size)
    return min((run(app, ends, messages) for _ in range(ROUNDS)), key=lambda one: one[1] + one[2])


def main() -> None:
    table = Table(title="A step through guard_node(LoopGuard, Budget, ToolCallGuard)")
    names = ("messages", "no-op step, us", "guard step, us", "extra", "first look, ms")
    for name in names:
        table.add_column(name, justify="right")
    lines = [f"| {' | '.join(names)} |", "|--:|--:|--:|--:|--:|"]
    for size in SIZES:
        first, noop, guarded = step_costs(size)
        extra = guarded / noop - 1
        looked = (first - guarded) / 1_000
        row = (f"{size:,}", f"{noop:.0f}", f"{guarded:.0f}", f"{extra:.2f}", f"{looked:.1f}")
        table.add_row(*row)
        lines.append(f"| {' | '.join(row)} |")
    Console().print(table)
    Path(__file__).with_name("RESULTS.md").write_text(HEAD + "\n".join(lines) + "\n", "utf-8")
    runpy.run_path(str(Path(__file__).parents[1] / "assemble.py"), run_name="__main__")


if __name__ == "__main__":
    main()
