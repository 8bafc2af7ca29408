"""What was recorded on its way to the disk: in the background, at once where it matters."""

import atexit
import logging
import os
import time
import weakref
from collections import deque
from collections.abc import Callable
from threading import Event as Signal
from threading import Lock, Thread
from typing import Final

from ..store.errors import StoreError
from ..store.items import Item
from ..store.model import Event
from ..store.rows import EndedCall
from ..store.store import Store
from .live import LiveSpan, LiveTrace

Entry = LiveTrace | LiveSpan | Event | EndedCall
_LIVE = (LiveSpan, LiveTrace)
EVERY_SECONDS: Final = 0.025
"""How long something waits to be written; with the writing, a killed process loses 50 ms."""
_SLOW_SECONDS: Final = 0.005
_GIVEN_AT_ONCE: Final = 0.02
_GIVEN_SECONDS: Final = 0.00005
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
        self._waiting: deque[Entry] = deque()  # whose ends are safe to share
        self._lock = Lock()
        self._writing = Lock()
        self._wake = Signal()
        self._closed = Signal()
        self._written = Signal()
        self._is_late = False
        self._process = 0
        self._due = 0.0
        self.running: Callable[[], list[LiveSpan]] = list
        _open.add(self)

    def wake(self) -> None:
        """Have what is running written as it stands; it is asked for."""
        if not self._wake.is_set():
            self._start()

    def add(self, entry: Entry) -> None:
        """Take an entry; a trace or a span that waits already is written as it stands then."""
        if isinstance(entry, _LIVE):  # changed before it is added, noted as taken before it is read
            if entry.queued:
                return
            entry.queued = True
        self._waiting.append(entry)
        if not self._wake.is_set():
            self._start()
        elif time.monotonic() > self._due:
            self._give_way()

    def _give_way(self) -> None:
        """Leave the interpreter to whoever writes: a busy run would keep it for 5 ms at a time.

        Once in each write for as long as that takes, within bounds; after that the disk is slow.
        """
        if self._is_late:
            time.sleep(_GIVEN_SECONDS)
        else:
            self._is_late = True
            self._written.clear()
            self._written.wait(_GIVEN_AT_ONCE)

    def flush(self) -> bool:
        """Write all that waits, now; tell whether anything was written."""
        with self._writing:
            self._is_due_in(_SLOW_SECONDS)
            taken = [self._waiting.popleft() for _ in range(len(self._waiting))]
            running = [span for span in self.running() if not span.shown]
            items = [_item(entry) for entry in taken]
            items += [_shown(span) for span in running if not span.queued]
            try:
                if not items and not self.store.has_unwritten():
                    return False
                self.store.write(*items)
            except StoreError as error:
                self._keep(taken)
                for span in running:
                    span.shown = False
                self.failed(error)
                return False
            finally:
                self._is_due_in(EVERY_SECONDS + _SLOW_SECONDS)
                self._written.set()
            return True

    def _is_due_in(self, seconds: float) -> None:
        """Say by when the next write is to have begun, or this one ended."""
        self._due = time.monotonic() + seconds
        self._is_late = False

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
        if self._waiting:
            self.lost += len(self._waiting)
            _log.warning("%s spans and events could not be recorded", f"{self.lost:,}")

    def _keep(self, entries: list[Entry]) -> None:
        for entry in entries:
            if isinstance(entry, _LIVE):
                entry.queued = True
        self._waiting.extendleft(reversed(entries))
        for _ in range(len(self._waiting) - MOST_WAITING):
            entry = self._waiting.popleft()
            if isinstance(entry, _LIVE):
                entry.queued = False
            self.lost += 1

    def _start(self) -> None:
        self._is_due_in(EVERY_SECONDS + _SLOW_SECONDS)
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
            time.sleep(EVERY_SECONDS)
            if self._closed.is_set():
                return
            if not self.flush():  # nothing more comes, or the disk takes nothing
                self._wake.clear()
                if self._waiting and not self.failures:
                    self._wake.set()  # it came in between

    def begin_anew(self) -> None:
        """Count on no thread: none comes along through a fork."""
        self._wake = Signal()
        self._writing = Lock()


def _item(entry: Entry) -> Item:
    if isinstance(entry, _LIVE):
        entry.queued = False
        return entry.item()
    return entry


def _shown(span: LiveSpan) -> Item:
    span.shown = True  # before it is read: a change after that shows it again
    return span.item()


_open: "weakref.WeakSet[Journal]" = weakref.WeakSet()


@atexit.register
def _write_at_exit() -> None:
    for journal in list(_open):
        journal.flush()


def _begin_anew() -> None:
    for journal in list(_open):
        journal.begin_anew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_anew)
