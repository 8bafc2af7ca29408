"""A run that is killed in the middle: `python dying.py FOLDER DIES_AT GRAPH`, then without a death.

Every call is written down as it begins and as it ends, which is what the ledger is compared with.
"""

import json
import os
import signal
import sys
from pathlib import Path

from holdfast.drills import ScriptedModel, tool_call
from holdfast.graphs import AgentState, supervised_graph
from holdfast.guards import Budget, LoopGuard
from holdfast.nodes import GuardMiddleware, Specialist
from langchain.agents import create_agent
from langgraph.checkpoint.sqlite import SqliteSaver

FREE = LoopGuard(nudge=20, block=21, wrap_up=22, last=23, stale=50)
GUARDS = [FREE, Budget(model_calls=8)]
CONFIG = {"configurable": {"thread_id": "1"}, "recursion_limit": 200}


class Diary:
    """What happened, on disk before anything else does."""

    def __init__(self, folder, dies_at):
        self.file = Path(folder) / "diary.txt"
        self.dies_at = dies_at

    def note(self, line):
        with self.file.open("a") as file:
            file.write(f"{line}\n")
            file.flush()
            os.fsync(file.fileno())
        if self.file.read_text().count("\n") == self.dies_at:
            os.kill(os.getpid(), signal.SIGKILL)


def graph_of(name, diary):
    def look(at: str) -> str:
        """Look at something."""
        diary.note("tool begins")
        diary.note("tool ends")
        return f"nothing at {at}"

    def policy(messages, tools):
        diary.note("model begins")
        at = f"place {len(messages)}"
        reply = tool_call("look", at=at) if "look" in tools else tool_call("handoff", to="helper")
        diary.note("model ends")
        return reply if tools else "That is all."

    model = ScriptedModel(policy)
    if name == "agent":
        return lambda saver: create_agent(
            model, [look], middleware=[GuardMiddleware(GUARDS)], checkpointer=saver
        )
    graph = supervised_graph(
        AgentState,
        supervisor=model,
        specialists=[Specialist("helper", model, tools=[look])],
        guards=GUARDS,
        human=False,
    )
    return lambda saver: graph.compile(checkpointer=saver)


def main():
    folder, dies_at, name = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    diary = Diary(folder, dies_at)
    with SqliteSaver.from_conn_string(str(Path(folder) / "saver.db")) as saver:
        app = graph_of(name, diary)(saver)
        begun = saver.get_tuple(CONFIG) is not None
        given = None if begun else {"messages": [("user", "Go.")]}
        out = app.invoke(given, CONFIG, durability="sync")
    sys.stdout.write(json.dumps({"spent": out["ledger"]["spent"], "ending": out["ending"]}))


if __name__ == "__main__":
    main()
