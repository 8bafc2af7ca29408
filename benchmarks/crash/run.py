"""All ways to be killed, and what it costs that none does harm; writes RESULTS.md.

Run: python benchmarks/crash/run.py
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import kill
from cost import ROUNDS, table

HERE = Path(__file__).parent
WAYS = (
    ("sqlite", "sync", "sync"),
    ("sqlite", "async", "async"),
    ("postgres", "sync", "sync"),
    ("postgres", "async", "async"),
)
TEXT = """## A crash in the middle

`python benchmarks/crash/kill.py --kills {kills} --saver sqlite --seed {seed}`: a process that
refunds four orders, two at a time, is killed with SIGKILL after a random time; another takes the
thread up from its checkpoints, and is killed in its turn, up to three times a run. Three graphs
take turns: a team of a supervisor and a specialist, `tool_node` in a graph of one's own,
`GuardMiddleware` in `create_agent`. "Done twice": refunds made again; "lost": refunds never made;
"told as unknown": calls that a kill cut off, of which the model was told that nobody knows the
outcome, and which it looked up; "dangling calls": calls without an answer in any prompt; "model
calls not counted": replies of a model that the ledger does not hold (under "async" it may lag
behind; of a graph that asks its model itself, replies that were kept); "model calls repeated":
those that died with their process, {cores} cores.

{kills_tables}

What the record costs (`benchmarks/crash/cost.py`, in the same run): one call of a tool that does
nothing, in a graph of two nodes, without effects and with, in turns; medians of {rounds}. Calls of
tools without effects and of idempotent ones are not recorded.

{cost}
"""


def killed(way, args):
    saver, durability, code = way
    command = [sys.executable, str(HERE / "kill.py"), "--kills", str(args.kills)]
    command += ["--saver", saver, "--durability", durability, "--way", code]
    command += ["--seed", str(args.seed)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=540, check=False)
    print(done.stdout, done.stderr[-2000:])
    lines = [line for line in done.stdout.splitlines() if line.startswith("|")]
    name = f'{saver}, `durability="{durability}"`, {code} code'
    return "\n".join([f"{name}:", "", *lines])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=20)
    args = parser.parse_args()
    tables = "\n\n".join(killed(way, args) for way in WAYS)
    args.saver, args.url = "postgres", ""
    with tempfile.TemporaryDirectory() as folder, kill.database(args, Path(folder)) as url:
        places = {"memory": None, "SQLite": f"sqlite:{folder}/threads.db", "Postgres": url}
        cost = table(places)
    print(cost)
    text = TEXT.format(
        kills=args.kills,
        seed=args.seed,
        cores=os.cpu_count(),
        kills_tables=tables,
        rounds=ROUNDS,
        cost=cost,
    )
    (HERE / "RESULTS.md").write_text(text, "utf-8")
    subprocess.run([sys.executable, str(HERE.parent / "assemble.py")], check=True)


if __name__ == "__main__":
    main()
