import io
import json
import tracemalloc

import pytest
from holdfast.traces.values import Unread, Value, values_in
from hypothesis import given
from hypothesis import strategies as st

plain = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9)
value = st.recursive(
    plain,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)
record = st.dictionaries(st.text(max_size=4), value, min_size=1, max_size=3)


def read(text, *, chunk=1 << 20, whole=lambda item: False):
    return list(values_in(io.StringIO(text, newline="\n"), whole=whole, chunk=chunk))


def data(text, **options):
    return [found.data for found in read(text, **options)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", [], id="nothing"),
        pytest.param(" \n\r\n\t", [], id="white space alone"),
        pytest.param('{"a": 1}', [{"a": 1}], id="one object"),
        pytest.param('{"a": 1}\n{"a": 2}\n', [{"a": 1}, {"a": 2}], id="one object a line"),
        pytest.param('{"a": 1}\r\n\r\n{"a": 2}', [{"a": 1}, {"a": 2}], id="lines of Windows"),
        pytest.param('{\n "a": 1\n}\n', [{"a": 1}], id="an object over several lines"),
        pytest.param('[{"a": 1}, {"a": 2}]', [{"a": 1}, {"a": 2}], id="the items of a list"),
        pytest.param("[\n[1],\n[2]\n]", [[1], [2]], id="a list over several lines"),
        pytest.param("[1]\n[2, 3]", [1, 2, 3], id="a list a line"),
        pytest.param("[]", [[]], id="an empty list"),
        pytest.param('{"a": "x\u2028y"}\n{"a": 2}', [{"a": "x\u2028y"}, {"a": 2}], id="a U+2028"),
    ],
)
def test_values_are_found_in_every_layout(text, expected):
    assert data(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param('{"a": 1}\n{"a"\n{"a": 3}\n', [{"a": 1}, 2, {"a": 3}], id="a cut line"),
        pytest.param('oh\n{"a": 3}\n', [1, {"a": 3}], id="prose before the first"),
        pytest.param('{"a": [\n{"a": 3}]\n', [1], id="a first line that looks like a layout"),
        pytest.param('{"a": "x\n{"a": 3}', [1, {"a": 3}], id="a string that is not closed"),
        pytest.param('[{"a": 1}, {]\n[{"a": 2}]', [{"a": 1}, 1, {"a": 2}], id="in a list's line"),
        pytest.param('[{"a": 1} {"a": 2}]', [{"a": 1}, 1], id="a missing comma"),
        pytest.param('[{"a": 1}', [{"a": 1}, 1], id="a list without an end"),
        pytest.param('[\n{"a": 1},\n{"a" 2},\n{"a": 3}]', [{"a": 1}, 3], id="in a layout"),
        pytest.param("[" * 5_000, [1], id="nested too deeply"),
        pytest.param("[" + "9" * 5_000 + "]", [1], id="a number that is too long"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_line_and_costs_no_other_line(text, expected):
    found = read(text)
    assert [one.data if isinstance(one, Value) else one.line for one in found] == expected


@given(st.lists(record, max_size=5), st.integers(1, 40))
def test_lines_read_the_same_whatever_the_size_of_the_chunks(records, chunk):
    text = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in records)
    assert data(text, chunk=chunk) == records


@given(st.lists(record, max_size=5), st.integers(1, 40), st.sampled_from([None, 0, 2]))
def test_a_list_reads_the_same_whatever_its_layout_and_the_chunks(records, chunk, indent):
    assert data(json.dumps(records, indent=indent), chunk=chunk) == (records or [[]])


@given(st.lists(record, min_size=1, max_size=5), st.integers(1, 40))
def test_a_list_that_is_kept_whole_is_one_value(records, chunk):
    assert data(json.dumps(records), chunk=chunk, whole=lambda item: True) == [records]


@given(st.text(max_size=60), st.integers(1, 40))
def test_any_text_is_read_to_its_end_without_an_error(text, chunk):
    assert all(isinstance(one, Value | Unread) for one in read(text, chunk=chunk))


class Parts:
    """A text that is made while it is read, a part at a time."""

    def __init__(self, *parts):
        self._parts = (part for some, times in parts for part in [some] * times)

    def read(self, size):
        return next(self._parts, "")


RUN = '{"a": "' + "x" * 1_000 + '"}'


@pytest.mark.parametrize(
    ("parts", "values"),
    [
        pytest.param([("[", 1), (RUN + ",", 20_000), ("{}]", 1)], 20_001, id="a list on one line"),
        pytest.param([(RUN + "\n", 20_000)], 20_000, id="a value a line"),
        pytest.param([('{"a": "x\n', 1), (RUN + "\n", 20_000)], 20_001, id="a string not closed"),
        pytest.param([("[oh ", 1), (RUN, 20_000)], 1, id="a bad line without an end"),
    ],
)
def test_memory_does_not_grow_with_the_text(parts, values):
    tracemalloc.start()
    count = sum(1 for _ in values_in(Parts(*parts), whole=lambda item: False, chunk=4_096))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == values
    assert peak < 1_000_000
