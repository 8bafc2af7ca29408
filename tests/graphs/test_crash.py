"""What is left of a run whose process died, and what another makes of it."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest

from . import crashing

pytest.importorskip("langgraph.checkpoint.sqlite", reason="needs holdfast[sqlite]")

PROGRAM = Path(crashing.__file__)
WHOLE = ["supervisor", "booking 0", "book LH1", "booking 1", "seat 7", "booking 2", "supervisor"]


def go(folder, dies, way):
    """Go on with the run in a process of its own."""
    command = [sys.executable, str(PROGRAM), str(folder), dies, way]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def diary(folder):
    return (folder / "diary").read_text().splitlines()


@pytest.mark.parametrize("way", ["sync", "async"])
def test_another_process_goes_on_where_a_tool_killed_the_first(tmp_path, way):
    assert go(tmp_path, "tool", way).returncode == 9
    assert diary(tmp_path) == WHOLE[:4]
    ended = go(tmp_path, "nowhere", way)
    assert ended.returncode == 0, ended.stderr
    out = json.loads(ended.stdout)
    assert diary(tmp_path) == [*WHOLE, "pay"]
    assert (out["ending"], out["booked"], out["paid"]) == ("completed", "LH1, seat 7", True)
    assert (out["spent"]["model_calls"], out["spent"]["tool_calls"]) == (5, 2)


@pytest.mark.parametrize("way", ["sync", "async"])
def test_an_exception_of_a_node_of_ones_own_loses_nothing(tmp_path, way):
    def run(dies):
        if way == "sync":
            return crashing.run(tmp_path, dies)
        return asyncio.run(crashing.arun(tmp_path, dies))

    with pytest.raises(RuntimeError, match="on fire"):
        run("node")
    out = run("nowhere")
    assert diary(tmp_path) == [*WHOLE, "pay"]
    assert (out["ending"], out["paid"]) == ("completed", True)
    assert out["ledger"]["spent"]["model_calls"] == 5
    assert len(out["ledger"]["done"]) == 2


def test_a_saved_thread_is_read_by_another_saver(tmp_path):
    with pytest.raises(RuntimeError):
        crashing.run(tmp_path, "node")
    with pytest.raises(RuntimeError):
        asyncio.run(crashing.arun(tmp_path, "node"))
    out = crashing.run(tmp_path, "nowhere")
    assert [line for line in diary(tmp_path) if line != "pay"] == WHOLE
    assert out["booked"] == "LH1, seat 7"
