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
_NAME = 40  # characters of a run's id or a setting's name


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
    parts: list[RenderableType] = [Text.assemble("\n ", (headline(found), "bold"))]
    for sheet in sheets(found):
        table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
        table.add_column(sheet.title, overflow="ellipsis", no_wrap=True)
        for column in sheet.columns:
            table.add_column(column, justify="right")
        for row in sheet.rows:
            table.add_row(Text(row.name), *map(Text, row.cells))
        parts.append(Padding(table, (1, 0, 0, 1)))
    parts += [Text(f" {note}", style="dim") for note in notes(found)]
    return Group(*parts)


def page_part(found: WhatIf) -> str:
    """Return the tables as a part of a page; texts of runs are escaped."""
    known = {"headline": headline(found), "sheets": list(sheets(found)), "notes": notes(found)}
    return template("what_if.html.jinja").render(known)


def headline(found: WhatIf) -> str:
    """Return what was judged, in a line."""
    cost = f", ${found.usd:,.2f}" if found.usd else ""
    known = f"{found.successes:,} successes, {found.failures:,} failures"
    return f"{found.runs:,} runs ({known}), {found.tokens:,} tokens{cost}"


def sheets(found: WhatIf) -> Iterator[Sheet]:
    """Yield the tables."""
    names = [preview(setting.name, _NAME) for setting in found.settings]
    yield Sheet("would have been", names, list(_sums(found)))
    guards = list(dict.fromkeys(guard for one in found.settings for guard in one.guards))
    if guards:
        yield Sheet("stopped / tokens / hurt", names, [_guard(found, guard) for guard in guards])
    columns = ("at step", "steps saved", "tokens saved", "USD", "success", "by")
    for setting in found.settings:
        name = f": {preview(setting.name, _NAME)}" if len(found.settings) > 1 else ""
        if most := setting.most[:_SHOWN]:
            yield Sheet(f"stopped{name}", columns, [_run(run) for run in most])
        if hurt := setting.hurt[:_SHOWN]:
            yield Sheet(f"successes hurt{name}", columns, [_run(run) for run in hurt])


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
        cells = [f"{run.blocked:,} not run", "", "", "", success, guards]
    else:
        step, steps, tokens, usd, guard = run.cut
        cost = f"{usd:,.4f}" if usd else ""
        cells = [f"{step:,}", f"{steps:,}", f"{tokens:,}", cost, success, preview(guard, _NAME)]
    return Row(preview(run.id, _NAME), cells)


def notes(found: WhatIf) -> list[str]:
    """Return what a reader should know beside the numbers, a sentence each."""
    said = [
        f"{preview(guard, _NAME)} could not judge everything in {count:,} of {found.runs:,} runs "
        f"({preview(setting.name, _NAME)})."
        for setting in found.settings
        for guard, count in setting.skips.items()
    ]
    if unknown := found.runs - found.successes - found.failures:
        said.append(f"Nobody knows whether {unknown:,} of the runs were a success.")
    if found.unreadable:
        said.append(f"Not readable, and not counted: {found.unreadable:,}.")
    return said
