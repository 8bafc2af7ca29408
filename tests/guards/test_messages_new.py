import pytest
from holdfast.guards.channel import extend_ledger, view
from holdfast.guards.message import MARK
from holdfast.guards.messages import read_new
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, HumanMessage

from .talk import EFFECTS, human, makes, read, result, says, steps

# Reading what is new


def test_what_was_read_is_not_read_again():
    messages = [human(id="1"), says("Hi.", id="2")]
    state = read(messages)
    assert read_new(messages, state)[0] is None
    assert read(messages, state) == state


def test_only_what_is_new_is_read():
    messages = [human(id="1"), says("Hi.", id="2")]
    state = read(messages)
    update, _ = read_new([*messages, says("Ho.", id="3")], state)
    assert [step["preview"] for step in update["steps"]] == ["Ho."]


@pytest.mark.parametrize(
    ("now", "read_again"),
    [
        pytest.param(["b", "c", "d"], ["d"], id="the oldest dropped"),
        pytest.param(["s", "c", "d"], ["d"], id="the oldest replaced by a summary"),
        pytest.param(["c"], [], id="all but the last dropped"),
        pytest.param(["a", "b", "c", "x", "d"], ["x", "d"], id="two added"),
        pytest.param(["s", "x"], ["s", "x"], id="all replaced"),
    ],
)
def test_a_history_that_was_rewritten_is_read_from_the_last_message_known(now, read_again):
    state = read([says(name, id=name) for name in "abc"])
    update, _ = read_new([says(name, id=name) for name in now], state)
    new = update["steps"] if update else []
    assert [step["preview"] for step in new] == read_again


def test_a_history_without_ids_is_read_from_where_it_was_left():
    state = read([says("a"), says("b")])
    update, _ = read_new([says("a"), says("b"), says("c")], state)
    assert [step["preview"] for step in update["steps"]] == ["c"]


def test_results_that_are_known_are_not_counted_twice_when_all_is_read_again():
    old = [human(id="1"), makes("c1:a", id="2"), result("c1", id="3")]
    state = read(old)
    again = [human(id="9"), makes("c1:a", id="8"), result("c1", id="7")]
    assert steps(read(again, state)).count(("tool", "a")) == 1


def test_results_that_holdfast_wrote_are_in_the_ledger_already():
    marked = {**result("1"), "additional_kwargs": {MARK: "ran"}}
    state = read([human(), makes("1:a")])
    assert steps(read([human(), makes("1:a"), marked], state)) == [("model", "model")]


def test_of_two_nodes_that_read_the_same_messages_only_the_first_counts():
    messages = [human(), says("Hi.")]
    update, _ = read_new(messages, {})
    assert extend_ledger({}, [update, update])["n"] == 1


# Runs


def test_a_person_s_word_begins_a_run_at_the_time_given():
    state = read([human(), says("Hi."), human("And?"), says("Ho.")], now=70.0)
    assert (state["after"], state["started"], state["n"]) == (1, 70.0, 2)


def test_what_holdfast_wrote_begins_no_run():
    nudge = human("Do something else.", additional_kwargs={MARK: "nudge"})
    state = read([human(), says("Hi."), nudge, says("Ho.")])
    assert len(view(state).steps) == 2


def test_a_nudge_between_a_call_and_its_result_changes_nothing():
    nudge = human("Hurry.", additional_kwargs={MARK: "nudge"})
    assert steps(read([human(), makes("1:a"), nudge, result("1")]))[-1] == ("tool", "a")


# Laws

item = st.one_of(
    st.builds(human, st.text(max_size=9)),
    st.builds(says, st.text(max_size=9)),
    st.builds(makes, st.sampled_from(["1:book", "2:book", ":book", "3:look"])),
    st.builds(result, st.sampled_from(["1", "2", "", "3"]), st.text(max_size=9)),
)
conversation = st.lists(item, max_size=12)


def with_ids(messages):
    return [{**message, "id": f"m{n}"} for n, message in enumerate(messages)]


@pytest.mark.parametrize("identify", [list, with_ids], ids=["without ids", "with ids"])
@given(messages=conversation, cut=st.integers(0, 12))
def test_reading_in_two_parts_is_reading_at_once(identify, messages, cut):
    messages = identify(messages)
    at_once = read(messages, {}, tools=EFFECTS)
    apart = read(messages, read(messages[:cut], {}, tools=EFFECTS), tools=EFFECTS)
    assert apart == at_once


@given(messages=conversation)
def test_reading_message_by_message_is_reading_at_once(messages):
    messages = with_ids(messages)
    state = {}
    for end in range(len(messages) + 1):
        state = read(messages[:end], state, tools=EFFECTS)
    assert state == read(messages, {}, tools=EFFECTS)


@given(messages=conversation)
def test_every_reply_and_every_result_is_a_step(messages):
    roles = [message["role"] for message in messages]
    state = read(messages)
    assert state.get("n", 0) == roles.count("assistant") + roles.count("tool")


@given(messages=conversation, kind=st.sampled_from([HumanMessage, AIMessage]))
def test_a_word_of_a_person_alone_begins_a_run(messages, kind):
    state = read([*messages, kind("Hi.")])
    assert (len(view(state).steps) == 0) == (kind is HumanMessage)
