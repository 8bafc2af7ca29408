"""The parts of an export put together: store, outbox, courier, and what moves between them."""

import random
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from ..store import Store
from .courier import Courier
from .delivery import Delivery, Older
from .gathering import Gathering
from .outbox import Outbox
from .owners import is_alive, new_owner
from .shifts import SECOND


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How traces are chosen and sent, wherever they go.

    Attributes:
        share: The share of traces to send, 0 to 1; failed and guarded ones always are.
        older: What becomes of traces older than 23 hours.
        unfinished_seconds: After how long a silence a trace that never ended is sent as it is.
        redact: What blots out secrets of each text that leaves.
        apart: Whether ids differ from those that LangChain gave.
        clock: Gives the time in nanoseconds since the epoch.
        jitter: Gives a number from 0 to 1, by which waits are spread.
    """

    redact: Callable[[str], str]
    share: float = 1.0
    older: Older = "shift"
    unfinished_seconds: float = 3_600.0
    apart: bool = False
    clock: Callable[[], int] = time.time_ns
    jitter: Callable[[], float] = random.random


@dataclass(frozen=True, slots=True)
class Line:
    """An export ready to work.

    Attributes:
        delivery: Sends what waits.
        gathering: Puts into the outbox what is to be sent.
        outbox: What waits.
    """

    delivery: Delivery
    gathering: Gathering
    outbox: Outbox


def open_line(store: Path, courier: Courier, plan: Plan, stack: ExitStack) -> Line:
    """Open what an export works with; the stack closes it.

    Args:
        store: The store's file; it is brought up to this version if it is older.
        courier: What carries items; the caller closes it.
        plan: How traces are chosen and sent.
        stack: What is left when the work is done.
    """
    traces = stack.enter_context(Store(store))
    outbox = Outbox(store, courier.place, new_owner())
    stack.callback(outbox.close)
    outbox.free(is_alive)
    delivery = Delivery(
        store=traces,
        outbox=outbox,
        courier=courier,
        clock=plan.clock,
        jitter=plan.jitter,
        redact=plan.redact,
        older=plan.older,
    )
    gathering = Gathering(
        traces,
        outbox,
        share=plan.share,
        unfinished=int(plan.unfinished_seconds * SECOND),
        apart=plan.apart,
    )
    return Line(delivery, gathering, outbox)
