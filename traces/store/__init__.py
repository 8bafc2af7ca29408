"""What was recorded, on the user's own disk."""

import typing

from ...guards import first_use
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
else:
    # What is imported where it is first asked for, and from where: SQLite, zstd and orjson.
    __getattr__, __dir__ = first_use.names_of(
        __name__,
        {
            "objects": ("Opaque",),
            "redaction": ("Redaction",),
            "store": ("Store",),
        },
    )

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
