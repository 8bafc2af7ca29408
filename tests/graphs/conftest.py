"""Where the threads of graph tests are kept, and how they are gone on with."""

import sqlite3

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.sqlite import SqliteSaver


@pytest.fixture(params=["memory", "sqlite"])
def saver(request, tmp_path):
    """Return a function that opens the same checkpoints again and again."""
    kept = InMemorySaver()

    def opened():
        if request.param == "memory":
            return kept
        return SqliteSaver(sqlite3.connect(tmp_path / "threads.db", check_same_thread=False))

    return opened


@pytest.fixture(params=[False, True], ids=["sync", "async"])
def awaited(request, saver):
    if request.param and isinstance(saver(), SqliteSaver):
        pytest.skip("SqliteSaver is sync")
    return request.param
