"""Kill real processes at random points of a run, and let others go on with it.

Each run is a process that is killed with SIGKILL after a random time; another takes its thread up
from the checkpoints, and is killed in its turn, up to three times. Run:
python benchmarks/crash/kill.py --kills 50 --saver sqlite
"""

import argparse
import asyncio
import json
import os
import random
import signal
import sys
import tempfile
import time
import traceback
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import desk
from holdfast.graphs import apostgres_saver, postgres_saver
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

PER_RUN = 3  # kills of one run, at most
RUNS = 1_000
SECONDS = 30.0  # that a process may take


@contextmanager
def opened(place):
    if place.startswith("sqlite:"):
        with SqliteSaver.from_conn_string(place.removeprefix("sqlite:")) as saver:
            yield saver
    else:
        with postgres_saver(place) as saver:
            yield saver


@asynccontextmanager
async def aopened(place):
    if place.startswith("sqlite:"):
        async with AsyncSqliteSaver.from_conn_string(place.removeprefix("sqlite:")) as saver:
            yield saver
    else:
        async with apostgres_saver(place) as saver:
            yield saver


def go_on(place, run, diary, begin):
    """Go on with a run to its end; what a child process does, and says when it begins."""
    name, way, durability, thread = run
    config = {"configurable": {"thread_id": thread}, "recursion_limit": 300}
    make = desk.graph_of(name, diary)

    async def ago():
        async with aopened(place) as saver:
            app = make(saver)
            known = (await app.aget_state(config)).values
            begin()
            return await app.ainvoke(desk.given(known), config, durability=durability)

    if way == "async":
        return asyncio.run(ago())
    with opened(place) as saver:
        app = make(saver)
        known = app.get_state(config).values
        begin()
        return app.invoke(desk.given(known), config, durability=durability)


def child(place, run, diary, after):
    """Run a process; return what came of its run, or None where it was killed, and its time."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        live(place, run, diary, lambda: os.write(writer, b"."))
    os.close(writer)
    os.read(reader, 1)  # it has opened its checkpoints, or it has ended
    os.close(reader)
    began = time.monotonic()
    status = wait(pid, SECONDS if after is None else after)
    took = time.monotonic() - began
    if status == 0:
        return json.loads(result_of(diary).read_text()), took
    if after is not None and os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return None, took
    raise RuntimeError(f"the run {run} ended by itself, status {status}")


def live(place, run, diary, begin):
    """Be the child process."""
    status = 1
    try:
        judged = desk.judged(diary, go_on(place, run, diary, begin), run[0])
        result_of(diary).write_text(json.dumps(judged))
        status = 0
    except BaseException:  # noqa: BLE001 - a child goes nowhere from here
        traceback.print_exc()
    finally:
        os._exit(status)


def result_of(diary):
    return Path(f"{diary.file}.result")


def wait(pid, seconds):
    """Return the status of a process that ends within some seconds, or is killed."""
    deadline = time.monotonic() + seconds
    ended = os.waitpid(pid, os.WNOHANG)
    while ended[0] == 0 and time.monotonic() < deadline:
        time.sleep(0.0002)
        ended = os.waitpid(pid, os.WNOHANG)
    if ended[0] == 0:
        os.kill(pid, signal.SIGKILL)
        ended = os.waitpid(pid, 0)
    return ended[1]


def measure(place, args, folder):
    """Kill until there were enough kills; return a row for each graph."""
    chance = random.Random(args.seed)
    rows = {name: dict.fromkeys(COLUMNS, 0) for name in desk.GRAPHS}
    usual = {}
    kills = 0
    for number in range(RUNS):
        if kills >= args.kills:
            return rows
        name = desk.GRAPHS[number % len(desk.GRAPHS)]
        run = (name, args.way, args.durability, f"{args.seed}-{number}")
        diary = desk.Diary(folder / f"run-{number}")
        if name not in usual:
            straight = desk.Diary(folder / f"straight-{name}")
            whole = (name, args.way, args.durability, f"straight-{args.seed}-{name}")
            usual[name] = child(place, whole, straight, None)[1]
        found, killed = None, 0
        while found is None:
            last = killed == PER_RUN or kills == args.kills
            after = None if last else chance.uniform(0.0, usual[name])
            found, _ = child(place, run, diary, after)
            if found is None:
                killed, kills = killed + 1, kills + 1
        add(rows[name], found, killed)
    raise RuntimeError(f"no {args.kills} kills in {RUNS} runs")


COLUMNS = ("runs", "kills", "twice", "lost", "unknown", "dangling", "off", "repeated")


def add(row, found, killed):
    row["runs"] += 1
    row["kills"] += killed
    for column in COLUMNS[2:]:
        row[column] += abs(found[column]) if column == "off" else found[column]


@contextmanager
def database(args, folder):
    """Yield where the checkpoints are kept."""
    if args.saver == "sqlite":
        yield f"sqlite:{folder / 'threads.db'}"
    elif args.url:
        yield args.url
    else:
        sys.path.append(str(Path(__file__).parents[2] / "tests"))
        from postgres_server import running

        with running() as server, server.database() as url:
            yield url


def table(rows, args):
    words = {
        "twice": "done twice",
        "lost": "lost",
        "unknown": "told as unknown",
        "dangling": "dangling calls",
        "off": "model calls not counted",
        "repeated": "model calls repeated",
    }
    total = {column: sum(row[column] for row in rows.values()) for column in COLUMNS}
    head = ["graph", *(words.get(column, column) for column in COLUMNS)]
    lines = [f"| {' | '.join(head)} |", f"|---|{'--:|' * len(COLUMNS)}"]
    for name, row in {**rows, "all": total}.items():
        lines.append(f"| {name} | {' | '.join(str(row[column]) for column in COLUMNS)} |")
    return "\n".join(lines), total


def parsed():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--saver", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--durability", choices=["sync", "async"], default="sync")
    parser.add_argument("--way", choices=["sync", "async"], default="sync")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--url", default="", help="a Postgres server; without: one of its own")
    return parser.parse_args()


def main():
    args = parsed()
    args.seed = random.SystemRandom().randrange(10**6) if args.seed is None else args.seed
    print(f"seed {args.seed}, {args.saver}, durability {args.durability}, {args.way} code")
    with tempfile.TemporaryDirectory() as name, database(args, Path(name)) as place:
        rows = measure(place, args, Path(name))
    text, total = table(rows, args)
    print(text)
    bad = [column for column in ("twice", "lost", "dangling") if total[column]]
    if args.durability == "sync" and total["off"]:
        bad.append("off")
    return f"not as promised: {', '.join(bad)}" if bad else 0


if __name__ == "__main__":
    sys.exit(main())
