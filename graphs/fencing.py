"""Refuse what a run writes to its thread once it has lost the lease on it."""

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from copy import copy
from typing import Any, Protocol

from langchain_core.runnables import RunnableConfig

from .threads import saver_of, whole_config


class Held(Protocol):
    """A lease, as far as writes are concerned."""

    thread: str

    def check(self) -> None:
        """Refuse to go on when the thread is no longer held."""


HELD: ContextVar[tuple[Held, ...]] = ContextVar("holdfast_leases", default=())
"""The leases that the code that runs now is under."""


_MARK = "holdfast_lease"  # what a fenced checkpointer is known by


def _asking(write: Callable[..., Any], lease: Held) -> Callable[..., Any]:
    """Return a checkpointer's writing method that asks the lease first."""

    def asked(*args: Any, **kwargs: Any) -> Any:
        lease.check()
        return write(*args, **kwargs)

    return asked


def _asking_awaited(write: Callable[..., Awaitable[Any]], lease: Held) -> Callable[..., Any]:
    async def asked(*args: Any, **kwargs: Any) -> Any:
        await asyncio.to_thread(lease.check)
        return await write(*args, **kwargs)

    return asked


def fenced(app: Any, config: RunnableConfig | None) -> Any:
    """Return a graph that writes to a leased thread only while it is held; else the graph itself.

    The checkpointer's connection is shared; only its writing methods are others.
    """
    leases = HELD.get()
    if not leases:
        return app
    whole = whole_config(app, config)
    thread = str((whole.get("configurable") or {}).get("thread_id", ""))
    lease = next((one for one in leases if one.thread == thread), None)
    saver = saver_of(app, whole)
    if lease is None or saver is None or hasattr(saver, _MARK):
        return app
    guarded = copy(saver)
    for name in ("put", "put_writes"):
        setattr(guarded, name, _asking(getattr(saver, name), lease))
        setattr(guarded, f"a{name}", _asking_awaited(getattr(saver, f"a{name}"), lease))
    setattr(guarded, _MARK, lease)
    return app.copy({"checkpointer": guarded})
