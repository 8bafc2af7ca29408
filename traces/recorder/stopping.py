"""Why something ended other than by returning."""

import asyncio
from collections.abc import Sequence
from typing import Any, NamedTuple

from langgraph.errors import GraphBubbleUp, GraphInterrupt

from ..store.model import Status


class Stop(NamedTuple):
    """How a span stands that raised.

    Attributes:
        status: How it stands; a jump to a parent graph is `ok`.
        interrupts: The questions of an interrupt.
    """

    status: Status
    interrupts: Sequence[Any] = ()


def stop_of(error: BaseException) -> Stop:
    """Return how what raised this stands."""
    if isinstance(error, GraphInterrupt):
        asked = error.args[0] if error.args else ()
        return Stop("interrupt", asked if isinstance(asked, list | tuple) else (asked,))
    if isinstance(error, GraphBubbleUp):
        return Stop("ok")
    if isinstance(error, asyncio.CancelledError | KeyboardInterrupt | GeneratorExit):
        return Stop("cancelled")
    return Stop("error")
