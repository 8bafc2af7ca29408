import io
import json

import pytest
from holdfast.guards import LoopGuard
from holdfast.traces import Differences, Recording, compare_file, compare_run, print_differences
from rich.console import Console

from .runs import repeated, says

EARLY, LATE = (LoopGuard(wrap_up=4, last=5),), (LoopGuard(block=6, wrap_up=8, last=9),)


def compared(messages, reward=None, one=EARLY, other=LATE):
    return compare_run(Recording("r", messages, reward=reward), one, other)


@pytest.mark.parametrize(
    ("laps", "endings"),
    [
        pytest.param(1, ("completed", "completed"), id="no loop"),
        pytest.param(4, ("loop_stopped", "completed"), id="a loop of four laps"),
        pytest.param(9, ("loop_stopped", "loop_stopped"), id="a loop of nine"),
    ],
)
def test_a_run_has_an_ending_by_each_setting(laps, endings):
    found = compared([*repeated(laps), says()])
    assert (found.one.ending, found.other.ending) == endings


@pytest.mark.parametrize(
    ("laps", "differs"),
    [
        pytest.param(2, False, id="both nudge"),
        pytest.param(3, True, id="a call not run"),
        pytest.param(4, True, id="another end"),
    ],
)
def test_a_run_differs_when_another_call_is_not_run_or_it_ends_elsewhere(laps, differs):
    assert compared([*repeated(laps), says()]).differs is differs


def test_what_comes_after_an_early_end_is_saved():
    found = compared([*repeated(9), says()])
    assert (found.one.cut.step, found.one.cut.steps) == (7, 12)
    assert (found.other.cut.step, found.other.cut.steps) == (15, 4)
    assert found.one.cut.tokens > found.other.cut.tokens > 0


def test_only_calls_before_the_end_count_as_not_run():
    found = compared([*repeated(9), says()])
    assert (found.one.blocked, found.other.blocked) == (2, 3)


def shown(found, names=("loop.wrap_up=4", "defaults")):
    console = Console(width=100, record=True, file=io.StringIO())
    print_differences(console, found, names)
    return console.export_text()


@pytest.fixture
def differences():
    found = Differences()
    found.add(compared([*repeated(9), says()], reward=1))
    found.add(compared([*repeated(4), says()], reward=0))
    found.add(compared([says()], reward=1))
    return found


def test_the_report_tells_what_changes_and_for_which_runs(differences):
    text = shown(differences)
    for told in (
        "2 of 3 runs would have gone another way",
        "loop.wrap_up=4",
        "blocked, of 2 with reward 1",
        "loop_stopped at step 7, 2 not run",
        "steps saved",
        "loop: same_call",
    ):
        assert told in text


def test_the_sums_are_those_of_the_runs(differences):
    assert (differences.one.steps, differences.other.steps) == (12 + 2, 4)
    assert (differences.one.hurt, differences.other.hurt) == (1, 1)
    assert differences.one.endings == {"loop_stopped": 2, "completed": 1}


def test_equal_settings_differ_in_nothing():
    found = Differences()
    found.add(compared([*repeated(9), says()], other=EARLY))
    assert (found.differ, found.named) == (0, [])
    assert "=" in shown(found)


def test_many_runs_that_differ_are_counted_and_some_named():
    found = Differences()
    for _ in range(20):
        found.add(compared([*repeated(9), says()]))
    assert "and 8 more" in shown(found)


def test_a_file_is_compared_run_by_run(tmp_path):
    path = tmp_path / "runs.jsonl"
    lines = [json.dumps({"id": str(n), "messages": repeated(n)}) for n in (1, 9)]
    path.write_text("\n".join([*lines, "no run"]))
    first, second, unread = compare_file(path, EARLY, LATE)
    assert (first.differs, second.differs, unread.line) == (False, True, 3)
    assert json.loads(second.line())["set"]["cut"]["step"] == 7


def test_a_run_that_only_has_other_trips_is_counted_apart_and_says_which():
    found = Differences()
    found.add(
        compared([*repeated(2), says()], one=(LoopGuard(),), other=(LoopGuard(nudge=3, block=5),))
    )
    assert (found.differ, found.parted) == (1, 0)
    text = shown(found, ("defaults", "loop.nudge=3"))
    assert "0 of 1 runs would have gone another way; 1 more went the same way with other" in text
    assert "loop: same_call 1x, at most nudge" in text
    assert "loop: same_call never" in text
    assert next(line.split()[-1] for line in text.splitlines() if " trips  " in line) == "-1"


def test_a_thread_is_shown_with_ids_that_can_be_asked_for():
    run = Recording("43", [*repeated(4), says()], thread="43", traces=["a1", "a2"])
    found = Differences()
    found.add(compare_run(run, EARLY, LATE))
    text = shown(found)
    assert "thread 43" in text
    assert "a1" in text
    assert "a2" in text
    line = json.loads(compare_run(run, EARLY, LATE).line())
    assert (line["thread"], line["traces"]) == ("43", ["a1", "a2"])
