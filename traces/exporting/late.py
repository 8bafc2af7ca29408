"""Send what a store holds already, and perhaps what comes."""

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from .courier import Courier
from .delivery import Round
from .line import Line, Plan, open_line
from .parcels import Counts
from .shifts import SECOND

_LOOK_SECONDS = 2.0


class Destination(Protocol):
    """Where traces can be sent: `LangSmith(...)`, `OpenTelemetry(...)`."""

    def courier(self) -> Courier:
        """Return what carries items there."""
        ...

    def plan(self, *, live: bool) -> Plan:
        """Return how traces are chosen and sent."""
        ...


@dataclass(slots=True)
class Sent:
    """What an export came to.

    Attributes:
        place: Where it went.
        found: How many traces were put into the outbox, once more too.
        arrived: How many items arrived: runs, feedback, spans.
        refused: How many items were refused for good; see `read_dead`.
        unended: How many traces have not ended, and are sent when they have, or are silent.
        why: Why it stopped before all was sent, or empty.
        counts: How the traces of the place stand, of earlier exports too.
    """

    place: str
    found: int = 0
    arrived: int = 0
    refused: int = 0
    unended: int = 0
    why: str = ""
    counts: Counts = field(default_factory=Counts)


def export_store(
    store: Path,
    to: Destination,
    *,
    since: int = 0,
    follow: bool = False,
    patience: float = 60.0,
    again: Sequence[str] | None = None,
    tell: Callable[[Sent], None] = lambda sent: None,
    sleep: Callable[[float], None] = time.sleep,
) -> Sent:
    """Send the traces of a store that were not sent to this place yet.

    Args:
        store: The store's file.
        to: Where they go.
        since: Only those that began at this time or later, in nanoseconds since the epoch.
        follow: Whether to stay and send what is recorded, until interrupted.
        patience: For how many seconds in a row to wait for a place that takes nothing; what
            is left is sent by the next export.
        again: Send what was refused for good, and nothing new: of these traces, by their ids, or
            where there is none of all. A letter goes when its item is received.
        tell: Told after each round.
        sleep: Waits so many seconds.

    Raises:
        ExportConfigError: There is no key, or the settings cannot work.
        StoreError: The store cannot be opened.
    """
    plan = to.plan(live=False)
    with ExitStack() as stack:
        courier = to.courier()
        stack.callback(courier.close)
        line = open_line(store, courier, plan, stack)
        sent = Sent(courier.place)
        late = _Late(line, plan, sent, tell, sleep)
        if again is not None:
            sent.found = line.outbox.again(again)
        late.go(None if again is not None else since, patience=patience, follow=follow)
        return sent


@dataclass
class _Late:
    line: Line
    plan: Plan
    sent: Sent
    tell: Callable[[Sent], None]
    sleep: Callable[[float], None]

    def go(self, since: int | None, *, patience: float, follow: bool) -> None:
        waited = 0.0
        while True:
            if since is not None:
                self.sent.found += self.line.gathering.since(since, self.plan.clock())
                self.sent.unended = len(self.line.outbox.missing(since))
            made = self._round()
            if made.again is None and not follow:
                return
            waited = 0.0 if made.arrived or made.ended else waited
            wait = self._wait(made, follow=follow)
            if not follow and waited + wait > patience:
                return
            waited += wait
            self.sleep(wait)

    def _round(self) -> Round:
        made = self.line.delivery.round()
        self.sent.arrived += made.arrived
        self.sent.refused += made.buried
        self.sent.counts = self.line.outbox.counts()
        self.sent.why = made.why or (self.sent.why if made.again else "")
        self.tell(self.sent)
        return made

    def _wait(self, made: Round, *, follow: bool) -> float:
        due = None if made.again is None else max(made.again - self.plan.clock(), 0) / SECOND
        if follow:
            return _LOOK_SECONDS if due is None else min(due, _LOOK_SECONDS)
        return due or 0.0
