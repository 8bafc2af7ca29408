"""Budgets outlive their processes, and are shared by several."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

PROGRAM = Path(__file__).with_name("dying.py")
TENANT = Path(__file__).with_name("tenant.py")


def program(file, *args):
    command = [sys.executable, str(file), *map(str, args)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("graph", ["agent", "team"])
@pytest.mark.parametrize("dies_at", [6, 11])  # as a call ends, and as one begins
def test_a_run_that_is_killed_goes_on_elsewhere_and_counts_each_settled_call_once(
    tmp_path, graph, dies_at
):
    assert program(PROGRAM, tmp_path, dies_at, graph).returncode == -9
    done = program(PROGRAM, tmp_path, 0, graph)
    assert done.returncode == 0, done.stderr
    out = json.loads(done.stdout)
    diary = (tmp_path / "diary.txt").read_text().splitlines()
    lost = dies_at_is_inside(diary, dies_at)
    assert out["spent"]["model_calls"] == diary.count("model ends") - lost["model"]
    assert out["spent"]["tool_calls"] == diary.count("tool ends") - lost["tool"]
    assert out["spent"]["model_calls"] <= 8
    assert out["ending"] == "budget_stopped"


def dies_at_is_inside(diary, dies_at):
    """Return what had ended in its own words, and was not settled when the process died."""
    last = diary[dies_at - 1]
    return {"model": int(last == "model ends"), "tool": int(last == "tool ends")}


def test_two_processes_share_the_budget_of_a_tenant(tmp_path):
    with ThreadPoolExecutor(2) as pool:
        runs = list(pool.map(lambda _: program(TENANT, tmp_path, 12), range(2)))
    assert all(run.returncode == 0 for run in runs), runs[0].stderr
    made = sum(json.loads(run.stdout)["model_calls"] for run in runs)
    assert made == 12
