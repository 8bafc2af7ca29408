"""Texts that are too long to be kept whole: their head, their tail, their length and digest."""

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any, Final

import orjson

from .codec import MARK, Tree
from .errors import StoreError

CUT: Final = "cut"
LONGEST: Final = 1_000_000
"""Characters that are kept of a text where nothing else is said."""
_LEAST: Final = 1_000


def checked(longest: int) -> int:
    """Return a bound that can be used.

    Raises:
        StoreError: It is no whole number, or would leave next to nothing.
    """
    if type(longest) is not int or longest < _LEAST:
        raise StoreError(f"longest_text={longest!r}: use {_LEAST:,} characters or more")
    return longest


def within(tree: Tree, data: bytes, longest: int) -> bytes:
    """Return the JSON of a tree in which no text is too long; most often it is that already."""
    return data if len(data) <= longest else orjson.dumps(_bounded(tree, longest))


def _bounded(tree: Tree, longest: int) -> Tree:
    """Return a tree whose longer texts are marks of what was cut.

    Args:
        tree: The tree, redacted: the digest is that of what could have been kept.
        longest: Characters that are kept of a text, three quarters of them from its beginning.
    """
    if type(tree) is str:
        return _cut(tree, longest) if len(tree) > longest else tree
    if type(tree) is list:
        return [_bounded(each, longest) for each in tree]
    if type(tree) is not dict:
        return tree
    kind, value = tree.get(MARK), tree.get("v")
    if kind is not None and type(value) is str and len(value) > longest:  # it is read as a whole
        cut = _cut(value, longest)
        return {MARK: kind, "t": cut} if kind in ("bytes", "bytearray") else cut
    return {key: _bounded(each, longest) for key, each in tree.items()}


def _cut(text: str, longest: int) -> Tree:
    tail = longest // 4
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    kept = {"head": text[: longest - tail], "tail": text[-tail:]}
    return {MARK: CUT, **kept, "chars": len(text), "digest": digest}


def shown(mark: Mapping[str, Any]) -> str:
    """Return what is kept of a text, with a line in the place of what is not."""
    said = f"[cut: {mark['chars']:,} characters in all, blake2b {mark['digest']}]"
    return f"{mark['head']}\n{said}\n{mark['tail']}"


def bounded_plain(tree: Tree, longest: int) -> Tree:
    """Return a tree whose longer texts are cut, with nothing in it to be read back."""
    if type(tree) is str and len(tree) > longest:
        return shown(_cut(tree, longest))
    if type(tree) is list:
        return [bounded_plain(each, longest) for each in tree]
    if type(tree) is dict:
        return {key: bounded_plain(each, longest) for key, each in tree.items()}
    return tree
