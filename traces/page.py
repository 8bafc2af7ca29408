"""Show what an audit found as one page that needs nothing else: a chart, and the runs."""

import base64
import hashlib
import heapq
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from ..guards.digest import preview
from ..guards.verdict import ACTIONS, Action, Verdict, severity
from .audit import Audited, Trip
from .terminal import ending_rung, notes
from .totals import Share, Totals, trips_in

if TYPE_CHECKING:
    from jinja2 import Template

RUNS_SHOWN = 1_000
"""Runs that a page lists; where there are more, those with the severest trips."""
_TEMPLATES = Path(__file__).parent / "pages"
_STEPS_NAMED = 12  # steps at which a run tripped for one reason


@dataclass(frozen=True, slots=True)
class Finding:
    """The trips of one run that say the same.

    Attributes:
        label: The guard, and what it found.
        action: The rung advised.
        reason: Why, for the first of them.
        steps: The steps they were given at, in words.
        trips: How many there are of those kept.
    """

    label: str
    action: Action
    reason: str
    steps: str
    trips: int


@dataclass(frozen=True, slots=True)
class Row:
    """A run, as the page lists it."""

    id: str
    ending: str
    steps: int
    reward: float | None
    severest: Action
    trips: int
    labels: Sequence[str]
    findings: Sequence[Finding]
    recorded: Sequence[str] = ()


class Page:
    """Collects audited runs for a page, at most 1,000 of them in memory."""

    def __init__(self) -> None:
        self._rows: list[tuple[int, int, Row]] = []  # a heap, the mildest and latest run first
        self._seen = 0

    def add(self, run: Audited) -> None:
        """Take a run."""
        self._seen += 1
        rank = severity(run.severest)
        if len(self._rows) >= RUNS_SHOWN and rank <= self._rows[0][0]:
            return
        heapq.heappush(self._rows, (rank, -self._seen, _row(run)))
        if len(self._rows) > RUNS_SHOWN:
            heapq.heappop(self._rows)

    def write(self, text: TextIO, totals: Totals) -> None:
        """Write the page; texts of runs are escaped, and its policy lets no other script run.

        Args:
            text: Where to.
            totals: The sums over the same runs.
        """
        rows = [row for *_, row in sorted(self._rows, key=lambda item: (-item[0], -item[1]))]
        script = (_TEMPLATES / "audit.js").read_text(encoding="utf-8")
        known: Mapping[str, Any] = {
            "totals": totals,
            "tallies": totals.tallies(),
            "tripped": Share(totals.tripped, totals.runs),
            "rows": rows,
            "labels": sorted({label for row in rows for label in row.labels}),
            "endings": totals.endings.most_common(),
            "ending_rung": ending_rung,
            "notes": list(notes(totals)),
            "rungs": ACTIONS,
            "script": script,
            "script_hash": _hash(script),
            "json": json.dumps,
        }
        text.writelines(template("audit.html.jinja").generate(known))


def template(name: str, *styles: str) -> "Template":
    """Return a page's template; it knows `style`, the sheet of all pages and some of its own."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # only who writes pages

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["style"] = "".join(map(sheet, ("audit.css", *styles)))
    return environment.get_template(name)


def sheet(name: str) -> str:
    """Return a style sheet of the pages."""
    return (_TEMPLATES / name).read_text(encoding="utf-8")


def _hash(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _row(run: Audited) -> Row:
    return Row(
        id=f"thread {run.id} ({', '.join(run.traces[-3:])})" if run.thread else run.id,
        ending=run.ending,
        steps=run.steps,
        reward=run.reward,
        severest=run.severest,
        trips=len(run.verdicts) + run.left_off,
        labels=[f"{guard}: {kind}" for guard, kind in run.kinds],
        findings=list(_findings(run.verdicts)),
        recorded=list(dict.fromkeys(map(_told, trips_in(run.recorded))))[:_STEPS_NAMED],
    )


def _told(verdict: Verdict) -> str:
    """Return what a guard found while a run was recorded, in a line."""
    label = f"{verdict['guard']}: {verdict.get('kind', '')}"
    return preview(f"{label} ({verdict.get('action', 'none')}): {verdict.get('reason', '')}", 400)


def _findings(trips: Sequence[Trip]) -> Iterator[Finding]:
    alike: dict[tuple[str, str, Action], list[Trip]] = {}
    for trip in trips:
        alike.setdefault((trip["guard"], trip["kind"], trip["action"]), []).append(trip)
    for (guard, kind, action), same in alike.items():
        numbers = list(dict.fromkeys(trip["step"] for trip in same))
        more = ", ..." if len(numbers) > _STEPS_NAMED else ""
        yield Finding(
            label=f"{guard}: {kind}",
            action=action,
            reason=same[0]["reason"],
            steps=", ".join(map(str, numbers[:_STEPS_NAMED])) + more,
            trips=len(same),
        )
