"""Where the threads of graph tests are kept, and how they are gone on with."""

import sqlite3
from contextlib import ExitStack, closing

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.sqlite import SqliteSaver


@pytest.fixture
def sqlite_saver():
    """Return a function that opens checkpoints in SQLite; they are closed after the test."""
    with ExitStack() as until_the_end:

        def opened(place=":memory:"):
            connection = sqlite3.connect(place, check_same_thread=False)
            return SqliteSaver(until_the_end.enter_context(closing(connection)))

        yield opened


@pytest.fixture(params=["memory", "sqlite"])
def saver(request, tmp_path, sqlite_saver):
    """Return a function that opens the same checkpoints again and again."""
    kept = InMemorySaver()

    def opened():
        if request.param == "memory":
            return kept
        return sqlite_saver(tmp_path / "threads.db")

    return opened


@pytest.fixture(params=[False, True], ids=["sync", "async"])
def awaited(request, saver):
    if request.param and isinstance(saver(), SqliteSaver):
        pytest.skip("SqliteSaver is sync")
    return request.param
