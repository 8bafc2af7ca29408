"""What recording costs: time, room, and what is lost when a process is killed.

Run: python benchmarks/recording/run.py [rounds] [overhead] [sizes] [ingest]
"""

import os
import runpy
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import ingest
import overhead
import sizes
from holdfast.traces.recorder.journal import EVERY_SECONDS

HERE = Path(__file__).parent
KILLS = 5
HEAD = f"""# Recording

`python benchmarks/recording/run.py`, {os.cpu_count()} cores, all ways side by side in one run.
The machine had other work meanwhile (load {os.getloadavg()[1]:.1f}): wall clock shows that,
processor time less.
"""
OVERHEAD = """
## What a step costs more

Microseconds a step of {steps} steps, the least of {rounds} runs, each after one that is not timed;
"more" is the difference to the same loop with nothing. The model of the second loop is a fake one:
its prompts grow to 100 messages. LangChainTracer sends to a LangSmith stub on loopback in another
process, which waits for nothing. Processor time is of all threads; ours counts the writing of the
file and, in the second loop, the calls that a replay answers. Allowed are 60 and 120 more, and a
tenth of LangChainTracer.

| loop | recorded by | wall | more | processor | more | Holdfast is |
|---|---|--:|--:|--:|--:|--:|
"""
SIZES = """
## How large a store is

An agent of so many turns: system prompt of 3 kB, a reply of 250 bytes with a tool call and a
result of 1.5 kB a turn. "JSON" is each span with all of its inputs and outputs, as a tracer that
sends whole runs has it.

| turns | JSON, MB | store, MB | smaller | compacted, MB | last prompt read back, ms |
|--:|--:|--:|--:|--:|--:|
"""
INGEST = """
## How quickly it is written

Spans of a tool call with a result of 1 kB, 50 in a transaction.

| processes | spans a second | lost |
|--:|--:|--:|
"""
KILLED = """
## What a SIGKILL leaves out

A loop of trivial steps killed in its course, {kills} times; the writer waits {every} ms.

| steps done | steps lost | lost: the last, ms |
|--:|--:|--:|
"""


def overhead_lines(rounds):
    best = overhead.measured(rounds)
    yield OVERHEAD.format(steps=overhead.STEPS, rounds=rounds)
    for loop in overhead.LOOPS:
        base = best[loop, "nothing"]
        own = best[loop, "Holdfast"][0] - base[0]
        for name in ("nothing", "Holdfast", "BaseTracer", "LangChainTracer"):
            wall, processor = best[loop, name]
            more, work = wall - base[0], processor - base[1]
            less = f"{more / own:.1f}x less" if name.endswith("Tracer") else ""
            yield (
                f"| {loop} | {name} | {wall:,.0f} | {more:,.0f} | {processor:,.0f} | "
                f"{work:,.0f} | {less} |\n"
            )


def size_lines():
    yield SIZES
    for steps, raw, size, small, _, seconds in sizes.measured():
        yield (
            f"| {steps} | {raw / 1e6:,.1f} | {size / 1e6:.2f} | {raw / size:,.0f}x | "
            f"{small / 1e6:.2f} | {seconds * 1e3:.0f} |\n"
        )


def ingest_lines():
    yield INGEST
    for processes in (1, 4):
        speed, lost = ingest.written(processes)
        yield f"| {processes} | {speed:,.0f} | {lost} |\n"
    yield KILLED.format(kills=KILLS, every=round(EVERY_SECONDS * 1e3))
    for _ in range(KILLS):
        done, lost, ms = ingest.killed()
        yield f"| {done:,} | {lost} | {ms:.0f} |\n"


def main():
    """Measure all, or the parts named, and put them in the place of what was measured before."""
    asked = [each for each in sys.argv[1:] if not each.isdecimal()]
    rounds = next((int(each) for each in sys.argv[1:] if each.isdecimal()), 9)
    parts = {"overhead": overhead_lines(rounds), "sizes": size_lines(), "ingest": ingest_lines()}
    for name, lines in parts.items():
        if asked and name not in asked:
            continue
        text = []
        for line in lines:
            print(line, end="", flush=True)
            text.append(line)
        (HERE / f"part_{name}.md").write_text("".join(text), "utf-8")
    found = [HERE / f"part_{name}.md" for name in parts]
    text = "".join(part.read_text("utf-8") for part in found if part.exists())
    (HERE / "RESULTS.md").write_text(HEAD + text, "utf-8")
    runpy.run_path(str(HERE.parent / "assemble.py"), run_name="__main__")


if __name__ == "__main__":
    main()
