"""Read a specialist's typed result out of its last message."""

import json
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from ..guards.digest import preview
from ..guards.repairs import RepairError, repair

_FAULTS = 6  # faults that are told back at once
_FAULT_SHOWN = 200
_SCHEMA_SHOWN = 4_000  # characters of a schema in a prompt


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text was read as.

    Attributes:
        value: The result as plain JSON.
        found: The result as its type makes it.
        fault: What is wrong, in one line, or None.
        request: What to ask the model for instead.
    """

    value: Any = None
    found: Any = None
    fault: str | None = None
    request: str = ""


def read_result(text: str, returns: Any) -> Reading:
    """Return a text as a value of some type; without a type, as it is."""
    if returns is None or returns is str:
        return Reading(value=text, found=text)
    try:
        repaired = repair(text, returns)
    except RepairError as error:
        return Reading(fault=_fault(error), request=_request(error))
    found = repaired.value
    if isinstance(returns, dict):  # a JSON schema
        return Reading(value=found, found=found)
    return Reading(value=as_json(adapter_of(returns), found), found=found)


def as_json(adapter: TypeAdapter[Any], value: Any) -> Any:
    """Return a valid value as plain JSON that its type can read again.

    A field with an alias is read by that, unless its model says otherwise; a computed one is not
    read at all.
    """
    plain = None
    for by_alias in (True, False):
        plain = adapter.dump_python(
            value, mode="json", by_alias=by_alias, round_trip=True, warnings=False
        )
        with suppress(ValidationError):
            adapter.validate_python(plain)
            return plain
    return plain


def fitted(given: Any, returns: Any) -> Reading:
    """Return an object that somebody else has read as a value of some type."""
    adapter = adapter_of(returns)
    try:
        found = adapter.validate_python(given)
    except ValidationError as error:
        return Reading(fault=preview(str(error), _FAULT_SHOWN))
    return Reading(value=as_json(adapter, found), found=found)


@lru_cache(maxsize=256)
def _cached_adapter(returns: Any) -> TypeAdapter[Any]:
    return TypeAdapter(returns)


def adapter_of(returns: Any) -> TypeAdapter[Any]:
    """Return what validates a type, built once where the type can be remembered."""
    try:
        return _cached_adapter(returns)
    except TypeError:  # an annotation with unhashable parts
        return TypeAdapter(returns)


def instruction(returns: Any) -> str:
    """Return the sentence that tells a model what form its result has; empty for text."""
    if returns is None or returns is str:
        return ""
    schema = json.dumps(adapter_of(returns).json_schema(), separators=(",", ":"))
    return (
        "When you are done, reply with the result alone, as JSON that fits this JSON schema:\n"
        f"{schema[:_SCHEMA_SHOWN]}"
    )


def _fault(error: RepairError) -> str:
    return preview("; ".join(map(str, error.errors)) or error.reason, _FAULT_SHOWN)


def _request(error: RepairError) -> str:
    faults = [preview(str(fault), _FAULT_SHOWN) for fault in error.errors[:_FAULTS]]
    listed = "\n".join(f"- {fault}" for fault in faults or [preview(error.reason, _FAULT_SHOWN)])
    cut = " It was cut off; keep it shorter." if error.truncated else ""
    return (
        f"Your result could not be read.{cut} What is wrong (quoted as data):\n{listed}\n"
        "Reply with the whole result again, as JSON alone."
    )
