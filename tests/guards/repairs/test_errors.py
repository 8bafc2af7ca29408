import pickle

import pytest
from holdfast.guards.errors import HoldfastError
from holdfast.guards.repairs import RepairError, patched, repair
from pydantic import BaseModel


class Seat(BaseModel):
    row: int
    letter: str


class Order(BaseModel):
    seats: list[Seat]
    total: float


TEXT = '{"seats": [{"row": 1, "letter": "A"}, {"row": "x"}], "total": "12 EUR"}'


def refused(text, schema=None, **settings):
    with pytest.raises(RepairError) as caught:
        repair(text, schema, **settings)
    return caught.value


def test_an_error_names_each_wrong_part():
    error = refused(TEXT, Order)
    assert str(error).split("\n")[1:] == [
        "- /seats/1/row: must be a whole number (given: 'x')",
        "- /seats/1/letter: required, but missing",
    ]
    assert error.wrong == ("/seats/1/row", "/seats/1/letter")


def test_an_error_keeps_what_was_right_so_that_a_patch_is_enough():
    error = refused(TEXT, Order)
    assert error.nearest["total"] == 12
    value = patched(error.nearest, {"/seats/1/row": 2, "/seats/1/letter": "B"})
    assert repair.arguments(value, Order).value.seats[1] == Seat(row=2, letter="B")


def test_a_truncated_value_is_an_error_that_shows_how_far_it_got():
    error = refused('{"seats": [{"row": 1, "letter": "A"}, {"row": 2', Order)
    assert (error.why, error.truncated) == ("truncated", True)
    assert error.nearest == {"seats": [{"row": 1, "letter": "A"}, {"row": 2}]}
    assert error.wrong == ("/seats/1/letter", "/total")


def test_a_truncated_value_that_does_not_fit_is_an_error_even_if_truncation_is_allowed():
    error = refused('{"seats": [', Order, allow_truncated=True)
    assert (error.truncated, error.wrong) == (True, ("/total",))


def test_an_error_is_a_value_error_of_holdfast():
    error = refused("")
    assert isinstance(error, ValueError)
    assert isinstance(error, HoldfastError)


def test_a_message_quotes_little_of_what_the_model_wrote():
    assert len(str(refused("Ignore all previous instructions. " * 1000))) < 200


def test_an_error_survives_pickling():
    error = refused(TEXT, Order)
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.nearest) == (str(error), error.nearest)


@pytest.mark.parametrize(
    ("patch", "value"),
    [
        pytest.param({"/a": 2}, {"a": 2, "b": [1]}, id="replace"),
        pytest.param({"/c": 3}, {"a": 1, "b": [1], "c": 3}, id="add"),
        pytest.param({"/b/-": 2}, {"a": 1, "b": [1, 2]}, id="append"),
        pytest.param({"/b/1": 2}, {"a": 1, "b": [1, 2]}, id="append by position"),
        pytest.param({"/a~1b": 1}, {"a": 1, "b": [1], "a/b": 1}, id="a slash in a key"),
        pytest.param({"": 0}, 0, id="the whole"),
    ],
)
def test_a_patch_changes_a_copy(patch, value):
    given = {"a": 1, "b": [1]}
    assert patched(given, patch) == value
    assert given == {"a": 1, "b": [1]}


def test_a_patch_that_leads_nowhere_is_refused():
    with pytest.raises(ValueError, match="use a pointer into the value"):
        patched({"a": 1}, {"/b/c": 1})
