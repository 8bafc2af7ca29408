"""Show what an audit found in a terminal: a table, and bars."""

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ..guards.digest import preview
from ..guards.verdict import Action
from .columns import Cells, table_that_fits
from .totals import Share, Tally, Totals

RUNG_COLOURS: dict[Action, str] = {
    "none": "green",
    "nudge": "yellow3",
    "block": "dark_orange",
    "wrap_up": "magenta",
    "escalate": "red3",
    "stop": "red1",
}
_ENDING_RUNGS: dict[str, Action] = {
    "completed": "none",
    "incomplete": "nudge",
    "escalated": "escalate",
}
_EIGHTHS = " ▏▎▍▌▋▊▉█"
_KIND = 24  # characters of what a guard found
_NARROWEST, _WIDEST = 8, 36  # characters of the longest bar
_NUMBERS = 18  # characters beside a label and its bar
_LABEL = 36  # characters of a label
_RECORDED = "recorded\nin runs"
_KINDS = 30  # rows of a table; kinds are few, unless a guard of the user's own invents them


def print_totals(console: Console, totals: Totals, *, seconds: float) -> None:
    """Print what an audit found.

    Args:
        console: Where to.
        totals: What was found.
        seconds: How long it took.
    """
    console.print(Padding(_headline(totals, seconds), (1, 0, 0, 1), expand=False))
    tallies = totals.tallies()[:_KINDS]
    if tallies:
        rows = [_cells(totals, tally) for tally in tallies]
        numbers = ("runs", "share", "trips", _RECORDED, *_rewards(totals))
        wanted = ("guard", "what it found", "runs", "trips", *numbers[4:], "severest", *numbers)
        table = table_that_fits(rows, console.width - 1, wanted, gap=1, numbers=numbers)
        console.print(Padding(table, (1, 0, 1, 1), expand=False))
        kinds = [(tally.label, tally.runs, tally.action) for tally in tallies]
        _print_bars(console, "Runs by failure kind", kinds, totals.runs)
    else:
        console.print(Text("\n No guard tripped.\n", style="green"))
    endings = [(name, count, ending_rung(name)) for name, count in totals.endings.most_common()]
    _print_bars(console, "How the runs ended", endings, totals.runs)
    for line in notes(totals):
        console.print(Padding(Text(line, style="dim"), (0, 0, 0, 1), expand=False))


def _headline(totals: Totals, seconds: float) -> Text:
    pace = totals.runs / seconds if seconds else 0.0
    text = Text.assemble((_runs(totals.runs), "bold"))
    text.append(f", {totals.messages:,} messages, {totals.steps:,} steps judged")
    text.append(f"  {seconds:.1f} s, {pace:,.0f} runs/s\n", style="dim")
    text.append(_runs(totals.tripped), style="bold")
    text.append(f" ({Share(totals.tripped, totals.runs).part:.1%}) in which a guard tripped")
    return text


def _runs(count: int) -> str:
    return f"{count:,} run" if count == 1 else f"{count:,} runs"


def _cells(totals: Totals, tally: Tally) -> Cells:
    cells = {
        "guard": Text(tally.guard),
        "what it found": Text(preview(tally.kind, _KIND), style="bold"),
        "severest": Text(tally.action, style=RUNG_COLOURS[tally.action]),
        "runs": Text(f"{tally.runs:,}"),
        "share": Text(f"{Share(tally.runs, totals.runs).part:.1%}", style="dim"),
        "trips": Text(f"{tally.trips:,}"),
    }
    if totals.recorded:
        cells[_RECORDED] = Text(f"{totals.recorded[tally.guard, tally.kind]:,}")
    if totals.has_rewards:
        for name, share in zip(_rewards(totals), totals.rewarded(tally), strict=True):
            cells[name] = Text.assemble(f"{share.runs:,} ", (f"{share.part:>5.1%}", "dim"))
    return cells


def _rewards(totals: Totals) -> tuple[str, str]:
    return f"reward 1\nof {totals.succeeded:,}", f"below 1\nof {totals.failed:,}"


def _print_bars(
    console: Console, title: str, rows: Sequence[tuple[str, int, Action]], of: int
) -> None:
    most = max(count for _, count, _ in rows)
    labels = [preview(label, _LABEL) for label, *_ in rows]
    room = console.width - max(map(len, labels)) - _NUMBERS
    width = max(min(room, _WIDEST), _NARROWEST)
    grid = Table.grid(padding=(0, 1))
    for _ in range(2):
        grid.add_column(no_wrap=True)
    for _ in range(2):
        grid.add_column(justify="right", no_wrap=True)
    for label, (_, count, action) in zip(labels, rows, strict=True):
        bar = _bar(count / most, width, plain=console.options.ascii_only)
        share = Text(f"{Share(count, of).part:.1%}", style="dim")
        grid.add_row(Text(label), Text(bar, style=RUNG_COLOURS[action]), Text(f"{count:,}"), share)
    console.print(Text(f" {title}", style="bold"))
    console.print(Padding(grid, (0, 0, 1, 1), expand=False))


def _bar(part: float, width: int, *, plain: bool) -> str:
    if plain:
        return "#" * max(round(part * width), 1)
    full, rest = divmod(max(round(part * width * 8), 1), 8)
    return "█" * full + (_EIGHTHS[rest] if rest else "")


def ending_rung(ending: str) -> Action:
    """Return the rung whose colour an ending is shown in."""
    return _ENDING_RUNGS.get(ending, "wrap_up")


def notes(totals: Totals) -> Iterator[str]:
    """Yield what a reader should know beside the numbers, a sentence each."""
    for (guard, why), count in totals.skips.most_common(_KINDS):
        yield f"{guard} could not judge everything in {_runs(count)}: {preview(why)}."
    for label, count in totals.only_recorded()[:_KINDS]:
        yield f"Recorded, and not found now: {preview(label, _LABEL)} in {_runs(count)}."
    if totals.unread:
        yield f"Not readable, and not counted: {totals.unread:,}."
