"""A team's conversations stay within their tokens, and nothing that matters is forgotten."""

import re

import pytest
from holdfast.drills import ScriptedModel, tool_call
from holdfast.guards import GuardConfigError, LoopGuard, ToolCallGuard, tool_facts
from holdfast.nodes import Compaction, Specialist, decision_tool, fetch_tool
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.exceptions import ContextOverflowError
from langchain_core.messages import AIMessage

from .team import agency, go, handoff

RULE = "Never spend more than 300 EUR, all in; ask before you do."
GOAL = "Get me to Lisbon by Friday noon."
TEXT = "There is nothing to be seen here but hills. " * 12  # some 130 tokens
SUMMARY = '{"happened": "Places were looked at.", "facts": ["Rome is full"], "open_questions": []}'


def look(at: str) -> str:
    """Look at a place."""
    return f"{at}: {TEXT}"


def book(flight: str) -> str:
    """Book a flight."""
    return f"booked {flight}"


tool_facts(book, effects=True)


def is_summary(messages):
    return messages[0].text.startswith("You shorten the record")


def prompts(model):
    return [
        "\n".join(message.text for message in call.messages)
        for call in model.calls
        if not is_summary(call.messages)
    ]


def summaries(model):
    return [call for call in model.calls if is_summary(call.messages)]


def script(replies):
    """Return a model that plays replies, and makes a summary whenever it is asked for one."""
    left = iter(replies)

    def policy(messages):
        return SUMMARY if is_summary(messages) else next(left)

    return ScriptedModel(policy)


def whole(messages):
    """Check that each result stands behind its call, and each call has its result."""
    open_calls = set()
    for message in messages:
        if isinstance(message, AIMessage):
            assert not open_calls
            open_calls = {call["id"] for call in message.tool_calls}
        elif message.type == "tool":
            assert message.tool_call_id in open_calls
            open_calls.discard(message.tool_call_id)
    assert not open_calls


FREE = [LoopGuard(nudge=90, block=91, wrap_up=92, last=93, stale=90)]


class Counting(BaseCallbackHandler):
    """Counts what compactions tell a trace."""

    def __init__(self):
        self.told = []

    def on_custom_event(self, name, data, **_):
        if name == "holdfast.compaction":
            self.told.append(data)


PARTS = 20
DECISIONS = [f"Decision {n}: not by way of place {n}." for n in range(PARTS)]


def part(number):
    """Return what a specialist does for one part: eight looks, a decision, a booking."""
    looks = [tool_call("look", at=f"place {number}.{k}") for k in range(8)]
    decides = tool_call("record_decision", decision=DECISIONS[number])
    return [*looks, decides, tool_call("book", flight=f"LH{number}"), f"Part {number}. {TEXT}"]


@pytest.fixture(scope="module")
def long_run():
    """A run of 20 tasks, in which supervisor and specialist say more than 400 messages."""
    worker = script(reply for number in range(PARTS) for reply in part(number))
    supervisor = script([*(handoff("desk", f"Do part {n}. {TEXT}") for n in range(PARTS)), "Done."])
    tools = [look, book, decision_tool("desk")]
    one = Specialist("desk", worker, tools=tools, compaction=Compaction(tokens=2_800, keep=3))
    terms = {"guards": FREE, "pins": [RULE], "compaction": Compaction(tokens=3_600, keep=3)}
    counting = Counting()
    config = {"recursion_limit": 2_000, "callbacks": [counting]}
    out = agency(supervisor, one, **terms).compile().invoke(go(GOAL), config)
    return out, worker, supervisor, counting.told


def test_the_long_run_is_long_and_compacted_more_than_ten_times(long_run):
    out, worker, supervisor, told = long_run
    assert out["ending"] == "completed"
    answers = len(prompts(worker)) + len(prompts(supervisor))
    results = PARTS * 10 + PARTS
    assert answers + results > 400
    assert len(told) >= 10
    assert len(summaries(worker)) + len(summaries(supervisor)) >= 3
    assert not any(one["why"] for one in told)


def test_goal_rules_and_decisions_survive_ten_compactions_of_400_messages(long_run):
    out, worker, supervisor, _ = long_run
    assert [one["text"] for one in out["pins"]["decisions"]] == DECISIONS
    for model, calls in ((worker, 11), (supervisor, 1)):
        for number, prompt in enumerate(prompts(model)):
            assert f"<goal>\n{GOAL}\n</goal>" in prompt
            assert f"- {RULE}" in prompt
            for decision in DECISIONS[: number // calls]:
                assert f"- {decision} (desk)" in prompt


def test_each_prompt_of_the_long_run_is_whole_and_fits(long_run):
    _, worker, supervisor, _ = long_run
    for model, most in ((worker, 2_800), (supervisor, 3_600)):
        for call in model.calls:
            whole(call.messages)
            assert sum(len(message.text) for message in call.messages) / 4 <= most


def test_what_is_done_survives_the_long_run(long_run):
    out, _, supervisor, _ = long_run
    assert len(out["ledger"]["done"]) == PARTS
    for number in range(PARTS):
        line = f'- book({{"flight":"LH{number}"}}) -> booked LH{number}'
        assert line in prompts(supervisor)[-1]


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
