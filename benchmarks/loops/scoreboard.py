"""How well loops are found, and how often honest work is taken for one, beside four peers' rules.

Every detector judges every case and every recorded run after each of its steps. Two rows for each:
at the rung that tells the model, and at the rung that stops a call. The data lie beside the
checkout, in shared/data. Run: python benchmarks/loops/scoreboard.py [--cases FILE] [--runs FILE]
"""

import argparse
import runpy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cases import Case, Run, read_cases, read_runs
from cost import flat_cost
from detectors import RUNGS, Outcome, play_guard, play_peer, play_steps
from holdfast.guards import LoopGuard
from holdfast.guards.verdict import severity
from made import made_runs
from peers import PEERS
from stats import middle, rate

HERE = Path(__file__).resolve().parent
DATA = HERE.parents[2] / "shared" / "data"
SETTINGS = ({}, {"block": 4}, {"nudge": 3, "block": 5})
"""Beside the defaults two that are more patient, to be compared with peers that are."""
Play = Callable[[Sequence[dict[str, Any]]], Outcome]


@dataclass
class Scored:
    """What one detector did on everything."""

    name: str
    cases: dict[str, Outcome]
    runs: dict[str, Outcome]

    @property
    def microseconds(self) -> float:
        outcomes = [*self.cases.values(), *self.runs.values()]
        judged = sum(one.judged for one in outcomes)
        return 1e6 * sum(one.seconds for one in outcomes) / max(judged, 1)


def detectors() -> dict[str, Play]:
    ours = {_name(chosen): _guard(LoopGuard(**chosen)) for chosen in SETTINGS}
    return ours | {name: _peer(name) for name in PEERS}


def _name(chosen: dict[str, int]) -> str:
    return f"LoopGuard({', '.join(f'{name}={value}' for name, value in chosen.items())})"


def _guard(guard: LoopGuard) -> Play:
    return lambda messages: play_guard(guard, messages)


def _peer(name: str) -> Play:
    return lambda messages: play_peer(name, messages)


def score(name: str, play: Play, cases: Sequence[Case], runs: Sequence[Run]) -> Scored:
    judged = {case.id: play(case.messages) for case in cases}
    return Scored(name, judged, {run.id: play(run.messages) for run in runs})


def reached(scored: Scored, case: Case, rung: str) -> bool:
    return scored.cases[case.id].reached(rung, at_end=case.at_end and not case.loop)


def main_table(boards: Sequence[Scored], cases: Sequence[Case], runs: Sequence[Run]) -> list[str]:
    loops = [case for case in cases if case.loop]
    others = [case for case in cases if not case.loop]
    good = [run for run in runs if run.reward == 1]
    lines = [
        "| detector | rung | recall | look-alikes | successful runs | repeats | µs a step |",
        "|---|---|---|---|---|---|---|",
    ]
    for scored in boards:
        for rung in RUNGS:
            found = [case for case in loops if reached(scored, case, rung)]
            wrong = sum(reached(scored, case, rung) for case in others)
            hurt = sum(scored.runs[run.id].reached(rung) for run in good)
            repeats = middle([scored.cases[case.id].first[rung] for case in found])
            lines.append(
                f"| {scored.name} | {rung} | {rate(len(found), len(loops))} "
                f"| {rate(wrong, len(others))} | {rate(hurt, len(good))} | {repeats} "
                f"| {scored.microseconds:.1f} |"
            )
    return lines


def kinds_table(ours: Scored, cases: Sequence[Case], runs: Sequence[Run]) -> list[str]:
    good = [run for run in runs if run.reward == 1]
    told = {
        "same call, same result": ("same_call",),
        "same call, same error": ("same_error",),
        "own text": ("same_text",),
    }
    lines = ["| what repeats | rung | recall | successful runs |", "|---|---|---|---|"]
    for kind, names in told.items():
        loops = [case for case in cases if case.loop and case.kind == kind]
        for rung in RUNGS:
            found = sum(reached(ours, case, rung) for case in loops)
            hurt = sum(_by_kind(ours.runs[run.id], names, rung) for run in good)
            shown = f"{rate(found, len(loops))} | {rate(hurt, len(good))}"
            lines.append(f"| {kind} | {rung} | {shown} |")
    return lines


def _by_kind(outcome: Outcome, names: Sequence[str], rung: str) -> bool:
    return any(outcome.kinds.get(name, 0) >= severity(rung) for name in names)


def made_table() -> list[str]:
    guard = LoopGuard()
    lines = [
        "| made run | is a loop | nudged | blocked | repeats to the nudge |",
        "|---|---|---|---|---|",
    ]
    by_sort: dict[tuple[str, bool], list[Outcome]] = {}
    for made in made_runs():
        by_sort.setdefault((made.sort, made.loop), []).append(play_steps(guard, made.steps))
    for (sort, loop), outcomes in by_sort.items():
        hits = [sum(one.reached(rung) for one in outcomes) for rung in RUNGS]
        repeats = middle([one.first["nudge"] for one in outcomes if "nudge" in one.first])
        counts = " | ".join(f"{hit} of {len(outcomes)}" for hit in hits)
        lines.append(f"| {sort} | {'yes' if loop else 'no'} | {counts} | {repeats} |")
    return lines


def apart_table(boards: Sequence[Scored], cases: Sequence[Case]) -> list[str]:
    groups = ("low confidence", "calls without results", "streamed text")
    lines = [
        "| detector | rung | " + " | ".join(f"{g}: loops, others" for g in groups) + " |",
        "|---|---|---|---|---|",
    ]
    for scored in boards:
        for rung in RUNGS:
            shown = [_pair(scored, [c for c in cases if c.group == g], rung) for g in groups]
            lines.append(f"| {scored.name} | {rung} | {' | '.join(shown)} |")
    return lines


def _pair(scored: Scored, cases: Sequence[Case], rung: str) -> str:
    loops = [reached(scored, case, rung) for case in cases if case.loop]
    others = [reached(scored, case, rung) for case in cases if not case.loop]
    return f"{sum(loops)} of {len(loops)}, {sum(others)} of {len(others)}"


def dominance(boards: Sequence[Scored], cases: Sequence[Case], runs: Sequence[Run]) -> list[str]:
    """Compare, at each peer's rate of successful runs hurt, with our rows that hurt no more."""
    good = [run for run in runs if run.reward == 1]
    loops = [case for case in cases if case.loop]
    lines = [
        "| peer | rung | hurts | finds | ours that hurts no more | finds |",
        "|---|---|---|---|---|---|",
    ]
    rows = {
        (scored.name, rung): (
            sum(scored.runs[run.id].reached(rung) for run in good),
            sum(reached(scored, case, rung) for case in loops),
        )
        for scored in boards
        for rung in RUNGS
    }
    mine = {key: value for key, value in rows.items() if key[0] not in PEERS}
    for (name, rung), (hurt, found) in rows.items():
        if (name, rung) in mine:
            continue
        fair = {key: value for key, value in mine.items() if value[0] <= hurt}
        best = max(fair, key=lambda key: fair[key][1], default=None)
        shown = f"{best[0]}, {best[1]} | {fair[best][1]}" if best else "none | -"
        lines.append(f"| {name} | {rung} | {hurt} | {found} | {shown} |")
    return lines


def hurt_list(ours: Scored, cases: Sequence[Case], runs: Sequence[Run]) -> list[str]:
    looping = {case.origin.split(" | ")[0]: case.id for case in cases if case.loop}
    lines = []
    for run in runs:
        outcome = ours.runs[run.id]
        if run.reward == 1 and outcome.first:
            rung = "blocked" if "block" in outcome.first else "nudged"
            reason = outcome.reasons["block" if rung == "blocked" else "nudge"]
            reason = reason.partition("; it returned")[0]  # what tools said stays in the data
            known = f" It is labelled a loop ({looping[run.id]})." if run.id in looping else ""
            lines.append(f"- {rung} {run.id}: {reason}{known}")
    return sorted(lines)


def miss_list(ours: Scored, cases: Sequence[Case]) -> list[str]:
    missed = [
        f"- {case.id} ({case.kind}), no {rung}"
        for rung in RUNGS
        for case in cases
        if case.loop and not reached(ours, case, rung)
    ]
    wrong = [
        f"- {case.id}, {rung} though no loop"
        for rung in RUNGS
        for case in cases
        if not case.loop and reached(ours, case, rung)
    ]
    return [*(missed or ["- none missed"]), *wrong]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=Path, default=DATA / "loops" / "cases.jsonl.gz")
    parser.add_argument(
        "--runs", type=Path, default=DATA / "trajectories" / "trajectories.jsonl.gz"
    )
    parser.add_argument("--out", type=Path, default=HERE / "RESULTS.md")
    chosen = parser.parse_args()
    for path in (chosen.cases, chosen.runs):
        if not path.is_file():
            raise SystemExit(f"{path} is not there: the labelled data lie beside the checkout")
    cases, runs = read_cases(chosen.cases), read_runs(chosen.runs)
    boards = [score(name, play, cases, runs) for name, play in detectors().items()]
    text = report(boards, cases, runs)
    chosen.out.write_text(text, "utf-8")
    runpy.run_path(str(HERE.parent / "assemble.py"), run_name="__main__")
    print(text)


def report(boards: Sequence[Scored], cases: Sequence[Case], runs: Sequence[Run]) -> str:
    from words import CHOICES, HEAD, SECTIONS

    sure = [case for case in cases if case.group == "confident"]
    parts = [
        main_table(boards, sure, runs),
        dominance(boards, sure, runs),
        kinds_table(boards[0], sure, runs),
        made_table(),
        apart_table(boards, cases),
        hurt_list(boards[0], cases, runs),
        miss_list(boards[0], sure),
        flat_cost(),
    ]
    told = [f"{head}\n\n" + "\n".join(part) for head, part in zip(SECTIONS, parts, strict=True)]
    return "\n\n".join([HEAD, *told, CHOICES]) + "\n"


if __name__ == "__main__":
    main()
