"""A LangSmith that fails half its calls and refuses a run, a producer that is killed: what arrives?

python benchmarks/export/run.py        writes RESULTS.md beside itself; about two minutes

Holdfast's export and LangSmith's own client do the same work against the same stub, one after the
other. What was recorded is read from Holdfast's store, which both producers write.
"""

import os
import random
import runpy
import signal
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from holdfast.drills.langsmith_stub import Fault, LangSmithStub
from holdfast.traces import LangSmith
from holdfast.traces.exporting import export_store, read_dead
from holdfast.traces.store import Store

HERE = Path(__file__).parent
COUNT, KILLED_AT, SEED, MOST_SECONDS = 60, 45, 11, 150
WAYS = {"holdfast": "Holdfast", "stock": "LangSmith's client"}
CASES = {
    "calm": "nothing",
    "half": "half the calls fail",
    "poison": "one run is refused",
    "all": "half fail, one is refused, SIGKILL",
}


HEAD = f"""# What reaches LangSmith when its server fails

An agent runs {COUNT} times (or until it is killed at run {KILLED_AT}) against a stub that speaks
LangSmith's wire. Half the calls fail: 503, 500 or 429, at random with a fixed seed. One item is
refused with 422, and with it the whole request it comes in. Recorded: spans in Holdfast's store,
which both programs write; after a kill Holdfast sends the rest with `holdfast trace export`, and
LangSmith's client has no way to. Kept: refused items that can be looked at. {os.cpu_count()} cores.
"""
HEADINGS = (
    "| what goes wrong | exported by | recorded | received | kept | lost | twice | requests | s |"
)


class Measured(NamedTuple):
    recorded: int
    received: int
    dead: int
    twice: int
    requests: int
    seconds: float


def failing(asked, dice):
    """Answer half the calls with 503, 500 or 429."""
    if asked.method == "GET" or dice.random() < 0.5:
        return None
    return dice.choice([Fault(503), Fault(500), Fault(429, {"Retry-After": "1"})])


def stub_of(case):
    dice = random.Random(SEED)
    fails, refuses = case in ("half", "all"), case in ("poison", "all")
    return LangSmithStub(
        fault=(lambda asked: failing(asked, dice)) if fails else None,
        refuses=(lambda said: said.get("name") == "poison") if refuses else None,
    )


def produce(way, store, url, *, kill):
    """Run the program, and kill it where that is wanted."""
    command = [sys.executable, str(HERE / "producer.py"), way, str(store), url, str(COUNT)]
    quiet = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
    with subprocess.Popen(command, env=environment(), **quiet) as program:
        try:
            for line in program.stdout:
                if kill and int(line) == KILLED_AT:
                    os.kill(program.pid, signal.SIGKILL)
            program.wait(MOST_SECONDS)
        finally:
            program.kill()


def environment():
    names = ("LANGSMITH_", "LANGCHAIN_")
    return {key: value for key, value in os.environ.items() if not key.startswith(names)}


def measured(way, case, folder):
    """Return what reached the server of what was recorded."""
    store = Path(folder) / f"{way}-{case}.db"
    began = time.perf_counter()
    with stub_of(case) as stub:
        produce(way, store, stub.url, kill=case == "all")
        if way == "holdfast":
            export = LangSmith(project="p", url=stub.url, api_key="k", unfinished_seconds=0)
            export_store(store, export, patience=60.0)
        seconds = time.perf_counter() - began
        recorded = spans_of(store)
        arrived = recorded & set(stub.runs)
        dead = {each.id for each in read_dead(store)} & recorded
        twice = sum(count - 1 for count in stub.posted.values())
        return Measured(len(recorded), len(arrived), len(dead), twice, len(stub.asked), seconds)


def spans_of(store):
    """Return the ids of what a tracer shows: all spans but LangGraph's own inner steps."""
    with Store(store) as opened:
        return {
            span.id
            for trace in opened.traces()
            for span in opened.spans(trace.id)
            if not span.hidden
        }


def report(found):
    lines = [HEAD, HEADINGS, "|---" * HEADINGS.count(" |") + "|"]
    for (case, way), each in found.items():
        lost = each.recorded - each.received - each.dead
        lines.append(
            f"| {CASES[case]} | {WAYS[way]} | {each.recorded} | {each.received} | {each.dead} | "
            f"{lost} | {each.twice} | {each.requests} | {each.seconds:.0f} |"
        )
    lines += ["", "Repeat with `python benchmarks/export/run.py`.", ""]
    return "\n".join(lines)


def main() -> None:
    found = {}
    with TemporaryDirectory() as folder:
        for case in CASES:
            for way in WAYS:
                found[case, way] = measured(way, case, folder)
                print(case, way, found[case, way], flush=True)
    text = report(found)
    print(text)
    (HERE / "RESULTS.md").write_text(text, "utf-8")
    runpy.run_path(str(HERE.parent / "assemble.py"), run_name="__main__")


if __name__ == "__main__":
    main()
