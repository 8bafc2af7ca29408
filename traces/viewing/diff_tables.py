"""Two recorded runs side by side, in a terminal and in a notebook."""

from collections.abc import Iterator, Sequence
from itertools import groupby
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
from .trace_diff import TraceDiff, Turn, text_diff
from .tree import took

_PAIRS = 60  # pairs of calls that are shown
_AROUND = 2  # pairs that are the same, shown before and after one that differs
_TURNS = 20  # places where the ways part
_NODES = 6  # nodes of a way
_NAME = 40  # characters of a name
_ID = 80  # characters of an id
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
    """A line of the aligned calls: a pair, or how many equal ones were left out.

    Attributes:
        pair: The pair, or None.
        left_out: How many calls are left out.
        a: The number of A's call, or empty.
        b: The number of B's call, or empty.
        call: What was called, and where.
        word: How the two differ.
    """

    pair: Pair | None
    left_out: int
    a: str = ""
    b: str = ""
    call: str = ""
    word: str = ""


def tables(found: TraceDiff) -> RenderableType:
    """Return the two runs for a terminal."""
    parts: list[RenderableType] = [_indented(Text(headline(found), style="bold"), 1, above=1)]
    parts += [_indented(_sides(found), 1), _indented(_sums(found), 1, above=1)]
    if found.first is not None:
        parts.append(_indented(Text(first_words(found.first)), 1, above=1))
        parts += _differences(found.first)
    if found.turns:
        parts.append(_indented(Text("Ways", style="bold"), 1, above=1))
        parts.append(_indented(_ways(found), 2))
    if not found.same:
        parts += [_indented(_calls(found), 1, above=1), Text()]
    return Group(*parts)


def _indented(what: RenderableType, by: int, *, above: int = 0) -> Padding:
    return Padding(what, (above, 0, 0, by), expand=False)


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
        ("trace", preview(a.id, _ID), preview(b.id, _ID)),
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


def _sides(found: TraceDiff) -> Table:
    grid = Table.grid(padding=(0, 2))
    for side, trace in (("A", found.a), ("B", found.b)):
        grid.add_row(Text(side, style="bold"), Text(preview(trace.id, _ID)))
    return grid


def _sums(found: TraceDiff) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
    table.add_column("", no_wrap=True)
    for name in ("A", "B"):
        table.add_column(name, overflow="fold")
    for name, a, b in sum_rows(found)[1:]:  # their ids stand above
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


def _differences(pair: Pair) -> Iterator[Padding]:
    for part, lines in _first_lines(pair):
        yield _indented(Text(part, style="dim"), 3)
        for line in lines:
            style = {"+": "cyan", "-": "magenta"}.get(line[:1], "dim")
            yield _indented(Text(line, style=style), 3)


def turn_lines(found: TraceDiff) -> list[str]:
    """Return where the ways part, a line each; the same several times running is told once."""
    lines = [(said, len(list(same))) for said, same in groupby(map(_turn, found.turns))]
    told = [said if times == 1 else f"{said} ({times:,} times)" for said, times in lines]
    if (left := len(told) - _TURNS) > 0:
        return [*told[:_TURNS], f"and {left:,} places more"]
    return told


def _turn(turn: Turn) -> str:
    place = f"after {turn.after}" if turn.after else "at the beginning"
    return f"{place}: A goes {_way(turn.a)}; B goes {_way(turn.b)}"


def _ways(found: TraceDiff) -> Table:
    grid = Table.grid(padding=(0, 1))
    for line in turn_lines(found):
        grid.add_row(Text("·", style="dim"), Text(line))
    return grid


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
        a, b = ("" if step is None else f"#{step.n}" for step in (pair.a, pair.b))
        yield Line(pair, 0, a, b, _called(pair), _WORDS[pair.change])
        last = at
    if last < len(pairs) - 1:
        yield Line(None, len(pairs) - 1 - last)


def _called(pair: Pair) -> str:
    """Return what the calls of a pair are: both are of one kind and name."""
    spans = [step.span for step in (pair.a, pair.b) if step is not None]
    places = dict.fromkeys(preview(span.node, _NAME) for span in spans if span.node)
    place = f"{' | '.join(places)}: " if places else ""
    return f"{place}{spans[0].kind} {preview(spans[0].name, _NAME)}"


def _calls(found: TraceDiff) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
    for name in ("A", "B"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("call", overflow="fold")
    table.add_column("", no_wrap=True)
    for line in lines_of(found):
        if line.pair is None:
            table.add_row("", "", Text(f"… {_calls_more(line.left_out)}", style="dim"), "")
        else:
            style = _COLOURS[line.pair.change]
            cells = (line.a, line.b, line.call, line.word)
            table.add_row(*(Text(cell, style=style) for cell in cells))
    return table


def _calls_more(count: int) -> str:
    return "1 call more" if count == 1 else f"{count:,} calls more"
