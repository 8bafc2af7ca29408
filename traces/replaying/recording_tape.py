"""A tape that keeps every call, as it was asked and as it came out."""

import logging
import time
from asyncio import CancelledError
from collections.abc import Mapping
from threading import Lock
from typing import Any, Protocol

from ...guards.timekeeping import Read
from ..store.model import CallKey, RecordedCall, Ref
from .failure import failure_of
from .place import Place, place_here
from .request import MayFind, Redact, Requests, plain
from .surroundings import SURROUNDINGS, Surroundings
from .tape import LeafCall, Outcome

_STREAMS = ("_stream", "_astream")
_LOG = logging.getLogger(__name__)


class Keeping(Protocol):
    """Where a tape keeps calls: a store's writer."""

    def put(self, value: Any) -> Ref:
        """Encode a value at once, and return its reference."""
        ...

    def keep_call(self, call: RecordedCall) -> None:
        """Take a call of a trace; it is written with the next write."""
        ...

    def trace_of(self, run: str) -> str | None:
        """Return the id of the trace that a run is a part of, or None."""
        ...


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
        self._counts: dict[str, int] = {}
        self._open: dict[int, tuple[LeafCall, str]] = {}
        self._around: dict[str, Surroundings] = {}
        self._lock = Lock()
        self.lost = 0

    def answer(self, call: LeafCall) -> None:
        """Have every call made, and note which trace it is a part of as long as that is open."""
        try:
            trace = self._keeping.trace_of(call.place.run or call.span)
        except Exception as error:  # noqa: BLE001 - the run matters more than its record
            self._lost(error)
            return
        if trace is not None:
            self._open[id(call)] = (call, trace)

    def keep(self, call: LeafCall, outcome: Outcome) -> None:
        """Keep what became of a call, unless its trace has ended before."""
        _, trace = self._open.pop(id(call), (None, None))
        if trace is None:
            return
        try:
            self._near(trace)
            self._keeping.keep_call(self._recorded(call, trace, outcome))
        except Exception as error:  # noqa: BLE001 - the run matters more than its record
            self._lost(error)

    def time(self, clock: str, read: Read) -> float:
        """Read a clock, and keep what it showed."""
        seconds, place = read(), place_here()
        try:
            trace = self._keeping.trace_of(place.run)
            if trace is not None:
                self._near(trace).showed(place, clock, seconds)
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
            self._keeping.keep_call(self._recorded(call, trace, {"value": found}))
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

    def _recorded(self, call: LeafCall, trace: str, outcome: Outcome) -> RecordedCall:
        request = self._requests.of(call)
        return RecordedCall(
            trace=trace,
            n=self._number(trace),
            key=key_of(call, self._requests.digest(request)),
            kind=call.kind,
            method=call.method,
            request=self._keeping.put(_kept(request)),
            outcome=self._keeping.put(_timed(call, outcome)),
            span=call.span,
            node=call.place.node,
            step=call.place.step,
            nested=call.inside is not None,
        )

    def _number(self, trace: str) -> int:
        with self._lock:
            number = self._counts.get(trace, 0)
            self._counts[trace] = number + 1
        return number


def key_of(call: LeafCall, digest: str) -> CallKey:
    """Return what a call is found by."""
    return CallKey(call.place.namespace, call.place.path, call.name, digest)


def _kept(request: Mapping[str, Any]) -> Mapping[str, Any]:
    messages = request.get("messages")
    rest = {name: plain(value) for name, value in request.items() if name != "messages"}
    return rest if messages is None else {"messages": messages, **rest}


def _timed(call: LeafCall, outcome: Outcome) -> Mapping[str, Any]:
    return {**outcome, "began": call.began, "ended": time.time_ns()}
