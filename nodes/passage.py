"""A call's way through a breaker: asked before, told after, whatever comes of it."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar
from uuid import uuid4

from langchain_core.runnables.config import var_child_runnable_config
from langgraph.errors import GraphBubbleUp

from ..guards.breaker import Breaker, lets_through
from ..guards.call_outcome import classify_tool_error, failed_event
from ..guards.circuit import Event
from ..guards.errors import BackendError
from ..guards.ledger import ErrorClass
from .repair_report import tell_trace

if TYPE_CHECKING:  # breakers make passages: the import cannot be mutual
    from .breakers import Breakers

T = TypeVar("T")
EVENT = "holdfast.breaker"
"""Name of the custom event that tells a trace how a breaker stands anew."""


class Passage:
    """A call's way through a breaker, as a context manager, sync and async.

    What leaves it as an exception is told to the breaker by its class; an interrupt of the graph
    and a cancellation release the probe. Else what was noted with `ended` is told.

    Attributes:
        refused: The breaker that lets no call through, or None.
        down: Why the breaker could not be asked, or empty.
    """

    def __init__(
        self,
        breakers: "Breakers",
        breaker: Breaker | None,
        *,
        can_probe: bool,
        classify: Callable[[BaseException], ErrorClass] = classify_tool_error,
    ) -> None:
        """Begin; without a breaker every call passes.

        Args:
            breakers: Where the breaker is kept.
            breaker: Its settings.
            can_probe: Whether the call may be made twice.
            classify: What sort of failure an exception is.
        """
        self.refused: Breaker | None = None
        self.down = ""
        self._breakers = breakers
        self._breaker = breaker
        self._ask = Event("ask", ticket=uuid4().hex, can_probe=can_probe)
        self._classify = classify
        self._passed: float | None = None
        self._is_probe = False
        self._event = Event("success")

    @property
    def may_call(self) -> bool:
        """Whether the call may be made."""
        return self.refused is None and not (self.down and self._breakers.backend_down == "refuse")

    def ended(self, event: Event) -> None:
        """Note what the breaker will be told of a call that came back."""
        self._event = event

    def __enter__(self) -> Self:
        self._begin()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end(error)

    async def __aenter__(self) -> Self:
        try:
            await self._off_the_loop(self._begin)
        except asyncio.CancelledError as error:
            await self._off_the_loop(self._end, error)
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._off_the_loop(self._end, error)

    def _begin(self) -> None:
        if self._breaker is None:
            return
        began = self._breakers.clock()
        try:
            found = self._breakers.advance(self._breaker, self._ask, began)
        except BackendError as error:
            self.down = str(error)
            return
        if not lets_through(found, self._ask.ticket):
            self.refused = found
            return
        self._passed = began
        self._is_probe = found.circuit.state == "half_open"
        if self._is_probe:
            _tell(found)

    def _end(self, error: BaseException | None) -> None:
        if self._breaker is None or self._passed is None:
            return
        now = self._breakers.clock()
        event = self._event if error is None else self._raised(error, now)
        event = replace(event, ticket=self._ask.ticket, began=self._passed)
        self._passed = None
        try:
            found = self._breakers.advance(self._breaker, event, now)
        except BackendError as down:
            self.down = str(down)  # the call's own result matters more; a probe's lease runs out
            return
        opened = found.circuit.state == "open" and found.circuit.since == now
        if opened or (self._is_probe and found.circuit.state == "closed"):
            _tell(found)

    def _raised(self, error: BaseException, now: float) -> Event:
        if isinstance(error, GraphBubbleUp):
            return Event("neutral")
        return failed_event(error, self._classify(error), now)

    async def _off_the_loop(self, work: Callable[..., T], *given: Any) -> T:
        return await off_the_loop(self._breaker is None or self._breakers.is_quick, work, *given)


def _tell(breaker: Breaker) -> None:
    """Tell whoever traces this run that a breaker has opened, asks by a probe, or has closed."""
    circuit = breaker.circuit
    data: dict[str, Any] = {
        "dependency": breaker.dependency,
        "state": circuit.state,
        "why": circuit.why,
    }
    if circuit.state == "open":
        data["until"] = circuit.until
    tell_trace(var_child_runnable_config.get(), data, EVENT)


async def off_the_loop(quick: bool, work: Callable[..., T], *given: Any) -> T:
    """Run what may wait for a disk or a network in a thread; to its end, even if cancelled.

    Args:
        quick: Whether it waits for nothing and is run at once.
        work: What to run.
        *given: Its arguments.
    """
    if quick:
        return work(*given)
    running = asyncio.ensure_future(asyncio.to_thread(work, *given))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        raise
