"""What was recorded on its way to the disk: in the background, at once where it matters."""

import atexit
import logging
import os
import weakref
from threading import Event as Signal
from threading import Lock, Thread
from typing import Final

from ..store.errors import StoreError
from ..store.model import Event, RecordedCall
from ..store.store import Item, Store
from .live import LiveSpan, LiveTrace

Entry = LiveTrace | LiveSpan | Event | RecordedCall
EVERY_SECONDS: Final = 0.04
"""How long something waits to be written; with the writing, a killed process loses 50 ms."""
MOST_WAITING: Final = 20_000
"""Entries kept for a disk that takes none; older ones are lost, and counted."""
_log = logging.getLogger("holdfast.traces")


class Journal:
    """Writes a store in the background, so that a run does not wait for the disk.

    It never raises: what cannot be written is tried again, then counted, and said once.

    Attributes:
        lost: How many entries were lost.
        failures: How often something could not be recorded or written.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self.lost = 0
        self.failures = 0
        self._said = False
        self._waiting: list[Entry] = []
        self._lock = Lock()
        self._writing = Lock()
        self._wake = Signal()
        self._closed = Signal()
        self._process = 0
        _open.add(self)

    def add(self, entry: Entry) -> None:
        """Take an entry; a trace or a span that waits already is written as it stands then."""
        with self._lock:
            if isinstance(entry, LiveSpan | LiveTrace):
                if entry.queued:
                    return
                entry.queued = True
            self._waiting.append(entry)
        if not self._wake.is_set():
            self._start()

    def flush(self) -> None:
        """Write all that waits, now."""
        with self._writing:
            with self._lock:
                taken, self._waiting = self._waiting, []
                self._wake.clear()
                items = [_item(entry) for entry in taken]
            if not items and not self.store.has_unwritten():
                return
            try:
                self.store.write(*items)
            except StoreError as error:
                self._keep(taken)
                self.failed(error)

    def failed(self, error: BaseException) -> None:
        """Count a failure, and say the first."""
        self.failures += 1
        if not self._said:
            self._said = True
            told = str(error) if isinstance(error, StoreError) else type(error).__name__
            _log.warning("The run goes on, but its trace is not complete: %s", told)

    def close(self) -> None:
        """Write all that waits, and stop writing."""
        self._closed.set()
        self._wake.set()
        self.flush()
        _open.discard(self)

    def _keep(self, entries: list[Entry]) -> None:
        with self._lock:
            for entry in entries:
                if isinstance(entry, LiveSpan | LiveTrace):
                    entry.queued = True
            kept = [*entries, *self._waiting]
            over = max(len(kept) - MOST_WAITING, 0)
            for entry in kept[:over]:
                if isinstance(entry, LiveSpan | LiveTrace):
                    entry.queued = False
            self._waiting = kept[over:]
            self.lost += over

    def _start(self) -> None:
        self._wake.set()
        if self._process == os.getpid():
            return
        with self._lock:
            if self._process == os.getpid():
                return
            self._process = os.getpid()  # a thread does not come along through a fork
        Thread(target=self._write_on, name="holdfast-traces", daemon=True).start()

    def _write_on(self) -> None:
        while True:
            self._wake.wait()
            if self._closed.wait(EVERY_SECONDS):
                return
            self.flush()


def _item(entry: Entry) -> Item:
    if isinstance(entry, LiveSpan | LiveTrace):
        entry.queued = False
        return entry.item()
    return entry


_open: "weakref.WeakSet[Journal]" = weakref.WeakSet()


@atexit.register
def _write_at_exit() -> None:
    for journal in list(_open):
        journal.flush()
