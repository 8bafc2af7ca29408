from types import SimpleNamespace

import pytest
from holdfast.traces.replaying.conversations import Conversations
from holdfast.traces.replaying.place import Place
from holdfast.traces.replaying.request import Requests, plain
from holdfast.traces.replaying.tape import LeafCall
from holdfast.traces.store import Redaction
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage


def digest(messages, requests=None, **params):
    requests = requests or Requests(lambda tree: tree)
    return requests.digest({"messages": messages, "params": params, "model": {}})


def called(number, name="look", **args):
    call = {"name": name, "args": args, "id": f"call_{number}", "type": "tool_call"}
    return [AIMessage("", tool_calls=[call]), ToolMessage("found", tool_call_id=f"call_{number}")]


SAME = [
    pytest.param([HumanMessage("a", id="1")], [HumanMessage("a", id="2")], id="ids of messages"),
    pytest.param(called(1, a=1), called(2, a=1), id="ids of calls"),
    pytest.param([AIMessage("")], [AIMessage([])], id="nothing said in two forms"),
    pytest.param(
        [AIMessage("a", response_metadata={"x": 1})], [AIMessage("a")], id="what came with a reply"
    ),
]
OTHER = [
    pytest.param([HumanMessage("a")], [HumanMessage("b")], id="words"),
    pytest.param([HumanMessage("a")], [SystemMessage("a")], id="who says it"),
    pytest.param([HumanMessage("a")], [HumanMessage("a", name="ann")], id="a name"),
    pytest.param(called(1, a=1), called(1, a=2), id="arguments"),
    pytest.param(called(1, "look"), called(1, "find"), id="the tool"),
    pytest.param([HumanMessage("a"), HumanMessage("b")], [HumanMessage("ab")], id="their number"),
    pytest.param(
        [*called(1), *called(2)], [*called(1)[:1], *called(2)[:1], *called(1)[1:], *called(2)[1:]],
        id="their order",
    ),
    pytest.param(
        [*called(1)[:1], *called(2)], [*called(1)[:1], called(2)[0], called(1)[1]],
        id="which call is answered",
    ),
    pytest.param(
        [ToolMessage("x", tool_call_id="1")],
        [ToolMessage("x", tool_call_id="1", status="error")],
        id="whether it failed",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), SAME)
def test_what_says_nothing_makes_no_difference(one, other):
    assert digest(one) == digest(other)


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_what_is_asked_makes_a_difference(one, other):
    assert digest(one) != digest(other)


def test_parameters_make_a_difference():
    assert digest([HumanMessage("a")], stop=["x"]) != digest([HumanMessage("a")], stop=["y"])


def test_a_redacted_request_hashes_like_its_original():
    requests = Requests(Redaction().tree)
    secret = [HumanMessage("my key is sk-abcdefghijklmnopqrstuvwx")]
    again = [HumanMessage(Redaction().text(secret[0].content))]
    assert "sk-" not in again[0].content
    assert digest(secret, requests) == digest(again, requests)


texts = st.lists(st.sampled_from("abc"), max_size=6)


@given(st.lists(texts, min_size=1, max_size=6))
def test_what_was_hashed_before_changes_no_digest(talks):
    known = [HumanMessage(text) for text in "abc"]
    requests = Requests(lambda tree: tree)
    for talk in talks:
        messages = [known["abc".index(text)] for text in talk]
        assert digest(messages, requests) == digest([HumanMessage(text) for text in talk])


def test_a_message_changed_in_place_is_read_again():
    requests = Requests(lambda tree: tree)
    messages = [HumanMessage("a"), HumanMessage("b")]
    before = digest(messages, requests)
    messages[0].content = "c"
    assert digest(messages, requests) == digest([HumanMessage("c"), HumanMessage("b")]) != before


def test_arguments_changed_in_place_are_read_again():
    requests = Requests(lambda tree: tree)

    def asked(place):
        return AIMessage("", tool_calls=[{"name": "go", "args": {"to": place}, "id": "1"}])

    messages = [HumanMessage("a"), asked("Rome"), HumanMessage("b")]
    before = digest(messages, requests)
    messages[1].tool_calls[0]["args"]["to"] = "Bari"
    assert digest(messages, requests) == digest([messages[0], asked("Bari"), messages[2]]) != before


def test_what_comes_again_is_told_once_whatever_stands_before_it():
    told = []
    talks = Conversations(lambda message: told.append(message.text) or message.text, lambda _: [])
    history = [HumanMessage(str(n)) for n in range(5)]
    for n in range(1, 6):
        talks.digest(history[:n])
        talks.digest([SystemMessage("be brief"), *history[:n]])
    assert sorted(told) == sorted([*"01234", *["be brief"] * 5])


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        pytest.param({"b": (1, {2})}, {"b": [1, [2]]}, id="containers"),
        pytest.param(HumanMessage, "<HumanMessage>", id="a class"),
        pytest.param(digest, "<digest>", id="a function"),
        pytest.param(object(), "<object>", id="an object without a text of its own"),
        pytest.param(SimpleNamespace(a=1), "namespace(a=1)", id="one with a text"),
        pytest.param(HumanMessage("a"), {"type": "human", "content": "a"}, id="a message"),
    ],
)
def test_a_request_is_shown_as_plain_data(value, shown):
    assert plain(value) == shown


def test_what_holds_itself_comes_to_an_end():
    whole = []
    whole.append(whole)
    assert plain(whole)[0][0]


def test_a_model_whose_field_is_set_anew_is_another():
    requests, model = Requests(lambda tree: tree), Tuned(messages=iter(()))
    call = LeafCall("model", "_generate", "Tuned", model, ([HumanMessage("a")],), {}, Place())
    told = [requests.of(call)["model"] for _ in range(2)]
    model.temperature = 1.0
    assert told[0] == told[1] != requests.of(call)["model"]


class Tuned(GenericFakeChatModel):
    temperature: float = 0.0


@pytest.mark.parametrize(("one", "other"), [(1, True), (1, 1.0), (0, False), ("1", 1)])
def test_parameters_that_are_equal_only_in_python_are_told_apart(one, other):
    requests = Requests(lambda tree: tree)
    assert digest([], requests, top={"k": one}) != digest([], requests, top={"k": other})
