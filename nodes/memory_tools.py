"""Tools by which an agent keeps facts for later conversations, and looks for them."""

import json
from collections.abc import Sequence

from langchain_core.tools import BaseTool, StructuredTool
from langgraph.config import get_config, get_store

from ..guards.errors import GuardConfigError
from ..guards.facts import tool_facts
from ..guards.recollection import Fact
from ..guards.settings import shown
from .memory import Memory


def memory_tools(memory: Memory, *, by: str = "") -> list[BaseTool]:
    """Return the tools `remember` and `recall`, for agents whose graph has a store.

    Args:
        memory: Where facts are kept; its facts are texts.
        by: Who keeps them, as `recall` names them.

    Raises:
        GuardConfigError: The memory's facts are no texts.

    >>> [tool.name for tool in memory_tools(Memory())]
    ['remember', 'recall']
    """
    if not isinstance(memory, Memory):
        raise GuardConfigError(f"memory_tools({shown(memory)}): give a memory, Memory(...)")
    if memory.of is not str:
        raise GuardConfigError(
            f"memory_tools({memory.name!r}): its facts are no texts; write a tool of your own that "
            "calls memory.remember"
        )

    def remember(fact: str) -> str:
        """Keep a fact about the user for later conversations, in one sentence."""
        return f"Kept: {memory.remember(get_store(), get_config(), fact, by=by)['text']}"

    async def aremember(fact: str) -> str:
        kept = await memory.aremember(get_store(), get_config(), fact, by=by)
        return f"Kept: {kept['text']}"

    def recall(about: str) -> str:
        """Look for facts that earlier conversations kept, about something."""
        return _told(memory.recall(get_store(), get_config(), about))

    async def arecall(about: str) -> str:
        return _told(await memory.arecall(get_store(), get_config(), about))

    keeps = StructuredTool.from_function(remember, coroutine=aremember)
    looks = StructuredTool.from_function(recall, coroutine=arecall)
    return [
        tool_facts(keeps, effects=True, idempotent=True),
        tool_facts(looks, effects=False),
    ]


def _told(facts: Sequence[Fact]) -> str:
    if not facts:
        return "Nothing is known about that."
    return json.dumps([fact["text"] for fact in facts], ensure_ascii=False)
