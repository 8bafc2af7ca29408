"""A desk that refunds orders and writes down what it really does, in three graphs.

Each line of its diary is on disk before anything else happens, and is what a run is judged by.
"""

import json
import os
import time
from hashlib import sha256
from pathlib import Path

from holdfast.drills import ScriptedModel, tool_call
from holdfast.graphs import AgentState, supervised_graph
from holdfast.guards import Budget, LoopGuard, tool_facts
from holdfast.guards.message import MARK
from holdfast.nodes import (
    GuardChannels,
    GuardMiddleware,
    Specialist,
    guard_node,
    idempotency_key,
    tool_node,
)
from langchain.agents import create_agent
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.runnables import RunnableLambda
from langgraph.graph import END, START, MessagesState, StateGraph

GRAPHS = ("team", "node", "agent")
ORDERS = ("A1", "B2", "C3", "D4")
WORK_SECONDS = 0.002  # that a tool takes before it has its effect, and again after it
GUARDS = (LoopGuard(nudge=30, block=31, wrap_up=32, last=33, stale=60), Budget(model_calls=60))


class State(MessagesState, GuardChannels):
    """The state of a graph of one's own."""


class Diary:
    """What happened, line by line, of one run."""

    def __init__(self, file):
        self.file = Path(file)

    def note(self, *words):
        with self.file.open("a") as file:
            file.write(" ".join(words) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def lines(self, first):
        if not self.file.exists():
            return []
        found = map(str.split, self.file.read_text().splitlines())
        return [line[1:] for line in found if line[0] == first]


def tools_of(diary):
    def look_up(order: str) -> str:
        """Say whether an order was refunded."""
        done = any(line[0] == order for line in diary.lines("refund"))
        return f"{order} was refunded" if done else f"{order} was not refunded"

    def refund(order: str) -> str:
        """Refund an order."""
        time.sleep(WORK_SECONDS)
        diary.note("refund", order, idempotency_key())
        time.sleep(WORK_SECONDS)
        return f"{order} was refunded"

    return [look_up, tool_facts(refund, effects=True)]


def policy(diary):
    """Return what the model does: refund all, look up what it is not sure of, and say so."""

    def work(messages, tools):
        check(messages, diary)
        diary.note("model", digest(messages))
        if "handoff" in tools:
            done = any(message.type == "tool" for message in messages)
            return "All done." if done else tool_call("handoff", to="desk", task="Refund all.")
        known = results(messages)
        unsure = [order for order in ORDERS if known.get(order) == "unknown"]
        open_ = [order for order in ORDERS if known.get(order) in (None, "no")]
        if unsure:
            return calls("look_up", unsure, messages)
        return calls("refund", open_[:2], messages) if open_ else "All are refunded."

    return work


def calls(tool, orders, messages):
    made = len(messages)
    asked = [
        {"name": tool, "args": {"order": order}, "id": f"{tool}-{order}-{made}"} for order in orders
    ]
    return AIMessage("", tool_calls=asked)


def results(messages):
    """Return what the model knows of each order, from the newest result."""
    orders = {
        call["id"]: call["args"].get("order")
        for message in messages
        for call in getattr(message, "tool_calls", ())
    }
    known = {}
    for message in messages:
        if message.type == "tool" and orders.get(message.tool_call_id):
            known[orders[message.tool_call_id]] = meaning(message)
    return known


def meaning(message):
    if message.additional_kwargs.get(MARK) == "unknown":
        return "unknown"
    return "yes" if message.text.endswith("was refunded") and " not " not in message.text else "no"


def check(messages, diary):
    """Write down a call that has no answer where a model is shown it."""
    answered = {message.tool_call_id for message in messages if message.type == "tool"}
    for message in messages:
        for call in getattr(message, "tool_calls", ()):
            if call["id"] not in answered:
                diary.note("dangling", call["id"])


def digest(messages):
    """Return the same for the same prompt; a call that is made anew after a crash has it again."""
    said = [
        (message.type, message.text, len(getattr(message, "tool_calls", ())))
        for message in messages
    ]
    return sha256(json.dumps(said).encode()).hexdigest()[:16]


def graph_of(name, diary):
    """Return what compiles one of the graphs with a checkpointer."""
    model, tools = ScriptedModel(policy(diary)), tools_of(diary)
    if name == "agent":
        middleware = [GuardMiddleware(GUARDS)]
        return lambda saver: create_agent(model, tools, middleware=middleware, checkpointer=saver)
    if name == "team":
        desk = [Specialist("desk", model, tools=tools)]
        graph = supervised_graph(AgentState, supervisor=model, specialists=desk, guards=GUARDS)
    else:
        graph = own(model, tools)
    return lambda saver: graph.compile(checkpointer=saver)


def own(model, tools):
    bound = model.bind_tools(tools)

    async def aagent(state):
        return {"messages": [await bound.ainvoke(state["messages"])]}

    def agent(state):
        return {"messages": [bound.invoke(state["messages"])]}

    graph = StateGraph(State)
    graph.add_node("agent", RunnableLambda(agent, aagent))
    graph.add_node("tools", tool_node(tools, guards=GUARDS))
    graph.add_node("last", guard_node(*GUARDS))  # reads the last reply into the ledger
    graph.add_edge(START, "agent")
    graph.add_conditional_edges("agent", further, ["tools", "last"])
    graph.add_edge("last", END)
    graph.add_edge("tools", "agent")
    return graph


def further(state):
    return "tools" if state["messages"][-1].tool_calls else "last"


def given(known):
    return None if known else {"messages": [HumanMessage("Refund all orders.")]}


def judged(diary, state, name):
    """Return what became of a run, as numbers.

    A graph of one's own asks its model itself: of that a ledger knows the replies that were kept.
    """
    refunds = [order for order, _ in diary.lines("refund")]
    prompts = [prompt for (prompt,) in diary.lines("model")]
    kept = set(prompts) if name == "node" else prompts
    spent = state["ledger"]["spent"]
    return {
        "twice": len(refunds) - len(set(refunds)),
        "lost": len(set(ORDERS) - set(refunds)),
        "unknown": unknown(state),
        "dangling": len(diary.lines("dangling")),
        "off": min(spent["model_calls"] - len(kept), 0),
        "repeated": len(prompts) - len(set(prompts)),
        "tools": spent["tool_calls"],
    }


def unknown(state):
    recent = state["ledger"]["recent"]
    return sum(step["error"] == "unknown" for step in recent)
