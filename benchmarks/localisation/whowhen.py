"""How often an audit's first trip points at the step that people say a failed team went wrong at.

Who&When: 79 failed logs of teams of agents, each with the step and the agent that its annotators
hold responsible. The teams' tools are not in the logs, only what was said; beside the audit stand
two ways of pointing that read nothing. Run: python benchmarks/localisation/whowhen.py
"""

import gzip
import json
import os
import re
import runpy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from holdfast.guards.guard import Guard, judge
from holdfast.traces import Playback, guards_from
from holdfast.traces.settings import GROUND

HERE = Path(__file__).resolve().parent
DATA = HERE.parents[2] / "shared" / "data" / "trajectories" / "whowhen.jsonl.gz"
SETTINGS: Mapping[str, Sequence[str]] = {
    "defaults": (),
    "`--ground`": GROUND,
}
_ROLE = re.compile(r"\s*\(.*\)$")  # "Orchestrator (thought)" is the orchestrator
NEAR = 1


@dataclass(frozen=True)
class Case:
    """A failed log, and what its annotators say of it."""

    subset: str
    messages: Sequence[Mapping[str, Any]]
    step: int
    agent: str

    def agent_at(self, place: int) -> str:
        message = self.messages[place]
        return _ROLE.sub("", str(message.get("name") or message["role"]))


@dataclass
class Score:
    """How a way of pointing did; parts of cases where it points at random."""

    cases: int = 0
    tripped: float = 0
    exact: float = 0
    near: float = 0
    before: float = 0
    after: float = 0
    agent: float = 0

    def add(self, case: Case, place: int | None, part: float = 1) -> None:
        if place is None:
            return
        self.tripped += part
        self.exact += part * (place == case.step)
        self.near += part * (abs(place - case.step) <= NEAR)
        self.before += part * (place <= case.step)
        self.after += part * (place > case.step)
        self.agent += part * (case.agent_at(place) == case.agent)

    def row(self, name: str) -> str:
        of = (self.tripped, self.before, self.after, self.exact, self.near, self.agent)
        cells = (f"{count:.0f} ({count / self.cases:.0%})" for count in of)
        return f"| {name} | {' | '.join(cells)} |"


def read_cases(path: Path) -> list[Case]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file.read().split("\n") if line.strip()]
    return [
        Case(row["subset"], row["messages"], int(row["mistake_step"]), row["mistake_agent"])
        for row in rows
    ]


def first_trip(case: Case, guards: Sequence[Guard]) -> tuple[int | None, int | None]:
    """Return the message after which a guard tripped first, and that where its evidence begins."""
    playback, places = Playback(), [0]
    for ledger in playback.views(case.messages):
        places.append(playback.messages - 1)  # the message of each step; steps count from 1
        for verdict in judge(guards, ledger, {}):
            if verdict["outcome"] == "trip":
                begin = min(verdict["steps"], default=playback.n)
                return places[-1], places[begin]
    return None, None


def scores(cases: Sequence[Case]) -> Iterator[tuple[str, Score]]:
    for name, settings in SETTINGS.items():
        noticed, begun = Score(len(cases)), Score(len(cases))
        guards = guards_from(settings)
        for case in cases:
            at, since = first_trip(case, guards)
            noticed.add(case, at)
            begun.add(case, since)
        yield f"audit, {name}: where it trips", noticed
        yield f"audit, {name}: where its evidence begins", begun
    first, anywhere = Score(len(cases)), Score(len(cases))
    for case in cases:
        first.add(case, 0)
        for place in range(len(case.messages)):
            anywhere.add(case, place, 1 / len(case.messages))
    yield "the first message, always", first
    yield "any message, by chance", anywhere


def section(title: str, cases: Sequence[Case]) -> Iterator[str]:
    yield f"\n## {title}: {len(cases)} logs\n"
    yield "| points at | tripped | at or before | after | exactly | within one | the right agent |"
    yield "|---|---|---|---|---|---|---|"
    for name, score in scores(cases):
        yield score.row(name)


HEAD = """# Where did it go wrong? Who&When

`python benchmarks/localisation/whowhen.py`, on {cores} cores. For each failed log: the message at
which an audit trips first, against the message that its annotators call the decisive mistake; and
whether it is the agent they hold responsible. Shares are of all logs, also of those in which
nothing tripped. *At or before* alone says little: who always points at the first message is never
late.

The guards look for how runs go wrong in form (loops, calls that fit no schema, claims that no
source bears), and these logs hold no tool calls, no schemas and no sources: most of the mistakes
are of reasoning, and are not seen."""


def main() -> None:
    cases = read_cases(DATA)
    lines = [HEAD.format(cores=os.cpu_count())]
    lines += section("All", cases)
    for subset in sorted({case.subset for case in cases}):
        lines += section(subset, [case for case in cases if case.subset == subset])
    text = "\n".join(lines) + "\n"
    (HERE / "RESULTS.md").write_text(text, "utf-8")
    print(text)
    runpy.run_path(str(HERE.parent / "assemble.py"), run_name="__main__")


if __name__ == "__main__":
    if not DATA.exists():
        raise SystemExit(f"{DATA}: not there; put the public data set beside the checkout")
    main()
