"""What recorded calls asked: each message of a thread is read and decoded once.

Every request of a conversation holds all that was said before it: decoded by itself, each would
cost as much as the run so far.
"""

from collections.abc import Callable, Mapping
from typing import Any

from ..store.codec import decode

_HOLDERS = (dict, list)

ReadTree = Callable[[str], Any]
"""Returns the tree of a reference; what several trees share is one object."""


class Requested:
    """Decodes the requests of a thread; what they share is one object, not to be changed."""

    def __init__(self, read: ReadTree) -> None:
        self._read = read
        self._parts: dict[int, tuple[Any, Any]] = {}
        self._whole: dict[str, Mapping[str, Any]] = {}

    def of(self, request: str) -> Mapping[str, Any]:
        """Return what a call asked.

        Raises:
            StoreError: A part of it is not there, or damaged.
        """
        if request not in self._whole:
            self._whole[request] = self.decoded(self._read(request))
        return self._whole[request]

    def decoded(self, tree: Any) -> Any:
        """Return the request of a tree."""
        asked = tree.get("messages") if isinstance(tree, dict) else None
        if not isinstance(asked, list):
            return decode(tree)
        rest = {name: self._part(each) for name, each in tree.items() if name != "messages"}
        return {"messages": [self._part(each) for each in asked], **rest}

    def _part(self, tree: Any) -> Any:
        if not isinstance(tree, _HOLDERS):
            return decode(tree)
        seen = self._parts.get(id(tree))
        if seen is None:
            seen = self._parts[id(tree)] = (tree, decode(tree))  # kept, so its number stays its own
        return seen[1]
