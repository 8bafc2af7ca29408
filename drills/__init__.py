"""Proving: a scripted model, for runs that need no network and go the same way every time."""

from .replies import tool_call, tool_calls
from .script import ScriptCall
from .scripted import ScriptedModel

__all__ = ["ScriptCall", "ScriptedModel", "tool_call", "tool_calls"]
