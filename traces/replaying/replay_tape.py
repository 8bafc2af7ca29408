"""A tape that answers every call from what was recorded."""

import re
from asyncio import CancelledError
from collections import defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from threading import Event, Lock
from typing import Any, Literal

from ...guards.timekeeping import Read
from ..store.model import CallKey, RecordedCall
from .divergence import DivergedError, Divergence, diff_of, nearest_of
from .failure import failure_of
from .outcome import was_broken_off, was_cancelled
from .place import Place, place_here
from .recording_tape import key_of
from .request import Requests
from .surroundings import SURROUNDINGS, read_at
from .tape import LeafCall, Outcome

Mode = Literal["strict", "loose"]
StepOf = Callable[[Place], int | None]
"""Returns the super-step of the outermost graph in which a place lies."""

_BLOTS = re.compile(r"\[redacted[^\]]{0,80}\]")
_COMPARED = 200  # recorded calls that a call is compared with, to name the nearest


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """A recorded call with what it takes to answer it.

    Attributes:
        call: The call.
        asked: Returns its request, decoded.
        outcome: Returns what it came to, decoded anew at each call.
        is_cut: Tells whether that was too large to be kept whole.
    """

    call: RecordedCall
    asked: Callable[[], Mapping[str, Any]]
    outcome: Callable[[], Outcome]
    is_cut: Callable[[], bool] = lambda: False


class ReplayTape:
    """Answers the calls of one trace.

    Calls of equal place and request are answered in the order in which they were recorded. In
    `loose` mode a call that is not there gets the next unused answer of the same model or tool in
    the same node, and is counted in `guessed`.

    Attributes:
        divergence: The first call that could not be answered, or None.
        ended_in: The first call at which the record ended before its run did, with its
            super-step; or None.
        guessed: Numbers of the answers that were given to another request, in loose mode.
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
        live_from: int | None = None,
        until: int | None = None,
        start: int = 0,
        failed: bool = False,
        awaited: bool = False,
        last_step: int | None = None,
    ) -> None:
        self._requests, self._step_of = requests, step_of
        self._mode, self._live_from, self._until = mode, live_from, until
        self._waiting: dict[CallKey, deque[Answer]] = defaultdict(deque)
        self._awaited, self.over = awaited, Event()
        self._failed_steps = _steps_that_failed(answers) if failed and awaited else frozenset()
        self._readings: dict[str, deque[float]] = {}
        for answer in answers:
            if answer.call.key.name == SURROUNDINGS:
                clocks = answer.outcome()["value"]["clocks"]
                self._readings = {at: deque(each) for at, each in clocks.items()}
            elif not answer.call.nested:
                self._waiting[answer.call.key].append(answer)
        self._first_live, self._answered = self._first_from(answers), -1
        self._lock = Lock()
        self._now = start
        self._last_step = last_step  # of a run that was broken off; None: the record is whole
        self.divergence: Divergence | None = None
        self.ended_in: tuple[LeafCall, int | None] | None = None
        self.guessed: list[int] = []
        self.made = 0

    @property
    def unused(self) -> list[RecordedCall]:
        """The recorded calls that nobody made, in the order they were recorded.

        Of a live replay only those before its step: what is called really is not answered.
        """
        left = [answer.call for queue in self._waiting.values() for answer in queue]
        if self._live_from is not None:
            first = self._first_live
            left = [call for call in left if call.n < first and not self._is_inner_live(call)]
        return sorted(left, key=lambda call: call.n)

    def answer(self, call: LeafCall) -> Outcome | None:
        """Return what a call came to, or None where the replay is live.

        Raises:
            DivergedError: It is not recorded; `divergence` or `ended_in` says of what kind that is.
        """
        request = self._requests.of(call)
        key = key_of(call, self._requests.digest(request))
        step = self._step_of(call.place)
        if call.inside is not None or self._is_live(step):
            self.made += 1
            return None
        with self._lock:
            if self._is_over(step):
                raise DivergedError
            found = self._exact(key) or self._redacted(key, request)
            if self._ends(found, key, step):
                self.ended_in = call, step
                raise DivergedError
            found = found or self._guess(call)
            if found is None and self._was_left(key, call.place):
                return self._left({"error": failure_of(CancelledError())})
            if found is None:
                self.divergence = self._missing(call, key, request, step)
                raise DivergedError
            if found.is_cut():
                self.divergence = _cut(call, step, found)
                raise DivergedError
            self._answered = max(self._answered, found.call.n)
            outcome = found.outcome()
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
        return not self._has_more(key)

    def _has_more(self, key: CallKey) -> bool:
        return any(queue and other[:2] == key[:2] for other, queue in self._waiting.items())

    def _left(self, outcome: Outcome) -> Outcome:
        """Return what a call came to that was cancelled; a thread waits until the run is over."""
        return {**outcome, "until": self.over} if self._awaited else outcome

    def time(self, clock: str, read: Read) -> float:
        """Return the time that was read there then, or that of the newest call answered so far."""
        if self._live_from is not None:
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
        calls = [answer.call for answer in answers if "|" not in answer.call.key.namespace]
        live = [call.n for call in calls if self._is_live(call.step)]
        return min(live, default=len(answers))

    def _is_inner_live(self, call: RecordedCall) -> bool:
        """Return whether a subgraph's call, whose steps are its own, comes after going live."""
        return bool(self.made) and "|" in call.key.namespace and call.n > self._answered

    def _is_live(self, step: int | None) -> bool:
        return self._live_from is not None and (step is None or step >= self._live_from)

    def _exact(self, key: CallKey) -> Answer | None:
        queue = self._waiting.get(key)
        return queue.popleft() if queue else None

    def _redacted(self, key: CallKey, request: Mapping[str, Any]) -> Answer | None:
        """Find a call whose request is the same but for what was blotted out of it."""
        now = None
        for other, queue in self._waiting.items():
            if not queue or other[:3] != key[:3]:
                continue
            recorded = repr(self._plain_of(queue[0]))
            if _BLOTS.search(recorded):
                now = now or repr(self._requests.plain(request))
                pattern = ".*?".join(map(re.escape, _BLOTS.split(recorded)))
                if re.fullmatch(pattern, now, re.DOTALL):
                    return queue.popleft()
        return None

    def _was_left(self, key: CallKey, place: Place) -> bool:
        """Return whether another branch failed before this one came to make its first call."""
        return not self._has_more(key) and place.step in self._failed_steps

    def _guess(self, call: LeafCall) -> Answer | None:
        if self._mode != "loose":
            return None
        left = [each for each in self.unused if each.node == call.place.node]
        named = [each for each in left if each.key.name == call.name and each.kind == call.kind]
        if not named:
            return None
        self.guessed.append(named[0].n)
        return self._exact(named[0].key)

    def _missing(
        self, call: LeafCall, key: CallKey, request: Mapping[str, Any], step: int | None
    ) -> Divergence:
        now = self._requests.plain(request)
        left = [queue[0] for queue in self._waiting.values() if queue]
        near = [each for each in left if each.call.key.name == call.name]
        plain = {each.call.n: self._plain_of(each) for each in near[:_COMPARED]}
        nearest = nearest_of(now, list(plain.items()))
        return Divergence(
            kind="call",
            node=call.place.node,
            step=step,
            name=call.name,
            why=_why(call, key, next((each for each in near if each.call.n == nearest), None)),
            nearest=nearest,
            diff="" if nearest is None else diff_of(plain[nearest], now),
        )

    def _plain_of(self, answer: Answer) -> Any:
        return self._requests.plain(answer.asked())


def _cut(call: LeafCall, step: int | None, found: Answer) -> Divergence:
    return Divergence(
        kind="call",
        node=call.place.node,
        step=step,
        name=call.name,
        why=f"what the {call.kind} {call.name!r} returned was too large to be recorded whole; "
        "record with a higher longest_text or largest_payload, or give it with edits",
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
