"""Budgets outlive their processes, and are shared by several."""

import asyncio
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from holdfast.drills import ScriptedModel
from holdfast.graphs import AgentState, supervised_graph
from holdfast.nodes import Specialist
from langgraph.checkpoint.memory import InMemorySaver

PROGRAM = Path(__file__).with_name("dying.py")
TENANT = Path(__file__).with_name("tenant.py")


def program(file, *args):
    command = [sys.executable, str(file), *map(str, args)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("graph", ["agent", "team"])
@pytest.mark.parametrize("dies_at", [6, 11])  # as a call ends, and as one begins
def test_a_run_that_is_killed_goes_on_elsewhere_and_counts_what_died_with_it_too(
    tmp_path, graph, dies_at
):
    assert program(PROGRAM, tmp_path, dies_at, graph).returncode == -9
    done = program(PROGRAM, tmp_path, 0, graph)
    assert done.returncode == 0, done.stderr
    out = json.loads(done.stdout)
    diary = (tmp_path / "diary.txt").read_text().splitlines()
    cut_off = int(diary[dies_at - 1] == "tool ends")
    assert out["spent"]["model_calls"] == diary.count("model begins")
    assert out["spent"]["tool_calls"] == diary.count("tool ends") - cut_off
    assert out["spent"]["model_calls"] <= 8
    assert out["ending"] == "budget_stopped"


@pytest.mark.parametrize("way", ["sync", "async"])
def test_a_model_call_that_died_with_its_process_is_charged_where_the_run_goes_on(way):
    saver = InMemorySaver()
    config = {"configurable": {"thread_id": "1"}}
    prompts = []

    def dies(messages, tools):
        prompts.append(messages)
        if len(prompts) < 3:
            raise KilledError
        return "Hello."

    helper = Specialist("helper", ScriptedModel([]), tools=[])
    graph = supervised_graph(AgentState, supervisor=ScriptedModel(dies), specialists=[helper])
    given = {"messages": [("user", "Hi.")]}
    for _ in range(2):
        with pytest.raises(KilledError):
            go(graph.compile(saver), given, config, way)
        given = None
    spent = go(graph.compile(saver), given, config, way)["ledger"]["spent"]
    assert (len(prompts), spent["model_calls"]) == (3, 3)


def go(app, given, config, way):
    if way == "async":
        return asyncio.run(app.ainvoke(given, config, durability="sync"))
    return app.invoke(given, config, durability="sync")


class KilledError(Exception):
    pass


def test_two_processes_share_the_budget_of_a_tenant(tmp_path):
    with ThreadPoolExecutor(2) as pool:
        runs = list(pool.map(lambda _: program(TENANT, tmp_path, 12), range(2)))
    assert all(run.returncode == 0 for run in runs), runs[0].stderr
    made = sum(json.loads(run.stdout)["model_calls"] for run in runs)
    assert made == 12
