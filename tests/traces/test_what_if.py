import io
import json
from dataclasses import replace

import pytest
from holdfast.guards import (
    AuditInputError,
    Budget,
    GuardConfigError,
    LoopGuard,
    Price,
    ToolCallGuard,
    Verdict,
)
from holdfast.traces import Recording, Store, audit_file, import_file, what_if
from holdfast.traces.viewing import StoredTrace
from holdfast.traces.what_if_result import NAMED
from holdfast.traces.what_if_runs import name_of, succeeded
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from .importing.runs import lines
from .runs import calls, gives, repeated, says, user
from .viewing.recorded import record_ticket

EARLY, LATE = LoopGuard(wrap_up=4, last=5), LoopGuard(block=6, wrap_up=8, last=9)
LOOP = [*repeated(9), says()]
CALM = [user(), says()]


def loop(reward=None, **more):
    return Recording("loop", LOOP, reward, **more)


def test_a_run_is_stopped_where_a_live_guard_would_have_stopped_it():
    (setting,) = what_if([loop()], [EARLY]).settings
    (run,) = setting.most
    assert (run.id, run.cut.step, run.cut.steps, run.cut.guard) == ("loop", 7, 12, "loop")
    assert (setting.whole.stopped, setting.whole.steps) == (1, 12)
    assert setting.whole.tokens == run.cut.tokens > 0


@pytest.mark.parametrize(
    ("reward", "came_to", "known"),
    [
        pytest.param(1.0, "", True, id="a full reward"),
        pytest.param(0.5, "completed", False, id="a reward goes before an ending"),
        pytest.param(None, "completed", True, id="completed"),
        pytest.param(None, "failed", False, id="another end"),
        pytest.param(None, "", None, id="nobody knows"),
    ],
)
def test_a_success_is_known_by_its_reward_or_its_ending(reward, came_to, known):
    assert succeeded(loop(reward, came_to=came_to)) is known


@pytest.mark.parametrize(
    ("success", "hurt", "lost"),
    [
        pytest.param(lambda run: True, 1, 1, id="a success"),
        pytest.param(lambda run: False, 0, 0, id="a failure"),
        pytest.param(lambda run: None, 0, 0, id="nobody knows"),
    ],
)
def test_a_success_that_is_stopped_is_hurt(success, hurt, lost):
    found = what_if([loop()], [EARLY], success=success)
    whole = found.settings[0].whole
    assert (whole.hurt, whole.lost, len(found.settings[0].hurt)) == (hurt, lost, hurt)


def test_a_success_is_hurt_where_a_call_is_not_run():
    found = what_if([Recording("r", [*repeated(3), says()], 1.0)], [LoopGuard()]).settings[0]
    assert (found.whole.hurt, found.whole.lost, found.blocked) == (1, 0, 1)


def test_a_call_that_was_never_run_hurts_nobody():
    messages = [user(), calls(("c", "look", "{'id': 7}")), gives("c", "what?"), says()]
    run = Recording("r", messages, 1.0)
    for refused, hurt in ((frozenset(), 1), (frozenset("c"), 0)):
        found = what_if([replace(run, refused=refused)], [ToolCallGuard()]).settings[0]
        assert (found.whole.hurt, found.blocked) == (hurt, hurt)


def test_each_guard_has_its_own_effect():
    found = what_if([loop(1.0)], [EARLY, Budget(steps=4)]).settings[0]
    assert {name: effect.stopped for name, effect in found.guards.items()} == {
        "budget": 1,
        "loop": 0,
    }
    assert {name: effect.hurt for name, effect in found.guards.items()} == {"budget": 1, "loop": 1}


def test_two_settings_stand_side_by_side():
    early, late = what_if([loop()], [EARLY], against=[LATE]).settings
    assert early.whole.steps > late.whole.steps > 0


def test_dollars_are_those_that_were_recorded_or_those_of_the_prices():
    usd = [0.5 if message["role"] == "assistant" else 0.0 for message in LOOP]
    found = what_if([loop(usd=usd)], [EARLY])
    assert (found.usd, found.settings[0].whole.usd) == (5.0, 3.0)
    model = [{**message, "model": "m"} for message in LOOP]
    priced = what_if([Recording("r", model, usd=usd)], [EARLY], prices={"m": Price(1e6, 1e6)})
    assert priced.settings[0].whole.usd == priced.settings[0].whole.tokens


def test_what_was_there_before_the_run_is_not_judged():
    found = what_if([Recording("r", [*LOOP, *CALM], before=len(LOOP))], [EARLY])
    assert found.settings[0].whole.stopped == 0


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    path = tmp_path_factory.mktemp("desk") / "traces.db"
    record_ticket(path, 6, "plain")
    record_ticket(path, 6)
    return path


def test_runs_come_from_stores_files_and_lists(tmp_path, desk):
    file = lines(tmp_path / "runs.jsonl", {"id": "r", "messages": LOOP})
    with Store(desk) as store:
        traces = [StoredTrace.of(store, trace) for trace in store.traces()]
        counts = [
            what_if(runs, [LoopGuard()]).runs
            for runs in (store, desk, str(file), traces, traces[0], loop(), [desk, file, loop()])
        ]
    assert counts == [2, 2, 1, 2, 1, 1, 4]


def test_a_recorded_run_without_guards_would_have_been_stopped(desk):
    found = what_if(desk, [LoopGuard(), ToolCallGuard()])
    assert (found.runs, found.successes, found.failures) == (2, 1, 1)
    whole = found.settings[0].whole
    assert (whole.stopped, whole.hurt) == (1, 0)
    assert whole.tokens > 500


def test_bad_places_are_counted_and_the_rest_is_judged(tmp_path):
    file = lines(tmp_path / "runs.jsonl", {"messages": LOOP}, {"nothing": 1})
    found = what_if([file, Recording("bad", [{"no": "role"}])], [EARLY])
    assert (found.runs, found.unreadable, len(found.unread)) == (1, 2, 2)


def test_of_many_runs_those_are_named_that_save_most():
    runs = (Recording(f"r{n}", [*repeated(9 + n % 7), says()], 1.0) for n in range(200))
    setting = what_if(runs, [EARLY]).settings[0]
    saved = [run.cut.tokens for run in setting.most]
    assert (len(setting.most), len(setting.hurt)) == (NAMED, NAMED)
    assert saved == sorted(saved, reverse=True)
    assert setting.whole.stopped == 200


def test_without_guards_it_is_refused():
    for guards, against in (([], None), ([EARLY], [])):
        with pytest.raises(GuardConfigError, match="at least one"):
            what_if([loop()], guards, against=against)


def test_a_setting_is_called_by_what_is_not_by_default():
    assert name_of([LoopGuard(), Budget(tokens=5)]) == "LoopGuard, Budget(tokens=5)"


class Odd:
    """A guard of a user's own, whose words were written to do harm."""

    def check(self, ledger):
        return Verdict(
            guard="<b>\x1b[2J", kind="[red]", outcome="trip", action="stop", reason="",
            steps=[], calls=[], score=None,
        )  # fmt: skip


def test_tables_show_no_markup_of_theirs():
    found = what_if([Recording("<script>\x1b[2J[bold]", CALM, 1.0)], [Odd()], against=[EARLY])
    console = Console(file=io.StringIO(), width=200)
    console.print(found)
    text, html = console.file.getvalue(), found._repr_html_()
    assert "\x1b" not in text
    assert "[bold]" in text
    assert "<script>" not in html
    assert "<b>\x1b" not in html
    assert "successes stopped" in text


def test_the_result_is_plain_data():
    data = what_if([loop(1.0)], [EARLY], against=[LATE]).data()
    assert json.loads(json.dumps(data)) == data
    assert data["settings"][0]["runs_stopped"][0]["cut"]["step"] == 7


@given(laps=st.lists(st.integers(0, 12), min_size=1, max_size=8))
def test_what_is_saved_is_the_sum_of_what_each_run_saves(laps):
    runs = [Recording(f"r{n}", [*repeated(n), says()]) for n in laps]
    whole = what_if(runs, [EARLY]).settings[0].whole
    each = [what_if([run], [EARLY]).settings[0].whole for run in runs]
    assert whole.tokens == sum(one.tokens for one in each)
    assert whole.stopped == sum(one.stopped for one in each)


def test_it_agrees_with_the_audit(tmp_path):
    runs = [{"id": f"r{n}", "messages": [*repeated(n), says()], "reward": n % 2} for n in range(9)]
    file = lines(tmp_path / "runs.jsonl", *runs)
    import_file(file, tmp_path / "new.db")
    audited = list(audit_file(file, (EARLY,)))
    found = what_if(tmp_path / "new.db", [EARLY])
    assert found.settings[0].whole.stopped == sum(run.cut is not None for run in audited)
    assert found.tokens == sum(run.tokens for run in audited)
    assert (found.successes, found.failures) == (4, 5)


@pytest.mark.parametrize(
    ("runs", "guards", "error", "told"),
    [
        ([], [LoopGuard()], AuditInputError, "without runs"),
        ([Recording("r", [user()])], LoopGuard(), GuardConfigError, r"\[LoopGuard\(...\)\]"),
        ([Recording("r", [user()])], ["loop"], GuardConfigError, "a str is no guard"),
        ([Recording("r", [user()])], [], GuardConfigError, "at least one"),
    ],
)
def test_what_it_cannot_judge_it_refuses_by_name(runs, guards, error, told):
    with pytest.raises(error, match=told):
        what_if(runs, guards)
    with pytest.raises(error, match=told):
        what_if(runs, [LoopGuard()], against=guards)
