from typing import Any

import pytest
from holdfast.drills import ScriptedModel
from holdfast.traces import ReplayError, effect, record, replay
from langchain_core.messages import AnyMessage
from langgraph.graph import START, StateGraph
from pydantic import BaseModel
from typing_extensions import TypedDict


class Notes(TypedDict):
    notes: list[str]


def noting(look):
    graph = StateGraph(Notes).add_node("note", lambda state: {"notes": [str(look())]})
    return graph.add_edge(START, "note").compile()


class Whole(BaseModel):
    name: str


class Handle:
    """Stands for a connection: no record can keep it."""


def here():
    """Return a class that no other process, and nobody later, finds."""

    class Gone(BaseModel):
        name: str

    return Gone


def recorded(folder, app, given):
    with record(folder / "traces.db"):
        app.invoke(given)
    return replay("last", app, store=folder / "traces.db")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        pytest.param(lambda: here()(name="a"), "Gone, which is not imported here", id="its class"),
        pytest.param(lambda: [here()(name="a")], "holds a ", id="in a list"),
        pytest.param(Handle, "Handle, which no record can keep", id="a connection"),
    ],
)
def test_what_cannot_be_given_again_stops_a_replay_and_says_why(tmp_path, make, said):
    found = recorded(tmp_path, noting(lambda: effect("look", make)), {"notes": []}).divergence
    assert found.why.startswith("what the effect 'look' returned ")
    assert said in found.why


def test_what_can_be_given_again_is(tmp_path):
    made = [Whole(name="a"), {"b": Whole(name="b")}]
    app = noting(lambda: effect("look", lambda: made))
    assert recorded(tmp_path, app, {"notes": []}).same


def test_an_input_whose_class_is_gone_is_refused(tmp_path):
    class State(BaseModel):
        what: Any = None
        messages: list[AnyMessage] = []

    model = ScriptedModel(lambda messages: "Hi.")
    graph = StateGraph(State).add_node("say", lambda state: {"messages": [model.invoke("Hi")]})
    app = graph.add_edge(START, "say").compile()
    with pytest.raises(ReplayError, match=r"its input holds a .*Gone, which is not imported here"):
        recorded(tmp_path, app, {"what": here()(name="a")})
    assert recorded(tmp_path, app, {"what": Whole(name="a")}).same
    assert recorded(tmp_path, app, {"what": Handle()}).same
