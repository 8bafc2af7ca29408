"""Structures beyond a bound are cut in the store, and say how many they were."""

import json
from hashlib import blake2b

import orjson
import pytest
from holdfast.cli import app as cli
from holdfast.traces import ReplayError, Store, record, replay
from holdfast.traces.store import StoreError
from holdfast.traces.store.bounds import Bounds
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, ToolMessage
from langchain_core.tools import tool
from langgraph.graph import END, START, StateGraph
from pydantic import BaseModel
from typer.testing import CliRunner
from typing_extensions import TypedDict

BOUND = 20_000
SECRET = "sk-" + "proj-PLANTED0123456789abcdefghij"


class Rows(BaseModel):
    rows: list[int] = []
    name: str = ""


def nested(value, levels):
    for _ in range(levels):
        value = [value]
    return value


MUCH = list(range(100_000))
LARGE = {
    "a list of numbers": MUCH,
    "a dict of short texts": {f"key {n}": f"value {n}" for n in range(20_000)},
    "rows of a table": [{"id": n, "name": f"row {n}", "paid": n % 2 == 0} for n in range(10_000)],
    "bytes": b"\xff\x00" * 100_000,
    "a channel": {"rows": MUCH, "name": "x"},
    "many channels": {f"channel {n}": MUCH[:2_000] for n in range(50)},
    "a tuple": tuple(MUCH),
    "a set": set(MUCH),
    "keys that are no texts": {n: n for n in MUCH},
    "a model": Rows(rows=MUCH, name="x"),
    "a message's artifact": ToolMessage("x", tool_call_id="c", artifact=MUCH),
    "a call's arguments": AIMessage("", tool_calls=[{"name": "f", "args": {"a": MUCH}, "id": "1"}]),
    "a large key": {"k" * 90_000: 1, "a": 2},
    "60 levels down": nested(MUCH, 60),
    "200 levels down": nested(MUCH, 200),
    "lists of lists": [[MUCH[:300]] * 9] * 90,
    "a text that is no Unicode beside it": {"bad": "\ud800", "rows": MUCH},
    "texts below their own bound": [f"{n}" + "x" * 900 for n in range(1_000)],
}


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "traces.db", largest_payload=BOUND) as made:
        yield made


def written(store, value):
    """Return a reference, and how many bytes of JSON were kept for it."""
    ref = store.put(value)
    size = sum(map(len, store._payloads.pool.fresh.blobs.values()))
    store.write()
    return ref, size


@pytest.mark.parametrize("kind", LARGE)
def test_a_large_structure_is_bounded_and_can_be_read(store, kind):
    ref, size = written(store, LARGE[kind])
    assert size < BOUND
    reading = store.reading()
    tree = reading.tree(ref)
    assert reading.is_cut
    assert "[cut: " in json.dumps(tree)
    store.decode(ref)


@pytest.mark.parametrize("kind", LARGE)
def test_what_is_large_is_bounded_in_an_event_too(store, kind):
    assert len(orjson.dumps(store.clean({"value": LARGE[kind]}))) < BOUND


def test_a_long_list_keeps_its_ends_its_count_and_its_digest(store):
    found = store.decode(written(store, MUCH)[0])
    at = next(n for n, each in enumerate(found) if isinstance(each, str))
    data = orjson.dumps(MUCH)
    assert found[:at] == MUCH[:at]
    assert found[at + 1 :] == MUCH[at + 1 - len(found) :]
    assert at > 3 * (len(found) - at - 1) / 2
    assert found[at] == (
        f"[cut: {len(MUCH) - len(found) + 1:,} of 100,000 items, {len(data):,} bytes in all, "
        f"blake2b {blake2b(data, digest_size=16).hexdigest()}]"
    )


def test_each_of_a_few_channels_stays_and_small_ones_are_whole(store):
    found = store.decode(written(store, {"rows": MUCH, "more": MUCH, "name": "x", "n": 5})[0])
    assert list(found) == ["rows", "more", "name", "n"]
    assert (found["name"], found["n"]) == ("x", 5)
    assert 800 < len(found["rows"]) < 5_000


def test_a_dict_and_a_model_stay_what_they_are(store):
    found = store.decode(written(store, LARGE["a dict of short texts"])[0])
    assert found["key 0"] == "value 0"
    assert found["key 19999"] == "value 19999"
    assert found["[cut]"].startswith("[cut: ")
    assert store.decode(written(store, LARGE["a model"])[0]).name == "x"
    assert store.decode(written(store, LARGE["keys that are no texts"])[0])[0] == 0


def test_the_digest_tells_two_large_payloads_apart_that_have_equal_ends(store):
    other = [*MUCH]
    other[50_000] = -1
    assert written(store, MUCH)[0] != written(store, other)[0]


def test_a_secret_in_what_is_cut_is_in_no_part_and_not_in_the_digest(store):
    rows = [f"row {n} {SECRET}" for n in range(5_000)]
    found = store.decode(written(store, rows)[0])
    assert SECRET not in str(found)
    clean = orjson.dumps([f"row {n} [redacted]" for n in range(5_000)])
    assert blake2b(clean, digest_size=16).hexdigest() in str(found)


def test_what_is_not_larger_than_the_bound_is_whole(store):
    value = {"rows": list(range(3_500)), "name": "x"}
    assert store.decode(written(store, value)[0]) == value


@pytest.mark.parametrize("largest", [9_999, 0, -1, "much", 1e9])
def test_a_bound_that_leaves_nothing_is_refused(tmp_path, largest):
    with pytest.raises(StoreError, match="10,000 bytes or more"):
        Store(tmp_path / "traces.db", largest_payload=largest)


TREES = st.recursive(
    st.none() | st.integers(-9, 9**12) | st.text(max_size=3_000),
    lambda inner: (
        st.lists(inner, max_size=30) | st.dictionaries(st.text(max_size=20), inner, max_size=30)
    ),
    max_leaves=60,
)


@given(tree=TREES, times=st.integers(1, 200))
def test_whatever_is_cut_is_within_the_bound_and_is_not_cut_again(tree, times):
    bounds = Bounds(largest_payload=10_000)
    given_ = [tree] * times
    kept = bounds.within(given_, orjson.dumps(given_))
    assert len(kept) <= 10_000
    assert bounds.within(orjson.loads(kept), kept) == kept


class State(TypedDict, total=False):
    given: list[int]
    found: int


@tool
def rows(count: int) -> list[int]:
    """Return many."""
    return list(range(count))


def app(count):
    graph = StateGraph(State)
    graph.add_node("work", lambda state: {"found": len(rows.invoke({"count": count}))})
    graph.add_edge(START, "work")
    graph.add_edge("work", END)
    return graph.compile()


def test_a_replay_that_needs_what_was_cut_says_so(tmp_path):
    with record(tmp_path / "traces.db", largest_payload=BOUND):
        app(50_000).invoke({"given": [1]})
    with Store(tmp_path / "traces.db", read_only=True) as store:
        out = replay("last", app(50_000), store=store)
    assert "largest_payload" in out.divergence.why
    assert not out.same


def test_a_replay_whose_input_was_cut_is_refused(tmp_path):
    with record(tmp_path / "traces.db", largest_payload=BOUND):
        app(5).invoke({"given": MUCH})
    with (
        Store(tmp_path / "traces.db", read_only=True) as store,
        pytest.raises(ReplayError, match="largest_payload"),
    ):
        replay("last", app(5), store=store)


def test_every_view_says_what_was_cut(tmp_path):
    path, page = tmp_path / "traces.db", tmp_path / "page.html"
    with record(path, largest_payload=BOUND):
        app(50_000).invoke({"given": [1]})
    run = CliRunner().invoke
    assert run(cli, ["trace", "show", "last", "--store", str(path)]).exit_code == 0
    text = run(cli, ["trace", "show", "last", "--json", "--full", "--store", str(path)]).stdout
    run(cli, ["trace", "show", "last", "--html", str(page), "--store", str(path)])
    for each in (text, page.read_text()):
        assert "of 50,000 items" in each
