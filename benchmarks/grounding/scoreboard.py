"""Print how well grounding does, and write it to RESULTS.md beside this file.

Run with `python benchmarks/grounding/scoreboard.py`. Needs the `bench` extra and the shared data.
What it lists for reading (every objection, every trip) is printed only.
"""

import sys
from pathlib import Path

import actions
import answers
import arguments
from datasets import SHARED
from rich.console import Console
from rich.table import Table

RESULTS = Path(__file__).with_name("RESULTS.md")
Row = tuple[str, str, str]


def main() -> None:
    """Measure all, print tables, write the section."""
    if not SHARED.exists():
        sys.exit("the shared data is absent: nothing to measure")
    others = [answers.other(name) for name in ("summedits_dev", "begin_wow_dev")]
    argued, objections = arguments.report()
    claimed, trips = actions.report()
    sections = [
        ("Answers: RAGTruth QA train, cross-validated by source", answers.ragtruth()),
        ("Answers: other sets, shipped model and threshold, balanced accuracy", others),
        ("Answers: time", answers.speed()),
        ("Arguments of recorded calls", argued),
        ("Claimed actions in recorded runs", claimed),
    ]
    to_read = [("Arguments objected to", objections), ("Claimed actions: every trip", trips)]
    console = Console()
    for title, rows in [*sections, *to_read]:
        console.print(_table(title, rows))
    RESULTS.write_text("# Grounding\n\n" + "\n".join(_markdown(*each) for each in sections))


def _table(title: str, rows: list[Row]) -> Table:
    table = Table(title=title, show_header=False)
    for row in rows:
        table.add_row(*row)
    return table


def _markdown(title: str, rows: list[Row]) -> str:
    lines = [f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in rows]
    return f"## {title}\n\n| | | |\n|---|---|---|\n" + "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
