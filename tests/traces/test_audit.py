import json

import pytest
from holdfast.guards import AuditInputError, Budget, LoopGuard, ToolCallGuard, ToolSpec
from holdfast.traces import Recording, Unread, audit_file, audit_run
from hypothesis import given
from hypothesis import strategies as st

from .runs import calls, gives, repeated, says, user

CALM = LoopGuard(nudge=3, block=5)

GUARDS = (CALM, ToolCallGuard())
TOOLS = {"look": ToolSpec.from_schema({"name": "look", "parameters": {"type": "object"}})}


def audited(messages, guards=GUARDS, tools=TOOLS):
    return audit_run(Recording("r", messages), guards, tools=tools)


def told(run):
    return [(v["step"], v["kind"], v["action"]) for v in run.verdicts]


def test_a_run_is_judged_before_and_after_each_of_its_calls():
    assert told(audited(repeated(5))) == [
        (6, "same_call", "nudge"),
        (9, "same_call", "block"),
        (10, "same_call", "block"),
    ]


def test_a_verdict_names_the_calls_it_objects_to():
    before = audited(repeated(5)).verdicts[1]
    assert before["calls"] == ["c4"]
    assert before["steps"] == [2, 4, 6, 8]


def test_a_person_who_speaks_begins_a_new_run():
    assert told(audited(repeated(2) + repeated(2))) == []


@pytest.mark.parametrize(
    ("messages", "ending"),
    [
        pytest.param([user(), says()], "completed", id="an answer"),
        pytest.param([user(), says(), user("bye")], "completed", id="a person's last word"),
        pytest.param([user(), calls(("a", "look", {}))], "incomplete", id="a call without result"),
        pytest.param(repeated(1), "incomplete", id="a result that nobody read"),
        pytest.param([*repeated(5), says()], "completed", id="a block alone ends no run"),
        pytest.param([*repeated(7), says()], "loop_stopped", id="a loop wrapped up"),
        pytest.param([*repeated(9), says()], "loop_stopped", id="the first rung that ends it"),
        pytest.param(
            [
                user(),
                *(
                    m
                    for n in range(9)
                    for m in (calls((f"c{n}", "lok", {"n": n})), gives(f"c{n}", "?"))
                ),
            ],
            "escalated",
            id="a person needed",
        ),
    ],
)
def test_a_run_ends_as_it_would_have_ended_live(messages, ending):
    assert audited(messages).ending == ending


def test_of_two_trips_at_one_step_the_severer_ends_the_run():
    guards = (CALM, Budget(tool_calls=7))
    assert audited([*repeated(7), says()], guards).ending == "loop_stopped"
    assert audited([*repeated(6), says()], (Budget(tool_calls=6), CALM)).ending == "budget_stopped"


def test_a_guard_that_cannot_judge_says_so_once():
    run = audited(repeated(3), tools=None)
    assert run.skips == {"tool_call": "nobody said which tools there are"}
    assert [v["outcome"] for v in run.verdicts] == ["trip"]


def test_a_trip_without_new_evidence_is_told_once():
    looped = audited([*repeated(5), says()])
    assert told(looped)[-1] == (10, "same_call", "block")
    spent = audited([*repeated(1), *[says()] * 9], (Budget(model_calls=4),))
    assert told(spent) == [(4, "model_calls", "wrap_up"), (5, "model_calls", "stop")]


def test_trips_beyond_the_kept_ones_are_counted():
    run = audited(repeated(200))
    assert len(run.verdicts) == 200
    assert run.left_off == 193
    assert run.kinds == {("loop", "same_call"): ("escalate", 393)}


def test_texts_of_a_run_come_out_bounded_on_one_line_and_without_secrets():
    text = "password=hunter2 \x1b[31m\u2028" + "x" * 9_000
    run = audited(repeated(3, text=text, tool="look", args={"id": "a" * 5_000}))
    (verdict,) = run.verdicts
    assert len(verdict["reason"]) < 1_000
    assert verdict["reason"].isprintable()
    assert "hunter2" not in verdict["reason"]


@given(st.integers(1, 12), st.integers(0, 3))
def test_an_audit_is_the_same_each_time_and_grows_with_the_run(laps, more):
    short, again, longer = (audited(repeated(n)) for n in (laps, laps, laps + more))
    assert told(short) == told(again) == told(longer)[: len(told(short))]


json_value = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)
FIELDS = ("content", "tool_calls", "invalid_tool_calls", "function_call", "additional_kwargs")
FIELDS += ("usage", "usage_metadata", "response_metadata", "name", "id", "tool_call_id", "status")
odd = st.fixed_dictionaries(
    {"role": st.sampled_from(["user", "assistant", "tool", "system"])},
    optional=dict.fromkeys(FIELDS, json_value),
)


@given(st.lists(odd, max_size=4))
def test_messages_with_fields_of_any_form_are_judged_without_an_error(messages):
    assert audited(messages).messages == len(messages)


def test_a_run_with_an_item_that_is_no_message_is_left_out_and_told(tmp_path):
    path = tmp_path / "runs.jsonl"
    runs = [[user(), {"x": "y" * 900}], [user(), says()]]
    path.write_text("".join(json.dumps(run) + "\n" for run in runs))
    bad, good = audit_file(path, GUARDS)
    assert isinstance(bad, Unread)
    assert bad.line == 1
    assert "is no message" in bad.why
    assert good.ending == "completed"


def test_a_file_of_which_no_run_can_be_judged_is_refused(tmp_path):
    path = tmp_path / "runs.json"
    path.write_text(json.dumps([[user(), 7]]))
    with pytest.raises(AuditInputError, match="none of the runs"):
        list(audit_file(path, GUARDS))
