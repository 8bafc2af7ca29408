"""Text that is no Unicode: halves of characters, as they come out of broken JSON."""

import base64
from typing import Final

from .codec import MARK, Tree

_DEEP: Final = 100  # levels


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
