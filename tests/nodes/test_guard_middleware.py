"""What bare `create_agent` lets happen, and what it does with `GuardMiddleware`."""

import pytest
from holdfast.drills import ScriptedModel, tool_call, tool_calls
from holdfast.guards import Budget, GuardConfigError, tool_facts
from holdfast.nodes import GuardMiddleware
from langchain_core.messages import AIMessage
from langgraph.errors import GraphRecursionError

from .agents import GO, UNREADABLE, Agent, answers, bare, guarded, last, look, run, said, spent


def again(_):
    return tool_call("look", at="home")


def no_such_tool(_):
    return tool_call("lok", at="home")


UNREAD = AIMessage("", invalid_tool_calls=[UNREADABLE])


def test_a_run_that_goes_well_is_as_it_is_without_guards(play):
    replies = [tool_call("look", at="home"), "Nothing is at home."]
    state = play(guarded(replies), GO)
    assert said(state) == said(run(bare(replies)))
    assert state["ending"] == "completed"
    assert state["ledger"]["n"] == 3


def test_the_same_call_goes_on_to_the_recursion_limit_bare():
    with pytest.raises(GraphRecursionError):
        run(bare(again), limit=30)


def test_the_same_call_is_nudged_then_blocked_then_wrapped_up(play):
    state = play(guarded(again), GO)
    assert state["ending"] == "loop_stopped"
    assert spent(state)["tool_calls"] == 2
    assert spent(state)["model_calls"] < 10
    assert answers(state)[2].startswith("Not run. The call of look would be made 3 times")
    actions = [verdict["action"] for verdict in state["verdicts"] if verdict["guard"] == "loop"]
    assert actions[0] == "nudge"
    assert actions[1] == "block"
    assert "wrap_up" in actions


def test_a_tool_that_does_not_exist_is_asked_for_to_the_recursion_limit_bare():
    with pytest.raises(GraphRecursionError):
        run(bare(no_such_tool), limit=30)


def test_a_tool_that_does_not_exist_is_answered_with_the_nearest_and_soon_ends_the_run(play):
    state = play(guarded(no_such_tool), GO)
    assert answers(state)[0] == "Not run. There is no tool 'lok'; the nearest are: look."
    assert state["ending"] == "loop_stopped"
    assert spent(state)["model_calls"] < 10


def test_calls_that_cannot_be_read_are_taken_for_the_answer_bare():
    state = run(bare([UNREAD, "Nothing is at home."]))
    assert [kind for kind, _ in said(state)] == ["human", "ai"]


def test_calls_that_cannot_be_read_are_told_back(play):
    state = play(guarded([UNREAD, "Nothing is at home."]), GO)
    assert answers(state)[0].startswith("Not run. The call of 'look' cannot be read")
    assert last(state) == "Nothing is at home."
    assert state["ending"] == "completed"


def test_a_model_whose_calls_can_never_be_read_is_stopped(play):
    state = play(guarded(lambda _: UNREAD), GO)
    assert state["ending"] in ("tool_failed", "loop_stopped", "escalated")
    assert spent(state)["model_calls"] < 10


def test_an_empty_reply_is_taken_for_the_answer_bare():
    assert last(run(bare(["", "Nothing is at home."]))) == ""


def test_an_empty_reply_is_told_back(play):
    state = play(guarded(["", "Nothing is at home."]), GO)
    assert said(state) == [("human", "Go."), ("ai", "Nothing is at home.")]
    assert state["ending"] == "completed"
    assert spent(state)["model_calls"] == 2


def test_a_model_that_says_nothing_is_told_so_a_bounded_number_of_times(play):
    state = play(guarded(lambda _: "", attempts=3), GO)
    assert state["ending"] == "failed"
    assert spent(state)["model_calls"] == 4
    assert "the reply was empty" in last(state)


@pytest.mark.parametrize(
    ("content", "ending"),
    [
        pytest.param([{"type": "text", "text": ""}], "failed", id="a block without words"),
        pytest.param([{"type": "reasoning", "reasoning": "Hm."}], "failed", id="thoughts alone"),
        pytest.param([{"type": "image", "url": "x"}], "completed", id="a picture"),
    ],
)
def test_an_answer_may_be_other_than_words(content, ending):
    assert run(guarded([AIMessage(content)], attempts=0))["ending"] == ending


def book(seat: str) -> str:
    """Book a seat."""
    return f"booked {seat}"


@pytest.mark.parametrize(
    ("args", "answer"),
    [
        pytest.param({"seat": "4A", "clas": "first"}, "there is no argument 'clas'", id="extra"),
        pytest.param({}, "'seat' is missing", id="missing"),
        pytest.param({"seat": {"row": 4}}, "'seat' must be string", id="invalid"),
    ],
)
def test_arguments_that_do_not_fit_are_answered_with_the_signature(args, answer):
    call = AIMessage("", tool_calls=[{"name": "book", "args": args, "id": "b"}])
    state = run(guarded([call, "Sorry."], tools=[book]))
    assert answer in answers(state)[0]
    assert "Use book(seat: string)." in answers(state)[0]
    assert spent(state)["tool_calls"] == 0


def test_extra_arguments_are_dropped_in_silence_bare():
    state = run(bare([tool_call("book", seat="4A", clas="first"), "Done."], tools=[book]))
    assert answers(state) == ["booked 4A"]


def test_of_several_calls_only_the_blocked_ones_are_answered_and_the_others_run(play):
    replies = [tool_calls(tool_call("lok", at="a"), tool_call("look", at="b")), "Done."]
    state = play(guarded(replies), GO)
    assert answers(state) == [
        "Not run. There is no tool 'lok'; the nearest are: look.",
        "nothing at b",
    ]
    calls = [[call["name"] for call in m.tool_calls] for m in state["messages"] if m.type == "ai"]
    assert calls == [["lok"], ["look"], []]


def broken(at: str) -> str:
    """Look at something."""
    raise ConnectionError("password=hunter2 refused by db.local")


def test_a_tool_that_raises_kills_the_run_bare():
    with pytest.raises(ConnectionError, match="hunter2"):
        run(bare([tool_call("broken", at="home"), "Sorry."], tools=[broken]))


def test_a_tool_that_raises_becomes_a_message_without_secrets(play):
    state = play(guarded([tool_call("broken", at="home"), "Sorry."], tools=[broken]), GO)
    assert "the service behind it failed (ConnectionError)" in answers(state)[0]
    assert "hunter2" not in str(state["messages"])
    assert [step["error"] for step in state["ledger"]["recent"]] == [None, "dependency", None]


def test_a_tool_that_keeps_failing_is_no_longer_called(play):
    ran = []

    def fails(at: str) -> str:
        """Look at something."""
        ran.append(at)
        raise ValueError(f"no {at}")

    state = play(
        guarded(lambda m: tool_call("fails", at=f"place {len(m)}"), tools=[fails], human=False), GO
    )
    assert len(ran) == 5
    assert state["ending"] in ("escalated", "tool_failed", "loop_stopped")


def test_a_completed_change_is_in_the_ledger(play):
    booking = tool_facts(book, effects=True)
    state = play(guarded([tool_call("book", seat="4A"), "Done."], tools=[booking]), GO)
    assert [item["tool"] for item in state["ledger"]["done"].values()] == ["book"]


def test_the_guards_need_no_node_in_a_turn():
    names = set(guarded(["Hello."]).compile().get_graph().nodes)
    assert names - {"__start__", "__end__"} == {"GuardMiddleware.before_agent", "model", "tools"}


def test_a_policy_for_a_guard_that_is_not_there_is_refused():
    with pytest.raises(GuardConfigError, match="no such guard"):
        GuardMiddleware([Budget(steps=3)], policy={"loop": "stop"})


def test_a_negative_number_of_attempts_is_refused():
    with pytest.raises(GuardConfigError, match="use at least 0"):
        GuardMiddleware(attempts=-1)


def test_a_model_that_raises_is_raised_and_what_it_cost_is_charged_on_resume():
    model = ScriptedModel([TimeoutError("busy"), "Hello."])
    from langgraph.checkpoint.memory import InMemorySaver

    app = Agent(model, [look], lambda: [GuardMiddleware()]).compile(InMemorySaver())
    thread = {"configurable": {"thread_id": "1"}}
    with pytest.raises(TimeoutError):
        app.invoke(GO, thread)
    state = app.invoke(None, thread)
    assert spent(state)["model_calls"] == 2
    assert [step["error"] for step in state["ledger"]["recent"]] == ["dependency", None]
