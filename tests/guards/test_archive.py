from holdfast.guards import archive
from holdfast.guards.archive import add_kept, kept, page
from hypothesis import given
from hypothesis import strategies as st


def test_a_result_is_fetched_page_by_page():
    state = add_kept({}, [{"c1": kept("look", "ab" * 5_000)}])
    first = page(state, "c1")
    assert first.endswith("[10,000 characters in all; go on with start=8000]")
    assert page(state, "c1", 8_000) == "ab" * 1_000
    assert page(state, "c1", -5) == first
    assert page(state, "c1", 99_999) == ""


def test_what_is_not_kept_is_not_there():
    assert page({}, "c1") is None
    assert page(None, "c1") is None


def test_of_a_very_long_result_the_beginning_is_kept():
    one = kept("look", "x" * 150_000)
    assert len(one["text"]) == archive.LONGEST
    assert page({"c": one}, "c", 99_000).endswith("[50,000 more characters were not kept]")


def test_the_oldest_results_go_when_there_are_too_many():
    state = add_kept({}, [{f"c{n}": kept("look", "x" * 100_000)} for n in range(7)])
    assert list(state) == ["c2", "c3", "c4", "c5", "c6"]


def test_a_result_does_not_change():
    state = add_kept({"c": kept("look", "first")}, [{"c": kept("look", "second")}])
    assert state["c"]["text"] == "first"


updates = st.lists(
    st.dictionaries(
        st.sampled_from("abcdef"), st.integers(0, 300_000).map(lambda n: kept("t", "x" * n)),
        max_size=3,
    ),
    max_size=5,
)  # fmt: skip


@given(updates, updates)
def test_folding_one_by_one_or_all_at_once_is_the_same(some, more):
    assert add_kept(add_kept({}, some), more) == add_kept({}, [*some, *more])
