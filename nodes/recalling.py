"""Recall facts of earlier conversations where a run begins."""

from collections.abc import Iterable, Sequence
from typing import Any

from langchain_core.runnables import RunnableConfig

from ..guards.errors import GuardConfigError
from ..guards.pins import Pins
from ..guards.settings import shown
from .acting import goes_up
from .memory import Memory, facts_told

_ABOUT = 2_000  # characters of a request that facts are looked for with


def as_memories(memory: "Memory | Sequence[Memory]") -> tuple[Memory, ...]:
    """Return memories, given one or several.

    Raises:
        GuardConfigError: One is none, or two share a name.
    """
    if not isinstance(memory, Memory | Iterable):
        raise GuardConfigError(f"memory={shown(memory)}: give Memory(...), or a list of them")
    found = (memory,) if isinstance(memory, Memory) else tuple(memory)
    if wrong := [one for one in found if not isinstance(one, Memory)]:
        raise GuardConfigError(f"memory: a {type(wrong[0]).__name__} is none; give Memory(...)")
    if len({one.name for one in found}) < len(found):
        raise GuardConfigError("memory: two share a name; give each a name of its own")
    return found


def recalled(memories: Sequence[Memory], store: Any, config: RunnableConfig, about: str) -> Pins:
    """Return the update of the pins with what is known about a request.

    A store that cannot be read costs the run its facts, and no more.
    """
    _check(memories, store)
    try:
        found = {one.name: one.recall(store, config, about[:_ABOUT]) for one in memories}
    except Exception as error:
        if goes_up(error):
            raise
        return Pins(facts=[])
    return Pins(facts=facts_told(found))


async def arecalled(
    memories: Sequence[Memory], store: Any, config: RunnableConfig, about: str
) -> Pins:
    """Return the same, awaited."""
    _check(memories, store)
    try:
        found = {one.name: await one.arecall(store, config, about[:_ABOUT]) for one in memories}
    except Exception as error:
        if goes_up(error):
            raise
        return Pins(facts=[])
    return Pins(facts=facts_told(found))


def _check(memories: Sequence[Memory], store: Any) -> None:
    if memories and store is None:
        raise GuardConfigError(
            f"memory {memories[0].name!r} needs a store: compile(store=...), InMemoryStore() for a "
            "trial"
        )
