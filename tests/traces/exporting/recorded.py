"""Recorded traces as a recorder would leave them, in a few lines each."""

import uuid
from dataclasses import dataclass

from holdfast.traces.store import Event, Span, Trace, Usage
from langchain_core.messages import AIMessage, HumanMessage

MILLI = 1_000_000
SECOND = 1_000_000_000
NOW = 1_780_000_000 * SECOND  # a day in 2026


def id_of(*parts):
    """Return an id that is the same whenever it is made from the same."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, " ".join(map(str, parts))))


def verdict(guard="loop", outcome="trip", action="block", reason="the same call again"):
    return {
        "guard": guard,
        "kind": "same_call",
        "outcome": outcome,
        "action": action,
        "reason": reason,
        "steps": [1, 2],
        "calls": ["c1"],
        "score": 0.123456,
    }


def span(trace, seq, kind="chain", parent=0, start=NOW, **more):
    """Return a span that began `seq` milliseconds after `start` and took one."""
    began = start + seq * MILLI
    given = {"end": began + MILLI, "status": "ok", "name": f"{kind}{seq}", **more}
    above = None if parent is None else id_of(trace, parent)
    return Span(
        id=id_of(trace, seq),
        trace=id_of(trace, 0),
        seq=seq,
        kind=kind,
        start=began,
        parent=above,
        **given,
    )


def write_trace(store, name, *, start=NOW, models=1, verdicts=(), poison=False, **more):
    """Write a trace of a graph, a node, so many model calls and a tool; return its id."""
    trace = id_of(name, 0)
    id_name = {"id": trace, "trace": trace}
    asked = store.put({"messages": [HumanMessage(f"what of {name}?")], "temperature": 0.5})
    said = store.put({"messages": [AIMessage(f"{name}!")]})
    root = Span(
        **id_name, seq=0, kind="graph", name=name, start=start, end=start + SECOND, status="ok",
        inputs=store.put({"question": name}), outputs=store.put({"answer": name}),
    )  # fmt: skip
    spans = [
        root,
        _below(name, trace, 1, "node", start, "agent"),
        *(
            _below(
                name, trace, n, "model", start, "gpt", parent=1, model="gpt-9", provider="openai",
                inputs=asked, outputs=said, usage=Usage(7, 3, cache_read=2, usd=0.01),
            )
            for n in range(2, 2 + models)
        ),
        _below(name, trace, 2 + models, "tool", start, "poison" if poison else "search"),
    ]  # fmt: skip
    events = [
        Event(trace=trace, seq=n, time=start + 2 * MILLI, kind="verdict", name=each["guard"],
              span=id_of(name, 1), data=each)
        for n, each in enumerate(verdicts)
    ]  # fmt: skip
    given = {"end": start + SECOND, "status": "ok", "thread": "t1", **more}
    store.write(Trace(id=trace, name=name, start=start, spans=len(spans), **given), *spans, *events)
    return trace


def _below(name, trace, seq, kind, start, called, parent=0, **more):
    began = start + seq * MILLI
    return Span(
        id=id_of(name, seq), trace=trace, seq=seq, kind=kind, name=called, start=began,
        end=began + MILLI, status="ok", parent=id_of(name, parent), **more,
    )  # fmt: skip


@dataclass
class Clock:
    """A clock that stands until it is moved."""

    now: int = NOW

    def __call__(self):
        return self.now
