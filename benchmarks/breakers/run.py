"""Eight processes, one breaker, a dependency that is down for 4.5 s: who still calls it?

python benchmarks/breakers/run.py                     all three, writes RESULTS.md beside itself
python benchmarks/breakers/run.py --only sqlite --json   one, as JSON on standard output

Needs `redis-server` and the extra `bench` for the last two. Takes about 15 s for each.
"""

import argparse
import json
import runpy
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

from dependency import Dependency
from worker import LIMIT, RESET_SECONDS

HERE = Path(__file__).parent
PROCESSES, DOWN_SECONDS, TOTAL_SECONDS = 8, 4.5, 6.5
MOST = LIMIT + PROCESSES - 1
KINDS = {
    "sqlite": "Holdfast, SQLite",
    "redis": "Holdfast, Redis",
    "pybreaker": "pybreaker, Redis",
}


@contextmanager
def redis_server(folder):
    """Start a server of our own on a free port, and stop it by its own process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = ["redis-server", "--bind", "127.0.0.1", "--port", str(port), "--save", ""]
    server = subprocess.Popen([*command, "--dir", folder], stdout=subprocess.DEVNULL)
    try:
        _wait_for(port)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.terminate()
        server.wait(10)


def _wait_for(port):
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError("redis-server did not come up in 10 s")


def measured(kind, place):
    """Return what reached the dependency."""
    with Dependency(PROCESSES, DOWN_SECONDS, TOTAL_SECONDS) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        command = [sys.executable, str(HERE / "worker.py"), kind, place, str(server.port)]
        workers = [subprocess.Popen(command) for _ in range(PROCESSES)]
        try:
            codes = [worker.wait(180) for worker in workers]
        finally:
            for worker in workers:
                worker.kill()
        server.shutdown()
        if any(codes):
            raise SystemExit(f"{kind}: a worker failed: {codes}")
        return summary(kind, sorted(server.calls))


def summary(kind, calls):
    dead = [at for at, is_up in calls if not is_up]
    bursts = in_bursts(dead)
    return {
        "kind": kind,
        "before it opened": len(bursts[0]),
        "probes by open period": [len(burst) for burst in bursts[1:]],
        "calls while down": len(dead),
        "up again after": round(min(at for at, is_up in calls if is_up) - DOWN_SECONDS, 2),
        "calls once up": len(calls) - len(dead),
    }


def in_bursts(times):
    """Group calls that are less than half an open time apart."""
    bursts = [[times[0]]]
    for before, at in pairwise(times):
        if at - before >= RESET_SECONDS / 2:
            bursts.append([])
        bursts[-1].append(at)
    return bursts


def one(kind):
    with tempfile.TemporaryDirectory() as folder:
        if kind == "sqlite":
            return measured(kind, str(Path(folder) / "breakers.db"))
        with redis_server(folder) as url:
            return measured(kind, url)


def table(found):
    rows = [
        "| breaker | before it opened | probes, period by period | calls while down | noticed |",
        "|---|---|---|---|---|",
    ]
    for result in found:
        probes = ", ".join(map(str, result["probes by open period"])) or "none"
        rows.append(
            f"| {KINDS[result['kind']]} | {result['before it opened']} | {probes} "
            f"| {result['calls while down']} | after {result['up again after']} s |"
        )
    return "\n".join(rows)


def report(found):
    return f"""# One breaker, {PROCESSES} processes, a dependency that is down for {DOWN_SECONDS} s

Each process calls as fast as its breaker lets it (every 10 ms at most). Limit {LIMIT} failures in
a row, open for {RESET_SECONDS} s, growth 1. A shared breaker can let at most {MOST} calls pass
before it opens (the limit, and those of the other processes that are under way when the last
failure is told), and one probe in each open period after that. Counted by the dependency itself;
`noticed` is how long after the recovery the first call went through.

{table(found)}

Repeat with `python benchmarks/breakers/run.py` (extra `bench`, and `redis-server` on the path).
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--only", choices=KINDS)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    kinds = [options.only] if options.only else list(KINDS)
    if kinds != ["sqlite"] and shutil.which("redis-server") is None:
        raise SystemExit("redis-server is not installed; use --only sqlite")
    found = [one(kind) for kind in kinds]
    if options.json:
        print(json.dumps(found))
        return
    print(table(found))
    if not options.only:
        (HERE / "RESULTS.md").write_text(report(found))
        runpy.run_path(str(Path(__file__).parents[1] / "assemble.py"), run_name="__main__")


if __name__ == "__main__":
    main()
