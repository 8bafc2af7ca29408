"""The traces of a store as a table in a terminal."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.text import Text

from ...guards.digest import preview
from ...guards.verdict import Action, severest
from ..columns import Cells, table_that_fits
from ..store import Status, Store, Trace
from ..terminal import RUNG_COLOURS, ending_rung
from .seen import iso, seconds, stands, trace_data
from .tree import rung, took

_NONE = " No run is there, or none is like that."
_ID = 36  # characters of an id
_NAME = 24  # characters of a name or a thread
_DATE, _DAY = "began (UTC)", "began, UTC"
_NUMBERS = ("took", "spans", "tokens", "USD")
_WANTED = (
    "trace", "how it stands", "trips", _DAY, "graph", "took", "tokens", "USD", "thread", _DATE,
    "spans",
)  # fmt: skip
"""The columns in the order in which a narrow terminal keeps them."""
_COMPLETED = {"ok": "completed"}


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


def print_list(
    console: Console, rows: Iterable[Listed], called: Mapping[str, str] | None = None
) -> int:
    """Print traces as a table, and return how many there are.

    A narrow terminal leaves out columns, and cuts none.

    Args:
        console: Where to.
        rows: The traces.
        called: What to call some of them instead of their ids; `show` takes both.
    """
    found: Sequence[Listed] = list(rows)
    if not found:
        console.print(Text(_NONE, style="dim"))
        return 0
    cells = [_cells(row, called or {}) for row in found]
    console.print(
        table_that_fits(cells, console.width, _WANTED, numbers=_NUMBERS, instead={_DATE: _DAY})
    )
    return len(found)


def _cells(row: Listed, called: Mapping[str, str]) -> Cells:
    trace = row.trace
    began = (iso(trace.start) or "")[:19].replace("T", " ")
    word = stands(trace.status, trace.ending)
    failed = trace.status == "error"
    colour = "red" if failed else RUNG_COLOURS[ending_rung(_COMPLETED.get(word, word))]
    tripped = f"{row.trips:,} {row.severest}" if row.trips else ""
    return {
        "trace": Text(preview(called.get(trace.id, trace.id), _ID)),
        _DATE: Text(began or "unknown", style="dim"),
        _DAY: Text(began[5:16] or "unknown", style="dim"),
        "graph": Text(preview(trace.name, _NAME)),
        "thread": Text(preview(trace.thread, _NAME), style="dim"),
        "how it stands": Text(preview(word, _NAME), style=colour),
        "took": Text(took(seconds(trace.start, trace.end))),
        "spans": Text(f"{trace.spans:,}"),
        "tokens": Text(f"{trace.tokens_in + trace.tokens_out:,}"),
        "USD": Text(f"{trace.usd:,.4f}" if trace.usd else ""),
        "trips": Text(tripped, style=RUNG_COLOURS[row.severest]),
    }
