"""A tool call with effects is made once, wherever the process dies."""

import pytest
from holdfast.guards import tool_facts
from holdfast.guards.ledger import Call
from holdfast.nodes import idempotency_key
from holdfast.nodes.told import ask_unknown
from langchain_core.messages import HumanMessage
from langgraph.types import Command, interrupt

from .mortal import DeadError, Life, MortalSaver, World
from .recorded import CONFIG, GIVEN, GRAPHS, ONE, app_of, go, records, refund_of, writes


def live(graph, world, saver, ticks, awaited=False, durability="sync"):
    """Run, or go on with, a thread in a process that dies after some ticks; None: it has died."""
    world.life = saver.life = Life(ticks)
    app = app_of(graph, refund_of(world), saver)
    begun = saver.get_tuple(CONFIG) is not None
    try:
        return go(app, None if begun else GIVEN, awaited, durability)
    except DeadError:
        return None


def whole_life(graph, durability):
    world, saver = World(), MortalSaver()
    assert live(graph, world, saver, None, durability=durability) is not None
    return saver.life.count


KNOWN = {(1, None), (1, "unknown"), (0, "unknown")}
"""How often a refund was made, beside the error that the model is told."""


@pytest.mark.parametrize(
    ("awaited", "durability"),
    [
        pytest.param(False, "sync", id="sync code"),
        pytest.param(False, "async", id="sync code that is ahead of its checkpoints"),
        pytest.param(True, "async", id="async code that is"),
    ],
)
@pytest.mark.parametrize("graph", GRAPHS)
def test_wherever_the_process_dies_no_call_is_made_twice_and_none_is_lost(
    graph, durability, awaited
):
    told = set()
    for ticks in range(0, whole_life(graph, durability) + 1, 4 if graph == "team" else 1):
        world, saver = World(), MortalSaver()
        out = live(graph, world, saver, ticks, awaited, durability)
        out = out or live(graph, world, saver, None, awaited, durability)
        found = answers(out)
        told |= {(world.done.count(order), found[f"c{order}"]) for order in (7, 8)}
    assert told <= KNOWN if graph == "team" else told == KNOWN


def answers(out):
    """Return the error of each call of a tool, by its id; None: it succeeded."""
    steps = [step for step in out["ledger"]["recent"] if step["name"] == "refund"]
    assert out["ledger"]["spent"]["tool_calls"] == len(steps) == 2
    return {step["call_id"]: step["error"] for step in steps}


# What becomes of a call that nobody knows the outcome of


@pytest.fixture(params=GRAPHS)
def graph(request):
    return request.param


@pytest.fixture(params=[False, True], ids=["sync code", "async code"])
def awaited(request):
    return request.param


def cut_off(graph, tool, world, awaited=False):
    """Return the saver of a run whose process died right after its refund."""
    saver = MortalSaver()
    saver.life, world.last = world.life, 7
    with pytest.raises(DeadError):
        go(app_of(graph, tool, saver), ONE, awaited)
    assert world.done == [7]
    saver.life = world.life = Life()
    world.last = None
    return saver


def test_the_model_is_told_and_the_call_is_not_made_again(graph, awaited):
    world = World()
    tool = refund_of(world)
    saver = cut_off(graph, tool, world, awaited)
    out = go(app_of(graph, tool, saver), None, awaited)
    assert world.done == [7]
    [step] = [step for step in out["ledger"]["recent"] if step["kind"] == "tool"]
    assert step["error"] == "unknown"
    assert step["preview"].startswith("Outcome unknown. refund had begun when the process")
    assert out["ledger"].get("done", {}) == {}
    assert out["ledger"]["spent"]["tool_calls"] == 1


def test_a_service_that_knows_the_key_is_asked_again_with_the_same_one(graph, awaited):
    world = World()
    tool = refund_of(world, unknown="retry")
    saver = cut_off(graph, tool, world, awaited)
    out = go(app_of(graph, tool, saver), None, awaited)
    assert world.done == [7, 7]
    assert len(set(world.keys)) == 1
    assert [done["tool"] for done in out["ledger"]["done"].values()] == ["refund"]


def test_an_idempotent_tool_is_simply_run_again(graph):
    world = World()
    tool = refund_of(world, idempotent=True)
    saver = cut_off(graph, tool, world)
    go(app_of(graph, tool, saver), None)
    assert world.done == [7, 7]
    assert not records(saver)


ANSWERS = [
    pytest.param(
        {"decision": "respond", "message": "R-1 was paid"}, [7], None, "R-1 was paid", id="it did"
    ),
    pytest.param({"decision": "approve"}, [7, 7], None, "refunded 7", id="it did not happen"),
    pytest.param(
        {"decisions": [{"type": "respond", "message": "R-1 was paid"}]},
        [7],
        None,
        "R-1 was paid",
        id="it did happen",
    ),
    pytest.param(
        {"decision": "reject", "message": "Leave it to me."},
        [7],
        "unknown",
        "Leave it to me.",
        id="leave it",
    ),
]


@pytest.mark.parametrize(("answer", "done", "error", "said"), ANSWERS)
def test_a_person_is_asked_what_became_of_it(graph, awaited, answer, done, error, said):
    world = World()
    tool = refund_of(world, unknown="ask")
    saver = cut_off(graph, tool, world, awaited)
    out = go(app_of(graph, tool, saver), None, awaited)
    [question] = [found.value for found in out["__interrupt__"]]
    assert (question["type"], question["kind"]) == ("escalation", "unknown")
    assert question["review_configs"][0]["allowed_decisions"] == ["approve", "reject", "respond"]
    assert question["options"] == ["respond", "approve", "reject"]
    assert question["reason"] == (
        'Nobody knows whether refund took effect with the arguments {"order": 7}: the process '
        "died while the call was under way."
    )
    assert world.done == [7]
    out = go(app_of(graph, tool, saver), Command(resume=answer), awaited)
    assert world.done == done
    [step] = [step for step in out["ledger"]["recent"] if step["kind"] == "tool"]
    assert step["error"] == error
    assert said in told_of(out, saver)
    assert len(out["ledger"].get("done", {})) == (error is None)


def told_of(out, saver):
    """Return all that any agent of a run was told."""
    everything = [message.text for message in out["messages"]]
    for found in saver.list(CONFIG):
        values = found.checkpoint["channel_values"]
        everything += [m.text for m in values.get("messages") or [] if hasattr(m, "text")]
    for _, found in writes(saver):
        listed = found if isinstance(found, list) else [found]
        everything += [message.text for message in listed if hasattr(message, "text")]
    return " ".join(everything)


def test_questions_about_two_lost_calls_can_be_told_apart_and_hide_secrets():
    calls = [Call(name, "pay", {"order": name, "password": "hunter2"}) for name in ("A1", "A2")]
    one, other = map(ask_unknown, calls)
    assert one == other.replace("A2", "A1") != other
    assert "hunter2" not in one
    long = ask_unknown(Call("1", "pay", {"text": "x" * 10_000}))
    assert len(long) < 700


def test_a_wrong_answer_leaves_the_question_open(graph):
    world = World()
    tool = refund_of(world, unknown="ask")
    saver = cut_off(graph, tool, world)
    app = app_of(graph, tool, saver)
    go(app, None)
    with pytest.raises(ValueError, match="is no choice here"):
        go(app, Command(resume={"decision": "continue"}))
    assert go(app, Command(resume={"decision": "approve"}))["ledger"]["spent"]["tool_calls"] == 1
    assert world.done == [7, 7]


# What is not unknown


def test_a_tool_that_asks_a_person_is_run_again_with_the_answer(graph, awaited):
    asked = []

    def refund(order: int) -> str:
        """Refund an order."""
        asked.append(idempotency_key())
        return f"refunded {order}: {interrupt('Shall I?')}"

    tool = tool_facts(refund, effects=True)
    saver = MortalSaver()
    go(app_of(graph, tool, saver), ONE, awaited)
    out = go(app_of(graph, tool, saver), Command(resume="yes"), awaited)
    assert len(asked) == 2
    assert len(set(asked)) == 1
    [step] = [step for step in out["ledger"]["recent"] if step["kind"] == "tool"]
    assert (step["error"], step["preview"]) == (None, "refunded 7: yes")


def test_a_tool_that_fails_has_ended(graph, awaited):
    def refund(order: int) -> str:
        """Refund an order."""
        raise ValueError(f"there is no order {order}")

    saver = MortalSaver()
    go(app_of(graph, tool_facts(refund, effects=True), saver), ONE, awaited)
    assert sorted(record["state"] for record in records(saver)) == ["begun", "ended"]


def test_a_fork_makes_its_calls_anew_under_keys_of_its_own():
    world, saver = World(), MortalSaver()
    app = app_of("node", refund_of(world), saver)
    go(app, ONE)
    before = next(s for s in app.get_state_history(CONFIG) if s.next == ("tools",))
    app.invoke(None, before.config)
    assert world.done == [7, 7]
    assert len(set(world.keys)) == 2


@pytest.mark.parametrize("graph", ["agent", "team"])
def test_who_speaks_again_instead_of_resuming_leaves_no_call_without_an_answer(graph, awaited):
    world = World()
    tool = refund_of(world)
    saver = cut_off(graph, tool, world, awaited)
    seen = []
    app = app_of(graph, tool, saver, seen)
    go(app, {"messages": [HumanMessage("And now?")]}, awaited)
    assert seen
    assert all(is_whole(messages) for messages in seen)
    assert any("may have taken effect" in m.text for messages in seen for m in messages)


def is_whole(messages):
    answered = {message.tool_call_id for message in messages if message.type == "tool"}
    calls = [call for message in messages for call in getattr(message, "tool_calls", ())]
    return all(call["id"] in answered for call in calls)
