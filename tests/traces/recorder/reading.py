"""What was recorded, read back from the disk."""

from holdfast.traces import Store
from langchain_core.messages import HumanMessage

from tests.traces.recorder.agents import asks, call, react, says

REACT = [
    ("graph", "LangGraph"),
    ("node", "agent"),
    ("model", "ScriptedModel"),
    ("node", "tools"),
    ("tool", "add_up"),
    ("node", "agent"),
    ("model", "ScriptedModel"),
]


def ask():
    return {"messages": [HumanMessage("2 and 3?")]}


def read(path, trace="last"):
    """Return a trace, its spans by name, and its events, from the disk."""
    with Store(path, read_only=True) as store:
        found = store.trace(trace)
        return found, store.spans(found.id), store.events(found.id)


def payload(path, ref):
    with Store(path, read_only=True) as store:
        return store.decode(ref)


def names(spans):
    return [(span.kind, span.name) for span in spans if not span.hidden]


def steps():
    return react(asks(call("add_up", a=2, b=3)), says("5"))
