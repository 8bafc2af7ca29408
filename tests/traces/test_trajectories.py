"""Rates over real recorded runs."""

import gzip
import json

import pytest
from holdfast.guards import LoopGuard, ToolCallGuard
from holdfast.guards.verdict import severity
from holdfast.traces import Unread, audit_file, read_toolbook


@pytest.fixture(scope="module")
def folder(shared_data):
    return shared_data / "trajectories"


@pytest.fixture(scope="module")
def judged(folder):
    guards = (LoopGuard(), ToolCallGuard())
    return list(audit_file(folder / "trajectories.jsonl.gz", guards))


def test_every_recorded_run_is_judged(judged):
    assert not [one for one in judged if isinstance(one, Unread)]
    assert len(judged) == len({run.id for run in judged}) > 600


@pytest.fixture(scope="module")
def known_to_loop(shared_data):
    """The ids of runs that the labelled cases call loops, though some came to a good end."""
    with gzip.open(shared_data / "loops" / "cases.jsonl.gz", "rt", encoding="utf-8") as file:
        cases = map(json.loads, filter(str.strip, file.read().split("\n")))
        return {case["origin"].split(" | ")[0] for case in cases if case["expected_loop"]}


def test_hardly_any_successful_run_is_blocked_as_a_loop(judged, known_to_loop):
    successes = [run for run in judged if run.reward == 1 and run.id not in known_to_loop]
    blocked = [
        run.id
        for run in successes
        for (guard, _), (action, _) in run.kinds.items()
        if guard == "loop" and severity(action) >= severity("block")
    ]
    assert len(blocked) <= 0.005 * len(successes), blocked


def test_runs_that_ran_in_circles_are_found(judged):
    looped = [run for run in judged if run.ending == "loop_stopped"]
    assert len([run for run in looped if run.reward == 0]) >= 5


def test_logs_of_teams_without_tools_are_judged(folder):
    runs = list(audit_file(folder / "whowhen.jsonl.gz", (LoopGuard(), ToolCallGuard())))
    assert len(runs) == 79


def test_the_tools_of_a_domain_are_read(folder):
    assert "book_reservation" in read_toolbook(folder / "tau1_tools.json").of("airline")
