"""All that happens in a run is in its trace, with its evidence, and is seen wherever one looks."""

import json

import pytest
from holdfast.cli import app as command
from holdfast.traces import Store
from holdfast.traces.viewing import StoredTrace
from typer.testing import CliRunner

from tests.traces.story import ANSWER, GRANT, RAW, THOUGHT, record_story


class Told:
    """What a store has of the story's two runs: the one that asked, and the one that went on."""

    def __init__(self, folder, *, is_async):
        self.path = folder / "traces.db"
        self.app, self.out = record_story(self.path, is_async=is_async)
        with Store(self.path, read_only=True) as store:
            self.runs = [StoredTrace.of(store, each) for each in store.traces()][::-1]
            self.replies = [
                reply for run in self.runs for span in run.spans if span.kind == "model"
                for reply in run.replies(span)
            ]  # fmt: skip

    def of_kind(self, kind):
        return [event for run in self.runs for event in run.events if event.kind == kind]

    def shown(self, which, *more):
        run = self.runs[which].trace.id
        found = CliRunner().invoke(
            command, ["trace", "show", run, "--store", str(self.path), *more]
        )
        assert found.exit_code == 0, found.output
        return found.output


@pytest.fixture(scope="module", params=[False, True], ids=["sync", "async"])
def told(request, tmp_path_factory):
    return Told(tmp_path_factory.mktemp("story"), is_async=request.param)


def test_the_story_is_one_thread_of_two_runs(told):
    assert [run.trace.status for run in told.runs] == ["interrupt", "ok"]
    assert {run.trace.thread for run in told.runs} == {"t1"}
    assert (told.out["ending"], told.out["messages"][-1].text) == ("completed", ANSWER)


def test_verdicts_are_there_with_their_evidence(told):
    found = [
        (event.name, event.data["kind"], event.data["action"]) for event in told.of_kind("verdict")
    ]
    assert found == [
        ("tool_call", "failing_tool", "nudge"),
        ("breaker", "open", "nudge"),
        ("repair", "off_schema", "nudge"),
        ("budget", "model_calls", "nudge"),
        ("grounding", "unsupported_answer", "nudge"),
        ("budget", "model_calls", "escalate"),
    ]
    failing, *_, grounding, _ = told.of_kind("verdict")
    assert len(failing.data["steps"]) == 3
    assert grounding.data["spans"]


def test_budgets_say_what_was_used_when_they_warned_asked_and_were_granted(told):
    numbers = {"measure": "model_calls", "scope": "run", "held": 0, "limit": 10}
    assert [(event.name, dict(event.data)) for event in told.of_kind("budget")] == [
        ("warning", {**numbers, "used": 8}),
        ("escalate", {**numbers, "used": 9}),
        ("grant", {"model_calls": 1.0, "use": {**numbers, "used": 9}}),
    ]


def test_a_breaker_opens_asks_by_a_probe_and_closes(told):
    found = told.of_kind("breaker")
    assert [event.data["state"] for event in found] == ["open", "half_open", "closed"]
    assert {event.name for event in found} == {"gds"}
    assert "BusyError" in found[0].data["why"]


def test_a_repair_says_what_was_written_and_what_was_made_of_it(told):
    asked_again, repaired = told.of_kind("repair")
    assert (asked_again.data["outcome"], asked_again.data["preview"]) == (
        "asked_again", "I found LH1.",
    )  # fmt: skip
    assert repaired.data["outcome"] == "repaired"
    assert repaired.data["preview"] == " ".join(RAW.split())
    assert json.loads(repaired.data["repaired"]) == {"id": "LH1", "to": "Lisbon", "price": 100.0}
    assert repaired.data["edits"]


def test_every_step_of_the_ledger_is_told_once(told):
    found = [(event.data["kind"], event.name) for event in told.of_kind("step")]
    kept = [(step["kind"], step["name"]) for step in told.out["ledger"]["recent"]]
    assert sorted(found) == sorted(kept)


def test_a_question_its_answer_and_the_checkpoint_between_them_are_one_thread(told):
    (question,) = told.of_kind("escalation")
    assert (question.data["guard"], question.data["kind"]) == ("budget", "model_calls")
    assert [dict(event.data) for event in told.of_kind("answer")] == [
        {"resume": GRANT}, {"decision": "continue"},
    ]  # fmt: skip
    first, second = (run.spans[0].metadata for run in told.runs)
    assert first["holdfast_waits_at"] == second["holdfast_went_on_from"]
    at = first["holdfast_waits_at"]["checkpoint"]
    config = {"configurable": {"thread_id": "t1", "checkpoint_id": at}}
    assert told.app.get_state(config).next == ("human",)


def test_a_retry_is_a_further_attempt(told):
    tries = [span for span in told.runs[0].spans if (span.kind, span.name) == ("node", "flaky")]
    assert [(span.attempt, span.status) for span in tries] == [(1, "error"), (2, "ok")]
    assert [event.data["attempt"] for event in told.of_kind("retry")] == [2]


def test_what_a_model_thought_is_kept(told):
    assert told.replies[-1]["content"][0] == {"type": "thinking", "thinking": THOUGHT}


def test_a_guard_that_passed_is_counted_on_the_node_it_judged_in(told):
    passed = {
        guard: span.name
        for run in told.runs
        for span in run.spans
        for guard, what in span.metadata.get("holdfast_passed", {}).items()
        if "answers" in what
    }
    assert passed == {"grounding": "check"}
    counts = [
        span.metadata["holdfast_passed"]["loop"] for span in told.runs[0].spans
        if span.name == "tools" and span.kind == "node"
    ]  # fmt: skip
    assert counts == [{"calls": 1, "runs": 1}] * 5


IN_THE_FIRST = [
    "failing_tool", "BusyError", "state half_open", "state closed", "attempt 2",
    "outcome repaired, raw ```json", '{"id":"LH1","to":"Lisbon","price":100.0}', "step finder",
    "budget warning", "used 8, held 0, limit 10", "unsupported_answer", "waits at checkpoint",
    "on #2, #4, #6", "passed loop (1 call, 1 run)", "asks 9 of 10 model calls used",
    "waits for a person",
]  # fmt: skip
IN_THE_SECOND = [
    "budget grant model_calls 1.0, measure model_calls", "answer continue",
    "went on from checkpoint", f"thought: {THOUGHT}", "passed grounding (1 answer, score",
]  # fmt: skip


def test_all_of_it_is_seen_in_a_terminal(told):
    for which, words in enumerate((IN_THE_FIRST, IN_THE_SECOND)):
        text = " ".join(told.shown(which).replace("│", " ").split())
        assert [word for word in words if word not in text] == []
    assert text.count("answer resume") == 1


def test_all_of_it_is_in_the_json(told):
    first, second = (json.loads(told.shown(which, "--json", "--full")) for which in (0, 1))
    kinds = {event["kind"] for span in first["spans"] for event in span["events"]}
    assert kinds == {"breaker", "repair", "budget", "interrupt", "escalation", "retry"}
    assert {event["kind"] for span in second["spans"] for event in span["events"]} == {
        "answer", "budget",
    }  # fmt: skip
    steps = [step for run in (first, second) for span in run["spans"] for step in span["steps"]]
    assert len(steps) == len(told.of_kind("step"))
    assert first["spans"][0]["waits_at"] == second["spans"][0]["went_on_from"]
    failing, *_ = [verdict for span in first["spans"] for verdict in span["verdicts"]]
    assert failing["evidence"] == [2, 4, 6]
    assert any("passed" in span for span in second["spans"])
    assert THOUGHT in json.dumps(second)
    assert second["events"] == []


def test_all_of_it_is_on_the_page(told, tmp_path):
    first, second = (told.shown(which, "--html", "-") for which in (0, 1))
    for word in (
        "failing_tool", "half_open", "attempt 2", "I found LH1.", "budget warning",
        "unsupported_answer", "waits at checkpoint", "passed", "BusyError", "step finder",
        "on #2, #4, #6",
    ):  # fmt: skip
        assert word in first
    for word in ("budget grant", "went on from checkpoint", THOUGHT, "grounding (1 answer"):
        assert word in second
