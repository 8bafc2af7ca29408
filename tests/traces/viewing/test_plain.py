import datetime as dt
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import pytest
from holdfast.traces.store.codec import encode
from holdfast.traces.viewing.plain import DEEP, Plain, plain
from langchain_core.messages import AIMessage
from pydantic import BaseModel


class Size(Enum):
    SMALL = "s"


class Order(BaseModel):
    item: str
    size: Size = Size.SMALL


@dataclass
class Place:
    city: str


@pytest.mark.parametrize(
    ("value", "told"),
    [
        pytest.param({"a": [1, 2.5, None, True]}, {"a": [1, 2.5, None, True]}, id="JSON"),
        pytest.param((1, {"a": (2,)}), [1, {"a": [2]}], id="tuples"),
        pytest.param({1: "a", (2, 3): "b"}, {"1": "a", "2 3": "b"}, id="keys JSON has not"),
        pytest.param({"$": "ref", "h": "00"}, {"$": "ref", "h": "00"}, id="what looks like a mark"),
        pytest.param(Order(item="x"), {"item": "x", "size": "SMALL"}, id="a model"),
        pytest.param(Place("Lisbon"), {"city": "Lisbon"}, id="a dataclass"),
        pytest.param(dt.date(2026, 1, 2), "2026-01-02", id="a date"),
        pytest.param(Path("a/b"), "a/b", id="a path"),
        pytest.param(b"text", "text", id="bytes that are text"),
        pytest.param(b"\xff" * 300, "<300 bytes>", id="bytes that are none"),
        pytest.param(object(), "<object>", id="what cannot be told"),
        pytest.param(10**30, str(10**30), id="a number JSON has not"),
    ],
)
def test_what_was_kept_is_told_in_plain_values(value, told):
    assert plain(encode(value)) == told


def test_a_message_is_its_fields_without_what_is_empty():
    found = plain(encode(AIMessage("hi", id="m1")))
    assert found == {"content": "hi", "type": "ai", "id": "m1"}


def test_a_message_that_trees_share_is_made_once():
    tree, trees = encode(AIMessage("hi")), Plain()
    assert trees.value([tree])[0] is trees.value({"a": tree})["a"]


def test_what_is_too_deep_is_said_to_be():
    tree = []
    for _ in range(100_000):
        tree = [tree]
    assert plain(tree) == DEEP
