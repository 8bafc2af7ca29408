import json
from enum import Enum

import pytest
from holdfast.guards.repairs import RepairError, RepairStream, repair
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel


class Cabin(Enum):
    ECONOMY = "economy"


class Flight(BaseModel):
    number: str
    price: float
    cabin: Cabin


TEXT = '```json\n[{"number": "TP 1", "price": 129.5, "cabin": "economy"}]\n```'


def values(text, schema=None, size=1):
    chunks = (text[at : at + size] for at in range(0, len(text), size))
    return [update.value for update in repair.stream(chunks, schema)]


def test_a_value_grows_and_ends_whole():
    updates = list(repair.stream(TEXT, list[Flight]))
    assert updates[-1].repaired.value == repair(TEXT, list[Flight]).value
    assert all(update.repaired is None for update in updates[:-1])


def test_scalars_that_may_still_grow_are_held_back():
    seen = values(TEXT, list[Flight])[:-1]
    assert {part["price"] for value in seen for part in value if "price" in part} == {129.5}
    assert {part["cabin"] for value in seen for part in value if "cabin" in part} == {"economy"}


def test_text_grows_letter_by_letter():
    seen = values('{"a": "abc"}')
    assert [value["a"] for value in seen if value] == ["", "a", "ab", "abc", "abc"]


def test_what_does_not_fit_is_left_out_until_the_end():
    with pytest.raises(RepairError) as caught:
        values('{"number": "T", "price": "cheap", "cabin": "economy"}', Flight)
    assert caught.value.wrong == ("/price",)


def test_a_stream_that_stops_inside_the_value_is_truncated():
    with pytest.raises(RepairError) as caught:
        values('{"a": [1, 2')
    assert caught.value.truncated


def test_a_stream_can_be_fed_by_hand():
    stream = RepairStream()
    assert stream.feed('{"a"') is None
    assert stream.feed(": 1}").value == {"a": 1}
    assert stream.close().repaired.value == {"a": 1}


async def test_a_stream_can_be_waited_for():
    async def chunks():
        yield '{"a": '
        yield "1}"

    assert [update.value async for update in repair.astream(chunks())][-1] == {"a": 1}


def is_part(part, whole):
    if isinstance(part, dict) and isinstance(whole, dict):
        return all(key in whole and is_part(one, whole[key]) for key, one in part.items())
    if isinstance(part, list) and isinstance(whole, list):
        return len(part) <= len(whole) and all(map(is_part, part, whole))
    if isinstance(part, str) and isinstance(whole, str):
        return whole.startswith(part)
    return part == whole


scalars = st.none() | st.booleans() | st.integers() | st.text(max_size=8)
trees = st.recursive(
    scalars,
    lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)


keys = st.text(alphabet='a0"\\\n]}[{,: ', max_size=3)
values_of_trees = st.recursive(
    scalars | keys, lambda inner: st.lists(inner) | st.dictionaries(keys, inner), max_leaves=8
)


@pytest.mark.parametrize(
    "value",
    [
        pytest.param([{"": {"]": None}}], id="a key that is a closing bracket"),
        pytest.param({"": {"0": None}}, id="a key that is a number"),
        pytest.param({"": "", "]": None}, id="an empty text before a bracket"),
        pytest.param({"a": '", "b": 1'}, id="a text that looks like the next member"),
        pytest.param([1, 23.5e3, True], id="numbers that grow"),
        pytest.param(["\x07\N{GRINNING FACE}"], id="escapes"),
    ],
)
@pytest.mark.parametrize("size", [1, 2, 3])
def test_nothing_is_taken_back(value, size):
    seen = values(json.dumps(value), size=size)
    assert seen[-1] == value
    assert all(is_part(one, value) for one in seen)


@given(
    value=st.lists(values_of_trees, min_size=1) | st.dictionaries(keys, trees, min_size=1),
    size=st.integers(1, 5),
)
@settings(max_examples=100, deadline=None)
def test_each_update_of_valid_json_is_a_part_of_the_whole(value, size):
    seen = values(json.dumps(value), size=size)
    assert seen[-1] == value
    assert all(is_part(one, value) for one in seen)
