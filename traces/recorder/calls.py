"""The calls of models and tools, kept where they leave a graph, exact enough for a replay."""

from collections.abc import Callable
from contextlib import ExitStack
from operator import is_
from typing import Any, Final
from uuid import UUID

from ..replaying.leaf import intercepting
from ..replaying.recording_tape import RecordingTape
from ..store.model import Held
from ..store.rests import Rest
from ..store.rows import EndedCall
from .tracking import Tracking

_PLACES: Final = 10_000  # whose names are known to hold nothing that must go


class Calls:
    """Keeps the calls of the traces that a recorder has open."""

    def __init__(self, tracking: Tracking) -> None:
        self._tracking = tracking
        self._until_closed = ExitStack()
        redaction = tracking.store.redaction
        self._tape = RecordingTape(self, redaction.tree, redaction.may_find)
        self.listens = False
        self._clean: set[tuple[str, ...]] = set()

    def listen(self, *, everywhere: bool, until: Callable[[], None] | None = None) -> None:
        """Begin to keep calls; asked a second time, nothing changes.

        Args:
            everywhere: Whether in all threads; else in this context and what it starts, and in
                all others as long as no other recorder is at work: callbacks are told of those.
            until: Called when this is closed.
        """
        if self.listens:
            return
        self.listens = True
        self._until_closed.enter_context(
            intercepting(self._tape, everywhere=everywhere, alone=not everywhere)
        )
        if until is not None:
            self._until_closed.callback(until)

    def put_kept(self, value: Any) -> Held:
        """Encode a value at once, and return its reference."""
        return self._tracking.store.put_kept(value)

    def put_request(
        self, run: UUID | None, messages: Any, rest: Rest, tell: Callable[[Any], Any]
    ) -> Held:
        """Encode a request at once; one whose messages its run was just told of is half done."""
        store, span = self._tracking.store, self._tracking.find(run)
        if span is None or span.prompt is None or type(messages) is not list:
            return store.put_request(messages, rest, tell)
        told, prompt = span.prompt
        if len(told) == len(messages) and all(map(is_, told, messages)):
            return store.put_prompt(prompt, rest, tell)
        return store.put_request(messages, rest, tell)

    def keep_call(self, call: EndedCall) -> None:
        """Take a call of a trace."""
        told = call.node, call.namespace, call.path, call.name
        if told not in self._clean:
            call = self._cleaned(call, told)
        self._tracking.journal.add(call)

    def _cleaned(self, call: EndedCall, told: tuple[str, ...]) -> EndedCall:
        """Return a call without what must go out of its names; most have none, again and again."""
        node, namespace, path, name = clean = tuple(map(self._tracking.store.clean_text, told))
        if clean != told:  # a node is named by a secret
            return call._replace(node=node, namespace=namespace, path=path, name=name)
        if len(self._clean) < _PLACES:
            self._clean.add(told)
        return call

    def trace_of(self, run: UUID | None) -> str | None:
        """Return the id of the trace that an open run is a part of, or None."""
        found = self._tracking.find(run)
        return found.trace.id if found else None

    def at_end(self, run: UUID | None, finish: Callable[[], None]) -> bool:
        """Have a call of an open run kept when the run's own reply is; False for any other."""
        span = self._tracking.find(run)
        if span is None or span.finish is not None:
            return False
        span.finish = finish
        return True

    def is_whole(self) -> bool:
        """Tell whether nothing that was put was cut."""
        return self._tracking.store.is_whole

    def ended(self, trace: str) -> None:
        """Keep what is kept of a trace as a whole, before it is written."""
        for span in self._tracking.open_in(trace):  # a branch failed, and the others were left
            span.finished()
        self._tape.ended(trace)

    def close(self) -> None:
        """Keep no more."""
        self._until_closed.close()
