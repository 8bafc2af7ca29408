import asyncio
import uuid

import pytest
from holdfast.drills import ScriptedModel
from holdfast.traces import ReplayError, record, replay, to_test
from holdfast.traces.replaying.ignoring import PRESETS, Ignore, cure_of
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.types import Command, interrupt

ALL = Ignore(tuple(PRESETS))
ASKED = {"messages": [("user", "What is new?")]}


@pytest.mark.parametrize(
    ("text", "left"),
    [
        pytest.param("2026-11-22T15:11:40.123456+00:00", "<dates>T<times>", id="ISO 8601"),
        pytest.param("2026-11-22 15:11:40", "<dates> <times>", id="a datetime's text"),
        pytest.param("20261122T151140Z", "<dates>T<times>", id="ISO 8601 without marks"),
        pytest.param("Sunday, November 22, 2026 at 03:11 PM", "<dates> at <times>", id="English"),
        pytest.param("Sun, 22 Nov 2026 15:11:40 +0000", "<dates> <times>", id="a mail's"),
        pytest.param("Sun Nov  2 15:11:40", "<dates> <times>", id="C's"),
        pytest.param("22.11.2026, 11/22/26", "<dates>, <dates>", id="points and slashes"),
        pytest.param("2026-11-22 (Sunday)", "<dates>", id="a weekday behind"),
        pytest.param("Today is Sunday.", "Today is <dates>.", id="a weekday alone, of today"),
        pytest.param("the Friday flight", "the Friday flight", id="a weekday alone, of no day"),
        pytest.param("at 3pm, 10:30 UTC", "at <times>, <times>", id="times of the day"),
        pytest.param("since 1795360702.1228", "since <times>", id="seconds since 1970"),
        pytest.param("16:9, 1.2.3, 10.0.0.1", "16:9, 1.2.3, 10.0.0.1", id="no times, no dates"),
        pytest.param(
            "a 871aaca0-7ba0-431f-b8ef-72406a9b5991, b_871aaca07ba0431fb8ef72406a9b5991",
            "a <uuids>, b_<uuids>",
            id="UUIDs",
        ),
        pytest.param("01ARZ3NDEKTSV4RRFFQ69G5FAV", "<uuids>", id="a ULID"),
        pytest.param("run-9018f639 2WdvCvtFEouPZZut6EKhNw", "run-<ids> <ids>", id="random words"),
        pytest.param("order 7 of 40 EUR, defaced", "order 7 of 40 EUR, defaced", id="no ids"),
    ],
)
def test_what_a_preset_stands_for(text, left):
    assert ALL.without(text) == left


def test_numbers_and_texts_are_looked_into_at_any_depth_and_keys_are_not():
    tree = {"2026-11-22": [1795360702.5, 7, True, None, {"at": "10:30"}]}
    assert ALL.without(tree) == {"2026-11-22": ["<times>", 7, True, None, {"at": "<times>"}]}


@pytest.mark.parametrize(
    ("one", "other", "cure"),
    [
        pytest.param("on 2026-11-22", "on 2026-11-23", ("dates",), id="a date"),
        pytest.param("2026-11-22 10:00", "2026-11-22 10:01", ("dates", "times"), id="its time too"),
        pytest.param("10:00", "10:01", ("times",), id="a time alone"),
        pytest.param("a", "b", (), id="words"),
        pytest.param("a 10:00", "b 10:01", (), id="words besides"),
    ],
)
def test_the_fewest_presets_that_make_two_requests_the_same(one, other, cure):
    assert cure_of({"text": one}, {"text": other}) == cure


@pytest.mark.parametrize(
    ("ignore", "said"),
    [
        pytest.param("date", "no such preset: use uuids, dates, times, ids", id="no preset"),
        pytest.param("(", "no regular expression", id="no pattern"),
        pytest.param(".*", "found in an empty text too", id="everything"),
        pytest.param([7], "ignore=7: use", id="a number"),
    ],
)
def test_what_cannot_be_ignored_is_refused(ignore, said):
    with pytest.raises(ReplayError, match=said):
        Ignore.read(ignore)


def news(prompt, *, asks=False, awaited=False):
    """Return a graph that says in its prompts, and in its state, what a function says anew."""
    model = ScriptedModel(lambda messages: f"{len(messages)} messages")

    class State(MessagesState):
        request: str

    def begin(state):
        if asks:
            interrupt("go on?")
        return {"request": prompt()}

    def agent(state):
        said = model.invoke([("system", f"It is {state['request']}."), *state["messages"]])
        return {"messages": [said]}

    async def aagent(state):
        said = await model.ainvoke([("system", f"It is {state['request']}."), *state["messages"]])
        return {"messages": [said]}

    graph = StateGraph(State)
    graph.add_node("begin", begin).add_node("agent", aagent if awaited else agent)
    graph.add_edge(START, "begin").add_edge("begin", "agent")
    return graph.compile(InMemorySaver())


def one_after_the_other(*texts):
    left = list(texts)
    return lambda: left.pop(0)


def days():
    return one_after_the_other("2026-11-22, 10:00", "2026-11-23, 11:30")


def run(app, *given):
    for each in given:
        asyncio.run(app.ainvoke(each, {"configurable": {"thread_id": "1"}}))


@pytest.mark.parametrize("awaited", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize("asks", [False, True], ids=["straight", "resumed"])
def test_a_prompt_with_the_date_is_replayed_on_another_day(tmp_path, asks, awaited):
    app = news(days(), asks=asks, awaited=awaited)
    with record(tmp_path / "traces.db"):
        run(app, ASKED, *([Command(resume="yes")] if asks else []))
    out = replay("last", app, store=tmp_path / "traces.db", ignore=["dates", "times"])
    assert (out.same, out.real_calls, out.ignored) == (True, 0, [0])


def test_a_divergence_says_what_to_ignore_and_that_cures_it(tmp_path):
    texts = [f"{uuid.uuid4()}" for _ in range(3)]
    app = news(one_after_the_other(*texts))
    with record(tmp_path / "traces.db"):
        run(app, ASKED)
    found = replay("last", app, store=tmp_path / "traces.db").divergence
    assert 'differs but uuids: ignore=["uuids"], or --ignore uuids, takes them' in found.why
    assert replay("last", app, store=tmp_path / "traces.db", ignore="uuids").same


def test_a_value_of_the_state_that_differs_says_what_to_ignore(tmp_path):
    app = news(one_after_the_other("10:00", "10:01"))
    with record(tmp_path / "traces.db"):
        run(app, ASKED)
    out = replay("last", app, store=tmp_path / "traces.db", ignore="It is [0-9:]+")
    assert (out.divergence, out.changed) == (None, ["request"])
    assert "recorded '10:00', now '10:01'; nothing differs but times" in out.differences[0]


def test_what_is_not_ignored_is_still_found_and_shown_without_what_is(tmp_path):
    app = news(one_after_the_other("10:00 in Rome", "11:00 in Oslo"))
    with record(tmp_path / "traces.db"):
        run(app, ASKED)
    found = replay("last", app, store=tmp_path / "traces.db", ignore="times").divergence
    assert "differs but" not in found.why
    assert '-   "content": "It is <times> in Rome.",' in found.diff


def twice(first, second):
    """Return a graph whose one node asks a model about two days."""
    model = ScriptedModel(lambda messages: f"of {messages[0].text}")

    def agent(state):
        return {"messages": [model.invoke(first), model.invoke(second)]}

    graph = StateGraph(MessagesState).add_node("agent", agent).add_edge(START, "agent")
    return graph.compile()


def test_a_call_that_asks_exactly_the_same_comes_before_what_is_ignored(tmp_path):
    with record(tmp_path / "traces.db"):
        twice("on 2026-11-22", "on 2026-11-23").invoke(ASKED)
    turned = twice("on 2026-11-23", "on 2026-11-22")
    out = replay("last", turned, store=tmp_path / "traces.db", ignore="dates")
    texts = [message.text for message in out.state["messages"][1:]]
    assert (texts, out.ignored) == (["of on 2026-11-23", "of on 2026-11-22"], [])


def test_calls_that_are_the_same_but_for_what_is_ignored_are_answered_in_their_order(tmp_path):
    with record(tmp_path / "traces.db"):
        twice("on 2026-11-22", "on 2026-11-23").invoke(ASKED)
    later = twice("on 2026-11-29", "on 2026-11-30")
    out = replay("last", later, store=tmp_path / "traces.db", ignore="dates")
    texts = [message.text for message in out.state["messages"][1:]]
    assert (texts, out.ignored) == (["of on 2026-11-22", "of on 2026-11-23"], [0, 1])


def test_a_test_ignores_what_its_run_was_told_to(tmp_path):
    app = news(one_after_the_other("10:00", "10:01", "10:02", "10:03"))
    with record(tmp_path / "traces.db"):
        run(app, ASKED)
    with pytest.raises(ReplayError, match=r'would fail: .*ignore=\["times"\]'):
        to_test("last", store=tmp_path / "traces.db", app=app, folder=tmp_path)
    written = to_test(
        "last", store=tmp_path / "traces.db", app=app, folder=tmp_path, ignore=["times", r"\d \w"]
    )
    assert 'replay(CASSETTE, app, ignore=["times", "\\\\d \\\\w"])' in written.test.read_text()
    assert replay(written.cassette, app, ignore=["times"]).same
