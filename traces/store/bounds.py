"""How much is kept of a text, and of a payload as a whole."""

from dataclasses import dataclass
from typing import Final

import orjson

from .codec import Tree
from .cutting import all_shown, lessened, with_short_texts
from .errors import StoreError

LONGEST: Final = 1_000_000
"""Characters that are kept of a text where nothing else is said."""
LARGEST: Final = 4_000_000
"""Bytes that are kept of a payload where nothing else is said."""
_LEAST: Final = 1_000
_LEAST_BYTES: Final = 10_000


@dataclass(frozen=True, slots=True)
class Bounds:
    """What is kept of what is large; of all else nothing is looked at but its size.

    Attributes:
        longest_text: Characters of a text, from 1,000.
        largest_payload: Bytes of a payload, as JSON, from 10,000. Messages are payloads of their
            own.

    Raises:
        StoreError: A bound is no whole number, or would leave next to nothing.
    """

    longest_text: int = LONGEST
    largest_payload: int = LARGEST

    def __post_init__(self) -> None:
        if type(self.longest_text) is not int or self.longest_text < _LEAST:
            raise StoreError(
                f"longest_text={self.longest_text!r}: use {_LEAST:,} characters or more"
            )
        if type(self.largest_payload) is not int or self.largest_payload < _LEAST_BYTES:
            raise StoreError(
                f"largest_payload={self.largest_payload!r}: use {_LEAST_BYTES:,} bytes or more"
            )

    def within(self, tree: Tree, data: bytes) -> bytes:
        """Return the JSON of a tree with what is too large cut; most often it is that already."""
        return orjson.dumps(self.cut(tree)) if self._may_cut(data) else data

    def cut(self, tree: Tree) -> Tree:
        """Return a tree, redacted before, with marks of what was cut."""
        tree = with_short_texts(tree, self.longest_text)
        if len(orjson.dumps(tree)) > self.largest_payload:
            tree = lessened(tree, self.largest_payload * 3 // 4)  # marks take some room as well
        return tree

    def cut_plain(self, tree: Tree) -> Tree:
        """Return the same with nothing in it to be read back.

        Raises:
            TypeError: JSON cannot say it.
        """
        return all_shown(self.cut(tree)) if self._may_cut(orjson.dumps(tree)) else tree

    def _may_cut(self, data: bytes) -> bool:
        return len(data) > min(self.longest_text, self.largest_payload)
