"""What one judgement costs, however long the history."""

import timeit

from holdfast.guards import Call, Ledger, LoopGuard, Step, make_step
from holdfast.guards.messages import tool_step

SIZES = (10, 100, 1_000, 10_000)
_ROUNDS, _TIMES = 5, 400


def history(length: int) -> list[Step]:
    """Return an honest run: a word of the model and a new call, again and again."""
    steps = []
    for n in range(length):
        steps.append(make_step("model", "m", actor="agent", result=f"{n}", preview=f"Step {n}."))
        call = Call(str(n), "bash", {"command": f"cat file{n}.py"}, "agent")
        steps.append(tool_step(call, f"content {n}"))
    return [{**step, "n": n} for n, step in enumerate(steps, 1)]


def microseconds(ledger: Ledger) -> float:
    guard = LoopGuard()
    runs = timeit.repeat(lambda: guard.check(ledger), number=_TIMES, repeat=_ROUNDS)
    return 1e6 * min(runs) / _TIMES


def flat_cost() -> list[str]:
    lines = [
        "| calls in the history | after a new call, µs | before one, µs | in a loop, µs |",
        "|---|---|---|---|",
    ]
    new = Call("new", "bash", {"command": "ls"}, "agent")
    for size in SIZES:
        steps = history(size)
        loop = [{**steps[-1], "n": n} for n in range(1, size + 1)]
        ledgers = (
            Ledger(steps=steps, recent=steps),
            Ledger(steps=steps, recent=steps, proposed=[new]),
            Ledger(steps=loop, recent=loop),
        )
        lines.append(
            f"| {size:,} | " + " | ".join(f"{microseconds(x):.1f}" for x in ledgers) + " |"
        )
    return lines
