"""A tape that keeps every call, as it was asked and as it came out."""

import logging
import time
from asyncio import CancelledError
from collections.abc import Callable, Mapping
from functools import partial
from itertools import count
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from ...guards.timekeeping import Read
from ..store.model import CallKey, Held
from ..store.rests import Rest
from ..store.rows import EndedCall
from .failure import failure_of
from .place import Place, config_here, outer_in, place_in
from .request import MayFind, Redact, Requests, plain
from .said import Said
from .surroundings import SURROUNDINGS, Surroundings
from .tape import LeafCall, Outcome

_STREAMS = ("_stream", "_astream")
_LOG = logging.getLogger(__name__)


class Keeping(Protocol):
    """Where a tape keeps calls: a store's writer."""

    def put_kept(self, value: Any) -> Held:
        """Encode a value at once, and return its reference."""
        ...

    def put_request(
        self, run: UUID | None, messages: Any, rest: Rest, tell: Callable[[Any], Any]
    ) -> Held:
        """Encode the request of a call, whose own run is told, and return its reference."""
        ...

    def keep_call(self, call: EndedCall) -> None:
        """Take a call of a trace; it is written with the next write."""
        ...

    def trace_of(self, run: UUID | None) -> str | None:
        """Return the id of the trace that a run is a part of, or None."""
        ...

    def at_end(self, run: UUID | None, finish: Callable[[], None]) -> bool:
        """Have something done when a run's own end was kept; False where it is not open."""
        ...

    def is_whole(self) -> bool:
        """Tell whether all that was put can be read back as it was."""
        ...


class _Ended(NamedTuple):
    """A call that has ended, and what is known of it then."""

    call: LeafCall
    trace: str
    n: int
    request: Mapping[str, Any]
    asked: Held
    ended: int


class RecordingTape:
    """Keeps the calls of the traces that a recorder knows.

    Keeping never breaks a run: what goes wrong in it is counted in `lost`, and said once.

    Attributes:
        lost: How many calls could not be kept.
    """

    def __init__(
        self, keeping: Keeping, redact: Redact, may_find: MayFind = lambda _: True
    ) -> None:
        """Say where calls are kept, and how they are redacted, as `Requests` says."""
        self._keeping, self._requests = keeping, Requests(redact, may_find)
        self._counts: dict[str, count[int]] = {}
        self._open: dict[int, tuple[LeafCall, str]] = {}
        self._around: dict[str, Surroundings] = {}
        self.lost = 0

    def answer(self, call: LeafCall) -> None:
        """Have every call made, and note which trace it is a part of as long as that is open."""
        try:
            trace = self._keeping.trace_of(call.outer or call.run)
        except Exception as error:  # noqa: BLE001 - the run matters more than its record
            self._lost(error)
            return
        if trace is not None:
            self._open[id(call)] = (call, trace)

    def keep(self, call: LeafCall, outcome: Outcome) -> None:
        """Keep what became of a call, unless its trace has ended before.

        A model's reply is kept at the end of the model's run, which keeps the same reply.
        """
        _, trace = self._open.pop(id(call), (None, None))
        if trace is None:
            return
        try:
            self._near(trace)
            ended = self._ended(call, trace)
            said = Said.of(outcome)
            if said and self._keeping.at_end(call.run, partial(self._at_end, ended, said)):
                return
            self._keep(ended, outcome)
        except Exception as error:  # noqa: BLE001 - the run matters more than its record
            self._lost(error)

    def time(self, clock: str, read: Read) -> float:
        """Read a clock, and keep what it showed."""
        seconds, config = read(), config_here()
        try:
            trace = self._keeping.trace_of(outer_in(config))
            if trace is not None:
                self._near(trace).showed(place_in(config), clock, seconds)
        except Exception as error:  # noqa: BLE001 - the run matters more than its record
            self._lost(error)
        return seconds

    def ended(self, trace: str) -> None:
        """Keep what a trace that ends has found around it, and forget it."""
        for call, its in list(self._open.values()):  # a branch failed, and the others were left
            if its == trace and call.method not in _STREAMS:
                self.keep(call, {"error": failure_of(CancelledError())})
        around = self._around.pop(trace, None)
        if around is not None and (found := around.value()):
            now = time.time_ns()
            call = LeafCall("effect", "found", SURROUNDINGS, None, (), {}, Place(), began=now)
            self._keep(self._ended(call, trace), {"value": found})
        self._counts.pop(trace, None)

    def _near(self, trace: str) -> Surroundings:
        found = self._around.get(trace)
        if found is None:
            found = self._around.setdefault(trace, Surroundings())
        return found

    def _lost(self, error: Exception) -> None:
        self.lost += 1
        if self.lost == 1:
            _LOG.warning("a call could not be recorded: %s", type(error).__name__)

    def _ended(self, call: LeafCall, trace: str) -> _Ended:
        numbers = self._counts.get(trace)
        if numbers is None:
            numbers = self._counts.setdefault(trace, count())
        request = self._requests.of(call)
        asked = self._asked(call, request)
        return _Ended(call, trace, next(numbers), request, asked, time.time_ns())

    def _asked(self, call: LeafCall, request: Mapping[str, Any]) -> Held:
        if "messages" not in request:
            return self._keeping.put_kept({name: plain(each) for name, each in request.items()})
        rest = {name: request[name] for name in ("model", "params")}
        return self._keeping.put_request(call.run, request["messages"], rest, plain)

    def _at_end(self, ended: _Ended, said: Said) -> None:
        try:
            self._keep(ended, said.outcome())
        except Exception as error:  # noqa: BLE001 - the run matters more than its record
            self._lost(error)

    def _keep(self, ended: _Ended, outcome: Outcome) -> None:
        call, place = ended.call, ended.call.place
        timed = {**outcome, "began": call.began, "ended": ended.ended}
        # a replay computes it; where something was cut, only this knows it
        digest = "" if self._keeping.is_whole() else self._requests.digest(ended.request)
        self._keeping.keep_call(
            EndedCall(
                ended.trace,
                ended.n,
                place.namespace,
                place.path,
                call.name,
                digest,
                call.kind,
                call.method,
                call.run.bytes if call.run else None,
                place.node,
                place.step,
                call.inside is not None,
                ended.asked,
                self._keeping.put_kept(timed),
            )
        )


def key_of(call: LeafCall, digest: str) -> CallKey:
    """Return what a call is found by."""
    return CallKey(call.place.namespace, call.place.path, call.name, digest)
