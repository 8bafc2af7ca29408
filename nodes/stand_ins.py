"""The tools that stand in for others whose dependency is down."""

from collections.abc import Iterable, Sequence
from typing import Any

from langchain_core.tools import BaseTool

from ..guards.errors import GuardConfigError
from ..guards.facts import facts_of
from .breakers import Breakers
from .specs import as_tools


def with_stand_ins(tools: Sequence[BaseTool], breakers: Breakers) -> list[BaseTool]:
    """Return tools and, behind them, those that their facts name as `fallback`, theirs too.

    Only the fallbacks of tools with a breaker: nobody else would ever offer them.

    Raises:
        GuardConfigError: A fallback is named that is not there, or is no tool.
    """
    known = {tool.name: tool for tool in tools}
    waiting = list(tools)
    while waiting:
        tool = waiting.pop(0)
        fallback = facts_of(tool).fallback
        if fallback is None or breakers.of_tool(tool) is None:
            continue
        if isinstance(fallback, str):
            if fallback not in known:
                raise GuardConfigError(
                    f"tool {tool.name!r} names the fallback {fallback!r}, which is not among the "
                    f"tools; there are {', '.join(known)}; give the tool itself"
                )
            continue
        [made] = as_tools([fallback])
        if made.name not in known:
            known[made.name] = made
            waiting.append(made)
    return list(known.values())


def stand_in_of(tool: BaseTool, tools: Iterable[BaseTool]) -> BaseTool | None:
    """Return the tool that a tool's facts name as its `fallback`, out of all there are."""
    name = _name(facts_of(tool).fallback)
    return next((one for one in tools if one.name == name), None) if name else None


def _name(fallback: Any) -> str:
    if fallback is None or isinstance(fallback, str):
        return fallback or ""
    return str(getattr(fallback, "name", None) or getattr(fallback, "__name__", ""))
