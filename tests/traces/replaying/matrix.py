"""Record every kind of graph in every form in one process; replay all of it in another.

Run as `python -m replaying.matrix record|replay STORE RESULTS`, from the folder above.
"""

import asyncio
import json
import socket
import sys
from pathlib import Path

from holdfast.traces import Store, record, replay
from langgraph.types import Command

from . import our_graphs, plain_graphs
from .plain_graphs import CALLS, QUESTION

GRAPHS = {**plain_graphs.GRAPHS, **our_graphs.GRAPHS}
ANSWERS = {**plain_graphs.ANSWERS, **our_graphs.ANSWERS}
TWICE = 2


async def _drained(stream):
    return [part async for part in stream]


FORMS = {
    "invoke": lambda app, given, config: app.invoke(given, config),
    "ainvoke": lambda app, given, config: asyncio.run(app.ainvoke(given, config)),
    "stream": lambda app, given, config: list(app.stream(given, config, stream_mode="messages")),
    "astream": lambda app, given, config: asyncio.run(
        _drained(app.astream(given, config, stream_mode=["messages", "updates"]))
    ),
    "batch": lambda app, given, config: app.batch(
        [given, given], [config, thread(config["configurable"]["thread_id"] + " again")]
    ),
}


def thread(name):
    return {"configurable": {"thread_id": name}}


def cells():
    return [(form, graph) for graph in GRAPHS for form in FORMS]


def threads(form, graph):
    name = f"{form} of {graph}"
    return [name, f"{name} again"] if form == "batch" else [name]


def run(app, form, graph):
    config = thread(threads(form, graph)[0])
    try:
        FORMS[form](app, QUESTION, config)
        for answer in ANSWERS.get(graph, []):
            FORMS[form](app, Command(resume=answer), config)
    except ValueError as error:  # the graph that ends so
        return str(error)
    return ""


def recorded(path):
    told = {}
    with record(path) as recorder:
        for form, graph in cells():
            CALLS.update(model=0, tool=0)
            raised = run(GRAPHS[graph](), form, graph)
            told[f"{form} of {graph}"] = {"calls": dict(CALLS), "raised": raised}
        assert recorder.failures == 0
    return told


def replayed(path):
    with Store(path, read_only=True) as store:
        return {
            name: [once(store, name, graph) for _ in range(TWICE)]
            for form, graph in cells()
            for name in threads(form, graph)
        }


def once(store, name, graph):
    CALLS.update(model=0, tool=0)
    (last,) = store.traces(thread=name, limit=1)
    out = replay(last.id, GRAPHS[graph](), store=store)
    state = out.state if isinstance(out.state, dict) else vars(out.state)
    return {
        **out.as_json(),
        "calls": dict(CALLS),
        "raised": "" if out.error is None else str(out.error),
        "said": [message.text for message in state["messages"]],
        "notes": state.get("notes"),
    }


def _refused(*_):
    raise AssertionError("a replay has opened a connection")


if __name__ == "__main__":
    what, path, results = sys.argv[1:]
    if what == "replay":
        socket.socket.connect = _refused
        socket.getaddrinfo = _refused
    made = recorded(path) if what == "record" else replayed(path)
    Path(results).write_text(json.dumps(made), encoding="utf-8")
