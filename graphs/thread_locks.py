"""Locks on threads that the system frees when their holder dies, one kind for each database."""

import json
import os
import socket
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any, ClassVar, Protocol

from ..guards.errors import GuardConfigError


class ThreadLock(Protocol):
    """A lock on threads. Whatever holds one must lose it when its process dies."""

    def take(self, thread: str) -> str | None:
        """Take a thread; return None, or who has it (empty where that is not known)."""
        ...

    def holds(self) -> bool:
        """Return whether the thread that was taken is still held."""
        ...

    def free(self) -> None:
        """Give the thread up; one that was not taken, or was lost, is no error."""
        ...


def who() -> str:
    """Return how this process shows itself to those who wait."""
    now = datetime.now(UTC)
    return f"pid {os.getpid()} on {socket.gethostname()}, since {now:%Y-%m-%d %H:%M:%S} UTC"


class MemoryLock:
    """A lock among the threads and tasks of one process."""

    _held: ClassVar[dict[tuple[int, str], "MemoryLock"]] = {}
    _lock: ClassVar[Lock] = Lock()

    def __init__(self, place: Any) -> None:
        """Lock threads of whatever keeps them, a checkpointer's storage say."""
        self._place, self._thread, self.mark = place, "", ""

    def take(self, thread: str) -> str | None:
        """Take a thread, or say who has it."""
        with self._lock:
            holder = self._held.setdefault((id(self._place), thread), self)
            if holder is not self:
                return holder.mark
            self._thread, self.mark = thread, who()
            return None

    def holds(self) -> bool:
        """Return whether it is held."""
        return self._held.get((id(self._place), self._thread)) is self

    def free(self) -> None:
        """Give it up."""
        with self._lock:
            if self.holds():
                del self._held[id(self._place), self._thread]


class FileLock:
    """A lock among the processes of one machine: a locked file beside the database."""

    def __init__(self, folder: Path) -> None:
        """Lock threads with files of a folder, which is made when one is first taken."""
        self._folder = folder
        self._path = folder
        self._file = -1

    def take(self, thread: str) -> str | None:
        """Take a thread, or say who has it."""
        import fcntl

        self._folder.mkdir(exist_ok=True)
        self._path = self._folder / f"{sha256(thread.encode()).hexdigest()[:32]}.lock"
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            try:
                return _holder(os.read(file, 1_000))
            finally:
                os.close(file)
        if not _is_at(file, self._path):  # its last holder took the file away meanwhile
            os.close(file)
            return self.take(thread)
        os.truncate(file, 0)
        os.pwrite(file, json.dumps({"holder": who()}).encode(), 0)
        self._file = file
        return None

    def holds(self) -> bool:
        """Return whether it is held: whether the file is still where others look for it."""
        return self._file >= 0 and _is_at(self._file, self._path)

    def free(self) -> None:
        """Give it up."""
        if self._file < 0:
            return
        if self.holds():
            with suppress(OSError):
                self._path.unlink()
        os.close(self._file)
        self._file = -1


def _is_at(file: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file), path.stat())
    except OSError:
        return False


def _holder(text: bytes) -> str:
    try:
        return str(json.loads(text)["holder"])
    except (ValueError, KeyError, TypeError):
        return ""


def lock_of(saver: Any, where: Callable[[Any], str | None]) -> ThreadLock:
    """Return the lock for a checkpointer's threads.

    Args:
        saver: The checkpointer.
        where: Tells the file of a SQLite checkpointer's database; None: it is in memory.

    Raises:
        GuardConfigError: There is none for it.
    """
    names = {kind.__name__ for kind in type(saver).__mro__}
    if names & {"PostgresSaver", "AsyncPostgresSaver"}:
        from .postgres_lock import PostgresLock

        return PostgresLock(saver.conn)
    if names & {"SqliteSaver", "AsyncSqliteSaver"}:
        file = where(saver)
        return MemoryLock(saver.conn) if file is None else FileLock(Path(f"{file}-leases"))
    if "InMemorySaver" in names:
        return MemoryLock(saver.storage)  # compiled graphs have copies that share it
    raise GuardConfigError(
        f"lease: no lock is known for the threads of a {type(saver).__name__}; there is one for "
        "PostgresSaver, SqliteSaver, InMemorySaver and their async forms. Give one of your own, "
        "lease(app, config, lock=...), with take(thread), holds() and free()"
    )
