"""Write what calls out once, as a generator, and run it in sync and in async code."""

import asyncio
from collections.abc import Awaitable, Callable, Generator
from dataclasses import dataclass
from typing import Any, TypeVar

from .acting import Failure, goes_up
from .passage import off_the_loop

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Ask:
    """A wish to call what is wrapped; what came back is sent in, a `Failure` where it raised.

    Attributes:
        request: What to call it with.
    """

    request: Any


@dataclass(frozen=True, slots=True)
class Work:
    """A wish to run something that may wait for a disk or a network.

    Attributes:
        run: What to run.
        quick: Whether it waits for nothing.
    """

    run: Callable[[], Any]
    quick: bool


Steps = Generator[Ask | Work, Any, T]
"""Code that says what it wants called, and returns a result."""


def drive(steps: Steps[T], handler: Callable[[Any], Any]) -> T:
    """Return what some steps come to."""
    sent: Any = None
    while True:
        try:
            wish = steps.send(sent)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]
        if isinstance(wish, Work):
            sent = wish.run()
            continue
        try:
            sent = handler(wish.request)
        except Exception as error:
            if goes_up(error):
                raise
            sent = Failure(error)


async def adrive(steps: Steps[T], handler: Callable[[Any], Awaitable[Any]]) -> T:
    """Return what some steps come to, awaited."""
    sent: Any = None
    while True:
        try:
            wish = steps.send(sent)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]
        if isinstance(wish, Work):
            sent = await off_the_loop(wish.quick, wish.run)
            continue
        try:
            sent = await handler(wish.request)
        except (Exception, asyncio.CancelledError) as error:
            if goes_up(error):
                raise
            sent = Failure(error)
