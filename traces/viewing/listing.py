"""The traces of a store as a table in a terminal."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ...guards.digest import preview
from ...guards.verdict import Action, severest
from ..store import Status, Store, Trace
from ..terminal import RUNG_COLOURS, ending_rung
from .seen import iso, seconds, stands, trace_data
from .tree import rung, took

_NONE = " No run is there, or none is like that."
_WIDE = 120  # columns from which all is shown
_NAME = 24  # characters of a name or a thread


@dataclass(frozen=True, slots=True)
class Listed:
    """A trace in a list.

    Attributes:
        trace: The trace.
        severest: The severest rung of what guards found in it.
        trips: How often a guard tripped in it.
    """

    trace: Trace
    severest: Action
    trips: int

    def data(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {**trace_data(self.trace), "severest": self.severest, "trips": self.trips}


def listed(
    store: Store,
    *,
    since: int = 0,
    thread: str | None = None,
    status: Status | None = None,
    ending: str | None = None,
    limit: int | None = None,
) -> Iterator[Listed]:
    """Yield the traces of a store, newest first.

    Args:
        store: The store.
        since: Only those that began at this time or later, in nanoseconds since the epoch.
        thread: Only those of this thread.
        status: Only those that stand so.
        ending: Only those with this ending.
        limit: At most so many.
    """
    left = limit
    few = limit if ending is None else None
    for trace in store.traces(since=since or None, thread=thread, status=status, limit=few):
        if ending is not None and trace.ending != ending:
            continue
        if left is not None and left <= 0:
            return
        left = None if left is None else left - 1
        yield _listed(store, trace)


def _listed(store: Store, trace: Trace) -> Listed:
    trips = [
        rung(event.data.get("action"))
        for event in store.events(trace.id)
        if event.kind == "verdict" and event.data.get("outcome") == "trip"
    ]
    return Listed(trace, severest(trips), len(trips))


def print_list(console: Console, rows: Iterable[Listed]) -> int:
    """Print traces as a table, and return how many there are.

    A narrow terminal leaves out columns, so that ids stay whole: `show` takes them.
    """
    found: Sequence[Listed] = list(rows)
    if console.width < _WIDE:
        console.print(_narrow(found) if found else Text(_NONE, style="dim"))
        return len(found)
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("trace", no_wrap=True)
    table.add_column("began (UTC)", no_wrap=True)
    for name in ("graph", "thread"):
        table.add_column(name, overflow="ellipsis", no_wrap=True)
    table.add_column("how it stands", no_wrap=True)
    for name in ("took", "spans", "tokens", "USD"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("trips", no_wrap=True)
    for row in found:
        table.add_row(*_cells(row))
    console.print(table if found else Text(_NONE, style="dim"))
    return len(found)


def _narrow(found: Sequence[Listed]) -> Table:
    table = Table(box=None, padding=(0, 1, 0, 0), header_style="dim")
    table.add_column("trace", no_wrap=True)
    for name in ("began (UTC)", "how it stands", "trips"):
        table.add_column(name, overflow="ellipsis", no_wrap=True)
    for row in found:
        id_, began, _, _, stood, *_, trips = _cells(row)
        table.add_row(id_, began[5:16] if len(began) > 16 else began, stood, trips)
    return table


def _cells(row: Listed) -> Iterator[Text]:
    trace = row.trace
    began = (iso(trace.start) or "")[:19].replace("T", " ")
    yield Text(preview(trace.id, 36))
    yield Text(began or "unknown", style="dim")
    yield Text(preview(trace.name, _NAME))
    yield Text(preview(trace.thread, _NAME), style="dim")
    word = stands(trace.status, trace.ending)
    colour = (
        "red" if trace.status == "error" else RUNG_COLOURS[ending_rung(_COMPLETED.get(word, word))]
    )
    yield Text(preview(word, _NAME), style=colour)
    yield Text(took(seconds(trace.start, trace.end)))
    yield Text(f"{trace.spans:,}")
    yield Text(f"{trace.tokens_in + trace.tokens_out:,}")
    yield Text(f"{trace.usd:,.4f}" if trace.usd else "")
    yield Text(
        f"{row.trips:,} {row.severest}" if row.trips else "", style=RUNG_COLOURS[row.severest]
    )


_COMPLETED = {"ok": "completed"}
