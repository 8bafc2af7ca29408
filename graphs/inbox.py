"""The open questions of all threads of a checkpointer, without the graph that asks them."""

from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver

from ..guards.errors import GuardConfigError
from ..guards.settings import shown
from .question import Question, questions_in

# Threads that ever asked, whatever became of it: a fraction of all threads.
_ASKED = "SELECT DISTINCT thread_id FROM {} WHERE checkpoint_ns = '' AND channel = '__interrupt__'"


def inbox(saver: Any) -> list[Question]:
    """Return the open questions of all threads, those that wait longest first.

    Questions whose answer is on its way are among them, with their `claim`: where its process has
    died, `resume(app, config)` goes on.

    Args:
        saver: A checkpointer. In SQLite and Postgres the threads that have asked something are
            looked up; elsewhere all checkpoints are gone over.

    Raises:
        GuardConfigError: It is no checkpointer.
    """
    if not isinstance(saver, BaseCheckpointSaver):
        raise GuardConfigError(
            f"inbox({shown(saver)}): give a checkpointer, such as SqliteSaver; a database by its "
            "name is for the command line, holdfast inbox"
        )
    found = [
        one
        for thread in _threads(saver)
        for one in questions_in(saver.get_tuple({"configurable": {"thread_id": thread}}))
    ]
    return sorted(found, key=lambda one: (one.asked_at or "", one.thread, one.id))


def _threads(saver: Any) -> list[str]:
    connection: Any = getattr(saver, "conn", None)
    names = [one.__name__ for one in type(saver).__mro__]
    if "SqliteSaver" in names:
        with saver.cursor(transaction=False) as cursor:
            return [row[0] for row in cursor.execute(_ASKED.format("writes"))]
    if "PostgresSaver" in names and hasattr(connection, "connection"):
        with connection.connection() as one:
            rows = one.execute(_ASKED.format("checkpoint_writes")).fetchall()
        return [row["thread_id"] for row in rows]
    return list(dict.fromkeys(one.config["configurable"]["thread_id"] for one in saver.list(None)))
