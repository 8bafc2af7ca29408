"""Add up how two settings judge the same runs, and show it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from rich.console import Console, Group, RenderableType
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
_SETTING = 200  # characters of a setting
_SIDES = ("A", "B")  # what the two settings are called in the tables
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
    parts: list[RenderableType] = [Text.assemble((f"{found.parted:,}", "bold"), of, otherwise)]
    legend = Table.grid(padding=(0, 2))
    for side, name in zip(_SIDES, names, strict=True):
        legend.add_row(Text(side, style="bold"), Text(preview(name, _SETTING)))
    parts += [legend, Text(), _sums(found), Text()]
    for title, kinds in (("found", _kinds(found)), ("ending", _endings(found))):
        if kinds:
            parts += [_counts(title, kinds), Text()]
    if found.named:
        parts += [*_runs(found), Text()]
    if found.unread:
        parts.append(Text(f"Not readable, and not counted: {found.unread:,}.", style="dim"))
    console.print(Padding(Group(*parts), (1, 0, 0, 1), expand=False))


def _columns(title: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
    table.add_column(title, overflow="fold")
    for name in (*_SIDES, "change"):
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _row(table: Table, name: str, one: int, other: int) -> None:
    change = f"{other - one:+,}" if other != one else "="
    table.add_row(Text(name), Text(f"{one:,}"), Text(f"{other:,}"), Text(change, style="bold"))


def _sums(found: Differences) -> Table:
    table = _columns("")
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


def _counts(title: str, rows: list[tuple[str, int, int]]) -> Table:
    table = _columns(title)
    for name, one, other in rows:
        _row(table, preview(name, _NAME), one, other)
    return table


def _runs(found: Differences) -> Iterator[RenderableType]:
    """Yield runs that differ, each with what both settings make of it below."""
    yield Text("run", style="dim")
    for run in found.named:
        yield _run(run.one)
        grid = Table.grid(padding=(0, 2))
        for side, judged in zip(_SIDES, (run.one, run.other), strict=True):
            grid.add_row(Text(side, style="dim"), _end(judged, run.judged_otherwise))
        yield Padding(grid, (0, 0, 0, 2), expand=False)
    if left := found.differ - len(found.named):
        yield Text(f"and {left:,} more", style="dim")


def _run(run: Audited) -> Text:
    """Return what a run is called; of a thread, with the ids that `trace show` takes."""
    text = Text(("thread " if run.thread else "") + preview(run.id, _NAME))
    if run.reward is not None:
        text.append(f"  reward {run.reward:g}", style="dim")
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
