"""A team that writes down what it does, and dies where it is told to; run as a program.

Usage: `python crashing.py FOLDER DIES WAY`, where DIES is `node`, `tool` or `nowhere`, and WAY is
`sync` or `async`. It goes on where the thread in FOLDER stands, and prints how it ended.
"""

import asyncio
import json
import os
import sys
from pathlib import Path

from holdfast.drills import ScriptedModel, tool_call
from holdfast.graphs import AgentState, supervised_graph
from holdfast.guards import tool_facts
from holdfast.nodes import Specialist
from langchain_core.messages import HumanMessage
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.graph import END

CONFIG = {"configurable": {"thread_id": "1"}}


class Trip(AgentState):
    booked: str = ""
    paid: bool = False


class Diary:
    """What was really done, line by line."""

    def __init__(self, file):
        self.file = file

    def note(self, line):
        with self.file.open("a") as diary:
            diary.write(f"{line}\n")

    def lead(self, messages, tools):
        self.note("supervisor")
        answered = any(message.type == "tool" for message in messages)
        return "All done." if answered else tool_call("handoff", to="booking", task="Book LH1.")

    def work(self, messages, tools):
        done = sum(message.type == "tool" for message in messages)
        self.note(f"booking {done}")
        replies = [tool_call("book", flight="LH1"), tool_call("seat", row=7), "LH1, seat 7"]
        return replies[done]


def tools_of(diary, dies):
    def book(flight: str) -> str:
        """Book a flight."""
        diary.note(f"book {flight}")
        return f"booked {flight}"

    def seat(row: int) -> str:
        """Take a seat."""
        if dies == "tool":
            os._exit(9)
        diary.note(f"seat {row}")
        return f"seat {row}"

    return [tool_facts(book, effects=True), tool_facts(seat, effects=True, idempotent=True)]


def team(folder, dies):
    """Return the graph of a team that keeps a diary of what it really does."""
    diary = Diary(folder / "diary")

    def pay(state):
        if dies == "node":
            raise RuntimeError("the till is on fire")
        diary.note("pay")
        return {"paid": True}

    model, tools = ScriptedModel(diary.work), tools_of(diary, dies)
    booking = Specialist("booking", model, tools=tools, into="booked")
    graph = supervised_graph(Trip, supervisor=ScriptedModel(diary.lead), specialists=[booking])
    graph.add_node("pay", pay)
    graph.edges.remove(("finish", END))
    graph.add_edge("finish", "pay")
    return graph


def start(known):
    return None if known else {"messages": [HumanMessage("Book me on LH1.")]}


def run(folder, dies):
    with SqliteSaver.from_conn_string(str(folder / "threads.db")) as saver:
        app = team(folder, dies).compile(saver)
        known = app.get_state(CONFIG).values
        return app.invoke(start(known), CONFIG, durability="sync")


async def arun(folder, dies):
    async with AsyncSqliteSaver.from_conn_string(str(folder / "threads.db")) as saver:
        app = team(folder, dies).compile(saver)
        known = (await app.aget_state(CONFIG)).values
        return await app.ainvoke(start(known), CONFIG, durability="sync")


if __name__ == "__main__":
    place, where, way = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    out = run(place, where) if way == "sync" else asyncio.run(arun(place, where))
    shown = {key: out[key] for key in ("ending", "booked", "paid")}
    print(json.dumps({**shown, "spent": out["ledger"]["spent"]}))  # noqa: T201 - its output
