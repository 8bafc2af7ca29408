"""A process that holds a thread until it is killed: `python holding.py PLACE WAIT`.

The place is the file of a SQLite database, or the URL of a Postgres server's.
"""

import sys
import time
from contextlib import contextmanager

from holdfast.graphs import CheckedStateGraph, lease, postgres_saver
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.graph import START
from typing_extensions import TypedDict

CONFIG = {"configurable": {"thread_id": "42"}}
AT_MOST = 60  # seconds that it holds a thread, should nobody kill it


class Count(TypedDict, total=False):
    n: int


def graph_of(node=lambda _: {"n": 1}):
    return CheckedStateGraph(Count).add_node("one", node).add_edge(START, "one")


@contextmanager
def saver_at(place):
    if place.startswith(("postgres", "host=", "user=", "dbname=")):
        with postgres_saver(place) as saver:
            yield saver
    else:
        with SqliteSaver.from_conn_string(place) as saver:
            yield saver


def main(place, wait):
    with saver_at(place) as saver:
        app = graph_of().compile(saver)
        with lease(app, CONFIG, wait=float(wait)):
            app.invoke({"n": 0}, CONFIG)
            print("held", flush=True)  # noqa: T201 - the test waits for it
            time.sleep(AT_MOST)


if __name__ == "__main__":
    main(*sys.argv[1:])
