"""Read what guards need to know of LangChain tools."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from langchain_core.tools import BaseTool, tool
from langchain_core.utils.function_calling import convert_to_openai_tool

from ..guards.errors import GuardConfigError
from ..guards.facts import ToolSpec, facts_of

Tools = Sequence[BaseTool | Callable[..., Any]]
"""LangChain tools, or functions with a docstring that become tools."""


def as_tools(tools: Iterable[Any]) -> list[BaseTool]:
    """Return tools as LangChain's, with their facts.

    Raises:
        GuardConfigError: One has no docstring or no name of its own, or is no tool.
    """
    if not isinstance(tools, Iterable):
        raise GuardConfigError(f"tools={type(tools).__name__}: give a list of tools, [it]")
    made = [_as_tool(one) for one in tools]
    names = [one.name for one in made]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise GuardConfigError(f"two tools are named {twice[0]!r}: give each a name of its own")
    return made


def _as_tool(given: Any) -> BaseTool:
    if isinstance(given, BaseTool):
        made = given
    elif callable(given):
        made = _from_function(given)
    else:
        raise GuardConfigError(
            f"{type(given).__name__} is no tool: give a LangChain tool, or a function with "
            "annotations and a docstring"
        )
    if not (made.description or "").strip():
        raise _undescribed(made.name)
    return made


def _from_function(function: Callable[..., Any]) -> BaseTool:
    if not (function.__doc__ or "").strip():
        raise _undescribed(getattr(function, "__name__", repr(type(function))))
    return tool(function)


def _undescribed(name: str) -> GuardConfigError:
    return GuardConfigError(
        f"tool {name!r} has no description, and a model cannot know when to call it: "
        "give it a docstring"
    )


def spec_of(given: BaseTool) -> ToolSpec:
    """Return a LangChain tool as guards see it: injected arguments are not shown."""
    shown = convert_to_openai_tool(given)["function"]
    return ToolSpec(
        name=given.name,
        description=given.description or "",
        parameters=shown.get("parameters") or {"type": "object", "properties": {}},
        facts=facts_of(given),
    )


def specs_of(tools: Iterable[Any]) -> dict[str, ToolSpec]:
    """Return tools as guards see them, by name: LangChain tools, functions, specs or schemas."""
    specs = [_spec(one) for one in tools]
    for spec in specs:
        _ = spec.validator  # compiled now, so that a wrong schema is refused before a run
    return {spec.name: spec for spec in specs}


def _spec(given: Any) -> ToolSpec:
    if isinstance(given, ToolSpec):
        return given
    if isinstance(given, dict):
        return ToolSpec.from_schema(given)
    return spec_of(_as_tool(given))
