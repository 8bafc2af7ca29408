"""Values that JSON can say as they are, told at the speed of C.

orjson alone would write a tuple as a list, an id as a text and an infinite number as null.
"""

from typing import Any, Final

import orjson
import ormsgpack

STRICT: Final = (
    ormsgpack.OPT_PASSTHROUGH_TUPLE
    | ormsgpack.OPT_PASSTHROUGH_UUID
    | ormsgpack.OPT_PASSTHROUGH_ENUM
    | ormsgpack.OPT_PASSTHROUGH_DATETIME
    | ormsgpack.OPT_PASSTHROUGH_DATACLASS
    | ormsgpack.OPT_PASSTHROUGH_SUBCLASS
)
"""Refuses what MessagePack would make something else of."""
_MARK: Final = b"\xa1$"  # a key that would be taken for a mark
_HUGE: Final = b"\xcb\x7f"  # a number that is huge, infinite or none
_LOW: Final = b"\xcb\xff"


def packed(value: Any) -> bytes | None:
    """Return bytes that differ where plain values differ; None where a value holds an object."""
    try:
        return ormsgpack.packb(value, option=STRICT)
    except TypeError:
        return None


def plain_json(value: Any) -> bytes | None:
    """Return the JSON of a value that it says exactly, about a microsecond; None for any other."""
    told = packed(value)
    if told is None or _MARK in told or _HUGE in told or _LOW in told:
        return None
    try:
        return orjson.dumps(value)  # refuses bytes
    except TypeError:
        return None
