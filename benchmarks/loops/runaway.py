"""The model that calls a tool that does not exist, for ever: what does it cost?

A scripted model that never stops stands for the one of a real report (an agent that burnt some 26
USD in one turn). Each harness is left to end it; a run that nobody ends is cut by this program.
Run: python benchmarks/loops/runaway.py
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from holdfast.drills import ScriptedModel, tool_call
from holdfast.guards import LoopGuard, ToolCallGuard
from holdfast.nodes import GuardMiddleware, by_action, tool_node
from langchain.agents import create_agent
from langchain.agents.middleware import ModelCallLimitMiddleware
from langgraph.errors import GraphRecursionError
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode

HERE = Path(__file__).resolve().parent
RECURSION = 10_007
ENOUGH = 1_000
"""Calls of the model after which a run that nobody ends is cut."""
SECONDS = 60.0
USD = 3.0 / 1_000_000  # per prompt token, of a model of the middle class
CALLS = 25
START_MESSAGE = {"messages": [("user", "What do I owe? " + "Here is what I know so far. " * 100)]}


class TimeIsUpError(Exception):
    """Nobody ended the run."""


@dataclass
class Meter:
    """Counts what a run costs, and cuts it when its time is up."""

    deadline: float
    calls: int = 0
    tokens: int = 0

    def reply(self, messages: list[Any]) -> Any:
        if self.calls == ENOUGH or time.monotonic() > self.deadline:
            raise TimeIsUpError
        self.calls += 1
        self.tokens += sum(len(message.text) for message in messages) // 4
        return tool_call("get_invoice_total", customer="42")


def look_up(customer: str) -> str:
    """Look a customer up."""
    return f"{customer}: Ada"


def bare(model: Any) -> Any:
    graph = StateGraph(MessagesState)
    graph.add_node("agent", lambda state: {"messages": [model.invoke(state["messages"])]})
    graph.add_node("tools", ToolNode([look_up]))
    graph.add_edge(START, "agent")
    graph.add_edge("tools", "agent")
    graph.add_conditional_edges("agent", asks, {True: "tools", False: END})
    return graph.compile()


def guarded(model: Any) -> Any:
    graph = StateGraph(MessagesState)
    graph.add_node("agent", lambda state: {"messages": [model.invoke(state["messages"])]})
    graph.add_node("tools", tool_node([look_up], guards=[LoopGuard(unattended=True)]))
    graph.add_edge(START, "agent")
    graph.add_conditional_edges("agent", asks, {True: "tools", False: END})
    on = dict.fromkeys(["none", "nudge", "block"], "agent")
    out = dict.fromkeys(["wrap_up", "escalate", "stop"], END)
    graph.add_conditional_edges("tools", by_action, {**on, **out})
    return graph.compile()


def asks(state: MessagesState) -> bool:
    return bool(state["messages"][-1].tool_calls)


def limited(model: Any) -> Any:
    return create_agent(model, [look_up], middleware=[ModelCallLimitMiddleware(run_limit=CALLS)])


def with_middleware(model: Any) -> Any:
    guards = [LoopGuard(unattended=True), ToolCallGuard()]
    return create_agent(model, [look_up], middleware=[GuardMiddleware(guards=guards)])


HARNESSES: dict[str, Callable[[Any], Any]] = {
    "bare LangGraph": bare,
    "create_agent": lambda model: create_agent(model, [look_up]),
    f"create_agent, ModelCallLimitMiddleware(run_limit={CALLS})": limited,
    "create_agent, GuardMiddleware": with_middleware,
    "LangGraph with tool_node(guards=[LoopGuard()])": guarded,
}


def run(build: Callable[[Any], Any]) -> tuple[Meter, str]:
    """Return what a harness let the model spend, and how it ended."""
    meter = Meter(time.monotonic() + SECONDS)
    app = build(ScriptedModel(meter.reply))
    try:
        out = app.invoke(START_MESSAGE, {"recursion_limit": RECURSION})
    except GraphRecursionError:
        return meter, "GraphRecursionError, nothing kept"
    except TimeIsUpError:
        return meter, f"nobody ended it: cut here, {RECURSION // 2:,} were allowed"
    return meter, f"answered: {out['messages'][-1].text[:90]!r}"


def report() -> str:
    lines = [
        "# A model that calls a tool that does not exist, for ever\n",
        f"`python benchmarks/loops/runaway.py`: recursion_limit {RECURSION:,}, each run cut after",
        f"{ENOUGH:,} calls; tokens are a quarter of the prompts' characters, USD at 3 a million.\n",
        "| harness | model calls | prompt tokens | USD | how it ended |",
        "|---|---|---|---|---|",
    ]
    for name, build in HARNESSES.items():
        meter, ending = run(build)
        cost = f"{meter.tokens * USD:,.3f}"
        lines.append(f"| {name} | {meter.calls:,} | {meter.tokens:,} | {cost} | {ending} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    text = report()
    (HERE / "RUNAWAY.md").write_text(text, "utf-8")
    print(text)


if __name__ == "__main__":
    main()
