"""One question, several processes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).with_name("answering.py")


def started(*args):
    command = [sys.executable, str(PROGRAM), *map(str, args)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, text=True, **pipes)


def told(process):
    out, problem = process.communicate("now\n", timeout=60)
    last = out.strip().splitlines()[-1]
    assert last != "ready" or process.returncode == -9, problem
    return json.loads(last) if last != "ready" else None


def ready(process):
    assert process.stdout.readline() == "ready\n", process.stderr.read()
    return process


@pytest.fixture
def asked(tmp_path):
    assert told(started(tmp_path, "ask")) == ["loop"]
    return tmp_path


def paid(folder):
    return (folder / "paid.txt").read_text().split()


def test_of_two_processes_that_answer_one_wins_and_the_other_is_told(asked):
    both = [ready(started(asked, "approve")) for _ in range(2)]
    for process in both:
        process.stdin.write("now\n")
        process.stdin.flush()
    said = [json.loads(one.communicate(timeout=60)[0].strip().splitlines()[-1]) for one in both]
    assert sorted(map(len, said)) == [1, 2]
    (lost,) = [one for one in said if "told" in one]
    assert "your answer was not taken" in lost["told"] or "was answered" in lost["told"]
    assert paid(asked) == ["7"] * 3


def test_an_answer_whose_process_is_killed_is_kept_and_gone_on_with(asked):
    assert told(started(asked, "reject", "dies")) is None
    assert "goes on with theirs" in told(started(asked, "approve"))["told"]
    assert told(started(asked, "go-on"))["ending"] == "completed"
    assert paid(asked) == ["7"] * 2
