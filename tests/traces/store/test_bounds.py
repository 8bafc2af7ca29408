"""Texts beyond a bound are cut in the store, and say how long they were."""

from hashlib import blake2b

import pytest
from holdfast.traces import ReplayError, Store, record, replay
from holdfast.traces.store import StoreError
from langchain_core.messages import HumanMessage
from langchain_core.tools import tool
from langgraph.graph import END, START, StateGraph
from typing_extensions import TypedDict

LONG = "begin " + "0123456789" * 500 + " end"
BOUND = 2_000


def digest(text):
    return blake2b(text.encode(), digest_size=16).hexdigest()


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "traces.db", longest_text=BOUND) as made:
        yield made


def text_in(value):
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, dict | list):
        return text_in(next(iter(value.values() if isinstance(value, dict) else value)))
    return value.content if hasattr(value, "content") else value


@pytest.mark.parametrize(
    "value",
    [
        LONG,
        {"channel": LONG},
        [{"nested": [LONG]}],
        LONG.encode(),
        HumanMessage(LONG),
        {"messages": [HumanMessage(LONG)]},
    ],
    ids=["text", "channel", "nested", "bytes", "message", "messages"],
)
def test_a_long_text_keeps_its_ends_its_length_and_its_digest(store, value):
    store.write()
    ref = store.put(value)
    store.write()
    found = text_in(store.decode(ref))
    assert found.startswith("begin 0123")
    assert found.endswith("6789 end")
    assert len(found) < BOUND + 100
    assert f"{len(LONG):,} characters in all, blake2b {digest(LONG)}" in found
    reading = store.reading()
    reading.tree(ref)
    assert reading.is_cut


def test_bytes_that_are_no_text_are_cut_as_base64(store):
    found = store.decode(store.put({"image": b"\xff\x00" * 3_000}))["image"]
    assert isinstance(found, bytes)
    assert b"8,000 characters in all" in found


def test_a_text_at_the_bound_is_whole(store):
    ref = store.put({"a": "x" * BOUND})
    reading = store.reading()
    assert reading.value(ref) == {"a": "x" * BOUND}
    assert not reading.is_cut


def test_a_secret_that_the_cut_would_part_is_gone_all_the_same(store):
    secret = "sk-ant-api03-" + "a1B2c3D4" * 12
    text = "x" * (BOUND * 3 // 4 - 20) + " " + secret + " " + "y" * 5_000
    kept = store.decode(store.put({"a": text}))["a"]
    assert "sk-ant" not in kept
    assert "D4a1B2" not in kept


def test_what_an_event_says_is_cut_too(store):
    assert "characters in all" in store.clean({"raw": LONG})["raw"]


@pytest.mark.parametrize("longest", [999, 0, -1, "many", 1e6])
def test_a_bound_that_leaves_nothing_is_refused(tmp_path, longest):
    with pytest.raises(StoreError, match="1,000 characters or more"):
        Store(tmp_path / "traces.db", longest_text=longest)


class State(TypedDict, total=False):
    given: str
    found: int


@tool
def fetch(size: int) -> str:
    """Return much."""
    return "x" * size


def app(size):
    graph = StateGraph(State)
    graph.add_node("work", lambda state: {"found": len(fetch.invoke({"size": size}))})
    graph.add_edge(START, "work")
    graph.add_edge("work", END)
    return graph.compile()


def test_a_replay_that_needs_what_was_cut_says_so(tmp_path):
    with record(tmp_path / "traces.db", longest_text=BOUND):
        app(9_000).invoke({"given": "short"})
    with Store(tmp_path / "traces.db", read_only=True) as store:
        out = replay("last", app(9_000), store=store)
    assert "too large to be recorded whole" in out.divergence.why
    assert not out.same


def test_a_replay_of_what_was_within_the_bound_is_exact(tmp_path):
    with record(tmp_path / "traces.db", longest_text=BOUND):
        app(BOUND).invoke({"given": "short"})
    with Store(tmp_path / "traces.db", read_only=True) as store:
        assert replay("last", app(BOUND), store=store).same


def test_a_run_whose_input_was_cut_cannot_be_replayed(tmp_path):
    with record(tmp_path / "traces.db", longest_text=BOUND):
        app(5).invoke({"given": LONG})
    with (
        Store(tmp_path / "traces.db", read_only=True) as store,
        pytest.raises(ReplayError, match="longest_text"),
    ):
        replay("last", app(5), store=store)
