import dataclasses
import datetime as dt
import decimal
import enum
import math
import pathlib
import re
import uuid
import zoneinfo
from collections import OrderedDict, deque, namedtuple
from typing import Any

import orjson
import pytest
from holdfast.traces.store import Opaque
from holdfast.traces.store.codec import decode, encode
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.documents import Document
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    HumanMessage,
    RemoveMessage,
    SystemMessage,
    ToolMessage,
)
from langgraph.types import Command, Interrupt, Send
from pydantic import BaseModel, ConfigDict, PrivateAttr

MADE = []


class Colour(enum.Enum):
    RED = 1


class Both(enum.Flag):
    ONE = 1
    TWO = 2


class Flight(BaseModel):
    model_config = ConfigDict(extra="allow")
    code: str
    legs: list[tuple[str, int]] = []
    _seen: int = PrivateAttr(default=0)

    def model_post_init(self, context):
        MADE.append(self.code)
        super().model_post_init(context)


@dataclasses.dataclass(frozen=True, slots=True)
class Point:
    x: int
    y: Any = None

    def __post_init__(self):
        MADE.append(self.x)


Pair = namedtuple("Pair", "left right")


class Stranger:
    def __repr__(self):
        return "sk-secretsecretsecretsecret"


def through(value):
    """Return what a value is after it was written to a disk and read again."""
    return decode(orjson.loads(orjson.dumps(encode(value))))


CALL = {"name": "book", "args": {"legs": (1, 2), "when": None}, "id": "c1", "type": "tool_call"}
EXACT = [
    pytest.param(HumanMessage("hi", id="h1", name="ann"), id="a user's message"),
    pytest.param(SystemMessage([{"type": "text", "text": "be good"}]), id="a message of blocks"),
    pytest.param(
        AIMessage(
            [{"type": "thinking", "thinking": "hm", "signature": "s"}, "so"],
            tool_calls=[CALL],
            usage_metadata={"input_tokens": 3, "output_tokens": 4, "total_tokens": 7},
            response_metadata={"model_name": "m"},
        ),
        id="a reply with reasoning, calls and usage",
    ),
    pytest.param(
        AIMessageChunk("a", tool_call_chunks=[{"name": "f", "args": "{", "id": "c", "index": 0}]),
        id="a chunk",
    ),
    pytest.param(
        ToolMessage("ok", tool_call_id="c1", artifact={"rows": (1, {2})}, status="error"),
        id="a tool's message with an artifact",
    ),
    pytest.param(RemoveMessage(id="m1"), id="a message that removes one"),
    pytest.param(Document("text", metadata={"page": 3}, id="d"), id="a document"),
    pytest.param(Command(goto=["a", Send("b", {"x": 1})], update={"n": 1}), id="a command"),
    pytest.param(Interrupt({"ask": "may I?"}, id="i1"), id="an interrupt"),
    pytest.param(Flight(code="TP1", legs=[("LIS", 2)], gate="B"), id="a model with extra fields"),
    pytest.param(Point(1, y=(2, 3)), id="a frozen dataclass with slots"),
    pytest.param(Pair(1, "b"), id="a named tuple"),
    pytest.param(Colour.RED, id="an enum"),
    pytest.param(Both.ONE | Both.TWO, id="a combination of flags"),
    pytest.param(dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC), id="a moment"),
    pytest.param(
        dt.datetime(2026, 10, 25, 2, 30, tzinfo=zoneinfo.ZoneInfo("Europe/Lisbon"), fold=1),
        id="a moment in a zone, the second time round",
    ),
    pytest.param(dt.date(2026, 3, 1), id="a date"),
    pytest.param(dt.time(1, 2, 3, 4), id="a time"),
    pytest.param(dt.timedelta(-1, 2, 3), id="a duration"),
    pytest.param(decimal.Decimal("1.10"), id="a decimal"),
    pytest.param(uuid.UUID(int=7), id="an id"),
    pytest.param(pathlib.Path("a/b"), id="a path"),
    pytest.param(re.compile("a+", re.IGNORECASE), id="a pattern"),
    pytest.param(b"\xff\x00", id="bytes"),
    pytest.param(b"text", id="bytes that are text"),
    pytest.param(bytearray(b"x"), id="a bytearray"),
    pytest.param({"a", "b", (1, 2)}, id="a set"),
    pytest.param(frozenset((1, 2)), id="a frozen set"),
    pytest.param((1, (2, [3])), id="tuples and lists, told apart"),
    pytest.param(deque([1, 2], maxlen=3), id="a deque"),
    pytest.param(range(1, 9, 2), id="a range"),
    pytest.param({1: "a", (2, 3): "b", None: "c", True and "d": 0}, id="keys that are no strings"),
    pytest.param({"$": "ref", "h": "00"}, id="a dict that looks like a mark"),
    pytest.param(2**80, id="a number too large for JSON"),
    pytest.param(-(2**63) - 1, id="a number too small for JSON"),
    pytest.param(math.inf, id="infinity"),
    pytest.param(complex(1, -2), id="a complex number"),
]


@pytest.mark.parametrize("value", EXACT)
def test_a_value_comes_back_as_what_it_was(value):
    found = through(value)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize("value", EXACT)
def test_a_value_comes_back_from_deep_inside_of_others(value):
    deep = {"a": [({"b": Point(0, y=[value])},)]}
    assert through(deep) == deep


def test_no_number_comes_back_as_no_number():
    assert math.isnan(through([math.nan])[0])


@pytest.mark.parametrize(
    "value", [pytest.param(Flight(code="TP1"), id="model"), pytest.param(Point(1), id="dataclass")]
)
def test_reading_runs_nothing_of_a_class(value):
    tree = encode(value)
    MADE.clear()
    assert decode(tree) == value
    assert MADE == []


def test_a_model_remembers_what_was_set_and_its_private_parts():
    flight = Flight(code="TP1")
    flight._seen = 3
    found = through(flight)
    assert found.model_fields_set == {"code"}
    assert found._seen == 3


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(Stranger(), id="an object"),
        pytest.param(lambda: 0, id="a function"),
        pytest.param(Stranger, id="a class"),
        pytest.param(iter([1]), id="an iterator"),
    ],
)
def test_what_cannot_be_kept_is_named_and_nothing_of_it_told(value):
    tree = encode([value])
    assert isinstance(decode(tree)[0], Opaque)
    assert b"secret" not in orjson.dumps(tree)


def test_a_subclass_of_a_plain_kind_is_kept_as_that():
    assert through(OrderedDict(b=1, a=2)) == {"b": 1, "a": 2}
    assert list(through(OrderedDict(b=1, a=2))) == ["b", "a"]


@pytest.mark.parametrize(
    ("mark", "name"),
    [
        pytest.param("model", "os:system", id="a function"),
        pytest.param("model", "subprocess:Popen", id="a class of no such kind"),
        pytest.param("fields", "antigravity:Point", id="a module that is not imported"),
        pytest.param("model", "nothing", id="no module at all"),
        pytest.param("model", "holdfast.traces.absent:Thing", id="a module that is not there"),
    ],
)
def test_a_class_that_may_not_be_made_stands_as_an_opaque(mark, name):
    found = decode({"$": mark, "c": name, "v": {"x": 1}})
    assert found == Opaque(name, {"v": {"x": 1}})


def test_a_value_that_holds_itself_is_told_so():
    value = []
    value.append(value)
    assert encode(value) == {"$": "opaque", "c": "builtins:list", "why": "too deep"}


def test_a_set_is_written_in_one_order():
    assert encode({"b", "a", "c"})["v"] == ["a", "b", "c"]


text = st.text(st.characters(codec="utf-8"))
plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | text,
    lambda inner: (
        st.lists(inner) | st.dictionaries(text | st.integers(), inner) | st.tuples(inner, inner)
    ),
)


@given(value=plain)
def test_any_plain_value_comes_back(value):
    assert through(value) == value
