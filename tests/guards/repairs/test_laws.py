import json
import string

import pytest
from holdfast.guards.repairs import RepairError, repair
from hypothesis import given, settings
from hypothesis import strategies as st

texts = st.text(max_size=12) | st.sampled_from(
    ['say "x", y', "}, {", "```json", "<think>", "it's", "a: 1", "//", "\\", "null", "[1", '"b": 2']
)
leaves = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
)
values = st.recursive(
    leaves | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)
containers = st.lists(values, max_size=4) | st.dictionaries(texts, values, max_size=4)
soup = st.text(
    alphabet="{}[](),:\"'`\\/*#+-.=0123456789 \n“”" + string.ascii_lowercase, max_size=60
)
pieces = st.lists(
    st.sampled_from(
        ['{"a": ', "[", "]", "}", '"x"', "'y'", ", ", ":", "true", "None", "1.", "-", "```json\n",
         "```", "// c\n", "/* ", "f(", ")", "b=", "<think>", "</think>", "\\", '"""', "...", "w "]
    ),
    max_size=14,
).map("".join)  # fmt: skip


@given(value=values, indent=st.none() | st.just(2), ascii_only=st.booleans())
@settings(max_examples=150, deadline=None)
def test_valid_json_comes_back_equal_and_unedited(value, indent, ascii_only):
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    repaired = repair(text)
    assert repaired.value == json.loads(text)
    assert repaired.edits == ()
    assert not repaired.truncated


@given(value=containers, share=st.floats(0, 1, exclude_max=True))
@settings(max_examples=300, deadline=None)
def test_a_proper_prefix_of_a_container_is_never_passed_as_whole(value, share):
    text = json.dumps(value)
    prefix = text[: max(1, int(share * len(text)))]
    with pytest.raises(RepairError) as caught:
        repair(prefix)
    assert caught.value.truncated
    assert repair(prefix, allow_truncated=True).truncated


@given(text=soup | pieces)
@settings(max_examples=400, deadline=None)
def test_any_text_is_read_or_refused_and_reading_again_changes_nothing(text):
    try:
        repaired = repair(text, allow_truncated=True)
    except RepairError:
        return
    again = repair(json.dumps(repaired.value))
    assert again.value == repaired.value
    assert again.edits == ()


@given(text=soup | pieces)
@settings(max_examples=200, deadline=None)
def test_what_is_not_json_is_never_read_without_an_edit(text):
    try:
        repaired = repair(text, allow_truncated=True)
    except RepairError:
        return
    try:
        json.loads(text, parse_constant=int)
    except ValueError:
        assert repaired.edits


@given(data=st.binary(max_size=40))
@settings(max_examples=100, deadline=None)
def test_any_bytes_are_read_or_refused(data):
    try:
        repair(data, allow_truncated=True)
    except RepairError:
        return
