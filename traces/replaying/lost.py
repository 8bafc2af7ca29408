"""Values of a record that this process cannot make again."""

import dataclasses
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel

from ..store.codec import Opaque

_DEEPEST = 6


def lost_class(value: Any, depth: int = 0) -> str:
    """Return the class of the first part of a value whose class is not imported; empty for none.

    Parts of classes that no record keeps are passed over: whoever needs one misses it himself.
    """
    if isinstance(value, Opaque):
        return value.name if value.parts is not None else ""
    inner = _parts(value) if depth < _DEEPEST else ()
    return next(filter(None, (lost_class(each, depth + 1) for each in inner)), "")


def _parts(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    if isinstance(value, list | tuple):
        return value
    if isinstance(value, BaseModel):
        return vars(value).values()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return [getattr(value, each.name, None) for each in dataclasses.fields(value)]
    return ()
