"""Files damaged at every page and in every way: what is whole is read, nothing is made up."""

import random
import sqlite3

import pytest
from holdfast.cli import app
from holdfast.traces import Store, record
from holdfast.traces.store import StoreError, Trace
from holdfast.traces.store.pages import Pages
from holdfast.traces.store.shapes import table_of
from holdfast.traces.store.verifying import verify
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.callbacks import dispatch_custom_event
from langchain_core.messages import HumanMessage
from typer.testing import CliRunner

from tests.traces.recorder.agents import one_node, react, says, thread

RUNS = 24


def node(state):
    dispatch_custom_event("told", {"what": "happened"})
    return {"n": 1}


@pytest.fixture(scope="module")
def store_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("store") / "traces.db"
    with record(path):
        for n in range(RUNS):
            agent = react(says(f"answer {n} " * 20), says("last"))
            agent.invoke(
                {"messages": [HumanMessage(f"question {n}")]}, {**thread(), "metadata": {"of": n}}
            )
            one_node(node).invoke({"n": n}, {"tags": [f"run {n}"]})
        numbers = [random.Random(7).random() for _ in range(3_000)]
        one_node(lambda _: {"n": 1}).invoke({}, {"metadata": {"long": numbers[:200]}})
        react(says(str(numbers))).invoke({"messages": [HumanMessage("many")]}, thread())
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return path


class Look:
    """What can be read of a store, by the ids of traces and the digests of payloads."""

    def __init__(self, path):
        self.traces, self.parts, self.payloads, self.damage = {}, {}, {}, None
        try:
            with Store(path, read_only=True) as store:
                self.traces = {trace.id: trace for trace in store.traces()}
                for each in self.traces:
                    self.read(store, each)
                self.damage = store.damage
                self.traces = {trace.id: trace for trace in store.traces()}
        except StoreError as error:
            self.error = str(error)

    def read(self, store, trace):
        parts = store.spans(trace), store.events(trace), store.calls(trace)
        self.parts[trace] = parts
        refs = [ref for span in parts[0] for ref in (span.inputs, span.outputs) if ref]
        refs += [ref for call in parts[2] for ref in (call.request, call.outcome) if ref]
        for ref in refs:
            try:
                self.payloads[ref] = store.load(ref)
            except StoreError:
                self.payloads[ref] = None


@pytest.fixture(scope="module")
def whole(store_file):
    return Look(store_file)


@pytest.fixture(scope="module")
def homes(store_file):
    """Return on which pages the rows of each trace lie."""
    pages = Pages(store_file)
    numbers, found = {}, {}
    for page in range(1, pages.count + 1):
        for number, row in pages.found(page).rows:
            table = table_of(is_numbered=number is not None, row=row)
            if table == "trace":
                numbers[number] = row[1]
                found.setdefault(number, set()).add(page)
            elif table in ("span", "event", "call"):
                found.setdefault(row[0], set()).add(page)
    pages.close()
    return {numbers[n]: places for n, places in found.items()}


def zeroed(data, size, n):
    return data[: (n - 1) * size] + bytes(size) + data[n * size :]


def garbled(data, size, n):
    noise = random.Random(n).randbytes(size)
    return data[: (n - 1) * size] + noise + data[n * size :]


def torn(data, size, n):
    """Half of a page was written: the other half is zeros."""
    return data[: n * size - size // 2] + bytes(size // 2) + data[n * size :]


def torn_before(data, size, n):
    return data[: (n - 1) * size] + bytes(size // 2) + data[n * size - size // 2 :]


def swapped(data, size, n):
    """Another page was written in its place."""
    other = n % (len(data) // size)
    return data[: (n - 1) * size] + data[other * size :][:size] + data[n * size :]


def truncated(data, size, n):
    return data[: (n - 1) * size + 700]


HARMS = [zeroed, garbled, torn, torn_before, swapped, truncated]


@pytest.mark.parametrize("harm", HARMS)
def test_what_is_whole_is_read_whichever_page_is_damaged(store_file, whole, homes, tmp_path, harm):
    data, size = store_file.read_bytes(), 2_048
    assert len(data) // size > 40
    for n in range(1, len(data) // size + 1):
        path = tmp_path / "damaged.db"
        path.write_bytes(harm(data, size, n))
        look = Look(path)
        gone = range(n, len(data) // size + 1) if harm is truncated else (n,)
        check(look, whole, {each for each, pages in homes.items() if pages.isdisjoint(gone)}, n)


def check(look, whole, must, n):
    told = look.damage.traces if look.damage else {}
    is_said = look.damage and (look.damage.pages or look.damage.missing or look.damage.rows)
    assert must <= set(look.traces), f"page {n}: a trace whose pages are whole is not read"
    for name, trace in look.traces.items():
        assert trace == whole.traces[name] or "as a whole" in told[name], f"page {n}"
        spans = len(look.parts[name][0]), len(whole.parts[name][0])
        assert spans[0] == spans[1] or name in told, f"page {n}: {name} has lost spans"
        for found, there in zip(look.parts[name], whole.parts[name], strict=True):
            assert all(each in there for each in found), f"page {n}: made up"
            said = is_said or name in told
            assert len(found) == len(there) or said, f"page {n}: nobody says what is lost"
    for name in must:
        assert look.parts[name] == whole.parts[name], f"page {n}: {name}"
    for ref, value in look.payloads.items():
        assert value is None or value == whole.payloads[ref], f"page {n}: made up"


def test_a_file_whose_tables_are_told_by_no_text_is_damaged(store_file, tmp_path):
    data = bytearray(store_file.read_bytes())
    data[data.index(b"CREATE TABLE") + 7] = 0xD8
    path = tmp_path / "traces.db"
    path.write_bytes(data)
    look = Look(path)
    assert look.traces
    assert look.damage
    with pytest.raises(StoreError):
        Store(path)


@given(place=st.floats(0, 1), length=st.integers(1, 9_000), seed=st.integers())
@settings(max_examples=60, deadline=None)
def test_nothing_but_an_error_of_ours_is_raised_whatever_is_garbled(
    store_file, tmp_path_factory, place, length, seed
):
    data = bytearray(store_file.read_bytes())
    at = int(place * len(data))
    data[at : at + length] = random.Random(seed).randbytes(min(length, len(data) - at))
    path = tmp_path_factory.mktemp("garbled") / "traces.db"
    path.write_bytes(data)
    look = Look(path)
    try:
        verify(path)
    except StoreError:
        assert not look.traces


@pytest.mark.parametrize(
    "data", [b"", b"x" * 9_000, bytes(9_000), b"SQLite format 3\0" + b"x" * 99]
)
def test_a_file_that_holds_nothing_of_a_store_is_refused(tmp_path, data):
    path = tmp_path / "x.db"
    path.write_bytes(data)
    with pytest.raises(StoreError):
        Store(path, read_only=True)


def damaged(store_file, tmp_path, n):
    path = tmp_path / "damaged.db"
    path.write_bytes(garbled(store_file.read_bytes(), 2_048, n))
    return path


def page_of(store_file, table):
    """Return the first page with rows of a table, which are in no other one."""
    pages = Pages(store_file)
    found = next(
        n
        for n in range(2, pages.count + 1)
        for number, row in pages.found(n).rows
        if table_of(is_numbered=number is not None, row=row) == table
    )
    pages.close()
    return found


@pytest.mark.parametrize("table", ["trace", "span", "event", "call", "blob", "link"])
def test_verify_says_which_pages_tables_and_traces_are_damaged(store_file, tmp_path, table):
    page = page_of(store_file, table)
    found = verify(damaged(store_file, tmp_path, page))
    assert f"1 pages are damaged ({table}): {page}" in found.damaged
    if table in ("trace", "span"):
        assert any(each.startswith("trace ") for each in found.damaged)
    if table in ("blob", "link"):
        assert any("a payload that it refers to is gone" in each for each in found.damaged)


def test_what_is_whole_is_saved_into_a_new_file(store_file, whole, tmp_path):
    path, new = damaged(store_file, tmp_path, page_of(store_file, "span")), tmp_path / "new.db"
    found = CliRunner().invoke(app, ["trace", "verify", str(path), "--salvage", str(new)])
    assert found.exit_code == 1
    assert f"What is whole is in {new}." in found.stdout
    look, saved = Look(path), Look(new)
    assert saved.traces == look.traces
    assert saved.parts == look.parts
    assert saved.payloads == look.payloads
    assert len(saved.traces) == len(whole.traces)
    assert verify(new).traces > len(whole.traces) / 2
    with Store(new) as store:  # and it can be recorded into again
        store.write(Trace(id="more", name="g", start=1))
    again = CliRunner().invoke(app, ["trace", "verify", str(path), "--salvage", str(new)])
    assert (again.exit_code, "is there already" in again.stderr) == (2, True)


COMMANDS = [
    ["list"],
    ["list", "--json"],
    ["show", "last"],
    ["show", "last", "--json", "--full"],
    ["show", "last", "--html", "OUT"],
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("table", ["trace", "span", "blob"])
def test_every_look_at_a_damaged_store_shows_what_is_whole_and_says_so(
    store_file, tmp_path, caplog, table, command
):
    path = damaged(store_file, tmp_path, page_of(store_file, table))
    words = [str(tmp_path / "out") if each == "OUT" else each for each in command]
    found = CliRunner().invoke(app, ["trace", *words, "--store", str(path)])
    assert found.exit_code == 0, found.output
    assert "damaged.db is damaged; what is whole of it is read: " in caplog.text


@pytest.mark.parametrize("table", ["trace", "span", "event", "call", "blob", "link", "word"])
def test_what_is_whole_of_a_damaged_store_is_audited(store_file, tmp_path, table):
    path = damaged(store_file, tmp_path, page_of(store_file, table))
    found = CliRunner().invoke(app, ["audit", str(path)])
    assert found.exit_code in (0, 1), found.output
