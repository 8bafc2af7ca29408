import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from holdfast.traces import Store

from .matrix import cells, threads

FOLDER = Path(__file__).parents[1]


def program(*args):
    env = {**os.environ, "PYTHONPATH": str(FOLDER)}
    command = [sys.executable, "-m", "replaying.matrix", *map(str, args)]
    done = subprocess.run(command, capture_output=True, text=True, env=env, timeout=120)
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.fixture(scope="module")
def matrix(tmp_path_factory):
    """What was recorded in one process, what another replayed twice, and the store."""
    folder = tmp_path_factory.mktemp("matrix")
    made = {}
    for what in ("record", "replay"):
        program(what, folder / "traces.db", folder / what)
        made[what] = json.loads((folder / what).read_text())
    with Store(folder / "traces.db", read_only=True) as store:
        yield made["record"], made["replay"], store


CELLS = [pytest.param(*cell, id=" of ".join(cell)) for cell in cells()]


@pytest.mark.parametrize(("form", "graph"), CELLS)
def test_a_replay_is_the_run_without_a_single_call(matrix, form, graph):
    recorded, replayed, _ = matrix
    assert sum(recorded[f"{form} of {graph}"]["calls"].values()) > 0
    for name in threads(form, graph):
        first, second = replayed[name]
        assert first["divergence"] is None
        assert first["same"]
        assert first["calls"] == {"model": 0, "tool": 0}
        assert first["real_calls"] == 0
        assert first == second
        if form != "batch":
            assert first["raised"] == recorded[f"{form} of {graph}"]["raised"]


@pytest.mark.parametrize(("form", "graph"), CELLS)
def test_a_replay_ends_in_the_state_that_was_recorded(matrix, form, graph):
    _, replayed, store = matrix
    for name in threads(form, graph):
        (last,) = store.traces(thread=name, limit=1)
        root = next(span for span in store.spans(last.id) if span.parent is None)
        if root.status != "ok":
            assert replayed[name][0]["raised"]
            continue
        state = store.decode(root.outputs)
        assert replayed[name][0]["said"] == [message.text for message in state["messages"]]
        notes = json.loads(json.dumps(state.get("notes")))
        assert (replayed[name][0]["notes"] or []) == (notes or [])
