"""A tape that answers every call from what was recorded."""

from asyncio import CancelledError
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from threading import Event, Lock
from typing import Any, Literal

from ...guards.timekeeping import Read
from ..store.codec import Opaque
from ..store.model import CallKey, RecordedCall
from .answer import Answer
from .call_ids import answering
from .divergence import DivergedError, Divergence
from .failure import failure_of
from .ignoring import NOTHING, Ignore
from .live import Live
from .lookup import Lookup
from .lost import lost_class
from .outcome import was_broken_off, was_cancelled
from .place import Place, place_here
from .recording_tape import key_of
from .request import Requests
from .surroundings import SURROUNDINGS, read_at
from .tape import LeafCall, Outcome

Mode = Literal["strict", "loose"]
StepOf = Callable[[Place], int | None]
"""Returns the super-step of the outermost graph in which a place lies."""


class ReplayTape:
    """Answers the calls of one trace.

    Calls of equal place and request are answered in the order in which they were recorded. In
    `loose` mode a call that is not there gets the next unused answer of the same model or tool in
    the same node, and is counted in `guessed`. What models that are live ask of tools that are not
    is found wherever it was asked; asked once more, in `loose` mode, it gets the same answer again.

    Attributes:
        divergence: The first call that could not be answered, or None.
        ended_in: The first call at which the record ended before its run did, with its
            super-step; or None.
        guessed: Numbers of the answers that were given to another request, in loose mode.
        ignored: Numbers of those given to a request that is the same but for what is ignored.
        made: How many calls were really made; none unless the replay is live.
        over: Set when the graph has ended.
    """

    def __init__(
        self,
        answers: Sequence[Answer],
        requests: Requests,
        step_of: StepOf,
        *,
        mode: Mode = "strict",
        live: Live | None = None,
        ignore: Ignore = NOTHING,
        until: int | None = None,
        start: int = 0,
        failed: bool = False,
        awaited: bool = False,
        last_step: int | None = None,
    ) -> None:
        self._requests, self._step_of = requests, step_of
        self._mode, self._live, self._until, self._ignore = mode, live, until, ignore
        self._awaited, self.over = awaited, Event()
        self._failed_steps = _steps_that_failed(answers) if failed and awaited else frozenset()
        self._readings: dict[str, deque[float]] = {}
        for answer in answers:
            if answer.call.key.name == SURROUNDINGS:
                clocks = answer.outcome()["value"]["clocks"]
                self._readings = {at: deque(each) for at, each in clocks.items()}
        kept = [a for a in answers if not a.call.nested and a.call.key.name != SURROUNDINGS]
        self._lookup = Lookup(kept, requests, ignore)
        self._first_live, self._answered = self._first_from(answers), -1
        self._lock = Lock()
        self._now = start
        self._last_step = last_step  # of a run that was broken off; None: the record is whole
        self.divergence: Divergence | None = None
        self.ended_in: tuple[LeafCall, int | None] | None = None
        self.guessed: list[int] = []
        self.ignored: list[int] = []
        self.made = 0

    @property
    def unused(self) -> list[RecordedCall]:
        """The recorded calls that nobody made, in the order they were recorded.

        Of a live replay only those before its step: what is called really is not answered.
        """
        left = self._lookup.left
        if self._live is not None:
            first = self._first_live
            left = [call for call in left if call.n < first and not self._is_inner_live(call)]
        return left

    def answer(self, call: LeafCall) -> Outcome | None:
        """Return what a call came to, or None where the replay is live.

        Raises:
            DivergedError: It is not recorded; `divergence` or `ended_in` says of what kind that is.
        """
        request = self._requests.of(call)
        key = key_of(call, self._requests.digest(request))
        step = self._step_of(call.place)
        if call.inside is not None or (self._live and self._live.makes(call.kind, step)):
            self.made += 1
            return None
        with self._lock:
            if self._is_over(step):
                raise DivergedError
            found = self._found(key, request)
            if self._ends(found, key, step):
                self.ended_in = call, step
                raise DivergedError
            found = found or self._guess(call, key)
            if found is None and self._was_left(key, call.place):
                return self._left({"error": failure_of(CancelledError())})
            if found is None:
                self.divergence = self._missing(call, key, request, step)
                raise DivergedError
            outcome = found.outcome()
            if why := _why_useless(found, outcome):
                self.divergence = _useless(call, step, found, why)
                raise DivergedError
            self._answered = max(self._answered, found.call.n)
            if self._live is not None:
                outcome = answering(call, outcome)
            self._now = max(self._now, outcome.get("ended", 0))
        return self._left(outcome) if was_cancelled(outcome) else outcome

    def _is_over(self, step: int | None) -> bool:
        has_stopped = self.divergence is not None or self.ended_in is not None
        return has_stopped or (self._until or 1e9) < (step or 0)

    def _ends(self, found: Answer | None, key: CallKey, step: int | None) -> bool:
        """Return whether a call is the one that a run was broken off in, and has no answer."""
        if self._last_step is None or step is None or step < self._last_step:
            return False
        if found is not None and not was_broken_off(found.outcome()):
            return False
        return not self._lookup.has_more(key)

    def _left(self, outcome: Outcome) -> Outcome:
        """Return what a call came to that was cancelled; a thread waits until the run is over."""
        return {**outcome, "until": self.over} if self._awaited else outcome

    def time(self, clock: str, read: Read) -> float:
        """Return the time that was read there then, or that of the newest call answered so far."""
        if self._live is not None:
            return read()
        readings = self._readings.get(read_at(place_here(), clock))
        with self._lock:
            return readings.popleft() if readings else self._now / 1e9

    def keep(self, call: LeafCall, outcome: Outcome) -> None:
        """Take nothing: a replay is not recorded here."""

    def refuse_network(self, place: Place, address: str) -> None:
        """Stop the replay where a node reaches for the network.

        Raises:
            DivergedError: Always.
        """
        with self._lock:
            self.divergence = self.divergence or Divergence(
                kind="network",
                node=place.node,
                step=self._step_of(place),
                name=address,
                why=f"it connects to {address}, which no record can answer: "
                "wrap what does so in holdfast.traces.effect(name, function)",
            )
        raise DivergedError

    def _first_from(self, answers: Sequence[Answer]) -> int:
        """Return the number of the first call that a live replay makes: steps end in order."""
        live, calls = self._live, [answer.call for answer in answers]
        outer = [call for call in calls if "|" not in call.key.namespace]
        made = [call.n for call in outer if live is not None and live.makes(call.kind, call.step)]
        return min(made, default=len(answers))

    def _is_inner_live(self, call: RecordedCall) -> bool:
        """Return whether a subgraph's call, whose steps are its own, comes after going live."""
        is_inner = bool(self.made) and "|" in call.key.namespace
        is_partial = self._live is not None and self._live.is_partial
        return is_inner and (is_partial or call.n > self._answered)

    def _found(self, key: CallKey, request: Mapping[str, Any]) -> Answer | None:
        if (found := self._lookup.exact(key)) is not None:
            return found
        if (found := self._lookup.alike(key, request)) is not None:
            self.ignored += [found.call.n] if self._ignore.names else []
            return found
        return self._lookup.elsewhere(key) if self._live is not None else None

    def _was_left(self, key: CallKey, place: Place) -> bool:
        """Return whether another branch failed before this one came to make its first call."""
        return not self._lookup.has_more(key) and place.step in self._failed_steps

    def _guess(self, call: LeafCall, key: CallKey) -> Answer | None:
        if self._mode != "loose":
            return None
        again = self._lookup.given(key) if self._live is not None else None
        found = again or self._lookup.next_of(call)
        self.guessed += [found.call.n] if found else []
        return found

    def _missing(
        self, call: LeafCall, key: CallKey, request: Mapping[str, Any], step: int | None
    ) -> Divergence:
        nearest, diff, cure = self._lookup.nearest(call, key, request)
        if not cure and self._live is not None and self._live.is_partial:
            cure = "loose (--loose) answers it with the next of its node"
        return Divergence(
            kind="call",
            node=call.place.node,
            step=step,
            name=call.name,
            why=_why(call, key, nearest) + (f"; {cure}" if cure else ""),
            nearest=None if nearest is None else nearest.call.n,
            diff=diff,
        )


def _why_useless(found: Answer, outcome: Outcome) -> str:
    """Return why an answer cannot be given again, and what to do; empty where it can."""
    if found.is_cut():
        larger = "record with a higher longest_text or largest_payload"
        return f"was too large to be recorded whole; {larger}, or give it with edits"
    value = outcome.get("value")
    if isinstance(value, Opaque) and value.parts is None:
        return f"is a {value.name}, which no record can keep; have it return plain data"
    if lost := lost_class(value):
        return f"holds a {lost}, which is not imported here; import its module before the replay"
    return ""


def _useless(call: LeafCall, step: int | None, found: Answer, why: str) -> Divergence:
    return Divergence(
        kind="call",
        node=call.place.node,
        step=step,
        name=call.name,
        why=f"what the {call.kind} {call.name!r} returned {why}",
        nearest=found.call.n,
    )


def _steps_that_failed(answers: Sequence[Answer]) -> frozenset[int | None]:
    failed = [each.call.step for each in answers if each.outcome().get("error")]
    return frozenset(step for step in failed if step is not None)


def _why(call: LeafCall, key: CallKey, nearest: Answer | None) -> str:
    what = f"the {call.kind} {call.name!r} is asked what the record does not have"
    if nearest is None:
        return f"{what}: there is no call of it left"
    if nearest.call.key.request != key.request:
        return f"{what}; nearest is call #{nearest.call.n}"
    return f"{what} here: call #{nearest.call.n} asked it in node {nearest.call.node!r}"
