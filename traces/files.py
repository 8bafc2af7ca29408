"""Read files of recorded runs as a stream."""

import codecs
import gzip
import io
import json
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from ..guards.errors import AuditInputError
from .recording import Recording, is_message, recordings_in
from .values import CHUNK, Unread, Value, values_in

_GZIP = b"\x1f\x8b"
_SQLITE = b"SQLite format 3\0"
_BROKEN = (OSError, EOFError, zlib.error, UnicodeError)

Progress = Callable[[int], None]
"""Is told how many bytes of the file have been read so far."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A recorded run, and where it was found.

    Attributes:
        run: The run.
        file: The file.
        line: The line it begins on, from 1.
    """

    run: Recording
    file: Path
    line: int


def read_runs(
    path: Path, *, progress: Progress | None = None, chunk: int = CHUNK
) -> Iterator[Placed | Unread]:
    """Yield the recorded runs of a file or a store, and the places that could not be read.

    The form is told by the content, never by the name: JSON or JSON Lines, plain or gzip, runs or
    messages, in OpenAI's, LangChain's or LangSmith's form. One message a line is one run. Inner
    runs of a trace (with a `parent_run_id`) are left out: their root holds their messages too.

    Cost: memory grows with the longest run, not with the file.

    Raises:
        AuditInputError: The file cannot be opened, or holds no readable run; raised after the
            places that could not be read.
    """
    if is_store(path):
        yield from _stored(path)
        return
    count = inner = 0
    for value in file_values(path, progress=progress, chunk=chunk):
        for found in runs_of(value, path):
            if isinstance(found, Unread):
                yield found
            elif found.run.inner:
                inner += 1
            else:
                count += 1
                yield named(found, count)
    if not count:
        raise AuditInputError(f"{path}: no readable run in it: {_INNER if inner else _RUNS}")


def is_store(path: Path) -> bool:
    """Return whether a file is a store of traces, told by how it begins."""
    try:
        with path.open("rb") as file:
            return file.read(len(_SQLITE)) == _SQLITE
    except OSError:
        return False


def _stored(path: Path) -> Iterator[Placed]:
    """Yield the runs of a store; the place of each is its number, the newest first."""
    from .store import Store, StoreError
    from .viewing.recordings import recordings

    count = 0
    try:
        with Store(path, read_only=True) as store:
            for count, run in enumerate(recordings(store), 1):
                yield Placed(run, path, count)
    except StoreError as error:
        raise AuditInputError(str(error)) from error
    if not count:
        raise AuditInputError(f"{path}: the store is empty: record into it, or import")


_RUNS = "give recorded runs, as JSON or JSON Lines, plain or gzip"
_INNER = "only inner runs of traces (those with a parent_run_id): export the root runs"


def named(found: Placed, count: int) -> Placed:
    """Return a run with a name: its own, or that of the file with its place in it, from 1."""
    if found.run.id:
        return found
    run = found.run
    name = f"{found.file.name}#{count}"
    return Placed(replace(run, id=name), found.file, found.line)


def file_values(
    path: Path, *, progress: Progress | None = None, chunk: int = CHUNK
) -> Iterator[Value | Unread]:
    """Yield the values of a file, plain or gzip; messages of a line each as one list.

    Raises:
        AuditInputError: The file cannot be opened.
    """
    with _opened(path, progress) as text:
        yield from _joined(_values(text, chunk))


def runs_of(value: Value | Unread, path: Path) -> Iterator[Placed | Unread]:
    """Yield the runs in a value of a file."""
    if isinstance(value, Unread):
        yield value
        return
    try:
        for run in recordings_in(value.data):
            yield Placed(run, path, value.line)
    except (AuditInputError, RecursionError) as error:
        yield Unread(value.line, str(error))


def _joined(values: Iterator[Value | Unread]) -> Iterator[Value | Unread]:
    """Yield values, those that are single messages put together as one run."""
    messages: list[Any] = []
    line = 0
    for value in values:
        if isinstance(value, Value) and isinstance(value.data, dict) and is_message(value.data):
            line = line or value.line
            messages.append(value.data)
            continue
        if messages and isinstance(value, Value):
            yield Value(messages, line)
            messages, line = [], 0
        yield value
    if messages:
        yield Value(messages, line)


def _values(text: "_Text", chunk: int) -> Iterator[Value | Unread]:
    line = 1
    try:
        for value in values_in(text, whole=is_message, chunk=chunk):
            line = value.line
            yield value
    except _BROKEN as error:
        yield Unread(line, f"the file breaks off after this line: {_why(error)}")


@contextmanager
def _opened(path: Path, progress: Progress | None) -> Iterator["_Text"]:
    try:
        raw = path.open("rb")
        packed = raw.peek(2).startswith(_GZIP)
    except OSError as error:
        raise AuditInputError(f"{path}: cannot be read: {_why(error)}") from error
    with raw:
        counted = _Counted(raw, progress)
        yield _Text(gzip.GzipFile(fileobj=counted).read1 if packed else counted.read)


class _Text:
    """The text of a file; of one that breaks off, all that comes before."""

    def __init__(self, read: Callable[[int], bytes]) -> None:
        self._read = read
        self._decoder: codecs.IncrementalDecoder | None = None
        self._broken: Exception | None = None

    def read(self, size: int) -> str:
        parts: list[str] = []
        wanted = size
        while wanted > 0:
            try:
                data = self._next(wanted)
            except _BROKEN as error:
                self._broken = error
                if not parts:
                    raise
                break
            text = self._decoded(data)
            parts.append(text)
            wanted -= len(text)
            if not data:
                break
        return "".join(parts)

    def _next(self, size: int) -> bytes:
        if self._broken is not None:
            raise self._broken
        return self._read(size)

    def _decoded(self, data: bytes) -> str:
        if self._decoder is None:
            self._decoder = codecs.getincrementaldecoder(json.detect_encoding(data))("replace")
        return self._decoder.decode(data, final=not data)


class _Counted(io.RawIOBase):
    """A file that tells how far it has been read."""

    def __init__(self, raw: BinaryIO, progress: Progress | None) -> None:
        self._raw, self._progress, self._done = raw, progress, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._raw.read(len(buffer))
        buffer[: len(data)] = data
        self._done += len(data)
        if self._progress:
            self._progress(self._done)
        return len(data)


def _why(error: BaseException) -> str:
    said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return said[:1].lower() + said[1:]
