import asyncio
import json

import pytest
from holdfast.drills import ScriptedModel
from holdfast.traces import Edit, ReplayError, Store, fork, record, replay
from holdfast.traces.replaying.divergence import first_difference
from holdfast.traces.store import NoSuchTraceError
from langchain_core.messages import HumanMessage, convert_to_messages
from langgraph.checkpoint.memory import InMemorySaver

from .shop import RAN, shop

ASKED = {"messages": [("user", "Refund order 7, please.")]}
WAY = ["agent", "act", "agent", "act", "agent"]


@pytest.fixture
def store(tmp_path):
    with record(tmp_path / "traces.db"):
        shop().compile().invoke(ASKED, {"configurable": {"thread_id": "7"}})
    RAN.clear()
    with Store(tmp_path / "traces.db", read_only=True) as opened:
        yield opened


def again(store, graph=None, **settings):
    return replay("last", (graph or shop()).compile(), store=store, **settings)


def test_the_same_graph_does_the_same_without_a_call(store):
    out = again(store)
    assert (out.same, out.path, out.real_calls, RAN) == (True, WAY, 0, [])
    assert out.state["messages"][-1].text == "Done: refunded 40 EUR."


def test_a_changed_prompt_is_found_at_the_first_call_with_what_changed(store):
    found = again(store, shop(prompt="Refund nothing.")).divergence
    assert (found.kind, found.node, found.step, found.name) == ("call", "agent", 1, "ScriptedModel")
    assert '-   "content": "Refund what the customer asks for.",' in found.diff
    assert '+   "content": "Refund nothing.",' in found.diff
    assert found.nearest == 0


def test_nothing_runs_after_a_divergence(store):
    out = again(store, shop(prompt="Refund nothing."))
    assert (out.stopped, out.same, out.error, out.path, RAN) == (True, False, None, ["agent"], [])


def test_another_way_through_the_graph_is_a_divergence_too(store):
    out = again(store, shop(checks=True))
    assert (out.divergence.kind, out.divergence.step) == ("route", 3)
    assert out.divergence.why == "it goes to its end; recorded is agent"
    assert [call.key.name for call in out.unused] == ["ScriptedModel", "refund", "ScriptedModel"]
    assert out.changed == ["messages"]


def test_a_node_that_handles_every_error_does_not_handle_a_divergence(store):
    out = again(store, shop(prompt="Refund nothing.", careful=True))
    assert (out.divergence.step, out.state["messages"][-1].type) == (1, "human")


@pytest.mark.parametrize(
    ("until", "way"),
    [
        pytest.param(1, ["agent"], id="the first step"),
        pytest.param(3, ["agent", "act", "agent"], id="in the middle"),
        pytest.param(9, WAY, id="beyond the end"),
    ],
)
def test_a_replay_stops_after_the_step_it_is_told(store, until, way):
    out = again(store, until=until)
    assert (out.path, out.stopped, out.divergence) == (way, len(way) < 5, None)
    assert len(out.state["messages"]) == 1 + len(way)


def test_a_live_replay_calls_from_its_step_on(store):
    out = again(store, from_step=4, live=True)
    assert (RAN, out.real_calls, out.path) == (["refund", "model"], 2, WAY)


def test_a_live_replay_still_finds_what_differs_before_its_step(store):
    out = again(store, shop(prompt="Refund nothing."), from_step=4, live=True)
    assert (out.divergence.step, RAN) == (1, [])


def test_an_edited_tool_result_reaches_the_model_that_then_goes_on_live(store):
    for call in ("1", "#1"):  # as trace show prints it
        out = again(store, edits=[f"{call}=order 7: 5 EUR, owner ann"], from_step=3, live=True)
        assert out.state["messages"][-1].text == "Done: refunded 5 EUR."


@pytest.mark.parametrize(
    ("edit", "step", "line"),
    [
        pytest.param("1=none", 3, '+   "content": "none",', id="a tool result"),
        pytest.param('0/tool_calls/0/args/number="8"', 2, '+  "number": "8"', id="a model's reply"),
        pytest.param('input/messages=[["user", "Hi"]]', 1, '+   "content": "Hi",', id="the input"),
    ],
)
def test_an_edit_without_live_says_what_comes_of_it(store, edit, step, line):
    found = again(store, edits=[edit]).divergence
    assert found.step == step
    assert line in found.diff


def test_live_calls_are_not_missed_and_those_before_are(store):
    assert again(store, from_step=2, live=True).unused == []
    out = again(store, from_step=4, live=True, graph=shop(checks=True))
    assert [call.n for call in out.unused] == [2]


def test_what_differs_first_is_told(store):
    out = again(store, shop(checks=True))
    (told,) = out.differences
    assert told.startswith("messages/3: recorded {")
    assert told.endswith(", now nothing")


def test_what_differs_is_told_without_control_characters_and_bounded():
    told = first_difference("notes", ["a", {"b": 1}], ["a", {"b": "\x1b[31m." + "x" * 5_000}])
    assert told.startswith("notes/1/b: recorded 1, now '[31m.")
    assert len(told) < 300


@pytest.mark.parametrize(
    "message",
    [
        pytest.param(("user", "Hi"), id="a pair"),
        pytest.param(["user", "Hi"], id="a list"),
        pytest.param({"role": "user", "content": "Hi"}, id="a dict"),
        pytest.param(HumanMessage("Hi"), id="a message"),
    ],
)
def test_the_text_of_a_message_is_edited_whatever_its_form(message):
    changed = Edit.read("input/messages/0/content=Bye").at({"messages": [message]})
    assert convert_to_messages(changed["messages"])[0].text == "Bye"


def test_an_edit_names_what_is_missing(store):
    with pytest.raises(ReplayError, match="the input has nothing at '5'"):
        again(store, edits=["input/messages/5/content=Hi"])


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        pytest.param("sunny", "use input/POINTER=VALUE, CALL=VALUE", id="no form"),
        pytest.param("9=x", "has 0 to 4", id="no such call"),
        pytest.param("0/nothing/there=1", "call 0 has nothing at 'nothing'", id="no such place"),
    ],
)
def test_an_edit_that_fits_nothing_says_so(store, edit, said):
    with pytest.raises(ReplayError, match=said):
        again(store, edits=[edit])


def test_a_loose_replay_answers_another_request_and_says_which(store):
    out = again(store, shop(prompt="Refund nothing."), mode="loose")
    assert (out.guessed, out.path, out.same) == ([0, 2, 4], WAY, False)
    assert RAN == []


def test_a_step_to_go_live_from_needs_leave_to_go_live(store):
    with pytest.raises(ReplayError, match="give both"):
        again(store, from_step=2)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        pytest.param({"mode": "lose"}, "mode='lose': use strict or loose", id="no mode"),
        pytest.param({"until": -1}, "until=-1: give a super-step, from 1", id="no step"),
        pytest.param({"until": "2"}, "until='2': give a super-step, from 1", id="a text"),
        pytest.param({"from_step": -1, "live": True}, "from_step=-1: give", id="no live step"),
    ],
)
def test_a_setting_that_is_none_is_refused(store, settings, said):
    with pytest.raises(ReplayError, match=said):
        again(store, **settings)


@pytest.mark.parametrize("asked", [replay, fork], ids=["replay", "fork"])
@pytest.mark.parametrize(
    ("app", "said"),
    [
        pytest.param("agents:app", "is a name: import the compiled graph", id="a name"),
        pytest.param(shop(), r"not compiled: give graph.compile\(\)", id="not compiled"),
        pytest.param(7, "app is of type int: give a compiled LangGraph graph", id="a number"),
    ],
)
def test_what_is_no_compiled_graph_is_refused(store, asked, app, said):
    with pytest.raises(ReplayError, match=said):
        asked("last", app, *((2,) if asked is fork else ()), store=store)


def test_a_cassette_that_is_named_by_a_text_is_refused(store):
    with pytest.raises(ReplayError, match=r"give a cassette as a path"):
        replay("nothing.json", shop().compile(), store=store)


def test_a_run_that_is_not_there_is_named(store):
    with pytest.raises(NoSuchTraceError):
        replay("nothing", shop().compile(), store=store)


def test_a_store_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ReplayError, match=r"none\.db: there is no such file"):
        replay("last", shop().compile(), store=tmp_path / "none.db")


def test_a_replay_in_a_running_loop_gets_a_loop_of_its_own(tmp_path):
    async def agent(state):
        return {"messages": [await model.ainvoke(state["messages"])]}

    model = ScriptedModel(["Hello."])
    graph = shop()
    graph.nodes["agent"] = type(graph)(graph.state_schema).add_node("agent", agent).nodes["agent"]
    app = graph.compile()

    async def both():
        with record(tmp_path / "traces.db"):
            await app.ainvoke(ASKED)
        return replay("last", app, store=tmp_path / "traces.db")

    assert asyncio.run(both()).same


def test_secrets_in_a_request_do_not_part_a_replay_from_its_record(tmp_path):
    asked = {"messages": [("user", "My key is sk-abcdefghijklmnopqrstuvwx, refund order 7.")]}
    with record(tmp_path / "traces.db"):
        shop().compile().invoke(asked)
    out = replay("last", shop().compile(), store=tmp_path / "traces.db")
    assert out.divergence is None
    assert "sk-abc" not in json.dumps(out.as_json())


def test_runs_of_a_thread_are_replayed_one_after_the_other(tmp_path):
    app = shop().compile(InMemorySaver())
    config = {"configurable": {"thread_id": "7"}}
    with record(tmp_path / "traces.db"):
        app.invoke(ASKED, config)
        app.invoke({"messages": [("user", "And again.")]}, config)
    out = replay("last", shop().compile(InMemorySaver()), store=tmp_path / "traces.db")
    assert out.same
    assert [message.type for message in out.state["messages"]].count("human") == 2


def test_a_step_to_stop_after_is_one_of_the_run_that_is_named_not_of_those_before(tmp_path):
    app = shop().compile(InMemorySaver())
    config = {"configurable": {"thread_id": "7"}}
    with record(tmp_path / "traces.db"):
        app.invoke(ASKED, config)
        app.invoke({"messages": [("user", "And again.")]}, config)
    with Store(tmp_path / "traces.db", read_only=True) as store:
        for step in (1, 7):
            with pytest.raises(
                ReplayError, match=rf"until={step}: run \S+ has steps 8 to 8, as it"
            ):
                again(store, until=step)
        out = again(store, until=8)
        assert (out.path, out.divergence) == ([*WAY, "agent"], None)
        assert again(store, shop(prompt="Refund nothing."), until=8).divergence.step == 1


def test_what_is_replayed_is_a_value_that_prints_and_becomes_json(store):
    out = again(store, shop(prompt="Refund nothing."))
    assert json.loads(json.dumps(out.as_json()))["divergence"]["step"] == 1


def test_a_replay_that_raises_what_its_record_did_not_says_so(store):
    out = again(store, edits=["0/tool_calls/0/args/number=8"])  # a number, where text is wanted
    assert out.divergence.why == "it raises ValidationError; recorded is agent"
