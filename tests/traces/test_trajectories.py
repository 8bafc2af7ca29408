"""Rates over real recorded runs."""

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


def test_hardly_any_successful_run_is_blocked_as_a_loop(judged):
    successes = [run for run in judged if run.reward == 1]
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
