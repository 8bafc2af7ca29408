"""What must not be forgotten is not: a long run, compacted again and again."""

import pytest
from holdfast.drills import tool_call
from holdfast.nodes import Compaction, Specialist, decision_tool
from langchain_core.callbacks import BaseCallbackHandler

from .long_talk import FREE, GOAL, RULE, TEXT, book, look, prompts, script, summaries, whole
from .team import agency, go, handoff


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
    terms = {"guards": FREE, "pins": [RULE], "compaction": Compaction(tokens=3_450, keep=3)}
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
    for model, most in ((worker, 2_800), (supervisor, 3_450)):
        for call in model.calls:
            whole(call.messages)
            assert sum(len(message.text) for message in call.messages) / 4 <= most


def test_what_is_done_survives_the_long_run(long_run):
    out, _, supervisor, _ = long_run
    assert len(out["ledger"]["done"]) == PARTS
    for number in range(PARTS):
        line = f'- book({{"flight":"LH{number}"}}) -> booked LH{number}'
        assert line in prompts(supervisor)[-1]
