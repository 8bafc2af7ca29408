import json
from dataclasses import FrozenInstanceError

import pytest
from holdfast.guards import (
    Call,
    Ledger,
    LoopGuard,
    MessageError,
    ToolCallGuard,
    ToolFacts,
    ToolSpec,
    make_step,
)
from holdfast.guards.ledger import Step, done_key, no_spend
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.load import dumpd
from langchain_core.messages import (
    AIMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
    message_to_dict,
)

BOOK = {"name": "book", "parameters": {}, "x-facts": {"effects": True}}


def openai_form(message):
    """Return a LangChain message as an OpenAI-style dict that says the same."""
    roles = {"human": "user", "ai": "assistant", "tool": "tool", "system": "system"}
    known = {"role": roles[message.type], "content": message.content, "id": message.id}
    if message.name:
        known["name"] = message.name
    if message.type == "tool":
        known |= {"tool_call_id": message.tool_call_id, "x_error": message.status == "error"}
    if message.type == "ai":
        known["tool_calls"] = [
            {
                "id": call["id"],
                "type": "function",
                "function": {"name": call["name"], "arguments": json.dumps(call["args"])},
            }
            for call in message.tool_calls
        ]
        if usage := message.usage_metadata:
            known["usage"] = {
                "prompt_tokens": usage["input_tokens"],
                "completion_tokens": usage["output_tokens"],
            }
    return known


FORMS = [
    pytest.param(openai_form, id="OpenAI's"),
    pytest.param(message_to_dict, id="LangChain's dicts"),
    pytest.param(dumpd, id="LangChain's dumps"),
    pytest.param(lambda message: json.loads(message.model_dump_json()), id="pydantic's JSON"),
]


def called(call_id, name="book", **args):
    return {"id": call_id, "name": name, "args": args}


RUN = [
    SystemMessage("Be kind.", id="m0"),
    HumanMessage("Book me to Rome.", id="m1"),
    AIMessage("Looking.", tool_calls=[called("c1", "search", to="Rome")], id="m2"),
    ToolMessage("LH1, 100 EUR", tool_call_id="c1", name="search", id="m3"),
    AIMessage(
        "",
        tool_calls=[called("c2", seat=1, flight="LH1"), called("c3", flight="LH2")],
        usage_metadata={"input_tokens": 50, "output_tokens": 9, "total_tokens": 59},
        name="booker",
        id="m4",
    ),
    ToolMessage("Booked.", tool_call_id="c2", name="book", id="m5"),
    ToolMessage("503 service unavailable", tool_call_id="c3", status="error", id="m6"),
    AIMessage("Booked on LH1.", id="m7"),
]


@pytest.mark.parametrize("form", FORMS)
def test_a_run_reads_the_same_in_every_form(form):
    assert Ledger.from_messages(list(map(form, RUN)), [BOOK]) == Ledger.from_messages(RUN, [BOOK])


def test_a_run_is_read_as_steps():
    read = Ledger.from_messages(RUN, [BOOK])
    assert [(s["n"], s["kind"], s["name"], s["actor"], s["error"]) for s in read.steps] == [
        (1, "model", "model", "agent", None),
        (2, "tool", "search", "agent", None),
        (3, "model", "model", "booker", None),
        (4, "tool", "book", "booker", None),
        (5, "tool", "book", "booker", "dependency"),
        (6, "model", "model", "agent", None),
    ]


def test_a_run_that_ends_with_an_answer_has_it():
    read = Ledger.from_messages(RUN)
    assert (read.answer, read.proposed) == ("Booked on LH1.", ())


def test_a_run_that_ends_with_calls_proposes_them():
    read = Ledger.from_messages(RUN[:3])
    assert read.answer is None
    assert read.proposed == (Call("c1", "search", {"to": "Rome"}, "agent"),)


def test_only_state_changing_calls_that_succeeded_are_done():
    read = Ledger.from_messages(RUN, [BOOK])
    assert [(item["tool"], item["n"], item["call_id"]) for item in read.done.values()] == [
        ("book", 4, "c2")
    ]
    assert list(read.done) == [done_key("book", {"flight": "LH1", "seat": 1})]
    assert [item["line"] for item in read.done.values()] == [
        'book({"flight":"LH1","seat":1}) -> Booked.'
    ]


def test_what_was_spent_is_read_or_estimated():
    spent = Ledger.from_messages(RUN).spent
    assert (spent["steps"], spent["model_calls"], spent["tool_calls"]) == (6, 3, 3)
    assert spent["tokens_in"] + spent["tokens_out"] - spent["estimated"] == 59
    assert spent["unpriced"] == spent["tokens_in"] + spent["tokens_out"]


def test_no_messages_are_an_empty_run():
    read = Ledger.from_messages([])
    assert (list(read.steps), read.spent, read.proposed, read.answer) == ([], no_spend(), (), None)


def test_an_item_that_is_no_message_is_refused():
    with pytest.raises(MessageError, match="is no message"):
        Ledger.from_messages([*RUN, {"text": "Hi"}])


@pytest.mark.parametrize(
    "tools",
    [
        pytest.param([BOOK], id="schemas"),
        pytest.param([ToolSpec.from_schema(BOOK)], id="specs"),
        pytest.param({"book": ToolSpec.from_schema(BOOK)}, id="specs by name"),
    ],
)
def test_tools_are_given_in_any_form(tools):
    assert Ledger.from_messages(RUN, tools).facts("book").effects


def test_of_a_tool_nobody_described_nothing_is_known():
    assert Ledger().facts("book") == ToolFacts()
    assert Ledger.from_messages(RUN, [BOOK]).facts("search") == ToolFacts()


def test_a_view_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        Ledger().answer = "Hi."


def test_a_step_has_every_field_and_what_is_known_of_it():
    step = make_step("tool", "book", usd=0.5)
    assert set(step) == set(Step.__annotations__)
    assert (step["kind"], step["name"], step["usd"], step["n"]) == ("tool", "book", 0.5, 0)


# Whole runs, as the guards see them


def turn(number, result="nothing", error=False, **args):
    status = "error" if error else "success"
    return [
        AIMessage("", tool_calls=[called(f"c{number}", "search", **args)]),
        ToolMessage(result, tool_call_id=f"c{number}", status=status),
    ]


def turns(count, **known):
    return [message for n in range(count) for message in turn(n, **known)]


@pytest.mark.parametrize(
    ("messages", "guard", "action"),
    [
        pytest.param(turns(2), LoopGuard(), "nudge", id="the same call twice"),
        pytest.param([*turns(2), turn(9)[0]], LoopGuard(), "block", id="proposed a third time"),
        pytest.param([*turns(4), turn(9, q=1)[0]], LoopGuard(), "none", id="a new call proposed"),
        pytest.param(
            [*turns(4), HumanMessage("Try again."), *turns(1)], LoopGuard(), "none", id="a new run"
        ),
        pytest.param(turns(3, error=True), ToolCallGuard(), "nudge", id="three failures"),
        pytest.param(
            [*turns(5, error=True), turn(9)[0]], ToolCallGuard(), "block", id="a sixth proposed"
        ),
        pytest.param(
            [*turns(4, error=True), HumanMessage("And now?"), *turns(2, error=True)],
            ToolCallGuard(),
            "none",
            id="failures of the run before",
        ),
    ],
)
def test_a_guard_judges_a_recorded_run(messages, guard, action):
    assert guard.check(Ledger.from_messages([HumanMessage("Go."), *messages]))["action"] == action


# Laws

args = st.dictionaries(st.sampled_from("abc"), st.integers() | st.text() | st.booleans())
a_turn = st.tuples(st.text(), args, st.text(), st.booleans())


def run_of(spoken):
    """Return a run of one call a turn, with a person's word before each third."""
    messages = []
    for n, (said, arguments, result, failed) in enumerate(spoken):
        if n % 3 == 0:
            messages.append(HumanMessage(f"Go on, {n}.", id=f"h{n}"))
        made = [{"id": f"c{n}", "name": "look", "args": arguments}]
        messages.append(AIMessage(said, tool_calls=made, id=f"a{n}"))
        status = "error" if failed else "success"
        messages.append(ToolMessage(result, tool_call_id=f"c{n}", status=status, id=f"t{n}"))
    return messages


@pytest.mark.parametrize("form", FORMS)
@given(spoken=st.lists(a_turn, max_size=5))
def test_any_run_reads_the_same_in_every_form(form, spoken):
    run = run_of(spoken)
    assert Ledger.from_messages(list(map(form, run))) == Ledger.from_messages(run)


@given(spoken=st.lists(a_turn, max_size=7))
def test_a_run_has_a_step_for_each_call_and_each_reply_since_the_last_word(spoken):
    read = Ledger.from_messages(run_of(spoken))
    in_last_run = len(spoken) - (len(spoken) - 1) // 3 * 3 if spoken else 0
    assert len(read.steps) == read.spent["steps"] == 2 * in_last_run
    assert read.thread["steps"] == 2 * len(spoken)


@given(name=st.text(), one=args, other=args)
def test_two_calls_have_one_key_if_and_only_if_they_are_the_same(name, one, other):
    first, second = Call("1", name, one), Call("2", name, other)
    assert (first.key == second.key) == (first.digests == second.digests)
    assert first.key == Call("3", name, dict(reversed(one.items()))).key
