"""The channel of messages: what `add_messages` does, stored as what each step adds."""

import pytest
from holdfast.guards import MessageError
from holdfast.nodes.conversation import Conversation, MessagesChannel, add_each
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    HumanMessage,
    RemoveMessage,
    ToolMessage,
)
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.graph.message import REMOVE_ALL_MESSAGES, add_messages
from typing_extensions import TypedDict

HI = HumanMessage("hi", id="h")
YES = AIMessage("yes", id="a")
ALL = RemoveMessage(id=REMOVE_ALL_MESSAGES)


def texts(messages):
    return [f"{message.type}:{message.content}" for message in messages]


@pytest.mark.parametrize(
    ("write", "said"),
    [
        pytest.param([ToolMessage("3", tool_call_id="c")], "human:hi ai:yes tool:3", id="more"),
        pytest.param([AIMessage("no", id="a")], "human:hi ai:no", id="a known id replaces"),
        pytest.param([RemoveMessage(id="h")], "ai:yes", id="one taken back"),
        pytest.param([RemoveMessage(id="h"), HumanMessage("ho", id="h")], "human:ho ai:yes",
                     id="one taken back and said anew keeps its place"),
        pytest.param([AIMessage("x", id="x"), RemoveMessage(id="x")], "human:hi ai:yes",
                     id="one said and taken back at once"),
        pytest.param([AIMessage("x"), ALL, AIMessage("y")], "ai:y", id="all taken back"),
        pytest.param([ALL], "", id="all, and nothing more"),
        pytest.param([ALL, ALL, ("user", "z")], "human:z", id="all, twice"),
        pytest.param(AIMessage("one"), "human:hi ai:yes ai:one", id="no list"),
        pytest.param("a text", "human:hi ai:yes human:a text", id="a text"),
        pytest.param({"role": "user", "content": "d"}, "human:hi ai:yes human:d", id="a dict"),
        pytest.param([("assistant", "p")], "human:hi ai:yes ai:p", id="a pair in a list"),
        pytest.param([AIMessageChunk("ch")], "human:hi ai:yes ai:ch", id="a chunk becomes whole"),
        pytest.param([], "human:hi ai:yes", id="nothing"),
    ],
)  # fmt: skip
def test_a_write_does_what_add_messages_does(write, said):
    merged = add_each([HI, YES], [write])
    assert " ".join(texts(merged)) == said
    assert texts(merged) == texts(add_messages([HI, YES], write))
    assert [type(message) for message in merged] == [
        type(message) for message in add_messages([HI, YES], write)
    ]


def test_to_take_back_what_is_not_there_changes_nothing():
    assert add_each([HI], [[RemoveMessage(id="nobody")]]) == [HI]


def test_what_was_given_stays_as_it_is():
    state, write = [HI, YES], [RemoveMessage(id="h")]
    add_each(state, [write])
    assert state == [HI, YES]
    assert len(write) == 1


ITEMS = st.one_of(
    st.builds(lambda n: AIMessage(f"m{n}", id=f"i{n % 5}"), st.integers(0, 20)),
    st.builds(lambda n: RemoveMessage(id=f"i{n}"), st.integers(0, 4)),
    st.builds(lambda n: ["user", f"u{n}"], st.integers(0, 3)),
    st.just(ALL),
)
WRITES = st.lists(st.lists(ITEMS, max_size=4), max_size=6)


def dumped(messages):
    return [(message.type, message.content, message.id) for message in messages]


@given(WRITES, WRITES)
def test_writes_give_the_same_one_by_one_and_all_at_once(first, second):
    whole = add_each([], [*first, *second])
    assert dumped(add_each(add_each([], first), second)) == dumped(whole)
    one_by_one = []
    for write in [*first, *second]:
        one_by_one = add_each(one_by_one, [write])
    assert dumped(one_by_one) == dumped(whole)


@given(WRITES)
def test_no_two_messages_share_an_id_and_each_has_one(writes):
    ids = [message.id for message in add_each([], writes)]
    assert all(ids)
    assert len(set(ids)) == len(ids)


def test_a_bare_pair_is_refused_since_it_would_be_read_back_as_two_texts():
    channel = Conversation().from_checkpoint([])
    channel.key = "messages"
    with pytest.raises(MessageError, match=r"put it in a list: \[\(role, text\)\]"):
        channel.update([("user", "hi")])


class Chat(TypedDict):
    messages: MessagesChannel


def hears(state: MessagesState) -> dict:
    return {"messages": [AIMessage("heard", id="a")]}


def test_a_node_may_declare_its_input_with_add_messages():
    graph = StateGraph(Chat).add_node("hears", hears).add_edge(START, "hears")
    assert texts(graph.compile().invoke({"messages": [HI]})["messages"]) == ["human:hi", "ai:heard"]


def test_other_reducers_are_still_told_apart():
    def joins(left, right):
        return [*left, *right]

    assert Conversation() != Conversation(joins)
    assert Conversation() == Conversation()


def test_ids_stay_the_same_however_often_a_thread_is_read():
    graph = StateGraph(Chat).add_node("n", lambda _: {"messages": ["one", ["user", "two"]]})
    app = graph.add_edge(START, "n").compile(InMemorySaver())
    config = {"configurable": {"thread_id": "1"}}
    app.invoke({"messages": [["user", "zero"]]}, config)
    first = [message.id for message in app.get_state(config).values["messages"]]
    assert first == [message.id for message in app.get_state(config).values["messages"]]
    assert len(set(first)) == 3
    app.update_state(config, {"messages": [RemoveMessage(id=first[1])]})
    assert texts(app.get_state(config).values["messages"]) == ["human:zero", "human:two"]
