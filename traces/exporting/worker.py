"""A thread that sends what is recorded while it is recorded."""

import atexit
import logging
import sqlite3
import threading
import time
from collections import deque
from contextlib import ExitStack
from pathlib import Path

from ...guards.digest import preview
from ...guards.redact import redact
from ..store import StoreError
from .courier import Courier, command_for
from .line import Line, Plan, open_line
from .shifts import SECOND

_LOG = logging.getLogger(__name__)
_SWEEP_SECONDS = 30.0
_EXIT_SECONDS = 3.0  # what the end of a program that never closed it waits at most
_WHY_SHOWN = 200  # characters
_WAIT_SECONDS = 1.0  # after the store could not be read


class Worker:
    """Sends traces as they end, and those that a killed process left behind.

    Its own failures never reach the run: what it cannot send stays in the store.
    """

    def __init__(self, store: Path, courier: Courier, plan: Plan) -> None:
        """Start the thread; what is recorded from now on is sent.

        Args:
            store: The store's file.
            courier: What carries items; used in the thread alone from now on.
            plan: How traces are chosen and sent.
        """
        self._store, self._courier, self._plan = store, courier, plan
        self._since = plan.clock()
        self._told: deque[str] = deque()
        self._wake = threading.Event()
        self._closing = False
        self._deadline = float("inf")
        self._thread = threading.Thread(target=self._run, name="holdfast-export", daemon=True)
        self._thread.start()
        atexit.register(self.close, _EXIT_SECONDS)

    def finished(self, trace: str) -> None:
        """Say that a trace has ended and is in the store."""
        self._told.append(trace)
        self._wake.set()

    def close(self, seconds: float = 5.0) -> None:
        """Send what is left for at most so many seconds, then stop; the rest stays in the store."""
        atexit.unregister(self.close)
        self._deadline = time.monotonic() + seconds
        self._closing = True
        self._wake.set()
        self._thread.join(seconds + 1.0)

    def _run(self) -> None:
        try:
            while not self._over():
                try:
                    with ExitStack() as stack:
                        self._work(open_line(self._store, self._courier, self._plan, stack))
                except (StoreError, sqlite3.Error) as error:
                    _LOG.warning("traces are not exported for now: %s", type(error).__name__)
                    self._pause(_WAIT_SECONDS)
                else:
                    return
        finally:
            self._courier.close()

    def _work(self, line: Line) -> None:
        since, swept, why = line.outbox.begin(self._since), float("-inf"), ""
        while True:
            self._wake.clear()
            line.gathering.named([self._told.popleft() for _ in range(len(self._told))])
            now = self._plan.clock()
            if time.monotonic() - swept >= _SWEEP_SECONDS:
                line.gathering.since(since, now)
                swept = time.monotonic()
            made = line.delivery.round()
            why = made.why or (why if made.again else "")
            wait = self._until(made.again, now)
            if self._closing and not self._told and self._is_vain(wait):
                self._say_what_waits(line.outbox.counts().waiting, why)
                return
            self._pause(_SWEEP_SECONDS if wait is None else min(wait, _SWEEP_SECONDS))

    def _say_what_waits(self, count: int, why: str) -> None:
        if count:
            runs = "1 run waits" if count == 1 else f"{count:,} runs wait"
            because = f" ({preview(why, _WHY_SHOWN)})" if why else ""
            command = redact(command_for(self._store, self._courier.place))
            _LOG.warning("%s%s: %s", runs, because, command)

    def _until(self, again: int | None, now: int) -> float | None:
        """Return in how many seconds there is something to do; None: not until something ends."""
        return None if again is None else max(again - now, 0) / SECOND

    def _is_vain(self, wait: float | None) -> bool:
        """Return whether nothing more can be sent before the time to close is over."""
        return wait is None or time.monotonic() + wait >= self._deadline

    def _pause(self, seconds: float) -> None:
        left = self._deadline - time.monotonic()
        self._wake.wait(max(min(seconds, left), 0.0))

    def _over(self) -> bool:
        return self._closing and time.monotonic() >= self._deadline
