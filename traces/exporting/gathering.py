"""Find the traces of a store that are to be sent and put them into the outbox."""

from collections.abc import Iterable

from ..store import NoSuchTraceError, Store, Trace
from .outbox import Outbox
from .sampling import sampled


class Gathering:
    """Puts traces into an outbox, each once."""

    def __init__(
        self, store: Store, outbox: Outbox, *, share: float, unfinished: int, apart: bool
    ) -> None:
        """Say from where to where.

        Args:
            store: Where the traces are.
            outbox: Where they wait.
            share: The share of traces to send, 0 to 1.
            unfinished: After how many nanoseconds of silence a trace that never ended is sent as
                it is: its process was stopped.
            apart: Whether their ids differ from LangChain's own.
        """
        self._store, self._outbox = store, outbox
        self._share, self._unfinished, self._apart = share, unfinished, apart

    def named(self, ids: Iterable[str]) -> int:
        """Add traces by their ids, whatever their age; return how many are new."""
        return sum(self._add(trace) for trace in map(self._find, ids) if trace)

    def since(self, start: int, now: int) -> int:
        """Add all that began at a time or later and are over; return how many are new."""
        missing = map(self._find, self._outbox.missing(start))
        return sum(self._add(trace) for trace in missing if trace and self._is_over(trace, now))

    def _find(self, id_: str) -> Trace | None:
        try:
            return self._store.trace(id_)
        except NoSuchTraceError:
            return None

    def _add(self, trace: Trace) -> bool:
        if trace.source in ("replayed", self._outbox.kind):  # it did not happen, or is there
            return self._outbox.add(trace.id, trace.start, "skipped")
        events = [] if self._share >= 1.0 else self._store.events(trace.id)
        state = sampled(trace, events, self._share)
        return self._outbox.add(trace.id, trace.start, state, apart=self._apart)

    def _is_over(self, trace: Trace, now: int) -> bool:
        if trace.status != "running":
            return True
        if now - trace.start < self._unfinished:
            return False
        heard = [span.end or span.start for span in self._store.spans(trace.id)]
        heard += [event.time for event in self._store.events(trace.id)]
        return now - max([trace.start, *heard]) >= self._unfinished
