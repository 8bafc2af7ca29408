"""Processes that are really killed, at random points, on SQLite and on Postgres."""

import subprocess
import sys

import pytest

COLUMNS = ["runs", "kills", "twice", "lost", "unknown", "dangling", "off", "repeated"]


def kill(checkout, *options):
    program = checkout / "benchmarks" / "crash" / "kill.py"
    command = [sys.executable, str(program), "--kills", "8", *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize(
    "options",
    [
        pytest.param(["--saver", "sqlite", "--durability", "async", "--way", "async"], id="sqlite"),
        pytest.param(["--saver", "postgres"], id="postgres"),
    ],
)
def test_no_process_that_is_killed_costs_a_refund_or_makes_one_twice(checkout, request, options):
    if "postgres" in options:
        options = [*options, "--url", request.getfixturevalue("postgres_url")]
    done = kill(checkout, *options)
    assert done.returncode == 0, done.stdout + done.stderr
    found = dict(zip(COLUMNS, numbers(done.stdout), strict=True))
    assert found["kills"] == 8, done.stdout
    assert (found["twice"], found["lost"], found["dangling"]) == (0, 0, 0)


def numbers(said):
    [last] = [line for line in said.splitlines() if line.startswith("| all |")]
    return [int(word) for word in last.strip("| ").split("|")[1:]]
