"""Score `repair` and its peers on the labelled cases: python benchmarks/repair/scoreboard.py

Prints tables and writes them, with READINGS.md (how they are counted, and which reading was
chosen where peers differ), to RESULTS.md beside this file.
"""

import json
import math
import runpy
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import baml
import speed
from cases import DATA, Case, clear, json_schema, load
from holdfast.guards.repairs import RepairError, repair
from holdfast.guards.repairs.calls import Tools, calls_in
from judge import are_right, is_same
from peers import Parser, peers
from rich.console import Console
from rich.table import Table

MALFORMED = ("repair", "truncated", "prose-wrapped")
_FAILED = object()


def value_of(parser: Parser, text: str) -> Any:
    try:
        # Some peers have dicts of their own: as plain JSON all are compared alike.
        return json.loads(json.dumps(parser(text)))
    except Exception:  # noqa: BLE001  (peers raise what they like)
        return _FAILED


def is_right(case: Case, value: Any) -> bool:
    if not case.get("expected_partial"):
        return is_same(value, case["expected"])
    for part in case["expected_partial"]:
        found = value
        for step in part["path"]:
            found = found[step] if isinstance(found, dict) and step in found else None
        if not is_same(found, part["value"]):
            return False
    return True


def percent(right: int, of: int) -> str:
    return f"{100 * right / of:.1f} %" if of else "-"


def syntax_rows(cases: list[Case]) -> list[list[str]]:
    rows = []
    for name, parser in peers().items():
        right = {
            kind: [is_right(case, value_of(parser, case["input"])) for case in clear(cases, kind)]
            for kind in (*MALFORMED, "valid")
        }
        malformed = [one for kind in MALFORMED for one in right[kind]]
        shown = [*(right[kind] for kind in MALFORMED), malformed, right["valid"]]
        rows.append([name, *(percent(sum(one), len(one)) for one in shown)])
    return rows


def typed_rows(cases: list[Case]) -> list[list[str]]:
    rows = []
    for kind in ("typed", "typed-fail", "schema-guided", "schema-fail"):
        found = [case for case in cases if case["kind"] == kind]
        right = sum(is_typed_right(case) for case in found)
        rows.append([kind, str(len(found)), percent(right, len(found))])
    return rows


def is_typed_right(case: Case) -> bool:
    if "schema_baml" in case:
        schema = baml.target_of(case["target"], baml.types_of(case["schema_baml"]))
    else:
        schema = case["schema"]
    try:
        value = repair(case["input"], schema, allow_truncated=True).value
    except RepairError:
        return case["kind"].endswith("-fail")
    return not case["kind"].endswith("-fail") and is_same(baml.plain(value), case["expected"])


def promise_rows(cases: list[Case]) -> list[list[str]]:
    """Valid input untouched, truncated input flagged."""
    valid = [case["input"] for case in clear(cases, "valid")]
    untouched = sum(
        is_same(repair(text).value, json.loads(text)) and not repair(text).edits for text in valid
    )
    cut = [case["input"] for case in clear(cases, "truncated") if is_cut(case["input"])]
    flagged = sum(is_flagged(text) for text in cut)
    return [
        ["valid input equal and unedited", str(len(valid)), percent(untouched, len(valid))],
        ["truncated input flagged", str(len(cut)), percent(flagged, len(cut))],
    ]


def is_cut(text: str) -> bool:
    """Whether a text is the beginning of a JSON value that goes on, judged by another parser."""
    try:
        json.loads(text, strict=False)
    except ValueError:
        return value_of(peers().get("jiter (partial)", json.loads), text) is not _FAILED
    return False


def is_flagged(text: str) -> bool:
    try:
        return repair(text, allow_truncated=True).truncated
    except RepairError as error:
        return error.truncated


def call_rows(cases: list[Case]) -> list[list[str]]:
    """Calls right; peers' values go through the same search for calls as ours."""
    total = len(cases)
    rows = [["holdfast, repair.calls", percent(sum(map(_ours_right, cases)), total)]]
    for name, parser in peers().items():
        right = 0
        for case in cases:
            tools = Tools(_tools(case))
            calls: list[Any] = []
            for call in calls_in(value_of(parser, case["input"]), tools):
                calls += [call] if call not in calls else []
            right += are_right(calls, case["expected_calls"])
        rows.append([f"{name}, then a search for calls", percent(right, total)])
    return rows


def _tools(case: Case) -> dict[str, Any]:
    return {one["name"]: json_schema(one["parameters"]) for one in case["functions"]}


def _ours_right(case: Case) -> bool:
    try:
        calls = repair.calls(case["input"], _tools(case), allow_truncated=True).value
    except RepairError:
        return False
    return are_right(calls, case["expected_calls"])


TIMED = ("holdfast", "json-repair")
"""Who is timed on broken input: who reads half of the malformed texts or more."""

SIZES = (1_000, 10_000, 100_000, 1_000_000)


def speed_rows() -> tuple[list[list[str]], list[list[str]]]:
    ratios = [f"{speed.valid_ratio(size):.2f}" for size in (*SIZES, 10_000_000)]
    valid = [["repair / (json.loads + validation)", *ratios]]
    rows = []
    for how in (speed.broken_once, speed.broken_everywhere):
        for name in [name for name in TIMED if name in peers()]:
            sizes = (*SIZES, 10_000_000) if name == "holdfast" else SIZES[:3]
            times = [
                speed.micros_per_kb(peers()[name], how(speed.document(size))) for size in sizes
            ]
            shown = [f"{one:.0f}" if math.isfinite(one) else "refused" for one in times]
            rows.append([f"{how.__name__}: {name}", *shown, *["-"] * (5 - len(shown))])
    return valid, rows


class Report:
    """Tables, printed and written alike."""

    def __init__(self) -> None:
        self.console = Console(width=120)
        self.lines = [
            "# Repair: results",
            "",
            "Written by `python benchmarks/repair/scoreboard.py`.",
        ]

    def table(self, title: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        table = Table(*heads, title=title)
        for row in rows:
            table.add_row(*row)
        self.console.print(table)
        self.lines += ["", f"## {title}", "", "| " + " | ".join(heads) + " |"]
        self.lines.append("|" + "---|" * len(heads))
        self.lines += ["| " + " | ".join(row) + " |" for row in rows]


def main() -> int:
    report, started = Report(), time.perf_counter()
    if not DATA.exists():
        report.console.print(
            f"The cases are not here: {DATA.name} is looked for beside the checkout."
        )
        return 1
    cases = load("cases.jsonl.gz")
    heads = ("parser", *MALFORMED, "all malformed", "valid")
    report.table("Malformed texts read as expected", heads, syntax_rows(cases))
    report.table("Promises", ("promise", "cases", "kept"), promise_rows(cases))
    report.table("Typed cases", ("kind", "cases", "right"), typed_rows(cases))
    report.table(
        "Real outputs: calls right", ("parser", "right"), call_rows(load("real_malformed.jsonl.gz"))
    )
    valid, broken = speed_rows()
    sizes = ("1 KB", "10 KB", "100 KB", "1 MB", "10 MB")
    report.table("Valid input, ratio of times", ("what", *sizes), valid)
    report.table("Broken input, microseconds for each KB", ("what", *sizes), broken)
    here = Path(__file__).parent
    readings = (here / "READINGS.md").read_text(encoding="utf-8")
    (here / "RESULTS.md").write_text("\n".join([*report.lines, "", readings]), encoding="utf-8")
    runpy.run_path(str(Path(__file__).parents[1] / "assemble.py"), run_name="__main__")
    report.console.print(f"{time.perf_counter() - started:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
