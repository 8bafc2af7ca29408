"""Parts of payloads that are kept on their own, because they come in others as well."""

from collections.abc import Callable
from typing import Any, Final

import orjson

from .codec import MARK, Tree
from .objects import MESSAGE
from .secrets import names_secret

_TEXT: Final = 200  # characters from which a text is kept on its own
_REPLY: Final = 1_000  # characters from which the text of a reply is
_LARGE: Final = 400  # bytes from which a part of a dict is


def apart_from(kind: Any) -> int:
    """Return the number of characters from which the text of a kind of messages is kept apart."""
    return _REPLY if kind == "ai" else _TEXT


class Apart:
    """Keeps the large parts of a dict, a state's channels, on their own.

    And the text of a message: the same message comes with an id and without one, and as the
    result of a call.
    """

    def __init__(self, keep: Callable[[Tree], bytes]) -> None:
        self._keep = keep
        self._content: tuple[str | None, Tree] = (None, None)

    def tree(self, tree: Tree) -> Tree:
        """Return a tree with references in the place of what is kept on its own."""
        if type(tree) is not dict:
            return tree
        if MARK not in tree:
            return {key: self._part(key, value) for key, value in tree.items()}
        if tree[MARK] != MESSAGE or type(text := tree["v"].get("content")) is not str:
            return tree
        if len(text) <= apart_from(tree["v"].get("type")):
            return tree
        kept = self._content
        if kept[0] is not text:  # the same reply comes without its id, then with it
            kept = self._content = (text, self._part("content", text))
        return {**tree, "v": {**tree["v"], "content": kept[1]}}

    def forget(self) -> None:
        """Count on nothing to be kept."""
        self._content = (None, None)

    def _part(self, key: str, value: Tree) -> Tree:
        if type(value) is str:
            large = len(value) > _TEXT and not names_secret(key, value)
        else:
            large = type(value) in (dict, list) and MARK not in value and _size(value) > _LARGE
        return {MARK: "ref", "h": self._keep(value).hex()} if large else value


def _size(tree: Tree) -> int:
    try:
        return len(orjson.dumps(tree))
    except (TypeError, ValueError, RecursionError):
        return _LARGE + 1
