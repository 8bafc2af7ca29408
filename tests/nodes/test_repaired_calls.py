from typing import Literal

import pytest
from holdfast.drills import ScriptedModel
from holdfast.guards import Call, ToolSpec
from holdfast.guards.digest import digest
from holdfast.guards.message import read_arguments
from holdfast.nodes.repaired_calls import repair_calls, says_the_same
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import AIMessage

from .shop import agent_graph, go, results

SCHEMA = {
    "type": "object",
    "properties": {
        "city": {"type": "string"},
        "days": {"type": "integer"},
        "price": {"type": "number"},
        "tags": {"type": "array", "items": {"type": "string"}},
        "cabin": {"enum": ["economy", "business"]},
        "direct": {"type": "boolean"},
        "who": {"type": "object", "properties": {"age": {"type": "integer"}}},
    },
    "required": ["city"],
}
SPECS = {"trip": ToolSpec("trip", parameters=SCHEMA)}


def repaired(raw):
    """Return a call's arguments after the repair, or None where it was left as it is."""
    args, error = read_arguments(raw)
    (call,), notes = repair_calls([Call("1", "trip", args, error=error)], SPECS)
    return call.args if notes else None


@pytest.mark.parametrize(
    ("raw", "args"),
    [
        pytest.param("{'city': 'Lisbon', 'direct': True}", {"city": "Lisbon", "direct": True},
            id="Python's literals"),
        pytest.param('{"city": "L",}', {"city": "L"}, id="a trailing comma"),
        pytest.param('{city: "L"}', {"city": "L"}, id="a bare key"),
        pytest.param('{"city": "L" "days": 3}', {"city": "L", "days": 3}, id="a comma missing"),
        pytest.param('```json\n{"city": "L"}\n```', {"city": "L"}, id="a fence"),
        pytest.param('{"city": "L"}<|im_end|>', {"city": "L"}, id="a model's mark behind it"),
        pytest.param('{"city": "L"} // the capital', None, id="a remark behind it"),
        pytest.param('{"city": "L", "days": "3"}', {"city": "L", "days": 3},
            id="an integer as text"),
        pytest.param('{"city": "L", "price": "1.50"}', {"city": "L", "price": 1.5},
            id="a number as text"),
        pytest.param('{"city": "L", "direct": "True"}', {"city": "L", "direct": True},
            id="a truth value as text"),
        pytest.param('{"city": 5}', {"city": "5"}, id="a number for a text"),
        pytest.param('{"city": "L", "tags": "sea"}', {"city": "L", "tags": ["sea"]},
            id="one value for a list"),
        pytest.param('{"city": ["L"]}', {"city": "L"}, id="a list of one for a value"),
        pytest.param('{"city": "L", "who": "{\\"age\\": 7}"}', {"city": "L", "who": {"age": 7}},
            id="an object as text"),
        pytest.param('{"city": "L", "cabin": "Economy"}', {"city": "L", "cabin": "economy"},
            id="a choice in another case"),
        pytest.param('{"City": "L"}', {"city": "L"}, id="a name in another case"),
        pytest.param('{"city": "L", "days": null}', {"city": "L"}, id="null for nothing"),
        pytest.param('{"arguments": {"city": "L"}}', {"city": "L"}, id="a wrapper"),
    ],
)  # fmt: skip
def test_arguments_with_one_reading_are_repaired(raw, args):
    assert repaired(raw) == args


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param('{"city": "L", "days": 3', id="cut off"),
        pytest.param('{"city": "Lis', id="cut off in a text"),
        pytest.param('{"city": "L"}{"city": "M"}', id="two at once"),
        pytest.param('{"city": "L", "town": "x"}', id="an unknown argument"),
        pytest.param('{"city": "L", "Town": "x", "days": "3"}', id="an unknown one among others"),
        pytest.param('{"days": 3}', id="one missing"),
        pytest.param('{"city": null}', id="null for one that is needed"),
        pytest.param('{"city": "L", "days": "3 weeks"}', id="a unit"),
        pytest.param('{"city": "L", "price": "1,200"}', id="a comma that may mean either"),
        pytest.param('{"city": "L", "price": "$12"}', id="a currency"),
        pytest.param('{"city": "L", "days": "three"}', id="a number in words"),
        pytest.param('{"city": "L", "cabin": "econmy"}', id="a choice misspelt"),
        pytest.param('{"city": "L", "tags": "sea, sun"}', id="several values as one text"),
        pytest.param('{"city": "L", "direct": "yes"}', id="a truth value in words"),
        pytest.param('{"city": ["L", "M"]}', id="several for one"),
        pytest.param('{"city": "say "hi" now"}', id="quotes that may end anywhere"),
        pytest.param('{"city": "L", "days":}', id="a value that is not there"),
        pytest.param("Lisbon", id="no object"),
        pytest.param('{"trip": {"city": "L"}}', id="a wrapper nobody knows"),
        pytest.param("", id="nothing"),
    ],
)
def test_arguments_that_could_mean_something_else_are_left_to_the_guard(raw):
    assert repaired(raw) is None


def test_a_call_that_fits_is_handed_on_as_it_is():
    call = Call("1", "trip", {"city": "L"})
    assert repair_calls([call], SPECS) == ([call], [])


def test_a_call_of_an_unknown_tool_is_left_to_the_guard():
    call = Call("1", "tripp", "{'city': 1", error="no JSON")
    assert repair_calls([call], SPECS) == ([call], [])


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@given(value=json_values, other=json_values)
def test_saying_the_same_takes_any_values(value, other):
    assert says_the_same(value, other) in (True, False)


@given(args=st.dictionaries(st.sampled_from(["city", "days", "tags", "who", "x"]), json_values))
def test_whatever_is_given_a_repaired_call_fits(args):
    (call,), notes = repair_calls([Call("1", "trip", args)], SPECS)
    if notes:
        SPECS["trip"].validator.validate(call.args)
        assert says_the_same(args, call.args)
    else:
        assert call.args is args


def look(at: str, days: int = 1, cabin: Literal["economy", "business"] = "economy") -> str:
    """Look."""
    return f"{at} for {days!r} in {cabin}"


def unreadable(args):
    call = {"type": "invalid_tool_call", "name": "look", "args": args, "id": "1", "error": None}
    return AIMessage("", invalid_tool_calls=[call])


def made(**args):
    return AIMessage("", tool_calls=[{"name": "look", "args": args, "id": "1"}])


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(made(at="home", days="3", cabin="Business"), id="that do not fit"),
        pytest.param(
            unreadable("{'at': 'home', 'days': 3, 'cabin': 'business',}"), id="that cannot be read"
        ),
    ],
)
def test_a_call_runs_with_its_repaired_arguments_and_the_run_says_so(play, reply):
    graph = agent_graph(ScriptedModel([reply, "Done."]), [look])
    graph.branches["agent"].clear()
    graph.add_conditional_edges("agent", wants_tools, ["tools", "__end__"])
    out = play(graph, go())
    (result,) = results(out)
    assert (result.status, result.content) == ("success", "home for 3 in business")
    (step,) = (step for step in out["ledger"]["recent"] if step["kind"] == "tool")
    assert step["args"]["days"] == digest(3)
    assert step["args"]["cabin"] == digest("business")
    (verdict,) = out["verdicts"]
    assert (verdict["guard"], verdict["kind"], verdict["action"]) == ("repair", "arguments", "none")
    assert verdict["calls"] == ["1"]
    assert out["rung"] == "none"


def wants_tools(state):
    last = state["messages"][-1]
    return "tools" if last.tool_calls or last.invalid_tool_calls else "__end__"


def test_a_trace_is_told_of_repaired_arguments():
    heard = []

    class Listener(BaseCallbackHandler):
        def on_custom_event(self, name, data, **_):
            heard.append((name, data["kind"], data["calls"]))

    graph = agent_graph(ScriptedModel([made(at="home", days="3"), "Done."]), [look])
    graph.compile().invoke(go(), {"callbacks": [Listener()]})
    assert heard == [("holdfast.repair", "arguments", ["1"])]
