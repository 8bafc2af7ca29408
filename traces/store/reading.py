"""References resolved: the tree of a payload, with all that is kept apart in its place."""

import base64
from collections.abc import Callable
from typing import Any

import orjson

from .codec import MARK, Tree, decode
from .cutting import CUT, shown
from .errors import StoreError
from .likeness import LIKE, likeness
from .model import Ref
from .references import CHAIN, INLINE

Fetch = Callable[[bytes], bytes]
"""Gives the bytes of a payload by its digest."""
Walk = Callable[[bytes], list[bytes]]
"""Gives the digests of a chain's payloads by its last link, oldest first."""


class Reading:
    """One look at a payload: what several parts of it share is read once.

    Attributes:
        is_cut: Whether something that was read was too large to be kept whole.
    """

    def __init__(self, fetch: Fetch, walk: Walk) -> None:
        self._fetch = fetch
        self._walk = walk
        self._seen: dict[bytes, Tree] = {}
        self.is_cut = False

    def tree(self, ref: Ref) -> Tree:
        """Return the tree of a reference; the parts of it that are equal may be the same object.

        Raises:
            StoreError: A part of it is not there, or damaged.
        """
        try:
            return self._tree(ref)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            if isinstance(error, StoreError):
                raise
            raise StoreError(f"payload {ref[:40]} is damaged") from error

    def _tree(self, ref: Ref) -> Tree:
        if ref.startswith(CHAIN):
            return self._chain(bytes.fromhex(ref[1:]))
        if ref.startswith(INLINE):
            return self._whole(orjson.loads(ref[1:]))
        return self._blob(bytes.fromhex(ref))

    def value(self, ref: Ref) -> Any:
        """Return the Python value of a reference."""
        return decode(self.tree(ref))

    def _chain(self, tip: bytes) -> Tree:
        return [self._blob(digest) for digest in self._walk(tip)]

    def _blob(self, digest: bytes) -> Tree:
        if digest not in self._seen:
            self._seen[digest] = self._whole(orjson.loads(self._fetch(digest)))
        return self._seen[digest]

    def _whole(self, tree: Tree) -> Tree:
        if type(tree) is list:
            return [self._whole(each) for each in tree]
        if type(tree) is not dict:
            return tree
        mark = tree.get(MARK)
        if mark == "ref":
            return self._blob(bytes.fromhex(tree["h"]))
        if mark == "chain":
            return self._chain(bytes.fromhex(tree["h"]))
        if mark == LIKE:
            return likeness(self._whole(tree["of"]), self._whole(tree["but"]), MARK)
        if mark == CUT:
            self.is_cut = True
            return shown({key: self._whole(each) for key, each in tree.items()})
        if mark == "text":
            return base64.b64decode(tree["v"]).decode("utf-8", "surrogatepass")
        return {key: self._whole(each) for key, each in tree.items()}
