import pytest
from holdfast.traces.store import NoSuchTraceError, Store, Trace
from holdfast.traces.store.finding import short_ids
from hypothesis import given
from hypothesis import strategies as st


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "traces.db") as made:
        yield made


def test_a_trace_is_found_by_what_no_other_begins_with(store):
    store.write(Trace(id="abc", name="g", start=1), Trace(id="abd", name="g", start=2))
    assert store.trace("abc").id == store.trace("abc").id == "abc"
    assert store.trace("last").id == "abd"


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        pytest.param("one-", "one-abc", id="a beginning"),
        pytest.param("-abc", "one-abc", id="an end"),
        pytest.param("two-abd", "two-abd", id="all of it"),
        pytest.param("abd", "abd", id="all of one that ends another"),
        pytest.param("last", "two-abd", id="the newest"),
        pytest.param("last-failed", "one-abc", id="the newest that failed"),
    ],
)
def test_a_trace_is_found_by_what_only_its_id_begins_or_ends_with(store, asked, found):
    store.write(
        Trace(id="abd", name="g", start=1, status="error"),
        Trace(id="one-abc", name="g", start=2, status="error"),
        Trace(id="two-abd", name="g", start=3),
    )
    assert store.trace(asked).id == found


def test_a_trace_is_found_by_the_first_characters_of_the_short_id_in_a_list(store):
    ids = ["01a20416-cb25-721c-9116-190b81e34db0", "81e3ffff-cb25-713d-b6cc-41f943c3a959"]
    store.write(*(Trace(id=each, name="g", start=n) for n, each in enumerate(ids)))
    assert store.trace("81e34").id == ids[0]
    assert store.trace("81e3").id == ids[1]  # a beginning goes before a part from within
    with pytest.raises(NoSuchTraceError, match="fits several ids"):
        store.trace("cb25")
    with pytest.raises(NoSuchTraceError, match="no trace 'b81'"):  # too short to mean this one
        store.trace("b81")


def test_of_many_that_fit_some_are_named_newest_first(store):
    store.write(*(Trace(id=f"run-{n}", name="g", start=n) for n in range(10)))
    with pytest.raises(NoSuchTraceError, match=r"fits several .*: run-9, run-8, .* and more; say"):
        store.trace("run")
    with pytest.raises(NoSuchTraceError, match="no run that failed; ask for 'last'"):
        store.trace("last-failed")


UUIDS = st.lists(st.sampled_from("0123456789ab").map(lambda end: end * 8), min_size=4, max_size=4)


@given(made=st.lists(UUIDS.map("-".join), min_size=1, max_size=9, unique=True))
def test_a_trace_is_found_by_what_it_is_called_in_a_list(tmp_path_factory, made):
    path = tmp_path_factory.mktemp("short") / "t.db"
    with Store(path) as store:
        store.write(*(Trace(id=each, name="g", start=1) for each in made))
        called = short_ids(path, made)
        assert [store.trace(called[each]).id for each in made] == made
        assert min(map(len, called.values())) >= 8


@pytest.mark.parametrize(
    ("named", "called"),
    [
        pytest.param("01a203d1-ff47-73af-84ff-0054b4028c13", "b4028c13", id="the end of a UUID"),
        pytest.param("01a203d1-ff47-73af-84ff-0054c4028c14", "0054c4028c14", id="a longer end"),
        pytest.param("airline-0-trial-1", "airline-0-trial-1", id="a name that is short enough"),
    ],
)  # fmt: skip
def test_a_long_id_is_called_by_its_end(store, named, called):
    other = "11111111-ff47-73af-84ff-0053c4028c14"
    store.write(Trace(id=named, name="g", start=1), Trace(id=other, name="g", start=2))
    assert short_ids(store.path, [named]) == {named: called}


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        pytest.param("ab", "fits several ids in .*: abd, abc", id="several"),
        pytest.param("abx", "no trace 'abx': the nearest are ab", id="a slip"),
        pytest.param("", "no trace ''", id="nothing"),
    ],
)
def test_a_trace_that_is_not_there_is_refused_with_the_nearest(store, asked, said):
    store.write(Trace(id="abc", name="g", start=1), Trace(id="abd", name="g", start=2))
    with pytest.raises(NoSuchTraceError, match=said):
        store.trace(asked)


def test_an_empty_store_says_so(store):
    with pytest.raises(NoSuchTraceError, match="it is empty"):
        store.trace("last")


def test_where_nothing_is_near_the_newest_are_named_as_a_list_calls_them(store):
    ids = [f"01a20445-dd18-724c-840f-47eb2bdfe90{n}" for n in range(4)]
    store.write(*(Trace(id=each, name="g", start=n) for n, each in enumerate(ids)))
    with pytest.raises(NoSuchTraceError) as refused:
        store.trace("nope")
    assert "'nope': the newest are 2bdfe903, 2bdfe902, 2bdfe901; or ask" in str(refused.value)
