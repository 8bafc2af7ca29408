"""Which traces are worth sending: a share of all, and every one that something went wrong in."""

from collections.abc import Sequence
from hashlib import blake2b

from ..store import Event, Trace
from .parcels import State
from .verdicts import is_trip

_FINE = ("", "completed")


def sampled(trace: Trace, events: Sequence[Event], share: float) -> State:
    """Return whether a trace waits to be sent or is skipped.

    A trace that failed, did not complete, or that a guard tripped in is always sent. Of the rest
    it depends on the id alone, so every process and every day decides alike.

    Args:
        trace: The trace.
        events: Its events.
        share: The share of traces to send, 0 to 1.
    """
    failed = trace.status in ("error", "running", "cancelled") or trace.ending not in _FINE
    if share >= 1.0 or failed or any(map(is_trip, events)):
        return "waiting"
    digest = blake2b(trace.id.encode(), digest_size=8).digest()
    return "waiting" if int.from_bytes(digest) < share * 2**64 else "skipped"
