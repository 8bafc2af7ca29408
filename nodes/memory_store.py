"""An embedded store for facts that outlive their thread."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ..guards.errors import GuardConfigError

if TYPE_CHECKING:
    from langgraph.store.base import BaseStore


@contextmanager
def sqlite_store(path: str | Path = "holdfast-memory.db") -> "Iterator[BaseStore]":
    """Open a store in a SQLite file, set up; extra `sqlite`. For Postgres, take LangGraph's own.

    Several processes of one machine may open the same file. In async graphs a `Memory` uses it in
    a thread; where other nodes of yours await the store, take LangGraph's `AsyncSqliteStore`.

    Args:
        path: The file, made where there is none.

    Raises:
        GuardConfigError: The package is not there, and it says how to install it; or the file
            cannot be opened.

    >>> with sqlite_store(":memory:") as store:
    ...     store.get(("nothing",), "here")
    """
    import sqlite3

    try:
        from langgraph.store.sqlite import SqliteStore
    except ImportError as error:
        raise GuardConfigError(
            "sqlite_store needs the package langgraph-checkpoint-sqlite: "
            "pip install 'holdfast[sqlite]'"
        ) from error
    with ExitStack() as stack:
        try:
            store = stack.enter_context(SqliteStore.from_conn_string(str(path)))
            store.setup()
        except sqlite3.Error as error:
            raise GuardConfigError(
                f"sqlite_store({str(path)!r}): {error}; give a file in a folder that is there and "
                "can be written to, made by SQLite if it exists"
            ) from error
        yield store
