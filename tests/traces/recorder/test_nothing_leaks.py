"""Secrets planted at every place and depth: none may reach the disk, the log or the events."""

import base64
import dataclasses
import json
import logging
import re
import sqlite3

import pytest
from holdfast.traces import Redaction, Store, record
from holdfast.traces.store.packing import unpack
from langchain_core.callbacks import dispatch_custom_event
from langchain_core.documents import Document
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, ToolMessage
from langgraph.types import Command, Interrupt
from pydantic import BaseModel

from tests.traces.recorder.agents import asks, call, fake, one_node, react, says, thread

PLANTED = "sk-" + "proj-PLANTED0123456789abcdefghij"
MAIL = "planted.person@mail.example.org"
BOTH = f"{PLANTED} {MAIL}"


class Model(BaseModel):
    name: str
    inside: dict[str, str] = {}


@dataclasses.dataclass
class Fields:
    value: str


def deep(value, levels):
    for _ in range(levels):
        value = [{"a": (value,)}]
    return value


PLACES = {
    "a text": BOTH,
    "a key": {BOTH: 1},
    "a tuple": (BOTH,),
    "a set": {BOTH},
    "bytes": BOTH.encode(),
    "bytes that are no text": b"\xff" + BOTH.encode(),
    "base64": base64.b64encode(f"a file with {BOTH}".encode()).decode(),
    "a message": HumanMessage(BOTH),
    "a block": HumanMessage([{"type": "text", "text": BOTH}]),
    "a message's metadata": AIMessage("x", response_metadata={"headers": {"k": BOTH}}),
    "a message's extra": AIMessage("x", additional_kwargs={"k": [BOTH]}),
    "a call's arguments": AIMessage("", tool_calls=[call("f", p={"cc": {"x": deep(BOTH, 9)}})]),
    "an artifact": ToolMessage("x", tool_call_id="c", artifact={"rows": [(BOTH,)]}),
    "chunks": [AIMessageChunk(BOTH[n : n + 5]) for n in range(0, len(BOTH), 5)],
    "a document": Document(BOTH, metadata={"source": BOTH}),
    "a model": Model(name=BOTH, inside={"k": BOTH}),
    "a dataclass": Fields(BOTH),
    "a command": Command(update={"k": BOTH}, goto="a"),
    "an interrupt": Interrupt(BOTH, id="1"),
    "20 levels down": deep(BOTH, 20),
    "150 levels down": deep(BOTH, 75),
    "keys that are no texts": {1: BOTH, (BOTH, 2): "x"},
    "a large channel": {"documents": [BOTH] * 50},
    "a text that is no Unicode": "\ud800" + BOTH,
}


def raw(path):
    """Return all that is on the disk: the file, its log, and every payload unpacked."""
    parts = [each.read_bytes() for each in path.parent.iterdir()]
    connection = sqlite3.connect(path)
    parts += [unpack(*row) for row in connection.execute("SELECT form, data FROM blob")]
    for table in ("trace", "span", "event", "call"):
        parts += [str(row).encode() for row in connection.execute(f"SELECT * FROM {table}")]
    connection.close()
    return b"\n".join(parts)


def has_leaked(data):
    """Tell whether something planted is there, as it is or in base64 at any offset."""
    for secret in (PLANTED.encode(), MAIL.encode()):
        forms = [base64.b64encode(b"x" * skip + secret)[skip and 4 : -4] for skip in range(3)]
        if any(form in data for form in (secret, *forms)):
            return True
    return False


REDACTION = {"pii": ("email",)}


def test_what_is_looked_for_is_found_without_redaction(tmp_path):
    with Store(tmp_path / "a.db", redaction=Redaction(secrets=False)) as store:
        store.put({"x": BOTH})
        store.put({"x": PLACES["base64"] * 3})
    assert has_leaked(raw(tmp_path / "a.db"))


@pytest.mark.parametrize("place", PLACES)
def test_nothing_planted_in_a_payload_reaches_the_disk(tmp_path, place):
    with Store(tmp_path / "a.db", redaction=Redaction(**REDACTION)) as store:
        store.put(PLACES[place])
        store.put({"state": PLACES[place], "messages": [HumanMessage("x")]})
        store.put_messages([{"role": "user", "content": PLACES[place]}])
    assert not has_leaked(raw(tmp_path / "a.db"))


def test_nothing_planted_in_a_run_reaches_the_disk_or_the_log(tmp_path, caplog):
    def node(state):
        dispatch_custom_event("holdfast.repair", {"preview": BOTH, BOTH: 1})
        dispatch_custom_event(BOTH, BOTH)
        raise ValueError(BOTH)

    app = react(asks(call("ask_first", a=BOTH), response_metadata={"k": BOTH}), says(BOTH))
    config = {"tags": [BOTH], "metadata": {"k": BOTH, BOTH: 1}, "run_name": BOTH}
    with (
        caplog.at_level(logging.DEBUG),
        record(tmp_path / "a.db", redaction=Redaction(**REDACTION)),
    ):
        with pytest.raises(ValueError, match="PLANTED"):
            one_node(node).invoke({}, config)
        app.invoke({"messages": [HumanMessage(BOTH)]}, {**thread(), **config})
        list(fake(says(BOTH)).stream(BOTH, config=config))
    assert not has_leaked(raw(tmp_path / "a.db"))
    assert not has_leaked("\n".join(each.getMessage() for each in caplog.records).encode())


@pytest.mark.parametrize("place", PLACES)
def test_what_an_event_says_is_in_its_row_and_holds_nothing_planted(tmp_path, place):
    with Store(tmp_path / "a.db", redaction=Redaction(**REDACTION)) as store:
        clean = store.clean({"value": PLACES[place], "beside": 1})
        assert clean["beside"] == 1
        assert not has_leaked(json.dumps(clean).encode())
        assert not has_leaked(
            "".join(re.findall(r"[A-Za-z0-9+/=]{40,}", json.dumps(clean))).encode()
        )
        kept = store._payloads.pool.fresh.blobs
    assert not kept  # nothing that pruning would take away from under it


def test_a_rule_that_fails_hides_all_and_is_counted(tmp_path):
    def failing(text):
        raise RuntimeError(text)

    redaction = Redaction(rules=(failing,))
    with record(tmp_path / "a.db", redaction=redaction):
        one_node(lambda _: {"n": 1}).invoke({}, {"metadata": {"k": MAIL}})
    assert not has_leaked(raw(tmp_path / "a.db"))
    assert redaction.failures
