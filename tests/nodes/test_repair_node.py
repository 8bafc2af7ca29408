import json
from typing import Annotated

import pytest
from holdfast.drills import ScriptedModel
from holdfast.guards import Budget, GuardConfigError
from holdfast.nodes import by_action, human_node, repair_node
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import AIMessage, HumanMessage
from langgraph.graph import END, START, StateGraph
from langgraph.graph.message import add_messages
from pydantic import BaseModel
from typing_extensions import TypedDict


class Flight(BaseModel):
    id: str
    price: float


class State(TypedDict, total=False):
    messages: Annotated[list, add_messages]
    text: str
    flight: dict


class Typed(BaseModel):
    messages: Annotated[list, add_messages] = []
    flight: Flight | None = None


WHOLE = '{"id": "LH1", "price": 100}'
LH1 = {"id": "LH1", "price": 100.0}
ASKED = HumanMessage("Which flight?")


def mending(*replies, schema=Flight, state=State, **settings):
    """Return a graph of somebody else's that ends with our node."""
    settings = {"into": "flight", "clock": lambda: 100.0, **settings}
    model = ScriptedModel(list(replies)) if replies else None
    graph = StateGraph(state)
    graph.add_node("repair", repair_node(schema, model, **settings))
    graph.add_node("human", human_node(clock=lambda: 100.0))
    graph.add_edge(START, "repair")
    ways = {"none": END, "wrap_up": END, "escalate": "human", "stop": END}
    graph.add_conditional_edges("repair", by_action, ways)
    graph.add_edge("human", END)
    return graph, model


def said(reply):
    return {"messages": [ASKED, reply if isinstance(reply, AIMessage) else AIMessage(reply)]}


def cut(text, reason="length"):
    return AIMessage(text, response_metadata={"finish_reason": reason})


@pytest.mark.parametrize(
    ("given", "replies"),
    [
        pytest.param(said(WHOLE), [], id="valid"),
        pytest.param(said("```\n{'id': 'LH1', 'price': '100',}\n```"), [], id="repaired"),
        pytest.param({"text": WHOLE}, [], id="a text"),
        pytest.param({"text": f"It is {WHOLE}."}, [], id="a text with prose around"),
        pytest.param({"text": "LH1 costs 100."}, [WHOLE], id="a text in words"),
        pytest.param({}, [WHOLE], id="nothing there"),
        pytest.param(said("It is LH1."), [WHOLE], id="words"),
        pytest.param(said(""), [WHOLE], id="an empty answer"),
        pytest.param(said(WHOLE[:13]), [WHOLE[13:]], id="cut off"),
        pytest.param(said(cut(WHOLE[:13])), [cut(WHOLE[13:16]), WHOLE[16:]], id="cut off twice"),
        pytest.param(said('{"id": "LH1"}'), [WHOLE], id="a missing field"),
        pytest.param(said("I can't help with that."), [WHOLE], id="a refusal in words"),
        pytest.param(
            said(AIMessage("", invalid_tool_calls=[{"type": "invalid_tool_call", "id": "1",
                "name": "Flight", "args": "{'id': 'LH1', 'price': 100}", "error": None}])),
            [],
            id="a call that cannot be read",
        ),
    ],
)  # fmt: skip
def test_a_typed_result_is_written(play, given, replies):
    reads = "messages" if "messages" in given or not given else "text"
    graph, model = mending(*replies, reads=reads)
    out = play(graph, given)
    assert out["flight"] == LH1
    assert (out["rung"], out.get("ending")) == ("none", None)
    assert len(model.calls if model else []) == len(replies)
    spent = out["ledger"].get("spent") or {"model_calls": 0}
    assert spent["model_calls"] == len(replies)


UNREADABLE = {"type": "invalid_tool_call", "id": "1", "name": "f", "args": "id = x", "error": None}


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        pytest.param("", "empty", id="an empty answer"),
        pytest.param("It is LH1.", "off_schema", id="words"),
        pytest.param('{"id": "LH1", "price": "dear"}', "off_schema", id="a wrong field"),
        pytest.param(WHOLE[:13], "truncated", id="cut off"),
        pytest.param(cut("", "max_tokens"), "truncated", id="cut off before a word"),
        pytest.param(cut(WHOLE, "SAFETY"), "filtered", id="filtered"),
        pytest.param(cut("", "refusal"), "refused", id="refused by the provider"),
        pytest.param(
            AIMessage([{"type": "refusal", "refusal": "No."}]), "refused", id="a refusal block"
        ),
        pytest.param("I'm sorry, but I can't assist with that.", "refused", id="refused in words"),
        pytest.param(
            AIMessage("", invalid_tool_calls=[UNREADABLE]), "unreadable_calls", id="unreadable"
        ),
    ],
)
def test_each_kind_of_fault_is_told_apart(play, reply, kind):
    graph, _ = mending()
    out = play(graph, said(reply))
    (verdict,) = out["verdicts"]
    assert (verdict["guard"], verdict["kind"], verdict["action"]) == ("repair", kind, "stop")
    assert (out["ending"], out["rung"]) == ("unrepaired", "stop")
    assert "flight" not in out


def test_it_gives_up_after_its_attempts_and_says_what_was_wrong(play):
    graph, model = mending("No.", "No!", '{"id": "LH1", "price": "dear"}', attempts=3)
    out = play(graph, said("It is LH1."))
    assert len(model.calls) == 3
    assert [verdict["action"] for verdict in out["verdicts"]] == ["nudge"] * 3 + ["stop"]
    assert (
        "after 3 more attempts (off_schema): /price: must be a number"
        in (out["verdicts"][-1]["reason"])
    )
    assert out["ledger"]["spent"]["model_calls"] == 3
    assert {step["actor"] for step in out["ledger"]["recent"]} == {"repair"}


def test_a_person_may_be_asked(play):
    graph, _ = mending(policy={"repair": "escalate"})
    out = play(graph, said("It is LH1."), ["It was LH1."])
    assert out["decision"] == "continue"
    assert "It was LH1." in out["messages"][-1].text


def test_a_model_that_fails_is_no_exception_of_the_graph(play):
    graph, _ = mending(TimeoutError("busy"))
    out = play(graph, said("It is LH1."))
    assert out["ending"] == "unrepaired"
    assert "failed (TimeoutError)" in out["verdicts"][-1]["reason"]
    assert out["ledger"]["spent"]["model_calls"] == 1


def test_a_budget_that_is_spent_asks_nobody(play):
    graph, model = mending("No.", "No!", guards=[Budget(model_calls=1)])
    out = play(graph, said("It is LH1."))
    assert len(model.calls) == 1
    assert out["verdicts"][-1]["guard"] == "budget"
    assert out["rung"] in ("wrap_up", "stop")
    assert "flight" not in out


def test_a_typed_state_gets_plain_data(play):
    graph, _ = mending(state=Typed)
    assert play(graph, said(WHOLE))["flight"] == LH1


def test_a_json_schema_will_do(play):
    schema = {"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]}
    graph, _ = mending(schema=schema)
    assert play(graph, said("{'id': 'LH1'}"))["flight"] == {"id": "LH1"}


def test_the_failed_answer_leaves_the_prompt():
    graph, model = mending(f"Well. {'It depends. ' * 20}Nope.", WHOLE)
    graph.compile().invoke(said("It is LH1, I think."))
    first, second = (call.messages for call in model.calls)
    assert [message.type for message in first] == [message.type for message in second]
    assert first[0].text == "Which flight?"
    assert "Nope" not in second[-1].text
    assert '"price"' in second[-1].text


def test_an_answer_of_another_thread_is_not_remembered():
    graph, _ = mending("Nope.", WHOLE, WHOLE)
    app = graph.compile()
    app.invoke(said("x y z, and so on"))
    assert app.invoke(said("x y z, and so on"))["flight"] == LH1


class Listener(BaseCallbackHandler):
    def __init__(self):
        self.heard = []

    def on_custom_event(self, name, data, **_):
        self.heard.append((name, data))


def test_a_trace_is_told_what_was_changed():
    graph, _ = mending('{"id": "LH1", "price": "100 EUR"}')
    listener = Listener()
    graph.compile().invoke(said("It is LH1."), {"callbacks": [listener]})
    (_, first), (name, last) = listener.heard
    assert name == "holdfast.repair"
    assert (first["outcome"], first["kind"], first["mode"]) == (
        "asked_again",
        "off_schema",
        "whole",
    )
    assert (last["outcome"], last["asked"]) == ("repaired", 1)
    assert last["edits"] == ["/price: '100 EUR' read as 100"]
    assert last["preview"] == '{"id": "LH1", "price": "100 EUR"}'
    json.dumps(listener.heard)


def test_valid_input_is_no_event():
    graph, _ = mending()
    listener = Listener()
    graph.compile().invoke(said(WHOLE), {"callbacks": [listener]})
    assert listener.heard == []


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        pytest.param({"model": "gpt"}, "give a chat model", id="a name for a model"),
        pytest.param({"attempts": -1, "model": ScriptedModel([])}, "use 0 or more", id="attempts"),
        pytest.param({"schema": {"type": "nonsense"}}, "JSON", id="no schema"),
        pytest.param({"policy": {"repare": "stop"}}, "no such guard", id="a policy for nobody"),
    ],
)
def test_settings_that_cannot_work_are_refused_at_once(settings, words):
    given = {"schema": Flight, "into": "flight", **settings}
    with pytest.raises(GuardConfigError, match=words):
        repair_node(**given)
