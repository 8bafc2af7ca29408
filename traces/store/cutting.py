"""What is kept of a text or a structure that is too large: its two ends, its size, its digest."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b
from itertools import islice, repeat, starmap
from typing import Any, Final, NamedTuple

import orjson

from .codec import MARK, Tree

CUT: Final = "cut"
_HERE: Final = "[cut]"
"""The key under which a dict says what is left out."""
_WORTH: Final = 1_000  # bytes for each part from which something of each is kept
_PARTS: Final = 8  # one part takes no more than an eighth of the room where some are left out
_FEW: Final = 10_000  # parts up to which each is looked at
_DEEP: Final = 60  # levels that are looked into: each looks at all that is below it
_CLASS: Final = frozenset((MARK, "c", "h"))


class Part(NamedTuple):
    """A part of a structure: a key, or None in a list, and what stands there."""

    key: Tree
    value: Tree


class Ends(NamedTuple):
    """The first parts of a structure and the last ones, where those between are left out."""

    head: Sequence[Part]
    tail: Sequence[Part]


def with_short_texts(tree: Tree, longest: int) -> Tree:
    """Return a tree whose longer texts are marks of what was cut.

    Args:
        tree: The tree, redacted: the digest is that of what could have been kept.
        longest: Characters that are kept of a text, three quarters of them from its beginning.
    """
    if type(tree) is str:
        return _short(tree, longest) if len(tree) > longest else tree
    if type(tree) is list:
        return [with_short_texts(each, longest) for each in tree]
    if type(tree) is not dict:
        return tree
    if MARK in tree and type(value := tree.get("v")) is str and len(value) > longest:
        return _short_mark(tree, longest)
    return {key: with_short_texts(each, longest) for key, each in tree.items()}


def lessened(tree: Tree, room: int, depth: int = 0) -> Tree:
    """Return a tree of about so many bytes of JSON, in which marks say what was cut.

    Of a few parts each stays, the larger ones cut; of many the first and the last stay.
    """
    if type(tree) not in (str, list, dict) or len(data := orjson.dumps(tree)) <= room:
        return tree
    if type(tree) is str:
        return _short(tree, room * len(tree) // len(data))
    if type(tree) is list or MARK not in tree:
        return _fitting(tree, room, depth)
    if tree[MARK] == "dict":
        return {**tree, "v": _fitting(tree["v"], room, depth, is_pairs=True)}
    if type(value := tree.get("v")) is str:
        return _short_mark(tree, room * len(value) // len(data))
    return {
        key: each if key in _CLASS else lessened(each, room, depth) for key, each in tree.items()
    }


def shown(mark: Mapping[str, Any]) -> Tree:
    """Return what is kept of a text or a structure, with a line in the place of what is not."""
    head, tail = mark["head"], mark["tail"]
    if "chars" in mark:
        said = f"[cut: {mark['chars']:,} characters in all, blake2b {mark['digest']}]"
        return f"{head}\n{said}\n{tail}"
    left = mark["count"] - len(head) - len(tail)
    said = (
        f"[cut: {left:,} of {mark['count']:,} items, {mark['bytes']:,} bytes in all, "
        f"blake2b {mark['digest']}]"
    )
    if type(head) is dict:
        return {**head, _HERE: said, **tail}
    return [*head, [said, None] if mark.get("pairs") else said, *tail]


def all_shown(tree: Tree) -> Tree:
    """Return a tree with what is shown in the place of each mark of what was cut."""
    if type(tree) is list:
        return [all_shown(each) for each in tree]
    if type(tree) is not dict:
        return tree
    made = {key: all_shown(each) for key, each in tree.items()}
    return shown(made) if tree.get(MARK) == CUT else made


def _short(text: str, longest: int) -> Tree:
    tail = longest // 4
    digest = _digest(text.encode("utf-8", "surrogatepass"))
    kept = {"head": text[: longest - tail], "tail": text[len(text) - tail :]}
    return {MARK: CUT, **kept, "chars": len(text), "digest": digest}


def _short_mark(tree: Mapping[str, Tree], longest: int) -> Tree:
    """Return what takes the place of a mark whose text is too long: it is read as a whole."""
    cut = _short(tree["v"], longest)
    return {MARK: tree[MARK], "t": cut} if tree[MARK] in ("bytes", "bytearray") else cut


def _fitting(tree: Tree, room: int, depth: int, *, is_pairs: bool = False) -> Tree:
    """Return a structure made to fit: all of its parts, or its two ends."""
    if len(tree) <= _FEW and depth < _DEEP:
        parts = list(_parts(tree, is_pairs))
        share = _share(list(map(_size, parts)), room)
        if share >= _WORTH > max((_key_size(part) for part in parts), default=0):
            return _like(tree, [_lessened(part, share, depth) for part in parts])
    ends = _ends(tree, room, depth, is_pairs) if depth < _DEEP else Ends((), ())
    data = orjson.dumps(tree)
    kept = {"head": _like(tree, ends.head), "tail": _like(tree, ends.tail)}
    mark = {MARK: CUT, **kept, "count": len(tree), "bytes": len(data), "digest": _digest(data)}
    return {**mark, "pairs": True} if is_pairs else mark


def _parts(tree: Tree, is_pairs: bool, turn: Callable[..., Any] = iter) -> Iterator[Part]:
    if type(tree) is dict:
        return starmap(Part, turn(tree.items()))
    return starmap(Part, turn(tree)) if is_pairs else map(Part, repeat(None), turn(tree))


def _share(sizes: Sequence[int], room: int) -> int:
    """Return how large a part may be, where what smaller ones leave goes to the larger ones."""
    for n, size in enumerate(sorted(sizes)):
        share = room // (len(sizes) - n)
        if size > share:
            return share
        room -= size
    return max(sizes, default=0)


def _ends(tree: Tree, room: int, depth: int, is_pairs: bool) -> Ends:
    """Return the parts that fit at both ends: three quarters of the room are the beginning's."""
    most = room // _PARTS
    head = _first(_parts(tree, is_pairs), room * 3 // 4, most, depth)
    rest = islice(_parts(tree, is_pairs, reversed), len(tree) - len(head))
    return Ends(head, _first(rest, room // 4, most, depth)[::-1])


def _first(parts: Iterable[Part], room: int, most: int, depth: int) -> Sequence[Part]:
    kept: list[Part] = []
    for part in parts:
        size = _size(part)
        if size > most:
            part = _lessened(part, most, depth)
            size = _size(part)
        room -= size
        if room < 0:
            break
        kept.append(part)
    return kept


def _lessened(part: Part, room: int, depth: int) -> Part:
    return Part(part.key, lessened(part.value, room, depth + 1))


def _like(tree: Tree, parts: Sequence[Part]) -> Tree:
    """Return a structure of the same kind that has these parts."""
    if type(tree) is dict:
        return dict(parts)
    return [each.value if each.key is None else list(each) for each in parts]


def _size(part: Part) -> int:
    return _key_size(part) + len(orjson.dumps(part.value)) + 1


def _key_size(part: Part) -> int:
    return 0 if part.key is None else len(orjson.dumps(part.key)) + 3


def _digest(data: bytes) -> str:
    return blake2b(data, digest_size=16).hexdigest()
