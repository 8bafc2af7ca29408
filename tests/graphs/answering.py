"""A process that asks, answers or goes on: `python answering.py FOLDER ask|ANSWER|go-on [dies]`.

Before it answers it says that it is ready, and waits for a line.
"""

import json
import os
import signal
import sys
from pathlib import Path

from holdfast.drills import ScriptedModel, tool_call
from holdfast.graphs import AgentState, questions, resume, supervised_graph
from holdfast.guards import AnsweredError, LoopGuard, tool_facts
from holdfast.nodes import Specialist
from langgraph.checkpoint.sqlite import SqliteSaver

CONFIG = {"configurable": {"thread_id": "1"}}
PAY = tool_call("pay", eur=7)


def graph_of(folder, dies):
    """Return a team whose specialist pays for the third time, and has to ask."""

    def pay(eur: int) -> str:
        """Pay."""
        with (folder / "paid.txt").open("a") as file:
            file.write(f"{eur}\n")
        return "paid"

    def policy(messages, tools):
        if dies and "overse" in messages[-1].text:
            os.kill(os.getpid(), signal.SIGKILL)
        if "handoff" in tools:
            done = any(message.type == "tool" for message in messages)
            return "Done." if done else tool_call("handoff", to="payer", task="Pay 7 EUR thrice")
        if "oversees" in messages[-1].text or sum(m.type == "tool" for m in messages) > 3:
            return "All paid."
        return PAY

    model = ScriptedModel(policy)
    return supervised_graph(
        AgentState,
        supervisor=model,
        specialists=[Specialist("payer", model, tools=[tool_facts(pay, effects=True)])],
        guards=[LoopGuard(nudge=2, block=3)],
        policy={"loop": "escalate"},
    )


def main(folder, what, dies=""):
    folder = Path(folder)
    with SqliteSaver.from_conn_string(str(folder / "threads.db")) as saver:
        app = graph_of(folder, dies).compile(saver)
        if what == "ask":
            app.invoke({"messages": [("user", "Pay.")]}, CONFIG)
            print(json.dumps([one.value["guard"] for one in questions(app, CONFIG)]))  # noqa: T201
            return
        print("ready", flush=True)  # noqa: T201
        sys.stdin.readline()
        try:
            out = resume(app, CONFIG) if what == "go-on" else resume(app, CONFIG, what)
            print(json.dumps({"ending": out["ending"], "decision": out["decision"]}))  # noqa: T201
        except AnsweredError as error:
            print(json.dumps({"told": str(error)}))  # noqa: T201


main(*sys.argv[1:])
