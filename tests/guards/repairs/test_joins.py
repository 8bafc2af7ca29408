import json

import pytest
from holdfast.guards import repair
from holdfast.guards.repairs.joins import joins
from hypothesis import given
from hypothesis import strategies as st

TEXT = '[{"id": "LH1", "seat": "12A"}, {"id": "LH2", "seat": "14C"}]'


@pytest.mark.parametrize(
    ("first", "rest"),
    [
        pytest.param(TEXT[:20], TEXT[20:], id="as asked"),
        pytest.param(TEXT[:20], TEXT[8:], id="the last words repeated"),
        pytest.param(TEXT[:20], f"```json\n{TEXT[20:]}\n```", id="in a fence"),
        pytest.param(TEXT[:40], TEXT, id="begun anew"),
        pytest.param(TEXT[:40], f"```\n{TEXT}\n```", id="begun anew in a fence"),
        pytest.param(f"```json\n{TEXT[:40]}", f"{TEXT[40:]}\n```", id="the first part in a fence"),
        pytest.param(f"Here:\n{TEXT[:40]}", TEXT[40:], id="words before the first part"),
    ],
)
def test_the_likeliest_way_is_the_whole(first, rest):
    assert repair(joins(first, rest)[0], list[dict]).value == json.loads(TEXT)


def test_a_repetition_that_may_be_chance_is_only_the_second_way():
    assert list(joins("[1, 2", "2, 3]")) == ["[1, 22, 3]", "[1, 2, 3]"]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=20,
)


@given(value=st.lists(json_values, min_size=1), share=st.floats(0, 1))
def test_a_text_cut_anywhere_is_among_the_ways(value, share):
    text = json.dumps(value)
    at = int(len(text) * share)
    assert text in joins(text[:at], text[at:])


def test_long_texts_are_joined_at_a_bounded_seam():
    ways = joins("a" * 1_000_000, "a" * 1_000_000)
    assert sorted(map(len, ways)) in ([1_000_000], [1_998_000, 2_000_000])
