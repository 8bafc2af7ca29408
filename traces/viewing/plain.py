"""A stored payload as a person or a guard reads it: plain values, messages as plain mappings."""

from collections.abc import Callable, Mapping
from typing import Any

MARK = "$"
_SERIES = frozenset({"tuple", "set", "frozenset", "deque", "row"})
_FIELDS = frozenset({"message", "model", "fields", "slots"})
_EMPTY: tuple[Any, ...] = (None, "", [], {}, ())
DEEP = "[nested too deeply]"


def plain(tree: Any) -> Any:
    """Return a stored tree without the marks that stand for what JSON has not.

    Objects become mappings of what they are made of, those of a message without what is empty;
    what cannot be told becomes the name of its class in angle brackets.

    >>> plain({"$": "tuple", "v": [1, {"$": "opaque", "c": "some.module:Client"}]})
    [1, '<Client>']
    """
    return Plain().value(tree)


class Plain:
    """Makes trees plain; a message that several of them share is made once, and is one object."""

    def __init__(self) -> None:
        self._messages: dict[int, tuple[Any, Any]] = {}  # with the tree, so that its id stays its

    def value(self, tree: Any) -> Any:
        """Return a tree without its marks."""
        try:
            return self._value(tree)
        except RecursionError:
            return DEEP

    def _value(self, tree: Any) -> Any:
        if type(tree) is dict:
            if tree.get(MARK) == "message":
                return self._message(tree)
            return _marked(tree, self._value) if MARK in tree else self._dict(tree)
        return [self._value(each) for each in tree] if type(tree) is list else tree

    def _dict(self, tree: Mapping[str, Any]) -> dict[str, Any]:
        return {str(key): self._value(value) for key, value in tree.items()}

    def _message(self, tree: Mapping[str, Any]) -> Any:
        if id(tree) not in self._messages:
            self._messages[id(tree)] = tree, _marked(tree, self._value)
        return self._messages[id(tree)][1]


def _marked(tree: Mapping[str, Any], value: Callable[[Any], Any]) -> Any:
    mark, inside = str(tree[MARK]), tree.get("v")
    if mark in _SERIES:
        return value(inside or [])
    if mark in _FIELDS:
        parts = {**(inside or {}), **(tree.get("x") or {})}
        if mark == "message":
            parts = {key: one for key, one in parts.items() if one not in _EMPTY}
            parts.setdefault("content", "")
        return value(parts)
    if mark == "dict":
        return {_word(value(key)): value(each) for key, each in inside or ()}
    if mark == "opaque":
        return f"<{str(tree.get('c', '')).rpartition(':')[2]}>"
    if mark in ("bytes", "bytearray"):
        return tree["t"] if "t" in tree else f"<{len(str(inside)) * 3 // 4} bytes>"
    return value(inside if inside is not None else tree.get("n"))


def _word(key: Any) -> str:
    """Return a key that JSON has not, as a word."""
    return " ".join(map(str, key)) if isinstance(key, list) else str(key)
