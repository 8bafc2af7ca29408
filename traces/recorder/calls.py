"""The calls of models and tools, kept where they leave a graph, exact enough for a replay."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from typing import Any
from uuid import UUID

from ..replaying.leaf import intercepting
from ..replaying.recording_tape import RecordingTape
from ..store.model import RecordedCall, Ref
from .tracking import Tracking


class Calls:
    """Keeps the calls of the traces that a recorder has open."""

    def __init__(self, tracking: Tracking) -> None:
        self._tracking = tracking
        self._until_closed = ExitStack()
        redaction = tracking.store.redaction
        self._tape = RecordingTape(self, redaction.tree, redaction.may_find)
        self._listens = False

    def listen(self, *, everywhere: bool, until: Callable[[], None] | None = None) -> None:
        """Begin to keep calls; asked a second time, nothing changes.

        Args:
            everywhere: Whether in all threads; else in this context and what it starts.
            until: Called when this is closed.
        """
        if self._listens:
            return
        self._listens = True
        self._until_closed.enter_context(intercepting(self._tape, everywhere=everywhere))
        if until is not None:
            self._until_closed.callback(until)

    def put(self, value: Any) -> Ref:
        """Encode a value at once, and return its reference."""
        return self._tracking.store.put(value)

    def keep_call(self, call: RecordedCall) -> None:
        """Take a call of a trace."""
        clean, key = self._tracking.store.clean_text, call.key
        place = clean(key.namespace), clean(key.path), clean(key.name)
        if place != (key.namespace, key.path, key.name):  # a node is named by a secret
            key = key._replace(namespace=place[0], path=place[1], name=place[2])
            call = replace(call, key=key, node=clean(call.node))
        self._tracking.journal.add(call)

    def trace_of(self, run: str) -> str | None:
        """Return the id of the trace that an open run is a part of, or None."""
        found = self._tracking.find(UUID(run)) if run else None
        return found.trace.id if found else None

    def ended(self, trace: str) -> None:
        """Keep what is kept of a trace as a whole, before it is written."""
        self._tape.ended(trace)

    def close(self) -> None:
        """Keep no more."""
        self._until_closed.close()
