"""What was told in the runs that a run goes on from."""

from typing import Final

from ..store.errors import StoreError
from ..store.facts import WENT_ON_FROM
from ..store.store import Store
from .happenings import Happening
from .live import LiveTrace

_RUNS: Final = 50  # runs that did not end, before the one that goes on


class Earlier:
    """Knows again what a node hands up that was told in an earlier run of its thread.

    A graph inside of a node that is interrupted goes on in a later run, and then hands up all it
    has done since its beginning.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._marks: dict[str, frozenset[str]] = {}

    def has(self, trace: LiveTrace, happening: Happening) -> bool:
        """Tell whether something was told before; only of a run that was resumed it can have been.

        Cost: the first time in such a run, the events of those that it goes on from are read.
        """
        if trace.root is None or WENT_ON_FROM not in trace.root.metadata:
            return False
        if trace.id not in self._marks:
            self._marks[trace.id] = self._read(trace)
        kept = happening._replace(data=self._store.clean(happening.data))
        return kept.mark in self._marks[trace.id]

    def forget(self, trace: LiveTrace) -> None:
        """Forget what was read for a run that has ended."""
        self._marks.pop(trace.id, None)

    def _read(self, trace: LiveTrace) -> frozenset[str]:
        """Return the marks of what was told since the thread's last run that came to its end."""
        found: set[str] = set()
        if not trace.thread:
            return frozenset()
        try:
            for one in self._store.traces(until=trace.start, thread=trace.thread, limit=_RUNS):
                if one.status == "ok":
                    break
                events = self._store.events(one.id)
                found.update(Happening(each.kind, each.name, each.data).mark for each in events)
        except StoreError:
            return frozenset(found)  # told twice is better than not at all
        return frozenset(found)
