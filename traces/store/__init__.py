"""What was recorded, on the user's own disk."""

import importlib
import typing

from .errors import NoSuchTraceError, StoreError
from .model import (
    CallKey,
    CallKind,
    Event,
    EventKind,
    RecordedCall,
    Ref,
    Span,
    SpanKind,
    Status,
    Trace,
    Usage,
)

if typing.TYPE_CHECKING:
    from .objects import Opaque
    from .redaction import Redaction
    from .store import Store

__all__ = [
    "CallKey",
    "CallKind",
    "Event",
    "EventKind",
    "NoSuchTraceError",
    "Opaque",
    "RecordedCall",
    "Redaction",
    "Ref",
    "Span",
    "SpanKind",
    "Status",
    "Store",
    "StoreError",
    "Trace",
    "Usage",
]

_LAZY = {"Opaque": "objects", "Redaction": "redaction", "Store": "store"}
"""What is imported where it is first asked for, and from where: SQLite, zstd and orjson."""


def __getattr__(name: str) -> typing.Any:
    if name in _LAZY:
        return getattr(importlib.import_module(f".{_LAZY[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*globals(), *__all__]
