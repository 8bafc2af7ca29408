"""Runs one after the other until a tenant's budget of a day is used: `tenant.py FOLDER LIMIT`."""

import json
import sys
from pathlib import Path

from holdfast.drills import ScriptedModel
from holdfast.graphs import AgentState, supervised_graph
from holdfast.guards import Budget
from holdfast.nodes import Accounts, Specialist, SqliteBackend


def main():
    backend = SqliteBackend(Path(sys.argv[1]) / "accounts.db")
    model = ScriptedModel(lambda _: "Hello.")
    app = supervised_graph(
        AgentState,
        supervisor=model,
        specialists=[Specialist("helper", ScriptedModel([]))],
        guards=[Budget(model_calls=int(sys.argv[2]), scope="day", wrap_up=1, warn=1)],
        accounts=Accounts(backend),
        human=False,
    ).compile()
    for _ in range(100):
        if app.invoke({"messages": [("user", "Hi")]})["ending"] != "completed":
            break
    sys.stdout.write(json.dumps({"model_calls": len(model.calls)}))


if __name__ == "__main__":
    main()
