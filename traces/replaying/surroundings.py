"""What a run found around it and no call says: what clocks showed, and its configuration."""

from collections.abc import Mapping
from typing import Any, Final

from langchain_core.runnables.config import var_child_runnable_config

from ..store.codec import Tree, encode
from .place import Place

SURROUNDINGS: Final = "the surroundings"
"""The name of the effect that holds them, once for each trace."""
_OF_LANGGRAPH = ("__", "checkpoint_", "thread_id")
_RUNTIME = "__pregel_runtime"  # where LangGraph keeps the context
_PLAIN = (str, int, float, bool)


class Surroundings:
    """What one trace finds around it, gathered while it runs."""

    def __init__(self) -> None:
        self.clocks: dict[str, list[float]] = {}
        self.configurable: dict[str, Any] = configurable_here()
        self.context: Tree = context_here()

    def showed(self, place: Place, clock: str, seconds: float) -> None:
        """Take what a clock showed."""
        self.clocks.setdefault(read_at(place, clock), []).append(seconds)

    def value(self) -> Mapping[str, Any]:
        """Return them as plain data; nothing where nothing was found."""
        found = {"clocks": self.clocks, "configurable": self.configurable, "context": self.context}
        return found if any(found.values()) else {}


def configurable_here() -> dict[str, Any]:
    """Return the user's own plain values in the `configurable` of the config that is in use."""
    config: Mapping[str, Any] = var_child_runnable_config.get() or {}
    return {
        name: value
        for name, value in (config.get("configurable") or {}).items()
        if isinstance(value, _PLAIN) and not name.startswith(_OF_LANGGRAPH)
    }


def context_here() -> Tree:
    """Return the `context` of the graph that runs here as a JSON tree, or None.

    It is encoded at once: nodes may change it.
    """
    config: Mapping[str, Any] = var_child_runnable_config.get() or {}
    runtime = (config.get("configurable") or {}).get(_RUNTIME)
    context = getattr(runtime, "context", None)
    return None if context is None else encode(context)


def read_at(place: Place, clock: str) -> str:
    """Return what the readings of a clock at one place of a graph are found by."""
    return f"{clock} {place.namespace} {place.path}"
