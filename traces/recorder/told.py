"""What callbacks are told beside inputs and outputs."""

from collections.abc import Mapping
from typing import Any, NamedTuple


def name_of(serialized: Any, told: Mapping[str, Any]) -> str:
    """Return the name of what is run: as it is called, else its class."""
    if name := told.get("name"):
        return str(name)
    found = serialized if isinstance(serialized, Mapping) else {}
    ids = found.get("id")
    return str(found.get("name") or (ids[-1] if isinstance(ids, list) and ids else "runnable"))


class Asked(NamedTuple):
    """What a chat model is asked.

    Attributes:
        messages: The messages; several lists of them, where it was asked several things at once.
        rest: The parameters.
    """

    messages: Any
    rest: Mapping[str, Any]


def parameters_of(told: Mapping[str, Any]) -> dict[str, Any]:
    """Return a model call's parameters: temperature and the like, tools and their choice, stops."""
    found = {"params": told.get("invocation_params") or {}}
    if options := {k: v for k, v in (told.get("options") or {}).items() if v is not None}:
        found["options"] = options
    return found
