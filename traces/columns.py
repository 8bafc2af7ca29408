"""Which columns of a table a terminal has room for: some are left out, none is cut."""

from collections.abc import Iterable, Mapping, Sequence

from rich.table import Table
from rich.text import Text

Cells = Mapping[str, Text]
"""The cells of a row, by their columns, in the order in which they are shown."""


def table_that_fits(
    rows: Sequence[Cells],
    room: int,
    wanted: Sequence[str],
    *,
    gap: int = 2,
    numbers: Iterable[str] = (),
    instead: Mapping[str, str] | None = None,
) -> Table:
    """Return a table of the columns there is room for; those that say nothing are left out.

    Args:
        rows: The rows, one at least.
        room: The characters there are.
        wanted: The columns in the order in which they are kept.
        gap: Characters between two columns.
        numbers: The columns that are aligned to the right.
        instead: Columns that take the place of another where there is room.
    """
    said = [name for name in rows[0] if any(row[name] for row in rows)]
    wide = {name: gap + max(_longest(name), *(row[name].cell_len for row in rows)) for name in said}
    kept: set[str] = set()
    for name in wanted:
        tried = {*kept, name} - {(instead or {}).get(name)}
        if name in wide and sum(wide[each] for each in tried) - gap <= room:
            kept = tried
    table = Table(box=None, padding=(0, gap, 0, 0), header_style="dim", pad_edge=False)
    for name in filter(kept.__contains__, said):
        table.add_column(name, justify="right" if name in numbers else "left", no_wrap=True)
    for row in rows:
        table.add_row(*(row[name] for name in said if name in kept))
    return table


def _longest(name: str) -> int:
    return max(map(len, name.split("\n")))
