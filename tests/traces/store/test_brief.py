import math
import uuid

import orjson
import pytest
from holdfast.traces.store import Redaction, Store
from holdfast.traces.store.codec import encode, encode_now
from holdfast.traces.store.likeness import Like
from holdfast.traces.store.plainness import plain_json
from holdfast.traces.store.references import ref_text
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "traces.db") as made:
        yield made


def test_what_json_says_exactly_is_told():
    assert plain_json({"a": [1, 1.5, None, True, "x"]}) == b'{"a":[1,1.5,null,true,"x"]}'


@pytest.mark.parametrize(
    "value",
    [
        (1, 2),
        {"a": (1,)},
        {1: "a"},
        {"$": "ref"},
        {"a": {"$": 1}},
        b"bytes",
        {"a": b"bytes"},
        math.nan,
        [math.inf],
        [-math.inf],
        uuid.UUID(int=1),
        {"a": uuid.UUID(int=1)},
        2**70,
        "\ud800",
        {1, 2},
        HumanMessage("a"),
    ],
)
def test_what_json_would_make_something_else_of_is_none(value):
    assert plain_json(value) is None


@given(PLAIN)
def test_a_value_is_written_the_same_with_and_without_a_copy(value):
    assert encode_now(value) == encode(value)
    if (told := plain_json(value)) is not None:
        assert orjson.loads(told) == value


BRIEF = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abcde"), inner, max_size=4)
    ),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(["messages", "info", "n", "began"]), BRIEF))
def test_a_short_value_reads_as_it_was_put(tmp_path_factory, value):
    with Store(tmp_path_factory.mktemp("store") / "traces.db") as store:
        ref = store.put(value)
        assert store.load(ref) == value
        assert store.decode(ref) == value


@pytest.mark.parametrize(
    "value",
    [
        {"messages": []},
        {"messages": [AIMessage("a")]},
        {"messages": [HumanMessage("a", id="1"), AIMessage("b", id="2")]},
        {"messages": [HumanMessage("a"), "no message"]},
        {"message": ToolMessage("a", tool_call_id="1"), "n": 3},
        {"info": [None], "llm_output": None, "began": 10**18, "ended": 10**18 + 1},
        {"a key": 1, "\u00fc": 2, 'quoted "key"': 3},
        {"n": 2**64},
    ],
)
def test_messages_and_numbers_read_as_they_were_put(store, value):
    assert store.decode(store.put(value)) == value


def test_a_name_that_holds_a_secret_is_blotted_out(store):
    assert "sk-proj-" not in str(store.load(store.put({"sk-proj-abcdefghijklmnopqrstuvwx": 1})))


def test_the_likeness_of_a_message_has_its_own_fields(store):
    said = AIMessage("hello", id="run-1", response_metadata={"model": "m"})
    ref = store.put({"messages": [Like(said, {"id": None, "response_metadata": {}})]})
    assert store.decode(ref) == {"messages": [AIMessage("hello")]}
    assert store.decode(store.put({"messages": [said]})) == {"messages": [said]}


def test_the_likeness_of_a_request_outlives_pruning(tmp_path):
    from holdfast.traces.store.marking import references_of

    with Store(tmp_path / "traces.db") as store:
        rest = {"model": {"name": "m"}, "params": {"temperature": 0.5}}
        held = store.put_request([HumanMessage("a"), AIMessage("b")], rest)
        kinds = sorted(kind for kind, _ in references_of(held))
    assert kinds == ["chain", "ref"]


def test_tools_come_once_however_many_calls_bind_them(store):
    tools = [{"type": "function", "function": {"name": "search", "description": "x" * 500}}]
    for n in range(3):
        store.put_request([HumanMessage(str(n))], {"params": {"tools": tools, "stop": None}})
    store.write()
    count = store._database.rows("SELECT count(*) FROM blob")[0][0]
    assert count == 6  # three messages; the tools, in the parameters, in the rest of a request


def said(message):
    return message.model_dump(exclude={"artifact"})


def asked_about(place):
    return AIMessage("", tool_calls=[{"name": "go", "args": {"to": [place]}, "id": "1"}])


@pytest.mark.parametrize(
    ("message", "change"),
    [
        (HumanMessage("1"), lambda one: setattr(one, "content", "changed")),
        (
            HumanMessage([{"type": "text", "text": "1"}]),
            lambda one: one.content[0].update(text="2"),
        ),
        (asked_about("Rome"), lambda one: one.tool_calls[0]["args"]["to"].append("Bari")),
        (asked_about("Rome"), lambda one: setattr(one, "name", "ann")),
        (HumanMessage("1"), lambda one: one.additional_kwargs.update(cache={"on": True})),
        (ToolMessage("1", tool_call_id="1"), lambda one: setattr(one, "status", "error")),
        (ToolMessage([{"n": 1}], tool_call_id="1", artifact=object), lambda one: one.content.pop()),
    ],
    ids=["text", "block", "arguments", "name", "more", "status", "beside an object"],
)
def test_a_message_changed_in_place_anywhere_in_a_prompt_is_seen(store, message, change):
    asked = [
        *(HumanMessage(str(n)) for n in range(10)),
        message,
        *(HumanMessage("") for _ in "123"),
    ]
    before = store.put_prompt(store.prompt(asked), {"params": {}})
    then = message.model_copy(deep=True)
    change(message)
    held = store.put_prompt(store.prompt(asked), {"params": {"stop": None}})
    found = store.decode(ref_text(held))
    assert said(found["messages"][10]) == said(message) != said(then)
    assert found["messages"][9] == asked[9]
    assert found["params"] == {"stop": None}
    assert said(store.decode(ref_text(before))["messages"][10]) == said(then)


def test_objects_that_cannot_be_compared_are_read_again(store):
    class Table:
        def __eq__(self, other):
            raise ValueError("the truth of a table is not one")

    asked = [
        HumanMessage("a"),
        ToolMessage("b", tool_call_id="1", artifact=Table()),
        HumanMessage("c"),
    ]
    store.prompt(asked)
    asked[1].artifact, asked[1].content = Table(), "new"
    held = store.put_prompt(store.prompt(asked), {"params": {}})
    found = store.decode(ref_text(held))["messages"]
    assert [each.content for each in found] == ["a", "new", "c"]


def test_a_prompt_made_anew_for_each_call_is_the_same_conversation(store, monkeypatch):
    said = [HumanMessage(str(n)) for n in range(30)]
    kept = [store.prompt([SystemMessage("Be kind."), *said[:n]]) for n in range(1, 30)]
    linked = []
    add = store._payloads.pool.link
    monkeypatch.setattr(
        store._payloads.pool, "link", lambda *given: linked.append(given) or add(*given)
    )
    again = store.prompt([SystemMessage("Be kind."), *said])
    assert len(linked) == 1  # what is new
    assert store.prompt([SystemMessage("Be kind."), *said[:29]]) == kept[-1] != again
    assert len(linked) == 1


def test_conversations_with_one_prompt_do_not_disturb_each_other(store, monkeypatch):
    prompt = SystemMessage("Be kind.")
    talks = [[prompt, HumanMessage(name)] for name in ("ann", "bo")]
    for talk in talks:
        store.prompt(talk)
    linked = []
    add = store._payloads.pool.link
    monkeypatch.setattr(
        store._payloads.pool, "link", lambda *given: linked.append(given) or add(*given)
    )
    for n in range(20):
        for talk in talks:
            talk.append(AIMessage(str(n)))
            store.prompt(talk)
    assert len(linked) == 40


def test_a_prompt_with_other_words_is_another_conversation(store):
    said = [HumanMessage("a"), AIMessage("b")]
    one, two = ([SystemMessage(text), *said] for text in ("Be kind.", "Be brief."))
    held = [store.put_prompt(store.prompt(each), {"params": {}}) for each in (one, two, one)]
    found = [store.decode(ref_text(each))["messages"] for each in held]
    assert found == [one, two, one]


def test_what_is_no_prompt_is_none(store):
    for value in ("text", [], ["text"], [HumanMessage("a"), "text"], [[HumanMessage("a")]]):
        assert store.prompt(value) is None


def test_a_reply_that_holds_a_secret_is_known_without_it(tmp_path):
    with Store(tmp_path / "traces.db", redaction=Redaction()) as store:
        said = AIMessage("password=hunter2hunter2", id="run-1")
        found = store.decode(store.put({"messages": [Like(said, {"id": None})]}))
    assert found == {"messages": [AIMessage("password=[redacted]")]}
