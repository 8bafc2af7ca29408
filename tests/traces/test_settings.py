import pytest
from holdfast.guards import Budget, GuardConfigError, LoopGuard, ToolCallGuard
from holdfast.traces import guards_from, setting_names
from holdfast.traces.settings import GROUND


@pytest.mark.parametrize(
    ("settings", "guards"),
    [
        pytest.param([], (LoopGuard(), ToolCallGuard()), id="none"),
        pytest.param(["loop.block=4"], (LoopGuard(block=4), ToolCallGuard()), id="a number"),
        pytest.param(
            ["loop.unattended=true"], (LoopGuard(unattended=True), ToolCallGuard()), id="a yes"
        ),
        pytest.param(
            ["loop.nudge=4", "loop.block=6", "loop.nudge=2"],
            (LoopGuard(nudge=2, block=6), ToolCallGuard()),
            id="the last of a name",
        ),
        pytest.param(
            ["budget.seconds=30", "budget.warn=0.5"],
            (LoopGuard(), ToolCallGuard(), Budget(seconds=30, warn=0.5)),
            id="a budget, when one is set",
        ),
        pytest.param(
            ["budget.tokens=null", "budget.steps=9"],
            (LoopGuard(), ToolCallGuard(), Budget(steps=9)),
            id="no limit on tokens",
        ),
    ],
)
def test_guards_are_set_by_text(settings, guards):
    assert guards_from(settings) == guards


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        pytest.param(
            "loop.blok=4", "no such setting; use guard.field=value.*loop.block", id="field"
        ),
        pytest.param("lop.block=4", "no such setting", id="guard"),
        pytest.param("loop.block", "no such setting", id="no value"),
        pytest.param("", "no such setting", id="nothing"),
        pytest.param("budget.prices={}", "no such setting", id="what text cannot say"),
        pytest.param("loop.block=four", "loop.block takes int, not 'four'", id="a word"),
        pytest.param("loop.block=4.5", "loop.block takes int, not '4.5'", id="a fraction"),
        pytest.param("loop.block=true", "loop.block takes int", id="a yes for a number"),
        pytest.param("budget.usd=[1]", "budget.usd takes float or null", id="a list"),
        pytest.param("budget.tokens=null", "no limit was given", id="no limit at all"),
        pytest.param("loop.block=1", "use 2 <= nudge < block", id="what the guard refuses"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_with_what_can(setting, said):
    with pytest.raises(GuardConfigError, match=said):
        guards_from([setting])


def test_what_can_be_set_is_named():
    assert {"loop.block", "tool_call.nudge", "budget.usd"} < set(setting_names())


def test_grounding_is_judged_where_it_is_asked_for():
    names = [type(guard).__name__ for guard in guards_from(GROUND)]
    assert names == ["LoopGuard", "ToolCallGuard", "GroundingGuard", "ClaimedActionGuard"]
    assert guards_from(GROUND)[1].grounded
