"""JSON as the standard has it (RFC 8259): the decoder, and whether a text is cut off."""

import json
import re
from typing import Any, NoReturn

_REST = re.compile(r"[ \t\n\r]*(?:-|t|tr|tru|f|fa|fal|fals|n|nu|nul|\.|[eE][+-]?)?\Z")
_OPEN_ESCAPE = re.compile(r"\\?(?:u[0-9a-fA-F]{0,4})?\Z")
_SPACE = re.compile(r"[ \t\n\r]*")
_OPENER = re.compile(r"[{\[\"]")


def _refuse(word: str) -> NoReturn:
    raise ValueError(word)


DECODER = json.JSONDecoder(parse_constant=_refuse)
"""Python's decoder in C, without the `NaN` and `Infinity` that it takes by default."""


CHUNK = 1000
"""Characters in which the end of a container is first looked for. Chosen: most answers' objects."""


def decode_at(text: str, start: int) -> tuple[Any, int, int]:
    """Decode the container at an offset, if it is valid JSON.

    A failure of the decoder costs time in proportion to the offset of the error in the text it
    was given, as it counts the lines before it: a piece of the text is tried first.

    Returns:
        The value, the offset behind it (-1 if it is not valid JSON), and the cost in characters.
    """
    piece = text[start : start + CHUNK]
    try:
        value, length = DECODER.raw_decode(piece)
    except json.JSONDecodeError as error:
        cost = error.pos + 50
        if len(piece) < CHUNK or not _stops_at_the_end(piece, error):
            return None, -1, cost
    except (ValueError, RecursionError):
        return None, -1, len(text)
    else:
        return value, start + length, 0
    try:
        value, end = DECODER.raw_decode(text, start)
    except json.JSONDecodeError as error:
        return None, -1, error.pos
    except (ValueError, RecursionError):
        return None, -1, len(text)
    return value, end, 0


def is_open_prefix(text: str, start: int = 0) -> bool:
    """Return whether a text, from an offset on, is a proper prefix of an object, list or string.

    Valid JSON is not a prefix in this sense. Costs one pass of the decoder in C; what that
    cannot nest is scanned for brackets.

    >>> [is_open_prefix(text) for text in ('{"a": [1', '{"a": tr', '{"a": x', '{}')]
    [True, True, False, False]
    """
    found = _SPACE.match(text, start)
    start = found.end() if found else start
    if not _OPENER.match(text, start):
        return False
    try:
        DECODER.raw_decode(text, start)
    except json.JSONDecodeError as error:
        return _stops_at_the_end(text, error)
    except (ValueError, RecursionError):
        return _is_unbalanced(text, start)
    return False


def _stops_at_the_end(text: str, error: json.JSONDecodeError) -> bool:
    if error.msg.startswith("Unterminated string"):
        return True
    if "escape" in error.msg:
        return bool(_OPEN_ESCAPE.match(text, error.pos)) or bool(
            _OPEN_ESCAPE.match(text, error.pos - 1)
        )
    return bool(_REST.match(text, error.pos))


_TOKEN = re.compile(r"\"(?:[^\"\\]|\\.)*(\"?)|[{\[]|[}\]]", re.DOTALL)


def _is_unbalanced(text: str, start: int) -> bool:
    """The cautious answer where the decoder gives up: are brackets or quotes left open?"""
    depth = 0
    for token in _TOKEN.finditer(text, start):
        if token[0] in "{[":
            depth += 1
        elif token[0] in "}]":
            depth -= 1
        elif not token[1]:
            return True
    return depth > 0
