"""Stores of older versions are brought up, and nothing of them is lost."""

import sqlite3

import orjson
import pytest
import zstandard
from holdfast.traces import Store
from holdfast.traces.store import Span, StoreError, Trace
from holdfast.traces.store import packing as forms
from holdfast.traces.store.schema import APPLICATION, MIGRATIONS
from holdfast.traces.store.upkeep import compact
from holdfast.traces.store.verifying import verify

ROOT, CHILD = "0197a1b2-0000-7000-8000-000000000001", "0197a1b2-0000-7000-8000-000000000002"
STATE = {"question": "how long is a piece of string " * 9, "n": [1, 2, 3]}


def raw(text):
    return bytes.fromhex(text.replace("-", ""))


@pytest.fixture
def old(tmp_path):
    """Return a store as version 2 wrote it: packed otherwise, short payloads as text."""
    path = tmp_path / "old.db"
    data = orjson.dumps(STATE)
    shapes = zstandard.ZstdCompressionDict(forms._SHAPES, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
    packed = zstandard.ZstdCompressor(dict_data=shapes).compress(data)
    digest = forms.digest_of(data)
    with sqlite3.connect(path) as file:
        for step in MIGRATIONS[:2]:
            file.executescript(step)
        file.execute("PRAGMA user_version = 2")
        file.execute(f"PRAGMA application_id = {APPLICATION}")
        file.execute(
            "INSERT INTO trace (id, name, start, thread, end, status, ending, error, source,"
            " replay_of, tokens_in, tokens_out, usd, spans, tags, metadata)"
            " VALUES (?, 'g', 5, '', 9, 'ok', '', '', 'recorded', '', 0, 0, 0, 2, '[]', '{}')",
            [ROOT],
        )
        file.execute("INSERT INTO blob (h, form, seen, data) VALUES (?, 1, 0, ?)", [digest, packed])
        span = "INSERT INTO span VALUES (?, ?, 1, ?, ?, ?, ?, 5, 9, 'ok', ?, ?, NULL, NULL, ?)"
        file.execute(span, [1, raw(ROOT), 0, None, "graph", "g", digest, '={"a":1}', None])
        more = b'{"node":"agent","step":2,"hidden":true,"usage":[1,2,0,0,0,0.0]}'
        file.execute(span, [2, raw(CHILD), 1, raw(ROOT), "model", "m", None, None, more])
    file.close()
    return path


def test_a_store_of_version_2_reads_as_before_after_it_was_opened_for_writing(old):
    with pytest.raises(StoreError, match="version 2"):
        Store(old, read_only=True)
    with Store(old) as store:
        root, child = store.spans(ROOT)
        assert store.decode(root.inputs) == STATE
        assert store.decode(root.outputs) == {"a": 1}
        assert (child.parent, child.node, child.step, child.hidden) == (ROOT, "agent", 2, True)
        assert (child.path, child.namespace) == ('["__pregel_pull", "agent"]', "agent")
        assert child.usage == (1, 2, 0, 0, 0, 0.0)
    assert verify(old).damaged == []


def test_an_old_store_goes_on_and_is_made_compact(old):
    with Store(old) as store:
        root = store.spans(ROOT)[0]
        again = Span(id=CHILD, trace=ROOT, seq=1, kind="model", name="new", start=5, parent=ROOT)
        store.write(Trace(id=ROOT, name="g", start=5), again)
        assert store.spans(ROOT) == [root, again]
    compact(old)
    with Store(old, read_only=True) as store:
        assert store.decode(root.inputs) == STATE
    assert verify(old).damaged == []


TEXTS = (
    b"{}",
    b'{"messages":{"$":"chain","h":"00112233445566778899aabbccddeeff"}}',
    b'{"messages":"{\\"$\\":","$":"ref"}',
    b'[{"$":"ref","h":"0102030405060708090a0b0c0d0e0f10"},{"$":"ref","h":"short"}]',
    b'{"id":"lc_run--01a20386-3e10-7242-b894-425bd1824354-0","x":{"id":"call_1"}}',
    b'{"id":"01a20386-3e10-7242-b894-425bd1824354"}',
    b'{"id":"01A20386-3e10-7242-b894-425bd1824354"}',
    b'{"began":1795355459095804797,"ended":1795355459096243960}',
    b'{"began":1,"ended":2}',
    b'{"text":"' + b"words of a reply " * 40 + b'\\u0001\\u0006"}',
)


@pytest.mark.parametrize("data", TEXTS)
def test_what_is_packed_comes_back_byte_by_byte(data):
    assert forms.unpack(*forms.pack(data)) == data
    assert forms.unpack(forms.SMALL, forms.pack_small(data)) == data
