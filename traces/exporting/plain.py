"""A stored payload as other tools read it: plain JSON, redacted.

Stored trees say with marks what JSON cannot (`traces/store`); here marks become what they stand
for, or a word for it.
"""

from collections.abc import Callable, Mapping
from typing import Any

MARK = "$"
_DEEP = "[redacted: too deep to be looked at]"
_SERIES = frozenset({"tuple", "set", "frozenset", "deque", "row"})
_FIELDS = frozenset({"model", "fields", "slots"})
_LEFT_OUT = ("additional_kwargs", "response_metadata", "name", "id", "artifact", "example")


class Plain:
    """Makes payloads plain, each text redacted once however often it occurs.

    Not for several threads at a time. Remembers texts for as long as it lives: one for a trace.
    """

    def __init__(self, redact: Callable[[str], str]) -> None:
        self._redact = redact
        self._texts: dict[str, str] = {}
        self._messages: dict[tuple[int, bool], tuple[Any, Any]] = {}
        self._written = False

    def text(self, text: str) -> str:
        """Return a text redacted."""
        found = self._texts.get(text)
        if found is None:
            found = self._texts[text] = self._redact(text)
        return found

    def value(self, tree: Any, *, written: bool = False) -> Any:
        """Return a tree of plain JSON; what is too deep to be looked at does not leave.

        Args:
            tree: A tree as a store loads it.
            written: Whether messages stand in LangChain's written form, with their class, as
                they do where models are called; else as their fields, as everywhere else.
        """
        self._written = written
        try:
            return self._value(tree)
        except RecursionError:
            return _DEEP

    def mapping(self, tree: Any, key: str, *, written: bool = False) -> dict[str, Any]:
        """Return a tree as an object; what is none becomes the value of the key."""
        made = self.value(tree, written=written)
        message = isinstance(tree, Mapping) and tree.get(MARK) == "message"
        return made if isinstance(made, dict) and not message else {key: made}

    def _value(self, tree: Any) -> Any:
        if isinstance(tree, str):
            return self.text(tree)
        if isinstance(tree, Mapping):
            return self._marked(str(tree[MARK]), tree) if MARK in tree else self._dict(tree)
        if isinstance(tree, list | tuple):
            return [self._value(each) for each in tree]
        return tree

    def _dict(self, tree: Mapping[str, Any]) -> dict[str, Any]:
        return {self.text(str(key)): self._value(value) for key, value in tree.items()}

    def _marked(self, mark: str, tree: Mapping[str, Any]) -> Any:
        if mark == "message":
            return self._message(tree)
        inside = tree.get("v")
        if mark in _SERIES:
            return self._value(inside)
        if mark in _FIELDS:
            return self._dict({**(inside or {}), **(tree.get("x") or {})})
        if mark == "dict":
            return {self.text(_word(key)): self._value(value) for key, value in inside or ()}
        if mark == "opaque":
            return f"<{str(tree.get('c', '')).rpartition(':')[2]}>"
        if mark in ("bytes", "bytearray"):
            return self.text(tree["t"]) if "t" in tree else f"<{len(inside or '')} base64>"
        return self._value(inside if inside is not None else tree.get("n"))

    def _message(self, tree: Mapping[str, Any]) -> Any:
        """Return a message; the tree is kept beside it, so that its address stays its own."""
        key = (id(tree), self._written)
        seen = self._messages.get(key)
        if seen is not None:
            return seen[1]
        parts = {**(tree.get("v") or {}), **(tree.get("x") or {})}
        made = self._dict(
            {
                name: value
                for name, value in parts.items()
                if value or (value is not None and name not in _LEFT_OUT)
            }
        )
        if self._written:
            name = str(tree.get("c", "")).rpartition(":")[2] or "BaseMessage"
            class_ = ["langchain", "schema", "messages", name]
            made = {"lc": 1, "type": "constructor", "id": class_, "kwargs": made}
        self._messages[key] = (tree, made)
        return made


def _word(key: Any) -> str:
    """Return a key that JSON has not, as a word."""
    if isinstance(key, Mapping):
        inside = key.get("v", "")
        return " ".join(map(_word, inside)) if isinstance(inside, list) else str(inside)
    return str(key)
