"""What was recorded, on the user's own disk."""

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

__all__ = [
    "CallKey",
    "CallKind",
    "Event",
    "EventKind",
    "RecordedCall",
    "Ref",
    "Span",
    "SpanKind",
    "Status",
    "Trace",
    "Usage",
]
