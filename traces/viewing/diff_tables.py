"""Two recorded runs side by side, in a terminal and in a notebook."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ...guards.digest import preview
from ..page import template
from ..store import Trace
from .aligning import Change, Pair
from .seen import seconds, stands
from .trace_diff import TraceDiff, text_diff
from .tree import took

_PAIRS = 60  # pairs of calls that are shown
_AROUND = 2  # pairs that are the same, shown before and after one that differs
_TURNS = 20  # places where the ways part
_NODES = 6  # nodes of a way
_NAME = 40  # characters of a name
_WORDS: dict[Change, str] = {
    "same": "=",
    "request": "asked otherwise",
    "result": "came out otherwise",
    "status": "ended otherwise",
    "only_a": "only in A",
    "only_b": "only in B",
}
_ALONE: tuple[Change, Change] = ("only_b", "only_a")  # what A and what B lacks
_COLOURS: dict[Change, str] = {
    "same": "dim",
    "request": "yellow3",
    "result": "dark_orange",
    "status": "red3",
    "only_a": "magenta",
    "only_b": "cyan",
}


class Line(NamedTuple):
    """A line of the aligned calls: a pair, or how many equal ones were left out."""

    pair: Pair | None
    left_out: int
    a: str = ""
    b: str = ""
    word: str = ""


def tables(found: TraceDiff) -> RenderableType:
    """Return the two runs for a terminal."""
    parts: list[RenderableType] = [Text(f"\n {headline(found)}", style="bold")]
    parts.append(Padding(_sums(found), (1, 0, 0, 1)))
    if found.first is not None:
        parts += [Text(f"\n {first_words(found.first)}"), *_differences(found.first)]
    if found.turns:
        parts += [Text("\n Ways", style="bold"), *map(Text, turn_lines(found))]
    if not found.same:
        parts.append(Padding(_calls(found), (1, 0, 1, 1)))
    return Group(*parts)


def page_part(found: TraceDiff) -> str:
    """Return the two runs as a part of a page; texts of runs are escaped."""
    known = {
        "headline": headline(found),
        "sums": sum_rows(found),
        "first": first_words(found.first) if found.first else "",
        "parts": list(_first_lines(found.first)) if found.first else [],
        "turns": turn_lines(found),
        "lines": list(lines_of(found)),
    }
    return template("diff.html.jinja").render(known)


def headline(found: TraceDiff) -> str:
    """Return how alike the two are, in a line."""
    same = found.count("same")
    if found.same:
        return f"The same: {same:,} calls with the same results."
    return f"{same:,} of {len(found.pairs):,} calls are the same."


def sum_rows(found: TraceDiff) -> list[tuple[str, str, str]]:
    """Return what the two came to and cost: a name, and a word for each."""
    a, b = found.a, found.b
    calls_a, calls_b = (len(found.pairs) - found.count(side) for side in _ALONE)
    rows = [
        ("trace", a.id, b.id),
        ("graph", preview(a.name, _NAME), preview(b.name, _NAME)),
        ("it stands", _stands(a), _stands(b)),
        ("calls", f"{calls_a:,}", f"{calls_b:,}"),
        ("tokens in", f"{a.tokens_in:,}", f"{b.tokens_in:,}"),
        ("tokens out", f"{a.tokens_out:,}", f"{b.tokens_out:,}"),
        ("took", _time(a), _time(b)),
    ]
    return [*rows, ("USD", f"{a.usd:,.4f}", f"{b.usd:,.4f}")] if a.usd or b.usd else rows


def _stands(trace: Trace) -> str:
    return preview(stands(trace.status, trace.ending), _NAME)


def _time(trace: Trace) -> str:
    return took(seconds(trace.start, trace.end)) or "unknown"


def _sums(found: TraceDiff) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for name in ("", "A", "B"):
        table.add_column(name, no_wrap=True)
    for name, a, b in sum_rows(found):
        table.add_row(Text(name, style="dim"), Text(a), Text(b, style="" if a == b else "bold"))
    return table


def first_words(pair: Pair) -> str:
    """Return where two runs part, in a sentence."""
    step = pair.a or pair.b
    if step is None:
        return ""
    span = step.span
    place = f" in {preview(span.node, _NAME)}" if span.node else ""
    return (
        f"First divergence: call #{step.n}, {span.kind} {preview(span.name, _NAME)}{place}: "
        f"{_WORDS[pair.change]}"
    )


def _first_lines(pair: Pair) -> Iterator[tuple[str, list[str]]]:
    for part in ("request", "result"):
        if lines := list(text_diff(pair, part)):
            yield part, lines


def _differences(pair: Pair) -> Iterator[Text]:
    for part, lines in _first_lines(pair):
        yield Text(f"   {part}", style="dim")
        for line in lines:
            yield Text(f"   {line}", style={"+": "cyan", "-": "magenta"}.get(line[:1], "dim"))


def turn_lines(found: TraceDiff) -> list[str]:
    """Return where the ways part, a line each."""
    lines = [
        f"  {f'after {turn.after}' if turn.after else 'at the beginning'}: "
        f"A goes {_way(turn.a)}; B goes {_way(turn.b)}"
        for turn in found.turns[:_TURNS]
    ]
    if (left := len(found.turns) - _TURNS) > 0:
        lines.append(f"  and {left:,} places more")
    return lines


def _way(nodes: Sequence[str]) -> str:
    if not nodes:
        return "on"
    more = f", and {len(nodes) - _NODES:,} more" if len(nodes) > _NODES else ""
    return " → ".join(nodes[:_NODES]) + more


def lines_of(found: TraceDiff) -> Iterator[Line]:
    """Yield the aligned calls: those that differ with some around them, the others counted."""
    pairs = found.pairs
    differ = [at for at, pair in enumerate(pairs) if pair.change != "same"]
    shown = {
        near
        for at in differ
        for near in range(max(at - _AROUND, 0), min(at + _AROUND + 1, len(pairs)))
    }
    last = -1
    for at in sorted(shown)[:_PAIRS]:
        if at > last + 1:
            yield Line(None, at - last - 1)
        pair = pairs[at]
        yield Line(pair, 0, _cell(pair, "a"), _cell(pair, "b"), _WORDS[pair.change])
        last = at
    if last < len(pairs) - 1:
        yield Line(None, len(pairs) - 1 - last)


def _cell(pair: Pair, side: str) -> str:
    step = pair.a if side == "a" else pair.b
    if step is None:
        return ""
    place = f"{preview(step.span.node, _NAME)}: " if step.span.node else ""
    return f"#{step.n} {place}{step.span.kind} {preview(step.span.name, _NAME)}"


def _calls(found: TraceDiff) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for name in ("A", "B", ""):
        table.add_column(name, overflow="ellipsis", no_wrap=True)
    for line in lines_of(found):
        if line.pair is None:
            table.add_row(Text(f"… {line.left_out:,} more", style="dim"), "", "")
        else:
            style = _COLOURS[line.pair.change]
            table.add_row(*(Text(cell, style=style) for cell in (line.a, line.b, line.word)))
    return table
