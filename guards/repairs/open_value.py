"""Read as much of a value as has been written, when nothing in it needs repair so far."""

import re
from typing import Any

from pydantic_core import from_json

from .reader import OpenText
from .strict import is_open_prefix

_OPEN_NUMBER = re.compile(r"[-+.\deE]+\Z")


def read_open(text: str, start: int) -> Any:
    """Return what is known of the container that a text ends in; None if it is no valid JSON.

    A string that the text ends in is an `OpenText`; a number or a word there is left out, as it
    may still grow. Where this can read, no quote or bracket has to be guessed at, and so nothing
    is taken back later.

    >>> read_open('[{"a": 1, "b": "x', 0), read_open('[1, 2', 0), read_open("['a", 0)
    ([{'a': 1, 'b': 'x'}], [1], None)
    """
    if not is_open_prefix(text, start):
        return None
    written = text[start:]
    try:
        closed = from_json(written, allow_partial=True)
        value = from_json(written, allow_partial="trailing-strings")
        if value != closed:
            return _with_open_end(value)
        return from_json(_OPEN_NUMBER.sub("", written), allow_partial=True)
    except ValueError:
        return None  # a lone surrogate, or deeper than the parser goes


def _with_open_end(value: Any) -> Any:
    """Mark the last text of a value, without recursion."""
    holder = [value]
    at: Any = holder
    key: Any = 0
    while isinstance(at[key], dict | list) and at[key]:
        at = at[key]
        key = next(reversed(at)) if isinstance(at, dict) else len(at) - 1
    if isinstance(at[key], str):
        at[key] = OpenText(at[key])
    return holder[0]
