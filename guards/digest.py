"""Give arguments, results and texts short names by which they can be compared."""

import json
import re
from collections.abc import Mapping
from hashlib import blake2b
from itertools import pairwise
from typing import Any
from zlib import crc32

from .redact import redact

PREVIEW_LENGTH = 200
"""Characters kept of a result, for reasons and nudges."""
_REDACTED_WINDOW = 600  # more than a preview, so that a secret cut by its end is still seen whole
_SLACK = 100  # white space that a preview is likely to lose
_SKETCHED_WINDOW = 2_000
_SKETCH_SIZE = 8
_WORD = re.compile(r"\w+")
_ASCII_WORDS = bytes(c if chr(c).isalnum() or chr(c) == "_" else 32 for c in range(128)).ljust(256)
_CONTROL = r"\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff"  # bidi overrides too
_UNPRINTABLE = re.compile(rf"\s?[{_CONTROL}][\s{_CONTROL}]*|\s{{2,}}[\s{_CONTROL}]*")


_encode = json.JSONEncoder(
    sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str
).encode


def _plain(value: Any) -> Any:
    """Bring numbers and nested containers to one form: 2.0 is 2, a tuple is a list."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, dict | Mapping):  # asking for a dict first is five times quicker
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, set | frozenset):
        return sorted(map(_plain, value), key=canonical)
    return value


def canonical(value: Any) -> str:
    """Return one text for all equal forms of a value: key order, white space, 2 or 2.0.

    >>> canonical({"b": 2.0, "a": " x "}) == canonical({"a": "x", "b": 2})
    True
    """
    if isinstance(value, str):
        return value.strip()
    try:
        return _encode(_plain(value))
    except RecursionError:
        return f"a {type(value).__name__} nested too deeply"


def digest(value: Any) -> str:
    """Return 16 hexadecimal characters that stand for a value in its canonical form."""
    return blake2b(canonical(value).encode("utf-8", "replace"), digest_size=8).hexdigest()


def digest_arguments(arguments: Any) -> dict[str, str]:
    """Return one digest per top-level argument; text that is no object gets the name ``""``.

    One each, so that a guard can leave out an argument that changes with every call.
    """
    if isinstance(arguments, Mapping):
        return {str(name): digest(value) for name, value in arguments.items()}
    return {"": digest(arguments)} if arguments not in (None, "") else {}


def preview(text: str, length: int = PREVIEW_LENGTH) -> str:
    """Return the beginning of a text on one line, secrets blotted out, at most `length` long."""
    window = max(_REDACTED_WINDOW, length * 3)
    safe = redact(text[:window])
    line = _on_one_line(safe[: length + _SLACK])
    if len(line) <= length and len(safe) > length + _SLACK:
        line = _on_one_line(safe)
    if len(line) <= length and len(text) <= window:
        return line
    if len(line) < length:  # its last word was cut, and half a secret would not be known as one
        line = line[: line.rfind(" ") + 1]
    return line[: length - 1] + "…"


def _on_one_line(text: str) -> str:
    if text.isprintable() and "  " not in text:  # the one printable white space is the blank
        return text.strip()
    return _UNPRINTABLE.sub(" ", text).strip()


def sketch(text: str) -> str:
    """Return a small sketch of a text's word pairs, for `likeness`.

    A bottom-k sketch (Broder 1997, "On the resemblance and containment of documents") of the
    first 2,000 characters: 8 hashes of 32 bits, as 64 hexadecimal characters or fewer.
    """
    words = _words(text[:_SKETCHED_WINDOW].lower())
    pairs = set(map(b" ".join, pairwise(words))) or set(words)
    lowest = sorted(set(map(crc32, pairs)))[:_SKETCH_SIZE]
    return ("%08x" * len(lowest)) % tuple(lowest)


def _words(text: str) -> list[bytes]:
    if text.isascii():  # the same words, found twice as quickly
        return text.encode().translate(_ASCII_WORDS).split()
    return [word.encode("utf-8", "replace") for word in _WORD.findall(text)]


def likeness(one: str, other: str) -> float:
    """Return how alike two sketched texts are, 0 to 1; an estimate with a step of about 1/8."""
    if not one or not other:
        return 1.0 if one == other else 0.0
    mine = {one[i : i + 8] for i in range(0, len(one), 8)}
    theirs = {other[i : i + 8] for i in range(0, len(other), 8)}
    lowest = sorted(mine | theirs)[: max(len(mine), len(theirs))]
    return sum(1 for number in lowest if number in mine and number in theirs) / len(lowest)
