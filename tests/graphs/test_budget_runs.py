"""One budget for a whole run: durable, granted again, wrapped up, and over when the run is."""

import pytest
from holdfast.drills import ScriptedModel, tool_call
from holdfast.graphs import AgentState, supervised_graph
from holdfast.guards import BackendError, Budget, LoopGuard
from holdfast.nodes import Accounts, MemoryBackend, Specialist
from langchain_core.caches import InMemoryCache
from langchain_core.messages import AIMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command, interrupt

FREE = LoopGuard(nudge=40, block=41, wrap_up=42, last=43, stale=90)
GO = {"messages": [("user", "Go.")]}
THREAD = {"configurable": {"thread_id": "1"}}


def look(at: str) -> str:
    """Look at something."""
    return f"nothing at {at}"


def where(at: str) -> str:
    """Ask a person where it is."""
    return interrupt(f"Where is {at}?")


def for_ever(messages, tools):
    """Hand over, and in the helper's place look at one thing after the other."""
    if not tools:
        return "That is all."
    name = next(iter(tools))
    if name == "handoff":
        return tool_call("handoff", to="helper", task="Look.")
    return tool_call(name, at=f"place {len(messages)}")


def team(*guards, policy=for_ever, tool=look, human=False, **given):
    """Return the graph of a team of two that never come to an end, and their model."""
    model = policy if isinstance(policy, ScriptedModel) else ScriptedModel(policy)
    helper = Specialist("helper", model, tools=[tool])
    graph = supervised_graph(
        AgentState, supervisor=model, specialists=[helper], guards=[FREE, *guards], human=human,
        **given,
    )  # fmt: skip
    return graph, model


def test_a_budget_is_not_reset_by_ten_interrupts():
    graph, model = team(Budget(model_calls=14), tool=where)
    app, given = graph.compile(InMemorySaver()), GO
    for _ in range(10):
        app.invoke(given, THREAD)
        assert app.get_state(THREAD).next
        given = Command(resume="nowhere")
    while app.get_state(THREAD).next:
        out = app.invoke(given, THREAD)
    assert out["ledger"]["spent"]["model_calls"] == len(model.calls) <= 14
    assert out["ending"] == "budget_stopped"


def test_an_escalated_budget_is_granted_in_part_by_a_person():
    model = ScriptedModel(for_ever)
    helper = Specialist("helper", model, tools=[look])
    graph = supervised_graph(
        AgentState, supervisor=model, specialists=[helper], guards=[FREE, Budget(model_calls=6)],
        policy={"budget": "escalate"},
    )  # fmt: skip
    app = graph.compile(InMemorySaver())
    app.invoke(GO, THREAD)
    before = len(model.calls)
    app.invoke(Command(resume={"decision": "continue", "grant": {"model_calls": 0.5}}), THREAD)
    assert (before, len(model.calls)) == (5, 8)
    out = app.invoke(Command(resume={"decision": "abort"}), THREAD)
    assert out["ending"] == "aborted"


def test_the_next_run_of_a_thread_begins_with_nothing_spent(play):
    saver = InMemorySaver()
    graph, _ = team(Budget(model_calls=6))
    assert play(graph, GO, saver=saver)["ending"] == "budget_stopped"
    graph, _ = team(Budget(model_calls=6), policy=lambda _: "Hello again.")
    state = play(graph, GO, saver=saver)
    assert state["ending"] == "completed"
    assert state["ledger"]["spent"]["model_calls"] == 1


def test_a_limit_of_a_thread_holds_over_its_runs(play):
    saver = InMemorySaver()
    budget = Budget(model_calls=3, scope="thread")
    endings = []
    for _ in range(4):
        graph, model = team(budget, policy=lambda _: "Hello.")
        endings.append(play(graph, GO, saver=saver)["ending"])
    assert endings[:2] == ["completed", "completed"]
    assert endings[-1] == "budget_stopped"
    assert not model.calls


def test_the_last_word_is_kept_and_so_is_what_was_done(play):
    graph, _ = team(Budget(model_calls=6))
    state = play(graph, GO)
    assert any("That is all." in message.text for message in state["messages"])
    assert state["ledger"]["spent"]["tool_calls"] > 0


def test_a_last_word_for_which_the_conversation_is_too_long_is_asked_for_in_short():
    def talkative(messages, tools):
        if not tools:
            return "In short."
        return for_ever(messages, tools)

    def page(at: str) -> str:
        """Read a page."""
        return "words " * 400

    graph, model = team(Budget(tokens=3_000, warn=0.5, wrap_up=0.6), policy=talkative, tool=page)
    out = graph.compile().invoke(GO)
    assert out["ending"] == "budget_stopped"
    last = [call for call in model.calls if not call.tools]
    assert any("What was done:" in call.messages[-1].text for call in last)
    spent = out["ledger"]["spent"]
    assert spent["tokens_in"] + spent["tokens_out"] <= 3_000


def test_a_reply_without_usage_is_estimated_and_marked_so():
    graph, _ = team(Budget(tokens=50_000), policy=ScriptedModel(["Hello there."], usage=False))
    out = graph.compile().invoke(GO)
    spent = out["ledger"]["spent"]
    assert spent["tokens_out"] == 3
    assert spent["estimated"] == spent["tokens_in"] + spent["tokens_out"]


def test_a_reply_out_of_a_cache_costs_no_tokens():
    cache = InMemoryCache()
    totals = []
    for _ in range(2):
        model = ScriptedModel(["Hello."], cache=cache)
        graph, _ = team(Budget(tokens=50_000), policy=model)
        totals.append(graph.compile().invoke(GO)["ledger"]["spent"])
    assert totals[0]["tokens_in"] > 0
    assert (totals[1]["tokens_in"], totals[1]["tokens_out"]) == (0, 0)


class Down(MemoryBackend):
    """A backend that nobody can reach."""

    def update(self, key, change):
        raise BackendError("no route to the backend")


@pytest.mark.parametrize(
    ("on_failure", "calls", "ending"), [("closed", 0, "escalated"), ("open", 1, "completed")]
)
def test_a_setting_decides_what_happens_when_the_account_cannot_be_reached(
    on_failure, calls, ending
):
    accounts = Accounts(Down(), on_failure=on_failure)
    budget = Budget(model_calls=5, scope="day")
    graph, model = team(budget, policy=lambda _: AIMessage("Hello."), accounts=accounts)
    out = graph.compile().invoke(GO)
    assert (len(model.calls), out["ending"]) == (calls, ending)
    if on_failure == "open":
        skips = [v["reason"] for v in out["verdicts"] if v["outcome"] == "skip"]
        assert any("nobody said what was spent in this day" in reason for reason in skips)


def test_tenants_and_months_have_accounts_of_their_own():
    now = [1_700_000_000.0]
    accounts = Accounts(MemoryBackend(), tenant=lambda config: config["configurable"]["tenant"])
    budget = Budget(model_calls=1, scope="month", wrap_up=1, warn=1)
    graph, _ = team(budget, policy=lambda _: "Hi.", accounts=accounts, clock=lambda: now[0])
    app = graph.compile()

    def ending(tenant):
        return app.invoke(GO, {"configurable": {"tenant": tenant}})["ending"]

    assert [ending("ann"), ending("ann"), ending("bob")] == [
        "completed", "budget_stopped", "completed",
    ]  # fmt: skip
    now[0] += 40 * 86_400
    assert ending("ann") == "completed"
