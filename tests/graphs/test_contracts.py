"""What a node may write: checked where it is written, before it is saved."""

import dataclasses
import operator
from datetime import date
from enum import Enum
from typing import Annotated, Any, NotRequired

import pytest
from holdfast.graphs import AgentState, CheckedStateGraph, aupdate_state, update_state
from holdfast.guards import ContractError
from langgraph.channels import UntrackedValue
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, StateGraph
from langgraph.types import Overwrite
from pydantic import BaseModel, Field, computed_field, field_validator
from typing_extensions import TypedDict

CONFIG = {"configurable": {"thread_id": "1"}}


class Colour(Enum):
    RED = "red"


class Flight(BaseModel):
    id: str
    price: float = 0.0


class Strict(BaseModel, extra="forbid"):
    number: str = Field(alias="flightNumber")

    @computed_field
    @property
    def short(self) -> str:
        return self.number[:2]


class Opaque:
    """A class that nobody can check the inside of."""


class Trip(BaseModel, arbitrary_types_allowed=True):
    seats: int = Field(default=1, ge=1, le=9)
    best: Flight | None = None
    found: list[Flight] = Field(default_factory=list)
    notes: Annotated[list[str], operator.add] = Field(default_factory=list)
    total: Annotated[int, lambda old, new: (old or 0) + (new if isinstance(new, int) else 1)] = 0
    day: date | None = None
    colour: Colour = Colour.RED
    strict: Strict | None = None
    opaque: Opaque | None = None
    code: str = ""
    secret: Annotated[Any, UntrackedValue] = None

    @field_validator("code")
    @classmethod
    def _is_upper(cls, value):
        if not value.isupper():
            raise ValueError("a code is in capitals")
        return value


def writing(update, state=Trip):
    """Return a graph of one node that writes an update."""
    graph = CheckedStateGraph(state)
    graph.add_node("write", lambda _: update)
    graph.add_edge(START, "write")
    graph.add_edge("write", END)
    return graph


WRONG = [
    pytest.param(
        {"seats": "many"},
        "node 'write' writes seats = many, a str; Trip.seats takes int: .*valid integer",
        id="a wrong type",
    ),
    pytest.param({"seats": 12}, "less than or equal to 9", id="a value out of bounds"),
    pytest.param({"best": {"price": 3}}, r"best\.id", id="a model with a field missing"),
    pytest.param({"found": [{"id": "a"}, {"id": 7}]}, r"found\.1\.id", id="one item of a list"),
    pytest.param({"found": None}, "found = null", id="None for a list"),
    pytest.param({"notes": "a"}, "notes = a, a str", id="text for a part of a list"),
    pytest.param({"notes": [7]}, "notes", id="a part with a wrong item"),
    pytest.param({"code": "lh"}, "a code is in capitals", id="against a validator of ones own"),
    pytest.param({"day": "tomorrow"}, "day = tomorrow", id="no date"),
    pytest.param(
        {"seets": 1}, "which Trip does not have; its fields are best,", id="an unknown key"
    ),
    pytest.param(Trip(), "whole Trip", id="the whole model"),
    pytest.param({"seats": Overwrite("many")}, "seats", id="an overwrite"),
]


@pytest.mark.parametrize(("update", "words"), WRONG)
def test_a_wrong_update_is_refused_and_never_saved(play, update, words):
    saver = InMemorySaver()
    with pytest.raises(ContractError, match=words):
        play(writing(update), {"seats": 2}, saver=saver)
    saved = [list(point.checkpoint["channel_values"]) for point in saver.list(CONFIG)]
    assert all({"best", "found", "notes", "code", "day"}.isdisjoint(names) for names in saved)
    assert {point.checkpoint["channel_values"].get("seats", 2) for point in saver.list(CONFIG)} == {
        2
    }


@pytest.mark.parametrize(
    ("update", "stored"),
    [
        pytest.param({"seats": "3"}, {"seats": 3}, id="a number as text"),
        pytest.param({"best": {"id": "a"}}, {"best": {"id": "a", "price": 0.0}}, id="a dict"),
        pytest.param({"best": Flight(id="a")}, {"best": Flight(id="a")}, id="a model"),
        pytest.param(
            {"found": [{"id": "a", "price": "7"}]},
            {"found": [{"id": "a", "price": 7.0}]},
            id="dicts in a list",
        ),
        pytest.param(
            {"found": ({"id": "a"},)}, {"found": [{"id": "a", "price": 0.0}]}, id="a tuple"
        ),
        pytest.param({"notes": ["a"]}, {"notes": ["a"]}, id="a part of a list"),
        pytest.param({"notes": ("a",)}, {"notes": ["a"]}, id="a part as a tuple"),
        pytest.param({"total": "one"}, {"total": 1}, id="what only the reducer understands"),
        pytest.param({"day": "2026-05-01"}, {"day": date(2026, 5, 1)}, id="a date as text"),
        pytest.param(
            {"strict": {"flightNumber": "LH1"}}, {"strict": {"flightNumber": "LH1"}}, id="an alias"
        ),
        pytest.param({"code": "LH"}, {"code": "LH"}, id="a validator that agrees"),
        pytest.param({"seats": Overwrite(4)}, {"seats": 4}, id="an overwrite"),
        pytest.param(None, {}, id="nothing"),
    ],
)
def test_a_valid_update_is_saved_in_one_form(play, update, stored):
    out = play(writing(update), {"seats": 2})
    assert {key: out[key] for key in stored} == stored


def test_what_nobody_can_check_inside_is_checked_by_its_class():
    opaque = Opaque()
    assert writing({"opaque": opaque}).compile().invoke({"seats": 1})["opaque"] is opaque
    with pytest.raises(ContractError, match="opaque"):
        writing({"opaque": 7}).compile().invoke({"seats": 1})


class Keys(TypedDict):
    seats: int
    best: NotRequired[Flight]


@dataclasses.dataclass
class Data:
    seats: int = 0
    best: Flight | None = None


@pytest.mark.parametrize("state", [Keys, Data])
def test_any_kind_of_state_has_a_contract(play, state):
    assert play(writing({"seats": "3"}, state), {"seats": 2})["seats"] == 3
    with pytest.raises(ContractError, match=rf"{state.__name__}\.seats takes int"):
        play(writing({"seats": "many"}, state), {"seats": 2})
    with pytest.raises(ContractError, match="best"):
        play(writing({"best": {"price": 1}}, state), {"seats": 2})


def test_a_whole_dataclass_is_refused_too():
    with pytest.raises(ContractError, match="whole Data"):
        writing(Data(seats=3), Data).compile().invoke({"seats": 2})


def test_parallel_nodes_are_checked_each():
    graph = CheckedStateGraph(Trip)
    graph.add_node("good", lambda _: {"notes": ["a"]})
    graph.add_node("bad", lambda _: {"notes": [{}]})
    for name in ("good", "bad"):
        graph.add_edge(START, name)
    with pytest.raises(ContractError, match="node 'bad' writes notes"):
        graph.compile().invoke({"seats": 1})


# From outside


def test_the_input_is_checked_as_an_update_is(play):
    saver = InMemorySaver()
    with pytest.raises(ContractError, match="the input writes seats = many"):
        play(writing({}), {"seats": "many"}, saver=saver)
    assert play(writing({}), {"notes": ["a"]}, saver=saver)["notes"] == ["a"]


def test_a_thread_may_be_changed_from_outside_under_the_contract():
    app = writing({}).compile(InMemorySaver())
    app.invoke({"seats": 2}, CONFIG)
    update_state(app, CONFIG, {"seats": "3", "notes": ["by hand"]}, as_node="write")
    assert app.get_state(CONFIG).values["seats"] == 3
    with pytest.raises(ContractError, match="update_state writes seats = many"):
        update_state(app, CONFIG, {"seats": "many"})
    with pytest.raises(ContractError, match="update_state writes 'seets'"):
        update_state(app, CONFIG, {"seets": 1})
    assert app.get_state(CONFIG).values["seats"] == 3


async def test_a_thread_of_any_graph_may_be_changed_under_its_types():
    graph = StateGraph(Trip)
    graph.add_node("write", lambda _: {})
    graph.add_edge(START, "write")
    app = graph.compile(InMemorySaver())
    await app.ainvoke({"seats": 2}, CONFIG)
    await aupdate_state(app, CONFIG, {"best": {"id": "a"}})
    assert (await app.aget_state(CONFIG)).values["best"] == {"id": "a", "price": 0.0}
    with pytest.raises(ContractError, match=r"Trip\.best"):
        await aupdate_state(app, CONFIG, {"best": 7})


def test_fields_of_holdfast_itself_take_what_its_nodes_write():
    graph = CheckedStateGraph(AgentState)
    graph.add_node("write", lambda _: {"messages": [("user", "Hi.")], "ending": "completed"})
    graph.add_edge(START, "write")
    assert graph.compile().invoke({"messages": []})["ending"] == "completed"
