"""Warn of what a process that dies would lose, at the line of whoever runs the graph."""

import sys
import warnings
from typing import Any

from langchain_core.runnables import RunnableConfig

from ..guards.errors import DurabilityWarning

WARNED = "__holdfast_warned"  # LangGraph keeps names that begin so out of metadata
"""Where a compiled graph says that it has warned of `durability="exit"` already."""
_LIBRARIES = ("holdfast", "langgraph", "langchain", "langchain_core", "langsmith")
_BETWEEN = frozenset([*_LIBRARIES, "asyncio", "concurrent", "contextlib", "threading"])


def warn_durability(text: str) -> None:
    """Warn at the nearest line that is neither Holdfast's nor LangGraph's."""
    warnings.warn(f"durability: {text}", DurabilityWarning, stacklevel=_level())


def warn_unrecorded(tool: str, config: RunnableConfig) -> None:
    """Warn that a call with effects is not recorded, where `durability="exit"` is why.

    The same warning at the same line is shown once, as Python shows warnings. Of checkpoints in
    memory nothing is said.
    """
    known: dict[str, Any] = config.get("configurable") or {}
    saver = known.get("__pregel_checkpointer")
    is_lasting = hasattr(saver, "put_writes") and type(saver).__name__ != "InMemorySaver"
    if not is_lasting or known.get("__pregel_durability") != "exit" or known.get(WARNED):
        return
    warn_durability(
        f'with durability="exit" calls of {tool}, a tool with effects, are not recorded: a process '
        'that dies makes them again when the run is gone on with; use durability="sync"'
    )


def _level() -> int:
    """Return the stacklevel, for who called, of the nearest line of somebody else's."""
    level = 2
    here: Any = sys._getframe(level)  # noqa: SLF001 - there is no other way before Python 3.12
    while here is not None:
        if str(here.f_globals.get("__name__", "")).split(".")[0] not in _BETWEEN:
            return level
        level, here = level + 1, here.f_back
    return 2
