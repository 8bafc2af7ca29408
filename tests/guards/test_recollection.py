import pytest
from holdfast.guards.recollection import chosen, evicted, label, make_fact, read_fact
from hypothesis import given
from hypothesis import strategies as st


def fact(text, at=0.0, used=0.0):
    return {**make_fact(text, text, by="", now=at, longest=300), "used": used}


def texts(facts):
    return [one["text"] for one in facts]


def test_facts_that_share_words_come_first_and_then_the_newest():
    known = [fact("Likes trains.", 1), fact("Sits by the window seat.", 2), fact("Has a dog.", 3)]
    assert texts(chosen(known, "Which seat does she take?", 2)) == [
        "Sits by the window seat.",
        "Has a dog.",
    ]


@pytest.mark.parametrize(
    ("how", "left"),
    [
        pytest.param("oldest", ["b", "c"], id="kept longest ago"),
        pytest.param("unused", ["a", "c"], id="recalled longest ago"),
    ],
)
def test_what_has_to_go(how, left):
    known = [fact("a", 1, 9), fact("b", 2, 1), fact("c", 3, 5)]
    gone = evicted(known, 2, how)
    assert [one["text"] for one in known if one["key"] not in gone] == left


@given(st.lists(st.integers(0, 9), max_size=20), st.integers(1, 9))
def test_no_more_are_left_than_may_be_and_no_fewer(ages, most):
    known = [fact(f"fact {n}", float(age)) for n, age in enumerate(ages)]
    gone = evicted(known, most, "oldest")
    assert len(known) - len(gone) == min(len(known), most)


def test_a_fact_is_kept_on_one_line_without_secrets():
    one = make_fact("v", "password=hunter2\nand more", by="x", now=1.0, longest=300)
    assert one["text"] == "password=[redacted] and more"
    assert len(make_fact("v", "x" * 999, by="", now=1.0, longest=50)["text"]) == 50


def test_the_same_fact_has_the_same_key():
    assert fact("Likes  trains. ")["key"] == fact("Likes trains.")["key"]


@given(st.text(max_size=8), st.text(max_size=8))
def test_two_owners_never_share_a_label(one, other):
    assert (label(one) == label(other)) == (one == other)
    assert not set(label(f"{one}._%")) & set("._%")


@pytest.mark.parametrize("wrong", [{}, {"key": "k"}, {**fact("a"), "at": "soon"}])
def test_what_is_no_fact_is_left_out(wrong):
    assert read_fact(wrong) is None
