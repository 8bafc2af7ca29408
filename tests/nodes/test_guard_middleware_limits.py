"""Limits inside `create_agent`: asked before each call, and not reset by an interrupt."""

from contextlib import closing

import pytest
from holdfast.drills import ScriptedModel, tool_call, tool_calls
from holdfast.guards import Budget, LoopGuard, Price
from holdfast.nodes import Accounts, GuardMiddleware, MemoryBackend, SqliteBackend
from langchain.agents.middleware import (
    HumanInTheLoopMiddleware,
    ModelCallLimitMiddleware,
    ModelRetryMiddleware,
    ToolCallLimitMiddleware,
)
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

from .agents import GO, Agent, answers, bare, guarded, last, look, looking, run, spent

APPROVED = Command(resume={"decisions": [{"type": "approve"}]})
APPROVAL = HumanInTheLoopMiddleware({"look": True})


def approved(agent, times, saver=None, **thread):
    """Run an agent whose every call a person approves, up to some times; return its state."""
    saver = saver or InMemorySaver()
    config = {"configurable": {"thread_id": "1", **thread}}
    state = agent.compile(saver).invoke(GO, config)
    for _ in range(times):
        if "__interrupt__" not in state:
            break
        state = agent.compile(saver).invoke(APPROVED, config)
    return state


def test_a_limit_on_model_calls_begins_anew_with_each_approval_bare():
    limit = ModelCallLimitMiddleware(run_limit=3)
    model = ScriptedModel(looking)
    approved(bare(model, beside=[APPROVAL, limit]), 10)
    assert len(model.calls) > 10


def test_a_limit_on_model_calls_holds_across_ten_approvals():
    model = ScriptedModel(looking)
    state = approved(guarded(model, Budget(model_calls=4), before=[APPROVAL]), 10)
    assert len(model.calls) == 4
    assert state["ending"] == "budget_stopped"


def test_a_limit_on_tool_calls_begins_anew_with_each_approval_bare():
    ran = []

    def look(at: str) -> str:
        """Look."""
        ran.append(at)
        return at

    limit = ToolCallLimitMiddleware(run_limit=2, exit_behavior="end")
    approved(bare(looking, tools=[look], beside=[APPROVAL, limit]), 8)
    assert len(ran) > 2


def test_a_limit_on_tool_calls_holds_across_ten_approvals():
    state = approved(guarded(looking, Budget(tool_calls=2), before=[APPROVAL]), 10)
    assert spent(state)["tool_calls"] == 2
    assert state["ending"] == "budget_stopped"


def test_ten_calls_in_one_turn_cannot_exceed_a_limit_on_tool_calls(play):
    ten = tool_calls(*(tool_call("look", at=f"place {n}") for n in range(10)))
    state = play(guarded([ten, "That is all."], Budget(tool_calls=4)), GO)
    assert spent(state)["tool_calls"] == 4
    assert sum(text.startswith("Not run.") for text in answers(state)) == 6


def test_the_reply_is_held_to_the_tokens_that_are_left(play):
    model = ScriptedModel(["x" * 4_000])
    state = play(guarded(model, Budget(tokens=100, longest_reply=1_000)), GO)
    assert spent(state)["tokens_in"] + spent(state)["tokens_out"] == 100
    assert len(last(state)) < 400


def test_a_callers_own_limit_on_a_reply_is_kept_when_it_is_smaller():
    from langchain.agents.middleware import wrap_model_call

    @wrap_model_call
    def short(request, handler):
        return handler(request.override(model_settings={"max_tokens": 5}))

    state = run(guarded(["x" * 4_000], Budget(tokens=100, longest_reply=1_000), before=[short]))
    assert spent(state)["tokens_out"] == 5


def test_a_call_for_which_nothing_is_left_is_not_made(play):
    model = ScriptedModel(["never said"])
    state = play(guarded(model, Budget(tokens=10)), GO)
    assert not model.calls
    assert state["ending"] == "budget_stopped"
    assert "used" in last(state)


def test_a_run_that_comes_near_its_limit_gets_a_last_word_without_tools(play):
    def policy(_, tools):
        return tool_call("look", at=f"place {len(tools)}") if tools else "Two places seen."

    model = ScriptedModel(policy)
    state = play(guarded(model, Budget(model_calls=3), LoopGuard(nudge=8, block=9, wrap_up=10,
        last=11)), GO)  # fmt: skip
    assert last(state) == "Two places seen."
    assert state["ending"] == "budget_stopped"
    assert [len(call.tools) for call in model.calls] == [1, 1, 0]


def test_the_next_turn_of_a_thread_has_a_limit_of_its_own(play):
    saver = InMemorySaver()
    agent = guarded(looking, Budget(model_calls=3))
    assert play(agent, GO, saver=saver)["ending"] == "budget_stopped"
    agent.model = ScriptedModel(["Hello again."])
    state = play(agent, {"messages": [("user", "And now?")]}, saver=saver)
    assert state["ending"] == "completed"
    assert spent(state)["model_calls"] == 1
    assert state["ledger"]["thread"]["model_calls"] == 4


def test_a_limit_of_a_thread_holds_over_its_turns():
    saver = InMemorySaver()
    agent = guarded(lambda _: "Hello.", Budget(model_calls=3, scope="thread"))
    endings = [run(agent, saver=saver, given={"messages": [("user", "Hi")]})["ending"]
        for _ in range(4)]  # fmt: skip
    assert endings == ["completed", "completed", "budget_stopped", "budget_stopped"]


@pytest.fixture(params=["memory", "sqlite"])
def backend(request, tmp_path):
    if request.param == "memory":
        yield MemoryBackend()
        return
    with closing(SqliteBackend(tmp_path / "a.db")) as made:
        yield made


def test_a_limit_of_a_day_holds_over_threads(backend):
    accounts = Accounts(backend, tenant=lambda config: config["configurable"]["thread_id"])
    agent = guarded(lambda _: "Hello.", Budget(model_calls=2, scope="day"), accounts=accounts)
    assert [run(agent, "ann")["ending"] for _ in range(3)][-1] == "budget_stopped"
    assert run(agent, "bob")["ending"] == "completed"


def test_each_retry_is_charged_when_the_guards_stand_behind_what_retries():
    model = ScriptedModel([TimeoutError("busy"), TimeoutError("busy"), "Hello."])
    retry = ModelRetryMiddleware(max_retries=2, initial_delay=0, jitter=False)
    state = run(guarded(model, Budget(model_calls=9), before=[retry]))
    assert spent(state)["model_calls"] == 3
    assert last(state) == "Hello."


def test_a_limit_on_model_calls_misses_retries_bare():
    model = ScriptedModel([TimeoutError("busy"), TimeoutError("busy"), "Hello."])
    retry = ModelRetryMiddleware(max_retries=2, initial_delay=0, jitter=False)
    state = run(bare(model, beside=[retry, ModelCallLimitMiddleware(run_limit=1)]))
    assert last(state) == "Hello."
    assert len(model.calls) == 3


def test_waiting_for_a_person_costs_no_seconds():
    hour = 3_600.0
    times = iter([n * 1.0 for n in range(1_000)])
    waits = iter([hour] * 3)
    passed = [0.0]

    def clock():
        return next(times) + passed[0]

    def middleware():
        return [APPROVAL, GuardMiddleware([Budget(seconds=120)], clock=clock)]

    agent = Agent(ScriptedModel([tool_call("look", at=f"{n}") for n in range(3)] + ["Done."]),
        [look], middleware)  # fmt: skip
    saver, config = InMemorySaver(), {"configurable": {"thread_id": "1"}}
    state = agent.compile(saver).invoke(GO, config)
    while "__interrupt__" in state:
        passed[0] += next(waits)
        state = agent.compile(saver).invoke(APPROVED, config)
    assert state["ending"] == "completed"
    assert spent(state)["waited"] >= 3 * hour
    assert spent(state)["waited"] < 3 * hour + 60


def test_usd_are_charged_by_the_price_of_the_model():
    prices = {"scripted": Price(tokens_in=0, tokens_out=1_000_000)}
    state = run(guarded(["x" * 40], Budget(usd=100.0, prices=prices)))
    assert spent(state)["usd"] == 10.0
