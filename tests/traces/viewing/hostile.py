"""A trace whose every text was written to do harm."""

from holdfast.traces.store import Event, Span, Trace
from langchain_core.messages import AIMessage, HumanMessage

SCRIPT = "<script>alert(1)</script>"
MARKUP = "[bold red]loud[/]"
CONTROL = "\x1b[2J\x1b]0;title\x07\u202e"
HOSTILE = f"{MARKUP}{SCRIPT}{CONTROL}\" onload='x"
START = 1_800_000_000_000_000_000


def write_hostile(store, *, spans=1):
    """Write a trace with hostile text in each field."""
    verdict = {"guard": HOSTILE, "kind": HOSTILE, "outcome": "trip", "action": HOSTILE,
               "reason": HOSTILE}  # fmt: skip
    inputs = store.put({"messages": [HumanMessage(HOSTILE)], "params": {HOSTILE: HOSTILE}})
    outputs = store.put({"message": AIMessage(HOSTILE, name=HOSTILE)})
    trace = Trace(
        id="t", name=HOSTILE, start=START, end=START + 10**9, thread=HOSTILE, status="error",
        ending=HOSTILE, error=HOSTILE, source=HOSTILE, tags=(HOSTILE,), spans=spans,
    )  # fmt: skip
    made = [
        Span(
            id=f"s{n}", trace="t", seq=n, kind="model", name=HOSTILE, start=START + n,
            end=START + n + 10**6, status="error", error_type=HOSTILE, error=HOSTILE,
            model=HOSTILE, provider=HOSTILE, node=HOSTILE, inputs=inputs, outputs=outputs,
        )
        for n in range(spans)
    ]  # fmt: skip
    events = [
        Event(trace="t", seq=0, time=1, kind="verdict", name=HOSTILE, span="s0", data=verdict),
        Event(trace="t", seq=1, time=1, kind="custom", name=HOSTILE, span="s0", data={HOSTILE: 1}),
        Event(trace="t", seq=2, time=1, kind="custom", name=HOSTILE, data={"a": HOSTILE}),
    ]
    store.write(trace, *made, *events)
