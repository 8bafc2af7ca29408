"""A call's arguments as a person is shown them: whole where they are short, without secrets."""

from collections.abc import Mapping
from typing import Any

from .redact import redact

_TEXT = 2_000  # characters of a text that are shown
_ITEMS = 50  # of a list or an object
_DEPTH = 6
_MORE = 600  # read beyond what is shown, so that a secret cut by the end is seen whole
_HIDDEN = "[redacted]"
_PROBE = "probe"  # what a name hides, it hides whatever the value


def shown(value: Any, name: str = "") -> Any:
    """Return a value as plain JSON for a person: bounded, secrets blotted out.

    Args:
        value: An argument, or all of them.
        name: What it is called; a secret's name is enough to hide it.
    """
    return _shown(value, name, 0)


def _shown(value: Any, name: str, depth: int) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        if depth >= _DEPTH:
            return "…"
        items = list(value.items())[:_ITEMS]
        return {str(key): _shown(item, str(key), depth + 1) for key, item in items}
    if isinstance(value, list | tuple):
        if depth >= _DEPTH:
            return "…"
        return [_shown(item, name, depth + 1) for item in value[:_ITEMS]]
    return _text(str(value), name)


def _text(text: str, name: str) -> str:
    if name and text.strip() and redact(f"{name}={_PROBE}") == f"{name}={_HIDDEN}":
        return _HIDDEN
    safe = redact(text[: _TEXT + _MORE])
    if len(safe) <= _TEXT and len(text) <= _TEXT + _MORE:
        return safe
    return f"{safe[:_TEXT]}… ({len(text) - _TEXT:,} more characters)"


def restored(edited: Any, original: Any, name: str = "") -> Any:
    """Return edited arguments, with what was left as shown put back as it was.

    A person who changes one argument sends the others back as they saw them: cut, or blotted out.

    >>> restored({"to": "Bo", "password": "[redacted]"}, {"to": "Al", "password": "x123"})
    {'to': 'Bo', 'password': 'x123'}
    """
    if edited == shown(original, name):
        return original
    if isinstance(edited, Mapping) and isinstance(original, Mapping):
        kept = {str(key): item for key, item in original.items()}
        return {
            key: restored(item, kept[key], key) if key in kept else item
            for key, item in edited.items()
        }
    if isinstance(edited, list) and isinstance(original, list | tuple):
        pairs = [
            restored(item, original[at], name) if at < len(original) else item
            for at, item in enumerate(edited)
        ]
        whole = len(edited) == min(len(original), _ITEMS)
        return [*pairs, *original[_ITEMS:]] if whole else pairs
    return edited
