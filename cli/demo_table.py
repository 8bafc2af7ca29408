"""The demonstration's table: what each harness did with each ticket, and what it cost."""

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..guards.digest import preview

if TYPE_CHECKING:
    from ..drills.desk import Report, Ticket, Trip

HARNESSES = {"plain": "plain LangGraph", "holdfast": "Holdfast"}
_DID = {
    "nudge": "nudges",
    "block": "blocks",
    "wrap_up": "wraps up",
    "escalate": "asks a person",
    "stop": "stops",
}
_REASON = {"plain": 30, "holdfast": 90}  # characters of why a run did not end well
_LONGEST = 4  # tools in a cycle that the path of a run is folded by


def print_reports(
    console: Console,
    tickets: "Sequence[tuple[int, Ticket]]",
    reports: "Sequence[Report]",
    *,
    scripted: bool,
) -> None:
    """Print the table, the totals, and what a person was asked."""
    found: dict[tuple[str, str], Report] = {(r.ticket, r.harness): r for r in reports}
    table = Table(box=box.ROUNDED, show_lines=True, expand=True, title_style="bold")
    table.add_column("the model ...", ratio=5)
    for harness, ratio in (("plain", 7), ("holdfast", 9)):
        head = Text(HARNESSES[harness])
        head.append("\nmodel + tool calls, tokens", style="not bold dim")
        table.add_column(head, ratio=ratio)
    for number, ticket in tickets:
        first = Text().append(f"{number}. {ticket.failure}", style="bold")
        first.append(f"\n“{ticket.text}”", style="dim")
        table.add_row(first, *(_cell(found[ticket.key, harness]) for harness in HARNESSES))
    totals = {h: [r for r in reports if r.harness == h] for h in HARNESSES}
    table.add_section()
    table.add_row(Text("in all", style="bold"), *(_total(runs) for runs in totals.values()))
    console.print()
    console.print(table)
    for line in _asked(tickets, reports):
        console.print(line)
    console.print(_footnote(scripted=scripted))
    console.print(_closing(totals))


def _closing(totals: "Mapping[str, Sequence[Report]]") -> Text:
    """Return the whole story in one line, the last one on the screen."""
    parts = [
        f"{HARNESSES[harness]}: {sum(not r.fault for r in runs)} of {len(runs)} customers served "
        f"with {sum(r.model_calls + r.tool_calls for r in runs)} calls"
        for harness, runs in totals.items()
    ]
    return Text("\n" + ".  ".join(parts) + ".", style="bold")


def verdict_on(report: "Report") -> Text:
    """Return in one line how a run ended, and whether the customer was served."""
    if not report.fault:
        return Text().append("✓ ", style="bold green").append(report.ending, style="green")
    line = Text().append("✗ ", style="bold red")
    if not report.answer:
        return line.append(f"{report.ending}: no answer", style="red")
    return line.append(f"{report.ending}, but wrong: {report.fault}", style="red")


def _cell(report: "Report") -> Text:
    cell = verdict_on(report)
    for line in _caught(report):
        cell.append("\n").append_text(line)
    if report.ending not in ("answered", "completed"):
        why = report.reason.partition(". ")[0]
        cell.append(f"\n{preview(why, _REASON[report.harness])}", style="dim")
    cell.append(f"\n{_path(report.calls)}", style="dim")
    return cell.append(f"\n{_cost([report])}")


def _cost(reports: "Sequence[Report]") -> str:
    model = sum(report.model_calls for report in reports)
    tools = sum(report.tool_calls for report in reports)
    tokens = sum(report.tokens for report in reports)
    return f"{model} + {tools} calls, {tokens:,} tokens"


def _total(reports: "Sequence[Report]") -> Text:
    served = sum(not report.fault for report in reports)
    style = "bold green" if served == len(reports) else "bold red"
    wrong = sum(bool(report.fault and report.answer) for report in reports)
    silent = len(reports) - served - wrong
    line = Text().append(f"{served} of {len(reports)} customers served", style=style)
    for count, what in ((wrong, "answered wrong"), (silent, "without an answer")):
        if count:
            line.append(f"\n{count} {what}", style="red")
    return line.append(f"\n{_cost(reports)}", style="bold")


def _caught(report: "Report") -> Iterator[Text]:
    """Yield what was noticed on the way: trips of guards, and answers that were no JSON."""
    for (guard, kind, action), trips in groupby(_severest(report.trips), _what):
        steps = [str(trip.step) for trip in trips]
        at = f"step{'s' * (len(steps) > 1)} {', '.join(steps)}"
        about = f"{at}: {guard} {_DID.get(action, action)} ({kind.replace('_', ' ')})"
        yield Text(about, style="yellow")
    for event, following in pairwise(report.events):
        if event.kind != "says" or not _is_broken(event.text):
            continue
        if following.kind == "told":
            yield Text("broken answer: asked again", style="yellow")
        elif report.harness == "holdfast":
            yield Text("broken answer: repaired without a call", style="yellow")
        else:
            yield Text("broken answer: taken as if whole", style="red")


def _what(trip: "Trip") -> tuple[str, str, str]:
    return trip.guard, trip.kind, trip.action


def _severest(trips: "Sequence[Trip]") -> "list[Trip]":
    """Return one trip of each step: what became of the call."""
    order = list(_DID)
    by_step = groupby(trips, lambda trip: trip.step)
    return [max(some, key=lambda trip: order.index(trip.action)) for _, some in by_step]


def _is_broken(text: str) -> bool:
    if not text.lstrip().startswith(("{", "[", "```")):
        return False
    try:
        json.loads(text)
    except ValueError:
        return True
    return False


def _path(calls: Sequence[str]) -> str:
    """Return the tools that were asked for, cycles folded: `handoff, (get, put) ×5`."""
    parts: list[str] = []
    at = 0
    while at < len(calls):
        size, laps = max(
            ((size, _laps(calls, at, size)) for size in range(1, _LONGEST + 1)),
            key=lambda found: (found[0] * found[1] if found[1] > 1 else 1, -found[0]),
        )
        if laps < 2:
            size = 1
        cycle = ", ".join(calls[at : at + size])
        cycle = f"({cycle})" if size > 1 else cycle
        parts.append(f"{cycle} ×{laps}" if laps > 1 else cycle)
        at += size * laps
    return ", ".join(parts)


def _laps(calls: Sequence[str], at: int, size: int) -> int:
    laps = 1
    while calls[at : at + size] == calls[at + laps * size : at + (laps + 1) * size] != ():
        laps += 1
    return laps


def _asked(tickets: "Sequence[tuple[int, Ticket]]", reports: "Sequence[Report]") -> Iterator[Text]:
    numbers = {ticket.key: number for number, ticket in tickets}
    for report in reports:
        for asked in report.asked:
            yield Text(f"\nTicket {numbers[report.ticket]}: a person was asked. ").append(
                asked.question, style="italic"
            )
            yield Text("The answer: ").append(asked.answer, style="bold")


def _footnote(*, scripted: bool) -> Text:
    model = "one scripted model that reads only its messages" if scripted else "one real model"
    return Text(
        f"\nBoth sides: {model}, the same tools, prompts and database. Plain LangGraph has "
        "handle_tool_errors, a parser that tells errors back, and recursion_limit=25; its own "
        "default would be about 10,000.\n",
        style="dim",
    )
