"""Text that is no Unicode: halves of characters, as they come out of broken JSON."""

import base64
from collections.abc import Callable
from typing import Final

from .codec import MARK, Tree

_DEEP: Final = 100  # levels after which the rest is kept on its own


def is_text(text: str) -> bool:
    """Tell whether a text can be written."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def raw_text(text: str) -> Tree:
    """Return the mark of a text that cannot be written as one."""
    data = text.encode("utf-8", "surrogatepass")
    return {MARK: "text", "v": base64.b64encode(data).decode()}


def mended(tree: Tree, keep: Callable[[Tree], bytes], depth: int = 0) -> Tree:
    """Return a tree that can be written: text that is no Unicode, and depth without end.

    Args:
        tree: The tree.
        keep: Keeps a tree on its own, and gives its digest.
        depth: How deep it lies in others.
    """
    if type(tree) is str:
        return tree if is_text(tree) else raw_text(tree)
    if type(tree) not in (dict, list):
        return tree
    if depth == _DEEP:
        return {MARK: "ref", "h": keep(tree).hex()}
    if type(tree) is list:
        return [mended(each, keep, depth + 1) for each in tree]
    if all(map(is_text, tree)):
        return {key: mended(each, keep, depth + 1) for key, each in tree.items()}
    pairs = [[raw_text(key), mended(each, keep, depth + 1)] for key, each in tree.items()]
    return {MARK: "dict", "v": pairs}


def sayable(tree: Tree, depth: int = 0) -> Tree:
    """Return a tree that JSON can say: marks stand for other texts, and for what is too deep."""
    if type(tree) is str:
        return tree if is_text(tree) else raw_text(tree)
    if type(tree) not in (dict, list):
        return tree
    if depth == _DEEP:
        return {MARK: "opaque", "c": type(tree).__name__, "why": "too deep"}
    if type(tree) is list:
        return [sayable(each, depth + 1) for each in tree]
    clean = {key.encode("utf-8", "replace").decode(): each for key, each in tree.items()}
    return {key: sayable(each, depth + 1) for key, each in clean.items()}
