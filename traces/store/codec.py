"""Any Python value as a JSON tree, and back.

What JSON cannot say is a mark: a dict with the key `$`, which names the kind. A dict of the
user's that has this key itself is written as a mark of its pairs, so nothing is mistaken.
"""

import base64
import datetime as dt
import decimal
import fractions
import math
import pathlib
import re
import uuid
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, Final

from .objects import MESSAGE, Opaque, build, is_message, name_of, parts_of
from .plainness import plain_json

MARK: Final = "$"
"""The key of a mark, whose value names the kind."""
Tree = Any
"""What JSON can say: dicts with string keys, lists, strings, finite numbers, booleans, None."""
Swap = Callable[[Any], Tree | None]
"""Gives the tree of a value that is kept elsewhere (a message, a chain), or None."""

_AS_IT_IS = frozenset((str, bool, type(None)))
_STRINGS = frozenset((str,))
_HOLDERS = frozenset((dict, list))
_PLAIN_KINDS: tuple[Any, ...] = (
    str, int, float, bytes, dict, list, tuple, set, frozenset,
)  # fmt: skip
_SMALLEST, _LARGEST = -(2**63), 2**64 - 1  # what orjson writes as a number


def encode(value: Any, swap: Swap | None = None) -> Tree:
    """Return a value as a JSON tree that `decode` makes the same value of.

    Exact for JSON's own kinds, LangChain messages and documents, LangGraph's commands, Pydantic
    models, dataclasses, named tuples, enums, dates, decimals, ids, paths, bytes, sets, tuples,
    keys that are no strings, and numbers that are no finite ones. Anything else becomes a mark
    that says its class and nothing of its content, and so does what is too deep or holds itself.

    Args:
        value: The value; it is read, never kept.
        swap: Asked first for each list and each object with a class of its own.
    """
    try:
        return _encode(value, swap)
    except RecursionError:
        return {MARK: "opaque", "c": name_of(type(value)), "why": "too deep"}


def encode_now(value: Any, swap: Swap | None = None) -> Tree:
    """Return a value as `encode` does, most often much sooner: what JSON can say is not copied.

    The tree shares parts with the value, so it must be written before anybody changes that.
    """
    if type(value) is dict and MARK not in value and _STRINGS.issuperset(map(type, value)):
        return {key: _now(each, swap) for key, each in value.items()}
    return _now(value, swap)


def _now(value: Any, swap: Swap | None) -> Tree:
    kind = type(value)
    if kind in _AS_IT_IS:
        return value
    if kind is list and swap and value and is_message(type(value[0])):
        return encode(value, swap)
    if kind in _HOLDERS and plain_json(value) is not None:
        return value
    return encode(value, swap)


def message_json(value: Any) -> bytes | None:
    """Return the JSON of a message's fields, where that says them exactly; else None."""
    return None if value.__pydantic_extra__ else plain_json(value.__dict__)


def message_mark(kind: type) -> bytes:
    """Return the JSON of a message's tree as far as its fields."""
    return b'{"$":"message","c":"%b","v":' % name_of(kind).encode()


def _encode(value: Any, swap: Swap | None) -> Tree:
    kind = type(value)
    if kind in _AS_IT_IS:
        return value
    if kind is dict:
        return _dict(value, swap)
    if kind is list:
        if swap and value and (found := swap(value)) is not None:
            return found
        return [_encode(each, swap) for each in value]
    if writer := _WRITERS.get(kind):
        return writer(value, swap)
    if swap and (found := swap(value)) is not None:
        return found
    return _object(value, swap)


def _int(value: int, _: Swap | None) -> Tree:
    return value if _SMALLEST <= value <= _LARGEST else {MARK: "int", "v": str(value)}


def _float(value: float, _: Swap | None) -> Tree:
    return value if math.isfinite(value) else {MARK: "float", "v": repr(value)}


def _dict(value: Mapping[Any, Any], swap: Swap | None) -> Tree:
    made = {}
    for key, each in value.items():
        if type(key) is not str or key == MARK:
            pairs = [[_encode(k, swap), _encode(v, swap)] for k, v in value.items()]
            return {MARK: "dict", "v": pairs}
        made[key] = _encode(each, swap)
    return made


def _several(mark: str) -> Callable[[Any, Swap | None], Tree]:
    return lambda value, swap: {MARK: mark, "v": [_encode(each, swap) for each in value]}


def _unordered(mark: str) -> Callable[[Any, Swap | None], Tree]:
    """Write a set in an order of its own: its own differs from process to process."""
    return lambda value, swap: {
        MARK: mark, "v": sorted((_encode(each, swap) for each in value), key=repr)
    }  # fmt: skip


def _told(mark: str, tell: Callable[[Any], Any] = str) -> Callable[[Any, Swap | None], Tree]:
    return lambda value, _: {MARK: mark, "v": tell(value)}


def _bytes(value: bytes, _: Swap | None) -> Tree:
    """Write bytes as the text they are, where they are one: a secret in it can be seen."""
    kind = type(value).__name__
    try:
        return {MARK: kind, "t": value.decode()}
    except UnicodeDecodeError:
        return {MARK: kind, "v": base64.b64encode(value).decode()}


def _moment(value: dt.datetime, _: Swap | None) -> Tree:
    zone = getattr(value.tzinfo, "key", None)
    tree = {MARK: "datetime", "v": value.isoformat(), "fold": value.fold, "zone": zone}
    return {key: each for key, each in tree.items() if each}


def _pattern(value: re.Pattern[Any], swap: Swap | None) -> Tree:
    return {MARK: "pattern", "v": _encode(value.pattern, swap), "flags": value.flags}


def _object(value: Any, swap: Swap | None) -> Tree:
    """Write an object by its class and its parts, or as one that only its class is told of."""
    if (found := parts_of(value)) is not None:
        mark, parts = found
        return {MARK: mark, "c": name_of(type(value)), **_dict_parts(parts, swap)}
    for plain in _PLAIN_KINDS:
        if isinstance(value, plain):
            return _encode(plain(value), swap)
    return {MARK: "opaque", "c": name_of(type(value))}


def _dict_parts(parts: Mapping[str, Any], swap: Swap | None) -> dict[str, Tree]:
    return {key: _encode(each, swap) for key, each in parts.items()}


_WRITERS: dict[type, Callable[[Any, Swap | None], Tree]] = {
    int: _int,
    float: _float,
    tuple: _several("tuple"),
    set: _unordered("set"),
    frozenset: _unordered("frozenset"),
    deque: lambda value, swap: {
        MARK: "deque", "v": [_encode(each, swap) for each in value], "most": value.maxlen
    },
    bytes: _bytes,
    bytearray: _bytes,
    dt.datetime: _moment,
    dt.date: _told("date", dt.date.isoformat),
    dt.time: _told("time", dt.time.isoformat),
    dt.timedelta: _told("timedelta", lambda value: [value.days, value.seconds, value.microseconds]),
    decimal.Decimal: _told("decimal"),
    fractions.Fraction: _told("fraction"),
    complex: _told("complex", lambda value: [repr(value.real), repr(value.imag)]),
    uuid.UUID: _told("uuid"),
    pathlib.PosixPath: _told("path"),
    pathlib.WindowsPath: _told("path"),
    pathlib.PurePosixPath: _told("posix"),
    pathlib.PureWindowsPath: _told("windows"),
    re.Pattern: _pattern,
    range: _told("range", lambda value: [value.start, value.stop, value.step]),
}  # fmt: skip


def decode(tree: Tree) -> Any:
    """Return the value that a tree was made of.

    Only classes that are imported already, or that come with LangChain, LangGraph or Holdfast,
    are made; no constructor of theirs is called. Anything else is an `Opaque` with its parts.
    """
    if type(tree) is dict:
        mark = tree.get(MARK)
        if mark is None:
            return {key: decode(each) for key, each in tree.items()}
        return _marked(str(mark), tree)
    if type(tree) is list:
        return [decode(each) for each in tree]
    return tree


def _marked(mark: str, tree: Mapping[str, Tree]) -> Any:
    if reader := _READERS.get(mark):
        return reader(tree)
    if mark == "opaque":
        return Opaque(str(tree.get("c", "")))
    kinds = {MARK: mark, "c": str(tree.get("c", ""))}
    return build(mark, kinds["c"], {k: decode(v) for k, v in tree.items() if k not in kinds})


def _read_bytes(tree: Mapping[str, Tree]) -> bytes:
    return tree["t"].encode() if "t" in tree else base64.b64decode(tree["v"])


def _read_moment(tree: Mapping[str, Tree]) -> dt.datetime:
    value = dt.datetime.fromisoformat(tree["v"])
    if zone := tree.get("zone"):
        import zoneinfo

        value = value.replace(tzinfo=zoneinfo.ZoneInfo(zone))
    return value.replace(fold=tree.get("fold", 0))


_READERS: dict[str, Callable[[Mapping[str, Tree]], Any]] = {
    "dict": lambda tree: {decode(key): decode(value) for key, value in tree["v"]},
    "int": lambda tree: int(tree["v"]),
    "float": lambda tree: float(tree["v"]),
    "text": lambda tree: base64.b64decode(tree["v"]).decode("utf-8", "surrogatepass"),
    "tuple": lambda tree: tuple(decode(each) for each in tree["v"]),
    "set": lambda tree: {decode(each) for each in tree["v"]},
    "frozenset": lambda tree: frozenset(decode(each) for each in tree["v"]),
    "deque": lambda tree: deque((decode(each) for each in tree["v"]), tree["most"]),
    "bytes": _read_bytes,
    "bytearray": lambda tree: bytearray(_read_bytes(tree)),
    "datetime": _read_moment,
    "date": lambda tree: dt.date.fromisoformat(tree["v"]),
    "time": lambda tree: dt.time.fromisoformat(tree["v"]),
    "timedelta": lambda tree: dt.timedelta(*tree["v"]),
    "decimal": lambda tree: decimal.Decimal(tree["v"]),
    "fraction": lambda tree: fractions.Fraction(tree["v"]),
    "complex": lambda tree: complex(*map(float, tree["v"])),
    "uuid": lambda tree: uuid.UUID(tree["v"]),
    "path": lambda tree: pathlib.Path(tree["v"]),
    "posix": lambda tree: pathlib.PurePosixPath(tree["v"]),
    "windows": lambda tree: pathlib.PureWindowsPath(tree["v"]),
    "pattern": lambda tree: re.compile(decode(tree["v"]), tree["flags"]),
    "range": lambda tree: range(*tree["v"]),
}

__all__ = ["MARK", "MESSAGE", "Opaque", "Swap", "Tree", "decode", "encode"]
