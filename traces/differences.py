"""Add up how two settings judge the same runs, and show it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ..guards.digest import preview
from ..guards.verdict import severity
from .audit import Audited
from .compare import Compared
from .terminal import RUNG_COLOURS, ending_rung

_SHOWN = 12  # runs that are named
_KINDS = 30  # rows of a table
_TRACES = 3  # of a thread that are named
_NAME = 36  # characters of a run's id
_BLOCK = severity("block")
_FULL = 1.0  # the reward from which a run counts as a success


@dataclass(slots=True)
class Side:
    """What one of two settings would have done.

    Attributes:
        tripped: Runs in which any guard tripped.
        trips: How often guards tripped.
        blocked: Calls that would not have been run.
        hurt: Runs with a reward of 1 in which a trip reached `block`.
        steps: Steps that would have been saved.
        tokens: Tokens that would have been saved, estimated where a recording has none.
        usd: What those cost, in USD, as far as recordings say.
        endings: Runs by what they came to.
        kinds: Runs by guard and what it found.
    """

    tripped: int = 0
    trips: int = 0
    blocked: int = 0
    hurt: int = 0
    steps: int = 0
    tokens: int = 0
    usd: float = 0.0
    endings: dict[str, int] = field(default_factory=dict)
    kinds: dict[str, int] = field(default_factory=dict)

    def add(self, run: Audited) -> None:
        """Count a run."""
        won = run.reward is not None and run.reward >= _FULL
        self.tripped += bool(run.verdicts)
        self.trips += sum(trips for _, trips in run.kinds.values())
        self.blocked += run.blocked
        self.hurt += won and severity(run.severest) >= _BLOCK
        self.endings[run.ending] = self.endings.get(run.ending, 0) + 1
        for guard, kind in run.kinds:
            name = f"{guard}: {kind}"
            self.kinds[name] = self.kinds.get(name, 0) + 1
        if run.cut:
            self.steps += run.cut.steps
            self.tokens += run.cut.tokens
            self.usd += run.cut.usd


@dataclass(slots=True)
class Differences:
    """Sums over runs judged by two settings.

    Attributes:
        runs: How many runs.
        succeeded: Those of them with a reward of 1.
        differ: Those that would have gone another way, or are judged otherwise.
        parted: Those of them that would have gone another way.
        unread: Places that could not be read.
        one: What the first setting would have done.
        other: What the second would have done.
        named: The first of those that differ.
    """

    runs: int = 0
    succeeded: int = 0
    differ: int = 0
    parted: int = 0
    unread: int = 0
    one: Side = field(default_factory=Side)
    other: Side = field(default_factory=Side)
    named: list[Compared] = field(default_factory=list)

    def add(self, run: Compared) -> None:
        """Count a run."""
        self.runs += 1
        self.succeeded += run.one.reward is not None and run.one.reward >= _FULL
        self.one.add(run.one)
        self.other.add(run.other)
        if run.differs:
            self.differ += 1
            self.parted += run.parts
            if len(self.named) < _SHOWN:
                self.named.append(run)


def print_differences(console: Console, found: Differences, names: tuple[str, str]) -> None:
    """Print what differs between two settings.

    Args:
        console: Where to.
        found: What was found.
        names: What the settings are called.
    """
    of = f" of {found.runs:,} runs would have gone another way"
    more = found.differ - found.parted
    otherwise = f"; {more:,} more went the same way with other trips" if more else ""
    console.print(Text.assemble("\n ", (f"{found.parted:,}", "bold"), of, otherwise))
    console.print(Padding(_sums(found, names), (1, 0, 1, 1)))
    for title, kinds in (("found", _kinds(found)), ("ending", _endings(found))):
        if kinds:
            console.print(Padding(_counts(title, kinds, names), (0, 0, 1, 1)))
    if found.named:
        console.print(Padding(_runs(found, names), (0, 0, 1, 1)))
    if found.unread:
        console.print(Text(f" Not readable, and not counted: {found.unread:,}.", style="dim"))


def _columns(title: str, names: tuple[str, str]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column(title, overflow="ellipsis", no_wrap=True)
    for name in (*names, "change"):
        table.add_column(preview(name, _NAME), justify="right")
    return table


def _row(table: Table, name: str, one: int, other: int) -> None:
    change = f"{other - one:+,}" if other != one else "="
    table.add_row(Text(name), Text(f"{one:,}"), Text(f"{other:,}"), Text(change, style="bold"))


def _sums(found: Differences, names: tuple[str, str]) -> Table:
    table = _columns("", names)
    rows: Sequence[tuple[str, Callable[[Side], int]]] = (
        ("runs with a trip", lambda side: side.tripped),
        ("trips", lambda side: side.trips),
        ("calls not run", lambda side: side.blocked),
        (f"blocked, of {found.succeeded:,} with reward 1", lambda side: side.hurt),
        ("steps saved", lambda side: side.steps),
        ("tokens saved, about", lambda side: side.tokens),
    )
    for name, part in rows:
        _row(table, name, part(found.one), part(found.other))
    if found.one.usd or found.other.usd:
        cells = (f"{found.one.usd:,.4f}", f"{found.other.usd:,.4f}")
        change = f"{found.other.usd - found.one.usd:+,.4f}"
        table.add_row(*map(Text, ("USD saved", *cells)), Text(change, style="bold"))
    return table


def _kinds(found: Differences) -> list[tuple[str, int, int]]:
    return _joined(found.one.kinds, found.other.kinds)


def _endings(found: Differences) -> list[tuple[str, int, int]]:
    return _joined(found.one.endings, found.other.endings)


def _joined(one: dict[str, int], other: dict[str, int]) -> list[tuple[str, int, int]]:
    rows = [(name, one.get(name, 0), other.get(name, 0)) for name in {**one, **other}]
    return sorted(rows, key=lambda row: (-max(row[1:]), row[0]))[:_KINDS]


def _counts(title: str, rows: list[tuple[str, int, int]], names: tuple[str, str]) -> Table:
    table = _columns(title, names)
    for name, one, other in rows:
        _row(table, preview(name, _NAME), one, other)
    return table


def _runs(found: Differences, names: tuple[str, str]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("run", no_wrap=True)
    table.add_column("reward", justify="right")
    for name in names:
        table.add_column(preview(name, _NAME))
    for run in found.named:
        reward = "" if run.one.reward is None else f"{run.one.reward:g}"
        ends = (_end(side, run.judged_otherwise) for side in (run.one, run.other))
        table.add_row(_run(run.one), reward, *ends)
    left = found.differ - len(found.named)
    if left:
        table.add_row(Text(f"and {left:,} more", style="dim"))
    return table


def _run(run: Audited) -> Text:
    """Return what a run is called; of a thread, with the ids that `trace show` takes."""
    text = Text(("thread " if run.thread else "") + preview(run.id, _NAME))
    for trace in run.traces[-_TRACES:] if run.thread else ():
        text.append(f"\n {preview(trace, _NAME)}", style="dim")
    if run.thread and len(run.traces) > _TRACES:
        text.append(f"\n and {len(run.traces) - _TRACES:,} traces before", style="dim")
    return text


def _end(run: Audited, otherwise: Sequence[tuple[str, str]]) -> Text:
    text = Text(run.ending, style=RUNG_COLOURS[ending_rung(run.ending)])
    if run.cut:
        text.append(f" at step {run.cut.step}", style="dim")
    if run.blocked:
        text.append(f", {run.blocked:,} not run", style="dim")
    for guard, kind in otherwise:
        action, trips = run.kinds.get((guard, kind), ("none", 0))
        times = f"{trips:,}x, at most {action}" if trips else "never"
        text.append(f"\n{preview(f'{guard}: {kind}', _NAME)} {times}", style="dim")
    return text
