"""Show a demonstration while it runs: live on a terminal, in plain lines elsewhere."""

import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from .demo_table import HARNESSES, verdict_on

if TYPE_CHECKING:
    from ..drills.desk import Event, Report, Ticket

_FRAME = 0.06  # seconds between two pictures; drawing each event would take longer than the runs
_SHOWN = 5  # events shown at once
_WORDS = {"asks": "asks for", "says": "answers", "ran": "got", "failed": "failed", "told": "told"}


class Progress:
    """What of the demonstration is done, and what happens now."""

    def __init__(self, console: Console, tickets: "Sequence[tuple[int, Ticket]]") -> None:
        self._console = console
        self._tickets = tickets
        self._done: dict[tuple[str, str], Report] = {}
        self._now: tuple[str, str] | None = None
        self._events: list[Text] = []
        self._drawn = 0.0
        live = console.is_terminal and not console.is_dumb_terminal
        self._live = Live(console=console, transient=True, auto_refresh=False) if live else None

    def __enter__(self) -> Self:
        if self._live:
            self._live.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._live:
            self._live.__exit__(kind, error, trace)

    def begin(self, ticket: str, harness: str) -> "Callable[[Event], None] | None":
        """Begin a run; return what is to be shown its events."""
        self._now = ticket, harness
        self._events.clear()
        return self._watch if self._live else None

    def end(self, report: "Report") -> None:
        """Take note of a run that has ended."""
        self._done[report.ticket, report.harness] = report
        self._now = None
        if self._live:
            self._refresh(self._live)
            return
        number = next(n for n, ticket in self._tickets if ticket.key == report.ticket)
        line = Text(f"{number}. {HARNESSES[report.harness]}: ").append_text(verdict_on(report))
        self._console.print(line)

    def _watch(self, event: "Event") -> None:
        words = Text(_WORDS[event.kind], style="red" if event.kind == "failed" else "dim")
        about = " ".join(f" {event.name} {event.text}".split())
        self._events.append(words.append(f" {about}", style="none"))
        if self._live and time.monotonic() - self._drawn > _FRAME:
            self._refresh(self._live)

    def _refresh(self, live: Live) -> None:
        grid = Table.grid(padding=(0, 2))
        for number, ticket in self._tickets:
            row = [Text(f"{number}. the model {ticket.failure}")]
            grid.add_row(*row, *(self._state(ticket.key, harness) for harness in HARNESSES))
        last = self._events[-_SHOWN:]
        for line in last:
            line.truncate(self._console.width - 1, overflow="ellipsis")
        live.update(Group(grid, Text(""), *last), refresh=True)
        self._drawn = time.monotonic()

    def _state(self, ticket: str, harness: str) -> Text:
        name = HARNESSES[harness]
        if (report := self._done.get((ticket, harness))) is not None:
            mark = "✗" if report.fault else "✓"
            return Text(f"{mark} {name}", style="red" if report.fault else "green")
        running = (ticket, harness) == self._now
        return Text(f"… {name}" if running else "", style="bold")
