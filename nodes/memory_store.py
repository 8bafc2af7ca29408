"""An embedded store for facts that outlive their thread."""

from collections.abc import Iterator
from contextlib import contextmanager
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
        GuardConfigError: The package is not there; it says how to install it.

    >>> with sqlite_store(":memory:") as store:
    ...     store.get(("nothing",), "here")
    """
    try:
        from langgraph.store.sqlite import SqliteStore
    except ImportError as error:
        raise GuardConfigError(
            "sqlite_store needs the package langgraph-checkpoint-sqlite: "
            "pip install 'holdfast[sqlite]'"
        ) from error
    with SqliteStore.from_conn_string(str(path)) as store:
        store.setup()
        yield store
