"""Give a tool's recorded answer to the call that asks now: the ids of a live model's are new."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from langchain_core.messages import ToolMessage
from langchain_core.tools import BaseTool
from langgraph.types import Command

from .tape import LeafCall, Outcome


def answering(call: LeafCall, outcome: Outcome) -> Outcome:
    """Return an outcome whose tool messages answer the call that asks, where it says its id.

    Most tools return no message: LangChain makes it, with the id of now.
    """
    now = _id_of(call)
    if not now or "value" not in outcome:
        return outcome
    return {**outcome, "value": _renamed(outcome["value"], now)}


def _id_of(call: LeafCall) -> str:
    """Return the id that a tool was given with its arguments."""
    injected = call.owner._injected_args_keys if isinstance(call.owner, BaseTool) else ()  # noqa: SLF001 - LangChain says it nowhere else
    for name in injected:
        given = call.kwargs.get(name)
        told = given if isinstance(given, str) else getattr(given, "tool_call_id", None)
        if isinstance(told, str):
            return told
    return ""


def _renamed(value: Any, now: str) -> Any:
    if isinstance(value, ToolMessage):
        return value.model_copy(update={"tool_call_id": now})
    if isinstance(value, Command):
        return dataclasses.replace(value, update=_renamed(value.update, now))
    if isinstance(value, Mapping):
        return {key: _renamed(each, now) for key, each in value.items()}
    if type(value) in (list, tuple):
        return type(value)([_renamed(each, now) for each in value])
    return value
