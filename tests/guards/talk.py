"""Conversations for the tests of reading messages, as short dicts."""

from holdfast.guards import ToolFacts, ToolSpec
from holdfast.guards.channel import extend_ledger
from holdfast.guards.messages import read_new

EFFECTS = {"book": ToolSpec("book", facts=ToolFacts(effects=True))}


def human(text="Go.", **known):
    return {"role": "user", "content": text, **known}


def says(text, **known):
    return {"role": "assistant", "content": text, **known}


def makes(*calls, **known):
    """Return a reply that makes calls, each written as `id:name`; ids may be empty."""
    made = [
        {"id": call_id, "function": {"name": name, "arguments": "{}"}}
        for call_id, name in (call.split(":") for call in calls)
    ]
    return {"role": "assistant", "tool_calls": made, **known}


def result(call_id="", text="ok", **known):
    return {"role": "tool", "tool_call_id": call_id, "content": text, **known}


def read(messages, state=None, **known):
    """Return the ledger after some messages are read into one."""
    update, _ = read_new(messages, state, **known)
    return extend_ledger(state, [update] if update else [])


def steps(state):
    return [(each["kind"], each["name"]) for each in state.get("recent", [])]
