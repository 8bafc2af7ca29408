"""Run a graph several times, and see in how many ways it goes."""

import copy
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from ...guards.digest import preview
from .given import check_graph
from .recorded_run import ReplayError
from .running import Ran, is_awaited, run_once
from .watch import Watch

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult

_MOST = 1_000  # runs
_SHOWN = 240  # characters of a way


@dataclass(frozen=True, slots=True)
class Way:
    """One way through a graph, and who took it.

    Attributes:
        path: The super-steps: nodes that ran side by side joined by ` + `, tools in brackets.
        runs: Numbers of the runs that took it, from 0.
        ends: How many of them ended how: in Holdfast's word, `ended`, `interrupted`, or what was
            raised.
    """

    path: tuple[str, ...]
    runs: tuple[int, ...]
    ends: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Parting:
    """A place at which runs part that were on one way until then.

    Attributes:
        step: How many super-steps they have in common.
        after: The last of them; empty at the very beginning.
        next: How many runs went where; an empty text for the end.
    """

    step: int
    after: str
    next: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Stability:
    """In how many ways a graph went, and where they part. Prints as a table, also in a notebook.

    Attributes:
        runs: How often it ran.
        ways: The different ways, the most taken first.
        partings: Where they part, the earliest first.
    """

    runs: int
    ways: Sequence[Way]
    partings: Sequence[Parting]

    @property
    def agreement(self) -> float:
        """The share of runs that took the most taken way, 0 to 1."""
        return len(self.ways[0].runs) / self.runs

    def __rich_console__(self, console: "Console", options: "ConsoleOptions") -> "RenderResult":
        from rich.table import Table
        from rich.text import Text

        yield Text(self._headline())
        for title, columns, rows in self._tables():
            table = Table(title=title, title_justify="left", box=None, padding=(0, 2, 0, 0))
            for column in columns:
                table.add_column(column)
            for row in rows:
                table.add_row(*map(Text, row))
            yield table

    def _repr_html_(self) -> str:
        made = [f"<p>{escape(self._headline())}</p>"]
        for title, columns, rows in self._tables():
            head = "".join(f"<th>{escape(column)}</th>" for column in columns)
            body = "".join(f"<tr>{_cells(row)}</tr>" for row in rows)
            made.append(f"<table><caption>{escape(title)}</caption><tr>{head}</tr>{body}</table>")
        return "".join(made)

    def _headline(self) -> str:
        ways = f"{len(self.ways)} ways" if len(self.ways) > 1 else "one way"
        return f"{self.runs} runs, {ways}; {self.agreement:.0%} took the most taken one"

    def _tables(self) -> list[tuple[str, list[str], list[list[str]]]]:
        ways = [[str(len(way.runs)), _line(way.path), _counted(way.ends)] for way in self.ways]
        partings = [
            [str(each.step), preview(each.after), _counted(each.next)] for each in self.partings
        ]
        made = [("ways", ["runs", "way", "ends"], ways)]
        if partings:
            made.append(("where they part", ["step", "after", "then"], partings))
        return made


def stability(
    graph: Any,
    input: Any,  # noqa: A002 - LangGraph's name
    n: int = 5,
    *,
    config: Mapping[str, Any] | None = None,
    context: Any = None,
) -> Stability:
    """Run a compiled graph `n` times on one input, and show in how many ways it went.

    The runs are real: models and tools are called, one run after the other, each on a thread of
    its own in memory.

    Args:
        graph: The compiled graph.
        input: What it is given; each run gets a copy.
        n: How often, 1 to 1,000.
        config: The config of each run; its thread and checkpointer are the run's own.
        context: The graph's `context`.

    Raises:
        ReplayError: `n` is out of range, or the graph is not compiled.
    """
    check_graph(graph)
    if not isinstance(n, int) or not 1 <= n <= _MOST:
        raise ReplayError(f"n={n!r}: give 1 to {_MOST:,} runs")
    app, awaited = _on_its_own(graph), is_awaited(graph)
    extra = {} if context is None else {"context": context}
    paths, ends = [], []
    for _ in range(n):
        watch = Watch()
        given = {**(config or {}), **_thread(config or {}, watch)}
        ran = run_once(app, copy.deepcopy(input), given, awaited=awaited, until=None, extra=extra)
        paths.append(watch.path())
        ends.append(_end_of(ran))
    return Stability(n, _ways(paths, ends), _partings(paths))


def _on_its_own(graph: Any) -> Any:
    from langgraph.checkpoint.memory import InMemorySaver

    if not getattr(graph, "checkpointer", None):
        return graph
    return graph.copy(update={"checkpointer": InMemorySaver(serde=graph.checkpointer.serde)})


def _thread(config: Mapping[str, Any], watch: Watch) -> dict[str, Any]:
    configurable = {**config.get("configurable", {}), "thread_id": uuid.uuid4().hex}
    return {"configurable": configurable, "callbacks": [*(config.get("callbacks") or []), watch]}


def _end_of(ran: Ran) -> str:
    if ran.error is not None:
        return type(ran.error).__name__
    if ran.interrupts:
        return "interrupted"
    said = ran.state.get("ending") if isinstance(ran.state, dict) else None
    return str(said or "ended")


def _ways(paths: Sequence[tuple[str, ...]], ends: Sequence[str]) -> list[Way]:
    found: dict[tuple[str, ...], list[int]] = {}
    for run, path in enumerate(paths):
        found.setdefault(path, []).append(run)
    ways = [
        Way(path, tuple(runs), dict(Counter(ends[run] for run in runs)))
        for path, runs in found.items()
    ]
    return sorted(ways, key=lambda way: -len(way.runs))


def _partings(paths: Sequence[tuple[str, ...]]) -> list[Parting]:
    following: dict[tuple[str, ...], Counter[str]] = {}
    for path in paths:
        for n in range(len(path) + 1):
            then = path[n] if n < len(path) else ""
            following.setdefault(path[:n], Counter())[then] += 1
    return [
        Parting(len(path), path[-1] if path else "", dict(then.most_common()))
        for path, then in sorted(following.items(), key=lambda each: len(each[0]))
        if len(then) > 1
    ]


def _line(path: Sequence[str]) -> str:
    return preview(" > ".join(path), _SHOWN)


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{preview(name) or 'the end'} {count}x" for name, count in counts.items())


def _cells(row: Sequence[str]) -> str:
    return "".join(f"<td>{escape(cell)}</td>" for cell in row)
