import sqlite3
from contextlib import closing

import pytest
from holdfast.traces.store import (
    CallKey,
    Event,
    RecordedCall,
    Span,
    Store,
    StoreError,
    Trace,
    Usage,
)
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage

SPAN = "01a2020c-d22e-7000-8000-000000000001"
TALK = [
    HumanMessage("hi", id="h1"),
    AIMessage("", tool_calls=[{"name": "f", "args": {"a": 1}, "id": "c1"}]),
    ToolMessage("one", tool_call_id="c1", artifact=(1, 2)),
]


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "traces.db") as made:
        yield made


def again(store):
    """Open a store's file a second time, so that nothing is answered from memory."""
    return Store(store.path, read_only=True)


def blobs(store):
    with closing(sqlite3.connect(store.path)) as connection:
        return connection.execute("SELECT count(*) FROM blob").fetchone()[0]


def test_items_come_back_as_they_were_written(store):
    ref, chain = store.put({"x": 1}), store.put_messages(TALK)
    trace = Trace(id="t", name="g", start=5, end=9, thread="th", tags=("a",), metadata={"v": 1})
    span = Span(
        id=SPAN, trace="t", seq=0, kind="model", name="m", start=5, usage=Usage(1, 2, usd=0.5),
        tags=("x",), metadata={"k": [1]}, inputs=ref, outputs=chain, step=2, attempt=3, hidden=True,
    )  # fmt: skip
    event = Event(trace="t", seq=0, time=6, kind="verdict", name="loop", span=SPAN, data={"a": 1})
    call = RecordedCall(
        trace="t", n=0, key=CallKey("ns", "[]", "m", "d"), kind="model", method="_stream",
        request=chain, outcome=ref, span=SPAN, node="agent", step=1, nested=True,
    )  # fmt: skip
    store.write(call, event, span, trace)
    with again(store) as found:
        assert list(found.traces()) == [trace]
        assert found.spans("t") == [span]
        assert found.events("t") == [event]
        assert found.calls("t") == [call]


def test_what_is_written_again_takes_the_place_of_what_was(store):
    store.write(Trace(id="t", name="g", start=5))
    done = Trace(id="t", name="g", start=5, end=6, status="ok")
    store.write(done)
    assert list(store.traces()) == [done]


def test_a_span_of_a_trace_that_nobody_told_of_is_kept(store):
    span = Span(id="s", trace="t", seq=0, kind="node", name="n", start=7)
    store.write(span)
    assert store.spans("t") == [span]
    assert store.trace("t").status == "running"


@pytest.mark.parametrize(
    "value",
    [
        pytest.param({"messages": TALK, "n": (1, 2)}, id="a state with messages"),
        pytest.param(TALK, id="messages alone"),
        pytest.param(TALK[2], id="one message"),
        pytest.param({"docs": ["x" * 9_000], "more": {"y": "z" * 900}}, id="large channels"),
        pytest.param("\ud800 alone", id="text that is no Unicode"),
        pytest.param({"\ud800": "\udfff"}, id="keys that are no Unicode"),
        pytest.param([], id="nothing"),
    ],
)
def test_a_payload_comes_back_from_the_disk(store, value):
    ref = store.put(value)
    assert store.decode(ref) == value
    store.write()
    with again(store) as found:
        assert found.decode(ref) == value


def test_a_payload_may_be_deeper_than_json_may(store):
    value = []
    for _ in range(400):
        value = [value]
    assert store.decode(store.put(value)) == value


def test_the_same_payload_has_the_same_reference_and_is_kept_once(store):
    first = store.put({"a": ["x" * 99] * 3})
    store.write()
    with Store(store.path) as other:
        assert other.put({"a": ["x" * 99] * 3}) == first
    store.put({"a": ["x" * 99] * 3})
    store.write()
    assert blobs(store) == 1


def test_a_short_payload_is_its_own_reference(store):
    ref = store.put({"a": 1})
    assert store.load(ref) == {"a": 1}
    store.write()
    assert blobs(store) == 0


def test_a_longer_conversation_costs_what_is_new_in_it(store):
    for end in range(1, len(TALK) + 1):
        store.write()
        store.put_messages(TALK[:end])
    store.write()
    assert blobs(store) == len(TALK)


def test_a_message_that_was_changed_in_place_is_read_again(store):
    message = HumanMessage("one")
    store.put_messages([message])
    message.id = "given later"
    assert store.decode(store.put_messages([message]))[0].id == "given later"
    message.content = "two"
    assert store.decode(store.put_messages([message]))[0].content == "two"


def rename(message):
    message.name = "desk"


def mend(message):
    message.tool_calls[0]["args"]["number"] = message.tool_calls[0]["args"].pop("nummer")


def count(message):
    message.response_metadata["tokens"] = 3


@pytest.mark.parametrize("artifact", [None, {1, 2}, object()], ids=["plain", "a set", "an object"])
@pytest.mark.parametrize("change", [rename, mend, count])
def test_what_an_agent_changes_in_what_a_model_said_is_read_again(store, change, artifact):
    call = {"name": "find_order", "args": {"nummer": "7"}, "id": "c1"}
    message = AIMessage("", tool_calls=[call], id="m1")
    around = [ToolMessage("x", tool_call_id="c0", artifact=artifact)] if artifact else []
    store.put({"messages": [*around, message]})
    change(message)
    after = store.decode(store.put({"messages": [*around, message]}))["messages"][-1]
    assert (after.name, after.tool_calls, after.response_metadata) == (
        message.name,
        message.tool_calls,
        message.response_metadata,
    )


def test_messages_are_a_list_of_plain_trees_when_loaded(store):
    (tree,) = store.load(store.put_messages([HumanMessage("hi")]))
    assert tree["$"] == "message"
    assert tree["v"]["content"] == "hi"


@given(talk=st.lists(st.text(max_size=3), max_size=6), forks=st.lists(st.integers(0, 6)))
def test_any_beginning_of_any_conversation_comes_back(tmp_path_factory, talk, forks):
    with Store(tmp_path_factory.mktemp("fork") / "traces.db") as store:
        messages = [HumanMessage(each) for each in talk]
        refs = {end: store.put_messages(messages[:end]) for end in forks}
        store.write()
        for end, ref in refs.items():
            assert store.decode(ref) == messages[:end]


def test_traces_come_newest_first_and_as_asked_for(store):
    store.write(
        Trace(id="a", name="g", start=1, thread="x", status="ok"),
        Trace(id="b", name="g", start=3, thread="y", status="error"),
        Trace(id="c", name="g", start=2, thread="x", status="error"),
    )

    def ids(**asked):
        return "".join(each.id for each in store.traces(**asked))

    assert ids() == "bca"
    assert ids(limit=1) == "b"
    assert ids(thread="x") == "ca"
    assert ids(status="error", since=2, until=3) == "c"


def test_a_file_that_is_not_there_cannot_be_read(tmp_path):
    with pytest.raises(StoreError, match="there is no file"):
        Store(tmp_path / "none.db", read_only=True)


def test_a_file_opened_for_reading_is_not_written(store):
    with again(store) as found, pytest.raises(StoreError, match="opened for reading"):
        found.write(Trace(id="t", name="g", start=1))


def test_a_closed_store_says_so(store):
    store.close()
    with pytest.raises(StoreError, match="is closed"):
        store.trace("last")


def test_another_programs_database_is_left_alone(tmp_path):
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE theirs (x)")
    with pytest.raises(StoreError, match="another program"):
        Store(path)


def test_a_newer_files_tables_are_left_alone(store):
    with closing(sqlite3.connect(store.path)) as connection:
        connection.execute("PRAGMA user_version = 999")
    with pytest.raises(StoreError, match="newer Holdfast"):
        Store(store.path)


def test_what_could_not_be_written_is_written_the_next_time(store):
    ref = store.put({"a": 1})
    with pytest.raises(KeyError):
        store.write(Trace(id="t", name="g", start=1), "no item")
    assert list(store.traces()) == []
    store.write()
    with again(store) as found:
        assert found.decode(ref) == {"a": 1}
