"""What other guards would have done, as tables in a terminal and in a notebook."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ..guards.digest import preview
from .page import template
from .what_if_result import Effect, Stopped, WhatIf

_SHOWN = 10  # runs that are named
_NAME = 40  # characters of a run's id or a guard's name
_SETTING = 200  # characters of a setting's name
_LETTERS = "AB"  # what settings are called in the tables: what_if judges by two at most


class Row(NamedTuple):
    """A line of a table: what it is of, and a cell for each setting."""

    name: str
    cells: Sequence[str]


class Sheet(NamedTuple):
    """A table: what it is about, its columns, its rows; the first column is of names."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Row]


def tables(found: WhatIf) -> RenderableType:
    """Return the tables for a terminal."""
    grid = Table.grid(padding=(0, 2))
    for letter, name in settings(found):
        grid.add_row(Text(letter, style="bold"), Text(name))
    head = Text(headline(found), style="bold")
    parts: list[RenderableType] = [head, grid, Text(), *_tables(found)]
    parts += [Text(note, style="dim") for note in notes(found)]
    return Padding(Group(*parts), (1, 0, 0, 1), expand=False)


def _tables(found: WhatIf) -> Iterator[RenderableType]:
    for sheet in sheets(found):
        table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
        table.add_column(sheet.title, overflow="fold")
        for column in sheet.columns:
            table.add_column(column, justify="right", no_wrap=True)
        for row in sheet.rows:
            table.add_row(Text(row.name), *map(Text, row.cells))
        yield table
        yield Text()


def page_part(found: WhatIf) -> str:
    """Return the tables as a part of a page; texts of runs are escaped."""
    known = {
        "headline": headline(found),
        "settings": settings(found),
        "sheets": list(sheets(found)),
        "notes": notes(found),
    }
    return template("what_if.html.jinja").render(known)


def headline(found: WhatIf) -> str:
    """Return what was judged, in a line."""
    cost = f", ${found.usd:,.2f}" if found.usd else ""
    known = f"{found.successes:,} successes, {found.failures:,} failures"
    return f"{found.runs:,} runs ({known}), {found.tokens:,} tokens{cost}"


def settings(found: WhatIf) -> list[tuple[str, str]]:
    """Return what the settings are called in the tables, and what they are."""
    names = [preview(setting.name, _SETTING) for setting in found.settings]
    return list(zip(_LETTERS, names, strict=False))


def sheets(found: WhatIf) -> Iterator[Sheet]:
    """Yield the tables; a column that says nothing of any run is left out."""
    names = [letter for letter, _ in settings(found)]
    yield Sheet("would have been", names, list(_sums(found)))
    guards = list(dict.fromkeys(guard for one in found.settings for guard in one.guards))
    if guards:
        yield Sheet("stopped / tokens / hurt", names, [_guard(found, guard) for guard in guards])
    for name, setting in zip(names, found.settings, strict=True):
        if most := setting.most[:_SHOWN]:
            yield _runs(f"stopped by {name}", most)
        if hurt := setting.hurt[:_SHOWN]:
            yield _runs(f"successes hurt by {name}", hurt)


def _runs(title: str, runs: Sequence[Stopped]) -> Sheet:
    columns = ("at\nstep", "steps\nsaved", "tokens\nsaved", "USD", "success", "by")
    rows = [_run(run) for run in runs]
    kept = [at for at in range(len(columns)) if any(row.cells[at] for row in rows)]
    shown = [Row(row.name, [row.cells[at] for at in kept]) for row in rows]
    return Sheet(title, [columns[at] for at in kept], shown)


def _sums(found: WhatIf) -> Iterator[Row]:
    def row(name: str, cells: Iterator[str]) -> Row:
        return Row(name, list(cells))

    effects = [setting.whole for setting in found.settings]
    yield row("runs stopped", (_part(one.stopped, found.runs) for one in effects))
    yield row("steps saved", (f"{one.steps:,}" for one in effects))
    yield row("tokens saved", (_part(one.tokens, found.tokens) for one in effects))
    if found.usd:
        yield row("USD saved", (f"{one.usd:,.4f}" for one in effects))
    yield row("calls not run", (f"{setting.blocked:,}" for setting in found.settings))
    yield row("successes objected to", (_part(one.hurt, found.successes) for one in effects))
    yield row("successes stopped", (_part(one.lost, found.successes) for one in effects))


def _part(count: int, of: int) -> str:
    return f"{count:,} ({count / of:.1%})" if of else f"{count:,}"


def _guard(found: WhatIf, guard: str) -> Row:
    effects = [setting.guards.get(guard, Effect()) for setting in found.settings]
    cells = [f"{one.stopped:,} / {one.tokens:,} / {one.hurt:,}" for one in effects]
    return Row(preview(guard, _NAME), cells)


def _run(run: Stopped) -> Row:
    success = {True: "yes", False: "no", None: ""}[run.success]
    guards = preview(", ".join(run.guards), _NAME)
    if run.cut is None:
        cells = [f"({run.blocked:,} not run)", "", "", "", success, guards]
    else:
        step, steps, tokens, usd, guard = run.cut
        cost = f"{usd:,.4f}" if usd else ""
        cells = [f"{step:,}", f"{steps:,}", f"{tokens:,}", cost, success, preview(guard, _NAME)]
    return Row(preview(run.id, _NAME), cells)


def notes(found: WhatIf) -> list[str]:
    """Return what a reader should know beside the numbers, a sentence each."""
    said = [
        f"{preview(guard, _NAME)} could not judge everything in {count:,} of {found.runs:,} runs "
        f"({name})."
        for (name, _), setting in zip(settings(found), found.settings, strict=True)
        for guard, count in setting.skips.items()
    ]
    if unknown := found.runs - found.successes - found.failures:
        said.append(f"Nobody knows whether {unknown:,} of the runs were a success.")
    if found.unreadable:
        said.append(f"Not readable, and not counted: {found.unreadable:,}.")
    return said
