"""Set guards by text, as a command line gives it: ``loop.block=4``."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any, get_type_hints

from ..guards.budget import Budget
from ..guards.claimed_action import ClaimedActionGuard
from ..guards.errors import GuardConfigError
from ..guards.grounding_guard import GroundingGuard
from ..guards.guard import Guard
from ..guards.loop import LoopGuard
from ..guards.tool_call import ToolCallGuard

_GUARDS: Mapping[str, type[Any]] = {
    "loop": LoopGuard,
    "tool_call": ToolCallGuard,
    "budget": Budget,
    "grounding": GroundingGuard,
    "claimed_action": ClaimedActionGuard,
}
GROUND = ("tool_call.grounded=true", "grounding.attempts=1", "claimed_action.attempts=1")
"""The settings by which arguments, answers and claimed actions are judged too."""
_ALWAYS = ("loop", "tool_call")
_BY_TEXT = (int, float, bool)


def guards_from(settings: Sequence[str] = ()) -> tuple[Guard, ...]:
    """Return the guards of an audit: loops, tool calls, and any other that is set.

    Args:
        settings: Such as ``loop.block=4`` or ``budget.tokens=50000``; the last one of a name wins.

    Raises:
        GuardConfigError: A setting has no such name, or a value that its guard refuses.

    >>> [type(guard).__name__ for guard in guards_from(["budget.tokens=50000"])]
    ['LoopGuard', 'ToolCallGuard', 'Budget']
    """
    chosen: dict[str, dict[str, Any]] = {name: {} for name in _ALWAYS}
    for setting in settings:
        guard, name, value = _read(setting)
        chosen.setdefault(guard, {})[name] = value
    return tuple(_GUARDS[name](**values) for name, values in chosen.items())


def setting_names() -> list[str]:
    """Return what can be set, such as ``loop.block``."""
    return [f"{guard}.{name}" for guard in _GUARDS for name in _kinds(guard)]


def _read(setting: str) -> tuple[str, str, Any]:
    path, equals, text = setting.partition("=")
    guard, _, name = path.strip().partition(".")
    if not equals or guard not in _GUARDS or name not in _kinds(guard):
        raise GuardConfigError(
            f"{setting!r}: no such setting; use guard.field=value with one of "
            f"{', '.join(setting_names())}"
        )
    kinds = _kinds(guard)[name]
    try:
        value = json.loads(text)
    except ValueError:
        value = text
    if not _fits(value, kinds):
        words = " or ".join("null" if kind is type(None) else kind.__name__ for kind in kinds)
        raise GuardConfigError(f"{setting!r}: {guard}.{name} takes {words}, not {text!r}")
    return guard, name, value


def _kinds(guard: str) -> dict[str, tuple[type, ...]]:
    """Return the types of a guard's settings that can be given as text, by name."""
    hints = get_type_hints(_GUARDS[guard])
    kinds = {
        f.name: getattr(hints[f.name], "__args__", (hints[f.name],)) for f in fields(_GUARDS[guard])
    }
    return {name: kind for name, kind in kinds.items() if any(one in _BY_TEXT for one in kind)}


def _fits(value: Any, kinds: tuple[type, ...]) -> bool:
    if type(value) in kinds:
        return True
    return type(value) is int and float in kinds
