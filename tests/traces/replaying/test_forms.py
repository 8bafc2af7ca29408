from collections import Counter

import pytest
from holdfast.drills import ScriptedModel
from holdfast.traces import Redaction, Store, record, replay, to_test
from holdfast.traces.replaying.divergence import lines_of, nearest_of
from holdfast.traces.replaying.forms import Forms
from holdfast.traces.replaying.ignoring import NOTHING, Ignore
from holdfast.traces.replaying.request import Requests, plain
from holdfast.traces.replaying.requested import Requested
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from langgraph.graph import END, START, MessagesState, StateGraph

TURNS = 12
ASKED = {"messages": [("user", "What is new?")]}
CONFIG = {"recursion_limit": 100}


def news(clock, word="now"):
    """Return a graph that talks for some turns, each with the time of a clock in its prompt."""
    model = ScriptedModel(lambda messages: f"answer {len(messages)}")

    def agent(state):
        prompt = SystemMessage(f"It is {word} {clock}:{len(state['messages']):02d}.")
        return {"messages": [model.invoke([prompt, *state["messages"]])]}

    graph = StateGraph(MessagesState).add_node("agent", agent).add_edge(START, "agent")
    graph.add_conditional_edges(
        "agent", lambda state: END if len(state["messages"]) > TURNS else "agent"
    )
    return graph.compile()


@pytest.fixture
def path(tmp_path):
    with record(tmp_path / "traces.db"):
        news("10").invoke(ASKED, CONFIG)
    return tmp_path / "traces.db"


@pytest.mark.parametrize(
    "again",
    [
        pytest.param(lambda store: replay("last", news("10"), store=store).same, id="the same"),
        pytest.param(
            lambda store: (
                len(replay("last", news("11"), store=store, ignore="times").ignored) == TURNS
            ),
            id="ignoring",
        ),
        pytest.param(
            lambda store: replay("last", news("11"), store=store).divergence.nearest == 0,
            id="a divergence",
        ),
        pytest.param(
            lambda store: (
                len(replay("last", news("10", "not"), store=store, mode="loose").guessed) == TURNS
            ),
            id="loose",
        ),
        pytest.param(
            lambda store: to_test("last", store=store, folder=store.path.parent), id="test"
        ),
    ],
)
def test_each_message_is_looked_at_a_few_times_however_many_requests_hold_it(path, again):
    looked = Counter()

    def rule(text):
        looked[text] += text.startswith(("answer", "What"))
        return text

    with Store(path, read_only=True, redaction=Redaction(rules=(rule,))) as store:
        assert again(store)
    assert looked["What is new?"] > 0
    assert max(looked.values()) <= 8  # were each request read for itself: twice 12, at the least


def test_a_message_of_several_requests_is_decoded_once(path):
    with Store(path, read_only=True) as store:
        reads = Counter()
        reading = store.reading()

        def read(ref):
            reads[ref] += 1
            return reading.tree(ref)

        requested = Requested(read)
        refs = [call.request for call in store.calls(store.trace("last").id) if call.step]
        first, *_, last = [requested.of(ref)["messages"] for ref in refs * 2]
    assert len(refs) == TURNS
    assert set(reads.values()) == {1}
    assert first[1] is last[1]
    assert first[1].content == "What is new?"
    assert first[0] is not last[0]


texts = st.text(max_size=8) | st.sampled_from(["a\nb", 'say "a",', "x\\n", "é\u2028ü", "[]"])
said = st.lists(st.builds(HumanMessage, texts) | st.builds(AIMessage, texts), max_size=4)


@given(said, st.dictionaries(texts, texts, max_size=3))
def test_the_lines_of_a_form_are_those_of_its_request(messages, params):
    request = {"messages": messages, "model": {"name": "m"}, "params": params}
    form = Forms(Requests(lambda tree: tree), NOTHING).of(request)
    assert form.tree == plain(request)
    assert form.lines() == lines_of(plain(request))


def test_equal_messages_are_one_object_also_where_only_what_is_ignored_differs():
    forms = Forms(Requests(lambda tree: tree), Ignore(("times",)))
    one, other = (
        forms.of({"messages": [HumanMessage("hi"), HumanMessage(f"at {hour}:00")], "params": {}})
        for hour in (10, 11)
    )
    assert one.says(other)
    assert one.parts[1] is other.parts[1]
    assert not one.says(forms.of({"messages": [HumanMessage("hi")], "params": {}}))


def test_a_message_changed_in_place_is_another():
    forms, message = Forms(Requests(lambda tree: tree), NOTHING), HumanMessage("a")
    before = forms.of({"messages": [message]})
    message.content = "b"
    assert not before.says(forms.of({"messages": [message]}))


def test_what_was_redacted_fits_what_stood_there_and_nothing_else():
    forms = Forms(Requests(lambda tree: tree), NOTHING)
    then = forms.of({"messages": [HumanMessage("the key [redacted] of ann")]})
    now = [
        forms.of({"messages": [HumanMessage(text)]})
        for text in ("the key 123 of ann", "the key 123 of bob")
    ]
    assert [then.fits(each) for each in now] == [True, False]
    assert not then.says(now[0])


def test_the_nearest_is_the_first_of_those_that_are_most_alike():
    candidates = [(3, ["a"]), (5, ["a", "b"]), (7, ["b", "a"]), (9, ["a", "b", "c", "d"])]
    assert nearest_of(["a", "b"], candidates) == 5
    assert nearest_of(["a", "b"], []) is None
