"""A file of traces, written by many processes and read while it is written."""

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from .bounds import LARGEST, LONGEST, Bounds
from .database import Database
from .fetching import Fetching
from .finding import select_traces
from .fresh import write_fresh
from .items import Item, OfTrace, write_items
from .model import Event, Held, RecordedCall, Ref, Span, Status, Trace
from .payloads import Payloads
from .reading import Reading
from .redaction import Redaction
from .rests import Rest
from .row_reader import RowReader
from .rows import Standing
from .sealing import Seal
from .words import Words

if TYPE_CHECKING:
    from .salvaging import Damage


_STUB = """
    INSERT INTO trace (id, name, start, thread, status, ending, error, source, replay_of,
        tokens_in, tokens_out, usd, spans)
    VALUES (?, '', ?, '', 'running', '', '', '', '', 0, 0, 0, 0)
    ON CONFLICT (id) DO NOTHING"""


class Store:
    """Traces in a file on this machine's own disk.

    Any number of processes may write and read at a time. What is large is kept by its content,
    once: `put` gives a reference, which `load` and `decode` resolve.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        read_only: bool = False,
        redaction: Redaction | None = None,
        key: bytes | str | None = None,
        longest_text: int = LONGEST,
        largest_payload: int = LARGEST,
    ) -> None:
        """Open a file; it is made where there is none.

        Args:
            path: The file. Not on a network drive: locks do not hold there.
            read_only: Whether nothing may be written.
            redaction: What is blotted out before anything is written; None: secrets.
            key: Key of the encrypted originals of what is blotted out; None keeps none.
            longest_text: Characters kept of a text, from 1,000; of a longer one its two ends.
            largest_payload: Bytes kept of a payload, from 10,000; of a larger one its two ends.

        Raises:
            StoreError: The file cannot be opened, is no store, or is of a newer version.
        """
        self.path = Path(path)
        self.redaction = redaction or Redaction()
        self._seal = Seal(key) if key is not None else None
        self._payloads = Payloads(self.redaction, self._seal, Bounds(longest_text, largest_payload))
        self._database = Database(self.path, read_only=read_only)
        self._words = Words(self._database)
        self._rows = RowReader(self._database, self._words)
        self._fetching = Fetching(self._database, self._payloads.pool)
        self._numbers: dict[str, int] = {}

    def put(self, value: Any) -> Ref:
        """Return the reference of a value; it is on disk after the next `write`."""
        return self._payloads.put(value)

    def put_kept(self, value: Any) -> Held:
        """Return the reference of a value as a row has it: quicker, for what is written at once."""
        return self._payloads.put_kept(value)

    def put_request(
        self, messages: Any, rest: Rest, tell: Callable[[Any], Any] = lambda part: part
    ) -> Held:
        """Return that of a request, of which `rest`, its other parts by name, is kept once."""
        return self._payloads.put_request(messages, rest, tell)

    def prompt(self, messages: Any) -> bytes | None:
        """Return what stands for a list of messages in `put_prompt`; None for anything else."""
        return self._payloads.prompt(messages)

    def put_prompt(
        self, prompt: bytes, rest: Rest, tell: Callable[[Any], Any] = lambda part: part
    ) -> Held:
        """Return the reference of a request, as `put_request` does."""
        return self._payloads.put_prompt(prompt, rest, tell)

    def put_messages(self, messages: Sequence[Any]) -> Ref:
        """Return the reference of a list of messages, whose beginnings are kept once."""
        return self._payloads.put_messages(messages)

    def clean(self, value: Any) -> Any:
        """Return a value as a plain tree, redacted: for what is kept as it is, not by content."""
        return self._payloads.clean(value)

    def clean_text(self, text: str) -> str:
        """Return a name or a line, redacted."""
        return self._payloads.clean_text(text)

    def load(self, ref: Ref) -> Any:
        """Return a payload as a tree of plain JSON values; kinds JSON has not are marks (`$`).

        Raises:
            StoreError: It is not there, or damaged.
        """
        return Reading(self._fetching.payload, self._fetching.chain).tree(ref)

    def reading(self) -> Reading:
        """Return a look at several payloads: what they share is read once, and is one object."""
        return Reading(self._fetching.payload, self._fetching.chain)

    def decode(self, ref: Ref) -> Any:
        """Return a payload as the Python value that was put; with the key, as the original.

        Raises:
            StoreError: It is not there, or damaged, or the key is another one.
        """
        found = self._fetching
        fetch = found.original if self._seal else found.payload
        return Reading(fetch, found.chain).value(ref)

    def write(self, *items: Item) -> None:
        """Write items, and what was put, in one piece; what is there with an id is replaced.

        Raises:
            StoreError: The disk is full, the file is damaged or was opened for reading.
        """
        fresh = self._payloads.take_fresh()
        try:
            with self._database.writing() as connection:
                write_fresh(connection, fresh)
                word = partial(self._words.number, connection)
                write_items(connection, items, partial(self._number, connection), word)
        except BaseException:
            self._payloads.give_back(fresh)
            self._numbers.clear()
            self._words.forget()
            raise

    def traces(
        self,
        *,
        since: int | None = None,
        until: int | None = None,
        thread: str | None = None,
        status: Status | None = None,
        limit: int | None = None,
    ) -> Iterator[Trace]:
        """Yield traces, newest first.

        Args:
            since: Only those that began at this time or later, in nanoseconds since the epoch.
            until: Only those that began before this time.
            thread: Only those of this thread.
            status: Only those that stand so.
            limit: At most so many.
        """
        yield from self._rows.traces(*select_traces(since, until, thread, status, limit))

    def trace(self, id: str) -> Trace:  # noqa: A002 - its name in the model
        """Return a trace by its id, a part only it has, `last` or `last-failed`.

        Raises:
            NoSuchTraceError: There is none, or several; says which are near.
        """
        return self._rows.trace(id)

    def spans(self, trace: str) -> list[Span]:
        """Return the spans of a trace, in the order they began."""
        return self._rows.spans(trace)

    def events(self, trace: str) -> list[Event]:
        """Return the events of a trace, in order."""
        return self._rows.events(trace)

    def calls(self, trace: str) -> list[RecordedCall]:
        """Return the recorded calls of a trace, in the order they ended."""
        return self._rows.calls(trace)

    @property
    def damage(self) -> "Damage | None":
        """What of the file is lost, as far as what was read until now shows; None: nothing is.

        A file opened for reading is read as far as it is whole; else damage is a `StoreError`.
        """
        return self._database.damage

    @property
    def lost(self) -> int:
        """How many payloads waited for a disk that took none until there was no room for them."""
        return self._payloads.pool.lost

    @property
    def is_whole(self) -> bool:
        """Whether all that was put so far was kept whole: nothing of it was too large."""
        return not self._payloads.has_cut

    def has_unwritten(self) -> bool:
        """Tell whether anything was put that is not written yet."""
        return not self._payloads.pool.is_empty()

    def close(self) -> None:
        """Write what was put, and close the file, which is done in any case.

        Raises:
            StoreError: What was put cannot be written.
        """
        try:
            if self.has_unwritten():
                self.write()
        finally:
            self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _number(self, connection: sqlite3.Connection, item: OfTrace) -> int:
        """Return the number of an item's trace; one that nobody told of yet is begun."""
        if (found := self._numbers.get(item.trace)) is None:
            began = item.start if isinstance(item, Span | Standing) else time.time_ns()
            connection.execute(_STUB, [item.trace, began])
            (found,) = connection.execute(
                "SELECT n FROM trace WHERE id = ?", [item.trace]
            ).fetchone()
            self._numbers[item.trace] = found
        return found
