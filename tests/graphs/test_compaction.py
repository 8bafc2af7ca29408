"""A team's conversations stay within their tokens, and what leaves them can be fetched back."""

import re

import pytest
from holdfast.drills import ScriptedModel, tool_call
from holdfast.guards import GuardConfigError, ToolCallGuard, tool_facts
from holdfast.nodes import Compaction, Specialist, fetch_tool
from langchain_core.exceptions import ContextOverflowError
from langchain_core.messages import AIMessage

from .long_talk import FREE, GOAL, SUMMARY, TEXT, look, script, summaries, whole
from .team import agency, go, handoff


def test_results_become_references_first_and_can_be_fetched_back(play):
    fetching = []

    def fetch(messages):
        stub = next(m for m in messages if m.type == "tool" and "fetch_result" in m.text)
        fetching.append(stub.text)
        return tool_call("fetch_result", call_id=stub.tool_call_id)

    looks = [tool_call("look", at=f"place {n}") for n in range(10)]
    worker = ScriptedModel([*looks, fetch, "Seen."])
    one = Specialist("desk", worker, tools=[look], compaction=Compaction(tokens=1_200, keep=2))
    play(agency([handoff("desk"), "Done."], one, guards=FREE), go(GOAL))
    assert fetching[0].startswith("[Left out to save space: ")
    assert worker.calls[-1].messages[-1].text == look("place 0")
    assert summaries(worker) == []
    whole(worker.calls[-1].messages)


def test_a_supervisor_can_fetch_back_what_a_specialist_said(play):
    def fetch(messages):
        stub = next(m for m in messages if m.type == "tool" and "fetch_result" in m.text)
        return tool_call("fetch_result", call_id=stub.tool_call_id)

    parts = [handoff("desk", f"part {n}") for n in range(8)]
    supervisor = ScriptedModel([*parts, fetch, "Done."])
    worker = ScriptedModel([f"Part {n}. {TEXT * 2}" for n in range(8)])
    settings = Compaction(tokens=2_600, keep=2)
    graph = agency(supervisor, Specialist("desk", worker), guards=FREE, compaction=settings)
    play(graph, go(GOAL))
    assert supervisor.calls[-1].messages[-1].text == f"Part 0. {TEXT * 2}"


def test_a_supervisors_other_calls_wait_for_what_is_fetched(play):
    both = AIMessage(
        "",
        tool_calls=[
            {"name": "fetch_result", "args": {"call_id": "nowhere"}, "id": "f"},
            {"name": "handoff", "args": {"to": "desk", "task": "x"}, "id": "h"},
        ],
    )
    supervisor = ScriptedModel([both, "Done."])
    one = Specialist("desk", ScriptedModel([]))
    play(agency(supervisor, one, guards=FREE, compaction=Compaction(tokens=9_000)), go(GOAL))
    fetched, waiting = supervisor.calls[1].messages[-2:]
    assert fetched.text.startswith("No result is kept for that call (none is kept).")
    assert waiting.text == "Read first what is fetched."


def test_a_summary_is_charged_to_the_run(play):
    talk = [handoff("desk", f"part {n} " + "long " * 60) for n in range(12)]
    supervisor = script([*talk, "Done."])
    worker = ScriptedModel(["Yes."] * 12)
    settings = Compaction(tokens=1_500, keep=2)
    graph = agency(supervisor, Specialist("desk", worker), guards=FREE, compaction=settings)
    out = play(graph, go(GOAL))
    made = len(summaries(supervisor))
    assert made >= 1
    assert out["ledger"]["spent"]["model_calls"] == 13 + 12 + made
    notes = [m.text for m in supervisor.calls[-1].messages if "Earlier messages" in m.text]
    assert len(notes) == 1
    assert "Places were looked at.\nLearned:\n- Rome is full" in notes[0]


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(["No JSON.", "Still none."], id="a summary that cannot be read"),
        pytest.param([TimeoutError("busy")], id="a model that fails"),
    ],
)
def test_without_a_summary_the_beginnings_stand_in_its_place(play, broken):
    talk = [handoff("desk", f"part {n} " + "long " * 60) for n in range(9)]
    supervisor = ScriptedModel([*talk, "Done."])
    writer = ScriptedModel(lambda _: broken[min(len(writer.calls), len(broken)) - 1])
    settings = Compaction(tokens=1_100, keep=2, model=writer)
    worker = ScriptedModel(["Yes."] * 9)
    graph = agency(supervisor, Specialist("desk", worker), guards=FREE, compaction=settings)
    out = play(graph, go(GOAL))
    assert out["ending"] == "completed"
    assert any("No summary could be made" in m.text for m in supervisor.calls[-1].messages)
    whole(supervisor.calls[-1].messages)


class TooLongError(ContextOverflowError):
    pass


def test_a_prompt_that_is_too_long_is_shortened_and_tried_once_more(play):
    def short_enough(messages):
        size = sum(len(message.text) for message in messages)
        if size > 4_000:
            raise TooLongError("too long")
        return "Seen."

    looks = [tool_call("look", at=f"place {n}") for n in range(9)]
    worker = ScriptedModel([*looks, short_enough, short_enough])
    settings = Compaction(tokens=50_000, model=ScriptedModel(lambda _: SUMMARY))
    one = Specialist("desk", worker, tools=[look], compaction=settings)
    out = play(agency([handoff("desk"), "Done."], one, guards=FREE), go(GOAL))
    assert out["messages"][-2].text == "Seen."
    failed = [step for step in out["ledger"]["recent"] if step["error"]]
    assert [step["preview"] for step in failed] == ["ContextOverflowError: too long"]


def test_a_prompt_that_stays_too_long_ends_the_task(play):
    worker = ScriptedModel([tool_call("look", at="x"), TooLongError("a"), TooLongError("b")])
    one = Specialist("desk", worker, tools=[look], compaction=Compaction(tokens=50_000))
    out = play(agency([handoff("desk"), "Sorry."], one, guards=FREE), go(GOAL))
    assert "[failed] the model of 'desk' failed (TooLongError)" in out["messages"][-2].text


def test_a_supervisors_prompt_that_is_too_long_is_tried_once_more(play):
    supervisor = ScriptedModel([handoff("desk"), TooLongError("a"), "Done."])
    settings = Compaction(tokens=50_000)
    one = Specialist("desk", ScriptedModel(["Yes."]))
    out = play(agency(supervisor, one, guards=FREE, compaction=settings), go(GOAL))
    assert out["messages"][-1].text == "Done."


def test_after_a_prompt_that_was_too_long_fewer_turns_stay_whole(play):
    def short_enough(messages):
        if len(messages) > 10:
            raise TooLongError("too long")
        return "Done."

    talk = [handoff("desk", f"part {n} " + "long " * 60) for n in range(6)]
    supervisor = ScriptedModel([*talk, short_enough, short_enough])
    settings = Compaction(tokens=50_000, keep=8, model=ScriptedModel(lambda _: SUMMARY))
    one = Specialist("desk", ScriptedModel(["Yes."] * 6))
    out = play(agency(supervisor, one, guards=FREE, compaction=settings), go(GOAL))
    assert out["messages"][-1].text == "Done."


def test_a_model_without_a_profile_needs_a_number():
    one = Specialist("desk", ScriptedModel(["Yes."]), compaction=Compaction())
    with pytest.raises(GuardConfigError, match=re.escape("give tokens=...")):
        agency(["Hi."], one)


@pytest.mark.parametrize("wrong", [{"tokens": 10}, {"keep": 0}, {"attempts": -1}])
def test_numbers_that_are_too_small_are_refused(wrong):
    with pytest.raises(GuardConfigError, match="use at least"):
        Compaction(**wrong)


def test_the_window_can_come_from_the_models_profile():
    model = ScriptedModel(["Yes."], profile={"max_input_tokens": 10_000})
    one = Specialist("desk", model, compaction=Compaction())
    out = agency([handoff("desk"), "Done."], one).compile().invoke(go())
    assert out["ending"] == "completed"


def test_the_tool_is_given_once():
    own = Specialist(
        "desk", ScriptedModel([""]), tools=[fetch_tool()], compaction=Compaction(tokens=900)
    )
    assert [tool.name for tool in own.taken] == ["fetch_result"]


def test_what_was_seen_and_taken_out_still_vouches_for_an_argument(play):
    cancelled = []

    def find(name: str) -> str:
        """Find a booking."""
        return f"{TEXT} reference K-4711-XY"

    def cancel(reference: str) -> str:
        """Cancel a booking."""
        cancelled.append(reference)
        return "cancelled"

    tool_facts(cancel, effects=True, arguments={"reference": "seen"})
    looks = [tool_call("look", at=f"place {n}") for n in range(12)]
    cancels = tool_call("cancel", reference="K-4711-XY")
    settings = Compaction(tokens=1_200, keep=2, model=ScriptedModel(lambda _: SUMMARY))
    worker = ScriptedModel([tool_call("find", name="Ann"), *looks, cancels, "Cancelled."])
    one = Specialist("desk", worker, tools=[find, look, cancel], compaction=settings)
    play(agency([handoff("desk"), "Done."], one, guards=[*FREE, ToolCallGuard()]), go(GOAL))
    shown = "".join(message.text for message in worker.calls[-2].messages)
    assert "K-4711-XY" not in shown
    assert cancelled == ["K-4711-XY"]
