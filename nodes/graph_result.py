"""Read what a compiled graph delivers as a specialist: what it structured, or its last words."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..guards.message import read_message
from ..guards.repairs import RepairError
from ..guards.reply import Reply
from .pending import Fault, Wanted
from .repairing import Repairing
from .result import fitted


def graph_result(values: Mapping[str, Any], returns: Any) -> tuple[Any, Fault | None]:
    """Return a graph's result as plain JSON, and why there is none, or None.

    A reply that was filtered, refused or cut off is no result: nobody can be asked again.

    Args:
        values: The last state it reached.
        returns: The type of its result, or None for text.
    """
    given = values.get("structured_response")
    if given is not None and returns is not None:
        reading = fitted(given, returns)
        return reading.value, _off_schema(reading.fault) if reading.fault else None
    wanted = Wanted(returns)
    last = last_reply(values.get("messages") or [])
    if last is None:
        return ("", None) if wanted.is_words else (None, _off_schema("there is no reply"))
    reply = replace(Reply.of(last), text=read_message(last).text)
    taken = Repairing(wanted, attempts=0).take(None, reply)
    if taken.fault is not None:
        return None, taken.fault
    found = taken.repaired.value if taken.repaired else None
    return wanted.plain(found), None


def _off_schema(reason: str) -> Fault:
    return Fault("off_schema", RepairError("off_schema", reason), is_final=True)


def last_reply(messages: Sequence[Any]) -> Any:
    """Return the last message of a model that says something, or None."""
    for item in reversed(messages):
        message = read_message(item)
        if message.role == "assistant" and message.text.strip():
            return item
    return None
