import pytest
from holdfast.guards import Call, RepeatGuard, ToolFacts, ToolSpec, make_step
from holdfast.guards.channel import extend_ledger, view
from holdfast.guards.digest import digest, digest_arguments
from holdfast.guards.messages import done_item, tool_step
from hypothesis import given
from hypothesis import strategies as st

BOOK = {"flight": "LH1"}


def did(tool="book", args=BOOK, said="booked LH1", actor="agent", call_id="c1"):
    call = Call(call_id, tool, args, actor)
    step = tool_step(call, said)
    return {"steps": [step], "done": [done_item(call, step)]}


def saw(tool="look", args=None, actor="agent"):
    return {"steps": [tool_step(Call("c0", tool, args or {}, actor), "nothing")]}


def begin():
    return {"begin": {"at": 0.0}}


def person(words):
    return {"steps": [make_step("human", "continue", actor="human", result=digest(words))]}


def told_once():
    text = "Not run. This was done already, before the user's last request: book."
    return {"steps": [tool_step(Call("c2", "book", BOOK), text, error="blocked")]}


def blocked(tool="book", args=BOOK):
    return {"steps": [tool_step(Call("c2", tool, args), "Not run.", error="blocked")]}


def handed(to="desk", task="book it", said="Booked.", error=None):
    args = digest_arguments({"task": task})
    return {"steps": [make_step("handoff", to, args=args, preview=said, error=error)]}


def judged(updates, *calls, guard=None, **facts):
    tools = {"book": ToolSpec("book", facts=ToolFacts(effects=True, **facts))}
    state = extend_ledger(None, [begin(), *updates])
    guard = guard or RepeatGuard()
    return guard.check(view(state, proposed=list(calls), tools=tools))


CALL = Call("c9", "book", BOOK)
TASK = Call("c9", "desk", {"task": "book it"}, kind="handoff")


@pytest.mark.parametrize(
    ("updates", "call", "outcome"),
    [
        pytest.param([], CALL, "pass", id="nothing is done"),
        pytest.param([did()], CALL, "trip", id="the same again"),
        pytest.param([did()], Call("c9", "book", {"flight": "LH2"}), "pass", id="another flight"),
        pytest.param([did()], Call("c9", "cancel", BOOK), "pass", id="another tool"),
        pytest.param([did(), person("Book it twice.")], CALL, "pass", id="a person has spoken"),
        pytest.param([did(), person("")], CALL, "trip", id="a person has said nothing"),
        pytest.param([person("Go."), did()], CALL, "trip", id="a person spoke before"),
        pytest.param([did(), begin()], CALL, "trip", id="an earlier run did it"),
        pytest.param([did(), begin(), told_once()], CALL, "pass", id="and the model was told"),
        pytest.param([did(), begin(), blocked()], CALL, "trip", id="and another guard blocked it"),
        pytest.param([did(), blocked()], CALL, "trip", id="told in the same run"),
        pytest.param([did(), begin(), told_once(), did()], CALL, "trip", id="done in this run too"),
        pytest.param([did(actor="desk"), handed()], TASK, "trip", id="a finished task"),
        pytest.param([saw(actor="desk"), handed()], TASK, "pass", id="a task that changed nothing"),
        pytest.param([did(actor="desk"), handed(task="x")], TASK, "pass", id="another task"),
        pytest.param(
            [did(actor="desk"), handed(error="dependency")], TASK, "pass", id="a task that failed"
        ),
        pytest.param(
            [did(actor="desk"), handed(), person("Again.")], TASK, "pass", id="a task wanted again"
        ),
        pytest.param(
            [did(actor="desk"), handed(), saw(actor="desk"), handed()], TASK, "pass",
            id="done again without a change",
        ),
        pytest.param([did(actor="desk"), handed(), begin()], TASK, "pass", id="a task before"),
        pytest.param(
            [did(actor="other"), handed("other", "x"), saw(actor="desk"), handed()],
            TASK, "pass", id="somebody else's change",
        ),
    ],
)  # fmt: skip
def test_what_is_done_is_not_done_again_unless_somebody_asks(updates, call, outcome):
    assert judged(updates, call)["outcome"] == outcome


@pytest.mark.parametrize("fact", ["idempotent", "free", "poller"])
def test_a_tool_that_may_be_repeated_is_let_through(fact):
    assert judged([did()], CALL, **{fact: True})["outcome"] == "pass"


def test_what_earlier_runs_did_can_be_left_alone():
    guard = RepeatGuard(earlier=False)
    assert judged([did(), begin()], CALL, guard=guard)["outcome"] == "pass"


def test_the_answer_is_the_recorded_line_with_its_result():
    verdict = judged([saw(), did()], CALL)
    assert (verdict["kind"], verdict["action"]) == ("already_done", "block")
    assert (verdict["steps"], verdict["calls"]) == ([2], ["c9"])
    assert (
        'step 2, and is not done again: book({"flight":"LH1"}) -> booked LH1.'
        in (verdict["reason"])
    )


def test_volatile_arguments_are_not_compared():
    tools = {
        "book": ToolSpec(
            "book",
            parameters={"type": "object", "properties": {"flight": {}, "at": {}}},
            facts=ToolFacts(effects=True, volatile=("at",)),
        )
    }
    state = extend_ledger(None, [begin(), did(args={**BOOK, "at": 1})])
    again = [Call("c9", "book", {**BOOK, "at": 2})]
    assert RepeatGuard().check(view(state, proposed=again, tools=tools))["outcome"] == "trip"


def test_other_arguments_beside_volatile_ones_are_compared():
    tools = {"book": ToolSpec("book", facts=ToolFacts(effects=True, volatile=("at",)))}
    state = extend_ledger(None, [begin(), saw(), did(args={"flight": "LH2", "at": 1})])
    again = [Call("c9", "book", {**BOOK, "at": 2})]
    assert RepeatGuard().check(view(state, proposed=again, tools=tools))["outcome"] == "pass"


def test_a_hand_off_without_words_of_its_own_is_no_repeat():
    call = Call("c9", "desk", {"task": ""}, kind="handoff")
    assert judged([did(actor="desk"), handed(task="")], call)["outcome"] == "pass"


def test_of_several_calls_only_the_repeated_one_is_named():
    other = Call("c8", "book", {"flight": "LH2"})
    assert judged([did()], other, CALL)["calls"] == ["c9"]


@given(st.integers(1, 300))
def test_however_long_ago_in_the_run_it_is_known(steps):
    assert judged([did(), *([saw()] * steps)], CALL)["steps"] == [1]


def test_a_run_that_proposes_nothing_passes():
    assert judged([did()])["outcome"] == "pass"
