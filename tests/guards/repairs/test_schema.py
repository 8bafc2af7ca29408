import json
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Literal

import pytest
from holdfast.guards.errors import GuardConfigError
from holdfast.guards.repairs import RepairError, repair
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypedDict


class Cabin(Enum):
    ECONOMY = "economy"
    BUSINESS = "business"


class Flight(BaseModel):
    number: str
    price: float
    cabin: Cabin = Cabin.ECONOMY
    stops: list[str] = []
    leaves: date | None = None


class Card(BaseModel):
    kind: Literal["card"] = "card"
    digits: str


class Cash(BaseModel):
    kind: Literal["cash"] = "cash"
    amount: int


class Payment(BaseModel):
    model_config = ConfigDict(extra="forbid")
    how: Card | Cash


class Aliased(BaseModel):
    flight_no: str = Field(alias="flightNumber")


class Seat(TypedDict):
    row: int


@dataclass
class Bag:
    weight_kg: float


@pytest.mark.parametrize(
    ("text", "schema", "value"),
    [
        pytest.param('{"row": "12"}', Seat, {"row": 12}, id="a typed dict"),
        pytest.param('{"weightKg": "23 kg"}', Bag, Bag(23.0), id="a dataclass"),
        pytest.param('[{"row": 1}]', list[Seat], [{"row": 1}], id="an annotation"),
        pytest.param('{"flight_no": "T1"}', Aliased, Aliased(flightNumber="T1"), id="its own name"),
        pytest.param('{"FlightNumber": "T1"}', Aliased, Aliased(flightNumber="T1"), id="the case"),
        pytest.param('"$1,234.50"', float, 1234.5, id="money"),
        pytest.param('"1.234,5"', float, 1234.5, id="another country's money"),
        pytest.param('"2 million"', int, 2_000_000, id="a scale"),
        pytest.param('"5 March 2024"', date, date(2024, 3, 5), id="a date"),
        pytest.param('"yes"', bool, True, id="a truth value"),
        pytest.param('"Economy"', Cabin, Cabin.ECONOMY, id="a choice in another case"),
        pytest.param('"buisness"', Cabin, Cabin.BUSINESS, id="a choice misspelt"),
        pytest.param("I would take **business**.", Cabin, Cabin.BUSINESS, id="a choice in prose"),
        pytest.param('["economy"]', Cabin, Cabin.ECONOMY, id="a list of one"),
        pytest.param('"a"', list[str], ["a"], id="one for a list"),
        pytest.param('"1, 2"', list[int], [1, 2], id="numbers between commas"),
        pytest.param('{"items": ["a"]}', list[str], ["a"], id="a list in a wrapper"),
        pytest.param('{"result": {"row": 1}}', Seat, {"row": 1}, id="an object in a wrapper"),
        pytest.param('"{\\"row\\": 1}"', Seat, {"row": 1}, id="JSON in a string"),
        pytest.param('{"how": {"amount": "5"}}', Payment, Payment(how=Cash(amount=5)), id="union"),
        pytest.param('{"amount": 5}', Payment, Payment(how=Cash(amount=5)), id="a field left out"),
        pytest.param('{"a": "1"}', dict[str, int], {"a": 1}, id="a mapping"),
        pytest.param("any text at all", str, "any text at all", id="text"),
    ],
)  # fmt: skip
def test_a_value_is_fitted_to_its_schema(text, schema, value):
    assert repair(text, schema).value == value


@pytest.mark.parametrize(
    ("text", "schema"),
    [
        pytest.param('{"price": 1}', Flight, id="a required field is missing"),
        pytest.param('"3 to 5"', int, id="two numbers"),
        pytest.param('"1.5"', int, id="half a number"),
        pytest.param('"3/4/2024"', date, id="day and month could be either"),
        pytest.param("true or false", bool, id="both truth values"),
        pytest.param("economy or business", Cabin, id="two choices"),
        pytest.param('"first"', Cabin, id="no choice"),
        pytest.param("null", int, id="nothing"),
        pytest.param("I cannot do that", Flight, id="a refusal"),
    ],
)
def test_meaning_is_not_invented(text, schema):
    with pytest.raises(RepairError):
        repair(text, schema)


def test_the_candidate_that_fits_wins_not_the_first():
    text = 'Like {"x": 1}: ```json\n{"y": 2}\n``` I mean {"number": "TP1", "price": "99 EUR"}'
    assert repair(text, Flight).value == Flight(number="TP1", price=99)


def test_a_key_that_the_model_would_ignore_is_matched_with_the_field_it_means():
    repaired = repair('{"number": "T", "price": 1, "Stops": ["OPO"]}', Flight)
    assert repaired.value.stops == ["OPO"]
    assert [str(edit) for edit in repaired.edits] == ["/stops: key 'Stops' renamed"]


def test_a_forbidden_key_is_left_out_or_refused():
    text = '{"how": {"amount": 5}, "tip": 1}'
    assert repair(text, Payment).value == Payment(how=Cash(amount=5))
    with pytest.raises(RepairError) as caught:
        repair(text, Payment, extra="refuse")
    assert caught.value.wrong == ("/tip",)


def test_null_for_a_field_with_a_default_leaves_the_default():
    assert repair('{"number": "T", "price": 1, "stops": null}', Flight).value.stops == []


def test_the_schema_has_the_last_word():
    shape = {"type": "string", "pattern": "^a+$"}
    with pytest.raises(RepairError) as caught:
        repair('"b"', shape)
    assert caught.value.errors[0].path == ()


def test_a_schema_that_is_none_is_a_set_up_error():
    with pytest.raises(GuardConfigError):
        repair("{}", {"type": "objekt"})


shape = {
    "type": "object",
    "properties": {
        "n": {"type": "integer", "minimum": 0},
        "s": {"type": "string"},
        "c": {"enum": ["red", "green"]},
        "l": {"type": "array", "items": {"type": "number"}},
        "u": {"anyOf": [{"type": "boolean"}, {"type": "null"}]},
    },
    "required": ["n"],
    "additionalProperties": False,
}
given_parts = st.one_of(
    st.none(), st.booleans(), st.integers(-9, 9), st.floats(-9, 9), st.text(max_size=6),
    st.sampled_from(["12", "1,000", "Red", "n/a", "yes", "1/2", "[1]", '{"n": 1}']),
    st.lists(st.integers() | st.text(max_size=3), max_size=3),
)  # fmt: skip
names = st.sampled_from(["n", "N", "s", "c", "l", "u", "x", "data"])


@given(value=st.dictionaries(names, given_parts | st.dictionaries(names, given_parts)))
@settings(max_examples=200, deadline=None)
def test_what_is_returned_always_validates(value):
    try:
        repaired = repair(json.dumps(value), shape)
    except RepairError:
        return
    Draft202012Validator(shape).validate(repaired.value)
    assert repair(json.dumps(repaired.value), shape).value == repaired.value
