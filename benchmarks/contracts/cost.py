"""What checking each update costs a step, in a state that holds a long conversation.

The same loop as a `CheckedStateGraph` and as a plain `StateGraph`, turn about.
Run: python benchmarks/contracts/cost.py
"""

import os
import runpy
import time
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

from holdfast.graphs import AgentState, CheckedStateGraph
from holdfast.guards import make_step
from langchain_core.messages import AIMessage, HumanMessage
from langgraph.graph import END, START, StateGraph
from pydantic import BaseModel, Field
from rich.console import Console
from rich.table import Table

SIZES = (10, 100, 1_000)
STEPS = 300
ROUNDS = 15
ALLOWED = 50
HEAD = f"""## What contracts cost

`python benchmarks/contracts/cost.py`: one step of a loop that writes a message, a step of the
ledger, a number and a model of four fields, as a `CheckedStateGraph` and as a plain `StateGraph`
with the same state, without a checkpointer; processor's time, medians of {STEPS} steps;
{os.cpu_count()} cores. "Extra" is what the check costs: the median difference of {ROUNDS} pairs of
runs, taken in turns; {ALLOWED} us are allowed. "By itself" is the check of that update alone,
called as a function.

"""


class Flight(BaseModel):
    id: str
    price: float
    stops: list[str] = Field(default_factory=list)
    seats: int = 1


class Trip(AgentState):
    best: Flight | None = None
    tries: int = 0


def update(n: int) -> dict[str, Any]:
    return {
        "messages": [AIMessage("On it.", id="same")],
        "ledger": [{"steps": [make_step("model", "m", actor="a")]}],
        "tries": n,
        "best": {"id": f"LH{n}", "price": 120.0, "stops": ["FRA", "LIS"], "seats": 2},
    }


def looped(kind: Any) -> tuple[Any, list[float]]:
    """Return a compiled loop and the times at which its steps ended."""
    ends: list[float] = []

    def on(_: Any) -> str:
        ends.append(time.process_time())
        return END if len(ends) > STEPS else "turn"

    graph = kind(Trip).add_node("turn", lambda _: update(len(ends))).add_edge(START, "turn")
    return graph.add_conditional_edges("turn", on, ["turn", END]).compile(), ends


def run(looping: tuple[Any, list[float]], messages: list[Any]) -> float:
    """Return the median step of a run in microseconds."""
    app, ends = looping
    ends.clear()
    app.invoke({"messages": messages}, {"recursion_limit": STEPS + 5})
    return median(after - before for before, after in pairwise(ends)) * 1e6


def by_itself() -> float:
    contract = CheckedStateGraph(Trip).contract
    known, given = frozenset(Trip.model_fields), update(1)
    took = []
    for _ in range(2_000):
        began = time.perf_counter()
        contract.checked("node 'turn'", given, known)
        took.append(time.perf_counter() - began)
    return median(took) * 1e6


def costs(size: int) -> tuple[float, float]:
    """Return a step of the plain graph, and what a checked one costs more, in microseconds."""
    messages = [HumanMessage(f"text {n}", id=f"m{n}") for n in range(size)]
    plain, checked = looped(StateGraph), looped(CheckedStateGraph)
    pairs = [(run(plain, messages), run(checked, messages)) for _ in range(ROUNDS)]
    return min(one for one, _ in pairs), median(other - one for one, other in pairs)


def main() -> None:
    names = ("messages", "plain step, CPU us", "extra, CPU us", "by itself, us")
    table = Table(*names, title="A step with and without contracts")
    lines = [f"| {' | '.join(names)} |", "|--:|--:|--:|--:|"]
    alone = by_itself()
    for size in SIZES:
        plain, extra = costs(size)
        row = (f"{size:,}", f"{plain:.0f}", f"{extra:.0f}", f"{alone:.1f}")
        table.add_row(*row)
        lines.append(f"| {' | '.join(row)} |")
    Console(width=120).print(table)
    Path(__file__).with_name("RESULTS.md").write_text(HEAD + "\n".join(lines) + "\n", "utf-8")
    runpy.run_path(str(Path(__file__).parents[1] / "assemble.py"), run_name="__main__")


if __name__ == "__main__":
    main()
