"""Deliver what waits in an outbox: nothing lost, nothing twice, one bad item harms no other.

No thread and no sleep in here: a `round` sends what is due and says when to come again.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Literal

from ..store import NoSuchTraceError, Ref, Store, StoreError
from .courier import Answer, Courier, Packed, said_by
from .dead_letters import ONLY_REFUSED, WHOLE, Dead, Name
from .loads import Item, Load
from .outbox import Outbox
from .parcels import Parcel, Pause
from .runs import Recorded
from .shifts import OLDEST, SECOND, Shift, shifted

Older = Literal["shift", "drop", "keep"]
"""What becomes of traces that the place would refuse for their age."""

_LEASE = 120 * SECOND
_CLAIMED = 20
_LONGEST_WAIT = 300.0
_CLOSED_WAIT = 60.0
_ABSENT_TRIES = 8
_WHOLE = 1_000  # items: more than go together anywhere
_ALONE = 3  # failures after which a trace is no longer sent together with others


@dataclass(slots=True)
class Round:
    """What a round came to.

    Attributes:
        arrived: How many items arrived.
        buried: How many were refused for good.
        ended: How many traces are done with.
        again: When to come again, in nanoseconds since the epoch; None: nothing waits.
        why: What stopped it, or empty.
    """

    arrived: int = 0
    buried: int = 0
    ended: int = 0
    again: int | None = None
    why: str = ""


class _StoppedError(Exception):
    """The place takes nothing for now."""


@dataclass
class Delivery:
    """Sends the traces of one outbox, as one of any number of workers.

    Attributes:
        store: Where the traces are.
        outbox: Which of them are to be sent.
        courier: What carries them.
        clock: Gives the time in nanoseconds since the epoch.
        jitter: Gives a number from 0 to 1, by which waits are spread.
        older: What becomes of old traces.
        redact: What blots out secrets of what the other side says.
    """

    store: Store
    outbox: Outbox
    courier: Courier
    clock: Callable[[], int]
    jitter: Callable[[], float]
    redact: Callable[[str], str]
    older: Older = "shift"
    _lost: set[str] = field(default_factory=set)
    _halved: dict[str, int] = field(default_factory=dict)

    def round(self) -> Round:
        """Send what is due, and say what came of it and when to come again."""
        made = Round()
        now = self.clock()
        if self.outbox.paused().until <= now:
            parcels = self.outbox.claim(now, _LEASE, _CLAIMED)
            self._lost.clear()
            try:
                self._deliver(parcels, made)
            except _StoppedError as stopped:
                made.why = str(stopped)
            finally:
                for parcel in parcels:
                    self.outbox.let_go(parcel.trace)
        made.again = self.outbox.next_due()
        return made

    def _deliver(self, parcels: Sequence[Parcel], made: Round) -> None:
        """Send traces together: fresh ones as many as may go, others bit by bit.

        Those that fail again and again go alone, so a trace that breaks the other side is not
        mistaken for an outage for ever. Those among which one was refused go in halves of what
        was refused, so that an outage in the middle of the search does not begin it anew.
        """
        groups: dict[tuple[str, int], list[Parcel]] = {}
        for parcel in parcels:
            most = self._halved.get(parcel.trace, 0)
            alone = parcel.tries >= _ALONE
            key = (parcel.trace if alone else "", most or _WHOLE >> max(parcel.tries - 2, 0))
            groups.setdefault(key, []).append(parcel)
        for (_, most), group in groups.items():
            self._send_group(group, max(most, 1), made)

    def _send_group(self, group: Sequence[Parcel], most: int, made: Round) -> None:
        later: list[Item] = []
        load = Load(self.courier, most)
        for item in self._items(group, made):
            if item.packed.is_about:
                later.append(item)
                continue
            for ready in load.add(item):
                self._send(ready, made)
        self._send(load.items, made)
        for ready in load.in_turn(later):
            self._send(ready, made)
        for parcel in group:
            self._halved.pop(parcel.trace, None)
            if parcel.trace not in self._lost and self.outbox.end(parcel.trace, "sent"):
                made.ended += 1

    def _items(self, parcels: Sequence[Parcel], made: Round) -> Iterator[Item]:
        for parcel in parcels:
            try:
                found = self._read(parcel)
            except StoreError as error:
                if isinstance(error.__cause__, sqlite3.Error):
                    raise  # it is the file that cannot be read, not this trace
                self._unreadable(parcel, error, made)
                continue
            if found is None:
                self._lost.add(parcel.trace)
                made.ended += 1
                continue
            recorded, shift, sent = found
            try:
                packed = self.courier.pack(recorded, shift, apart=parcel.apart)
                refused = self.outbox.refused(parcel.trace) if parcel.again else None
                for n, each in enumerate(islice(packed, sent, None), sent):
                    if refused is None or (each.kind, each.id) in refused:
                        yield Item(parcel, n, each)
            except Exception as error:  # noqa: BLE001 - one odd trace must not hold up the others
                self._unreadable(parcel, error, made)

    def _read(self, parcel: Parcel) -> tuple[Recorded, Shift, int] | None:
        """Return a trace, how far its times are moved and how much of it arrived; None: none."""
        try:
            trace = self.store.trace(parcel.trace)
            spans, events = self.store.spans(trace.id), self.store.events(trace.id)
        except NoSuchTraceError:
            self.outbox.end(parcel.trace, "dropped", "the store does not hold it any more")
            return None
        recorded = Recorded(trace=trace, spans=spans, events=events, load=self._load)
        oldest = min([trace.start, *(span.start for span in spans)])
        newest = max([trace.start, *(span.end or span.start for span in spans)])
        shift, now = parcel.shift or Shift(), self.clock()
        is_young = shift.at(oldest) >= now - OLDEST
        if self.older == "keep" or is_young or parcel.again:  # the rest of it is there, so moved
            return recorded, shift, parcel.sent
        if self.older == "drop":
            self.outbox.end(parcel.trace, "dropped", "it is older than 23 hours")
            return None
        shift = shifted(oldest, newest, now)
        self.outbox.moved(parcel.trace, shift)
        return recorded, shift, 0

    def _unreadable(self, parcel: Parcel, error: Exception, made: Round) -> None:
        """Give up a trace that cannot be put into the other side's words, and keep a note of it."""
        why = f"it cannot be exported: {type(error).__name__}"
        packed = Packed(WHOLE, parcel.trace, b"")
        self._bury(Item(parcel, parcel.sent - 1, packed), Answer("refused", 0, why), made)
        self.outbox.end(parcel.trace, "dropped", why)
        self._lost.add(parcel.trace)

    def _load(self, ref: Ref) -> object:
        try:
            return self.store.load(ref)
        except StoreError:
            return "[damaged in the store]"

    def _send(self, items: Sequence[Item], made: Round) -> None:
        """Send items of one kind; what is refused together is tried by halves."""
        items = [item for item in items if item.parcel.trace not in self._lost]
        if not items:
            return
        answer = self.courier.send(items[0].packed.kind, [item.packed.body for item in items])
        match answer.outcome:
            case "accepted":
                self.outbox.pause(Pause())
                self._arrived(items, made)
            case "known" | "refused" if len(items) > 1:
                half = len(items) // 2
                self.outbox.pause(Pause())
                self._halved |= {item.parcel.trace: len(items) - half for item in items}
                self._send(items[:half], made)
                self._send(items[half:], made)
            case "known":
                self._arrived(items, made)
            case "refused":
                self._bury(items[0], answer, made)
            case _:
                self._put_off(items, answer, made)

    def _arrived(self, items: Sequence[Item], made: Round) -> None:
        made.arrived += len(items)
        self._passed(items, [(item.packed.kind, item.packed.id) for item in items])

    def _passed(self, items: Sequence[Item], arrived: Sequence[Name]) -> None:
        """Remember that items are done with, and which of them have arrived."""
        lease = self.clock() + _LEASE
        last = {item.parcel.trace: item for item in items}
        for trace, item in last.items():
            sent = ONLY_REFUSED if item.parcel.again else item.n + 1
            letters = arrived if item.parcel.letters else ()
            if not self.outbox.arrived(trace, sent, lease, letters):
                self._lost.add(trace)  # another worker has it: this one was too slow

    def _bury(self, item: Item, answer: Answer, made: Round) -> None:
        packed = item.packed
        self.outbox.bury(
            Dead(
                place=self.courier.place,
                kind=packed.kind,
                id=packed.id,
                trace=item.parcel.trace,
                status=answer.status,
                why=self.redact(answer.why),
                body=self.courier.shown(packed.body),
                time=self.clock(),
            )
        )
        self._halved.clear()  # found: what else was with it is not suspected any more
        self._passed([item], [])
        made.buried += 1

    def _put_off(self, items: Sequence[Item], answer: Answer, made: Round) -> None:
        """Come again later: for these items, and for the place unless only they are the matter."""
        tries = max(item.parcel.tries for item in items)
        alone = answer.outcome == "absent" and items[0].packed.kind != "run"
        if alone and tries >= _ABSENT_TRIES:
            self._bury(items[0], answer, made)
            return
        why = self.redact(f"{said_by(answer.status)}: {answer.why}")
        now, closed = self.clock(), answer.outcome in ("closed", "absent") and not alone
        due = now + self._wait(tries, answer, closed=closed)
        for trace in dict.fromkeys(item.parcel.trace for item in items):
            if not closed:
                self.outbox.failed(trace, due, why)
            self._lost.add(trace)
        if not alone:
            failures = self.outbox.paused().tries
            until = now + self._wait(failures, answer, closed=closed)
            self.outbox.pause(Pause(until, failures + 1, why))
            raise _StoppedError(why)

    def _wait(self, tries: int, answer: Answer, *, closed: bool) -> int:
        least = _CLOSED_WAIT if closed else 1.0
        seconds = min(_LONGEST_WAIT, least * 2.0 ** min(tries, 20))
        spread = seconds * (0.5 + self.jitter() / 2)
        return int(max(spread, answer.after or 0.0) * SECOND)
