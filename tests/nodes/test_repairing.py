"""What becomes of one reply: taken, asked again for in one of three ways, or given up."""

import json

import pytest
from holdfast.guards.reply import Reply
from holdfast.nodes.pending import Wanted
from holdfast.nodes.re_asking import as_data, schema_at
from holdfast.nodes.repairing import Repairing
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel


class Leg(BaseModel):
    start: str
    end: str


class Trip(BaseModel):
    name: str
    price: float
    legs: list[Leg] = []


LEGS = [{"start": f"S{n}", "end": f"E{n}"} for n in range(9)]
RIGHT = {"name": "Lisbon", "price": 100, "legs": LEGS}
REPAIRING = Repairing(Wanted(Trip))


def take(*texts, repairing=REPAIRING, finish=""):
    """Return what becomes of the last of some replies in a row."""
    pending, taken = None, None
    for text in texts:
        taken = repairing.take(pending, Reply(text, finish if text is texts[0] else ""))
        pending = taken.pending
    return taken


def written(**changed):
    return json.dumps({**RIGHT, **changed})


@pytest.mark.parametrize(
    ("text", "kind", "mode"),
    [
        pytest.param(written(price="dear"), "off_schema", "patch", id="a part of a large whole"),
        pytest.param('{"name": "x"}', "off_schema", "whole", id="a part of a small whole"),
        pytest.param("It is Lisbon.", "off_schema", "whole", id="words"),
        pytest.param(written()[:80], "truncated", "continue", id="cut off"),
        pytest.param("", "empty", "whole", id="nothing"),
        pytest.param("I can't help with that.", "refused", "whole", id="a refusal"),
    ],
)
def test_what_is_asked_for_next_is_the_least_that_will_do(text, kind, mode):
    taken = take(text)
    assert (taken.fault.kind, taken.pending["kind"], taken.pending["mode"]) == (kind, kind, mode)


@pytest.mark.parametrize(
    "patch",
    [
        pytest.param('{"/price": 100}', id="a pointer"),
        pytest.param('{"price": 100}', id="a bare key"),
        pytest.param("```json\n{'/price': '100 EUR',}\n```", id="malformed in its turn"),
        pytest.param('{"/price": 100, "/name": "Porto"}', id="with a part that nobody asked for"),
        pytest.param(written(), id="the whole"),
    ],
)
def test_a_patch_mends_the_wrong_part_and_touches_no_other(patch):
    taken = take(written(price="dear"), patch)
    assert taken.repaired.value == Trip(**RIGHT)
    assert taken.asked == 1


def test_a_patch_deep_inside_is_put_in_its_place():
    legs = [*LEGS[:4], {"start": "S4"}, *LEGS[5:]]
    taken = take(written(legs=legs), '{"/legs/4/end": "E4"}')
    assert taken.repaired.value == Trip(**RIGHT)


def test_a_patch_that_does_not_fit_is_asked_for_again():
    first = take(written(price="dear"))
    again = take(written(price="dear"), '{"/price": "cheap"}')
    assert (first.pending["mode"], again.pending["mode"]) == ("patch", "patch")
    assert again.pending["wrong"] == ["/price"]
    assert '"given": "cheap"' in again.pending["note"]


def test_words_in_place_of_a_patch_leave_the_request_as_it_was():
    first = take(written(price="dear"))
    again = take(written(price="dear"), "It is cheap.")
    assert again.pending == {**first.pending, "asked": 2}


def test_a_rest_that_is_cut_in_its_turn_is_gone_on_with():
    text = written()
    taken = take(text[:40], text[40:90], text[90:])
    assert taken.repaired.value == Trip(**RIGHT)


@pytest.mark.parametrize(
    ("text", "is_taken"),
    [
        pytest.param(written(), True, id="closed"),
        pytest.param(f"```json\n{written()}\n```", True, id="closed in a fence"),
        pytest.param(written() + "\n\nThis trip is the ch", True, id="cut in the words behind"),
        pytest.param(written() + '\n\nOr: {"name"', False, id="cut in another value"),
    ],
)
def test_a_reply_at_its_limit_is_taken_if_its_value_was_closed(text, is_taken):
    taken = take(text, finish="length")
    assert (taken.fault is None) == is_taken


@pytest.mark.parametrize("schema", [int, float, str])
def test_a_scalar_at_its_limit_may_be_half_a_scalar(schema):
    taken = take("12", repairing=Repairing(Wanted(schema)), finish="length")
    assert taken.fault.kind == "truncated"
    more = take("12", "3", repairing=Repairing(Wanted(schema)), finish="length")
    assert str(more.repaired.value).rstrip(".0") == "123"


@pytest.mark.parametrize("finish", ["filtered", "refused"])
def test_what_a_provider_stopped_is_not_asked_for_again(finish):
    taken = take(written(), finish=finish)
    assert (taken.fault.kind, taken.pending) == (finish, None)


def test_after_its_attempts_it_is_given_up():
    assert take("No.", "No.", "No.").pending is None
    assert take("No.", repairing=Repairing(Wanted(Trip), 0)).pending is None


@given(texts=st.lists(st.text(max_size=40) | st.just(written()[:50]), min_size=1, max_size=4))
def test_whatever_is_replied_the_state_is_plain_and_bounded(texts):
    taken = take(*texts[:3])
    if taken.pending:
        assert json.loads(json.dumps(taken.pending)) == taken.pending
        assert len(taken.pending["note"]) < 8_000
    assert (taken.repaired is None) == (taken.fault is not None)


@given(text=st.text())
def test_data_in_a_prompt_is_one_line_that_closes_nothing_and_comes_back(text):
    quoted = as_data({"text": text})
    assert json.loads(quoted) == {"text": text}
    assert not set(quoted) & set("\n\r<>`&\x1b\x9b\u202e\u2028")


def test_what_a_schema_wants_is_found_behind_references():
    shape = Trip.model_json_schema()
    assert schema_at(shape, ("legs", 3, "end"))["type"] == "string"
    assert schema_at(shape, ("nowhere", "x")) == {}
    assert schema_at({"$ref": "#/$defs/A", "$defs": {"A": {"$ref": "#/$defs/A"}}}, ("x",)) == {}
