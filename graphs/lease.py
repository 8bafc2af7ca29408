"""Hold a thread, so that no other process goes on with it at the same time."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from threading import Timer
from typing import Any

from langchain_core.runnables import RunnableConfig

from ..guards.errors import GuardConfigError, LeaseLostError, ThreadHeldError
from ..guards.settings import shown
from .durability import warn_of_durability
from .fencing import HELD, fenced
from .fingerprint import fingerprint
from .migrating import Migrations, check_migrations
from .thread_locks import ThreadLock, lock_of
from .threads import awaited, saver_of, sync, thread_check, whole_config

_PAUSE = 0.05  # seconds between two tries


@dataclass
class Lease:
    """A thread that this run holds.

    Attributes:
        thread: Which one.
        app: The graph; it writes to the thread only while the lease lasts.
    """

    thread: str
    app: Any
    _lock: ThreadLock = field(repr=False)
    _until: float | None = field(default=None, repr=False)

    @property
    def held(self) -> bool:
        """Whether the thread is still held. Asks the database, where the lock is in one."""
        return (self._until is None or time.monotonic() < self._until) and self._lock.holds()

    def check(self) -> None:
        """Refuse to go on when the thread is no longer held.

        Raises:
            LeaseLostError: It is not.
        """
        if not self.held:
            raise LeaseLostError(
                f"the lease on thread {self.thread!r} was lost (its time is over, or the "
                "connection to its database broke), and another run may hold the thread by now: "
                "nothing more is written. Take a new lease and go on with invoke(None, config)"
            )


@contextmanager
def lease(
    app: Any,
    config: RunnableConfig,
    *,
    wait: float = 0.0,
    ttl: float | None = None,
    lock: ThreadLock | None = None,
    migrations: Migrations = None,
) -> Iterator[Lease]:
    """Hold a thread while it is gone on with.

    `with lease(app, config): app.invoke(given, config)`

    LangGraph lets two processes go on with one thread, runs its nodes twice and tells neither. A
    lease is refused to the second, and is free again when the process of the first ends, however
    it does. In Postgres it is an advisory lock on a connection of its own; for SQLite a locked
    file beside the database, among the processes of one machine; for memory a lock in the process.

    Under a lease, a thread is written to only while the lease lasts: before each write the lock
    is asked for. A `CheckedStateGraph` does so by itself; of any other graph, invoke `held.app`.
    Between the question and the write a lock can still be lost: a write, not a run, may overlap.

    Code that runs under a lease (a node, say) may take it again; all else is refused, in the same
    process too. On the way in, the thread is checked as by `check_thread`.

    Args:
        app: A compiled graph with a checkpointer.
        config: What it is invoked with; names the thread.
        wait: Seconds to wait for a thread that is held; 0: none.
        ttl: Seconds after which the lease ends by itself, so that a run that hangs does not hold
            its thread for ever; what it writes later is refused. None: it lasts.
        lock: A lock of your own, for checkpointers that none is known for.
        migrations: As for `check_thread`.

    Raises:
        ThreadHeldError: Another run holds the thread.
        ThreadMismatchError: Another graph wrote it, and it does not fit this one.
        GuardConfigError: There is no checkpointer, no thread, or no lock for the checkpointer; or
            the seconds are none.
    """
    _check_terms(app, wait, ttl, migrations)
    found = _Asked.of(app, config, lock, ttl, _file_of(app, config) if lock is None else None)
    if found.mine():
        yield found.lease
        return
    ends = time.monotonic() + wait
    while (holder := found.lock.take(found.lease.thread)) is not None:
        found.refuse_after(ends, wait, holder)
        time.sleep(_PAUSE)
    with found.holding():
        sync(thread_check(app, config, *found.terms(migrations)))
        yield found.lease


@asynccontextmanager
async def alease(
    app: Any,
    config: RunnableConfig,
    *,
    wait: float = 0.0,
    ttl: float | None = None,
    lock: ThreadLock | None = None,
    migrations: Migrations = None,
) -> AsyncIterator[Lease]:
    """Hold a thread as `lease` does, in async code.

    `async with alease(app, config): await app.ainvoke(given, config)`
    """
    _check_terms(app, wait, ttl, migrations)
    file = await _afile_of(app, config) if lock is None else None
    found = _Asked.of(app, config, lock, ttl, file)
    if found.mine():
        yield found.lease
        return
    ends = time.monotonic() + wait
    while (holder := await asyncio.to_thread(found.lock.take, found.lease.thread)) is not None:
        found.refuse_after(ends, wait, holder)
        await asyncio.sleep(_PAUSE)
    with found.holding():
        await awaited(thread_check(app, config, *found.terms(migrations)))
        yield found.lease


@dataclass(frozen=True, slots=True)
class _Asked:
    """A lease that is wanted."""

    app: Any
    config: RunnableConfig
    lock: ThreadLock
    lease: Lease
    ttl: float | None

    @classmethod
    def of(
        cls, app: Any, config: RunnableConfig, lock: ThreadLock | None, ttl: float | None,
        file: str | None,
    ) -> "_Asked":  # fmt: skip
        thread = _thread(app, config)
        taken = lock or lock_of(saver_of(app, whole_config(app, config)), lambda _: file)
        return cls(app, config, taken, Lease(thread, app, taken), ttl)

    def mine(self) -> bool:
        """Return whether the code that asks runs under a lease on the thread."""
        above = [one for one in HELD.get() if one.thread == self.lease.thread]
        if not above:
            return False
        above[-1].check()
        self.lease._lock = above[-1]._lock  # type: ignore[attr-defined]  # noqa: SLF001 - the same lease
        self.lease.app = fenced(self.app, self.config)
        return True

    def refuse_after(self, ends: float, wait: float, holder: str) -> None:
        if time.monotonic() >= ends:
            self.lock.free()
            raise ThreadHeldError(self.lease.thread, holder, wait)

    @contextmanager
    def holding(self) -> Iterator[None]:
        """Hold the thread until its time is over."""
        timer = Timer(self.ttl, self.lock.free) if self.ttl is not None else None
        if timer is not None and self.ttl is not None:
            self.lease._until = time.monotonic() + self.ttl  # noqa: SLF001 - its own
            timer.daemon = True
            timer.start()
        token = HELD.set((*HELD.get(), self.lease))
        try:
            self.lease.app = fenced(self.app, self.config)
            yield
        finally:
            HELD.reset(token)
            if timer is not None:
                timer.cancel()
            self.lock.free()

    def terms(self, migrations: Migrations) -> tuple[str, Migrations, tuple[()]]:
        known = getattr(self.app, "terms", None)
        told: set[str] = known.told if known else set()
        warn_of_durability(self.app, self.config, None, told)
        return fingerprint(self.app), migrations or (known and known.migrations), ()


def _check_terms(app: Any, wait: Any, ttl: Any, migrations: Migrations) -> None:
    """Refuse what no lease can be had on."""
    if not hasattr(app, "checkpointer"):
        raise GuardConfigError(
            f"lease({shown(app)}, config): give a compiled graph, graph.compile(checkpointer=...)"
        )
    if not _is_number(wait) or wait < 0:
        raise GuardConfigError(f"lease(wait={shown(wait)}): use seconds, 0 or more")
    if ttl is not None and (not _is_number(ttl) or ttl <= 0):
        raise GuardConfigError(f"lease(ttl={shown(ttl)}): use seconds above 0, or None")
    check_migrations("lease", migrations)


def _is_number(given: Any) -> bool:
    return isinstance(given, int | float) and not isinstance(given, bool)


def _thread(app: Any, config: RunnableConfig) -> str:
    whole = whole_config(app, config)
    thread = (whole.get("configurable") or {}).get("thread_id")
    if saver_of(app, whole) is None:
        raise GuardConfigError(
            "lease(app, config): the graph has no checkpointer, so there is no thread to hold; "
            "use compile(checkpointer=...)"
        )
    if not thread:
        raise GuardConfigError(
            'lease(app, config): the config names no thread; use {"configurable": {"thread_id": '
            '"42"}}'
        )
    return str(thread)


_FILE = "select file from pragma_database_list where name = 'main'"


def _file_of(app: Any, config: RunnableConfig) -> str | None:
    """Return the file of a SQLite checkpointer's database; None: in memory, or no SQLite."""
    connection = getattr(saver_of(app, whole_config(app, config)), "conn", None)
    if _library(connection) == "aiosqlite":
        raise GuardConfigError("lease(app, config): AsyncSqliteSaver is async; use alease")
    if _library(connection) != "sqlite3":
        return None
    [(file,)] = connection.execute(_FILE)  # type: ignore[union-attr]
    return file or None


async def _afile_of(app: Any, config: RunnableConfig) -> str | None:
    connection: Any = getattr(saver_of(app, whole_config(app, config)), "conn", None)
    if _library(connection) != "aiosqlite":
        return _file_of(app, config)
    [(file,)] = await connection.execute_fetchall(_FILE)
    return file or None


def _library(connection: Any) -> str:
    return type(connection).__module__.split(".")[0]
