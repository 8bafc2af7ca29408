"""The runs of a store as the audit judges them: a thread is one, whatever waits are in it."""

from collections.abc import Iterator, Mapping, Sequence
from math import isfinite
from typing import Any, cast

from ...guards.errors import GuardConfigError
from ...guards.facts import ToolSpec
from ...guards.verdict import Verdict
from ..recording import Recording
from ..store import Span, Store, Trace
from .conversation import Conversation
from .payloads import Plain
from .stored_trace import StoredTrace

MESSAGES = "messages"
"""The source of a trace that was made of messages, which do not say what they came to."""
_STOOD = {
    "ok": "completed",
    "error": "failed",
    "interrupt": "interrupted",
    "cancelled": "cancelled",
}


def recordings(store: Store) -> Iterator[Recording]:
    """Yield the runs of a store, newest first: each thread once, and each trace that is in none.

    Replays are left out: they say again what was recorded.
    """
    threads: set[str] = set()
    for trace in store.traces():
        if trace.thread in threads or trace.replay_of:
            continue
        if trace.thread:
            threads.add(trace.thread)
            yield recording(list(store.traces(thread=trace.thread))[::-1], store)
        else:
            yield recording([trace], store)


def recording(traces: Sequence[Trace], store: Store) -> Recording:
    """Return traces of one thread, oldest first, as one run.

    Its id is the thread's, or that of the one trace.
    """
    real = [trace for trace in traces if not trace.replay_of] or list(traces)
    runs = [StoredTrace.of(store, trace) for trace in real]
    talk = Conversation.of(runs)
    last = real[-1]
    metadata = {**real[0].metadata, **last.metadata}
    domain = metadata.get("domain")
    return Recording(
        id=last.id if len(real) == 1 else last.thread or last.id,
        messages=[said.message for said in talk.said],
        reward=_reward(metadata),
        domain=domain if isinstance(domain, str) else "",
        tools=specs(talk.tools, {span.name for run in runs for span in run.spans if _ran(span)}),
        usd=[said.usd for said in talk.said],
        before=talk.before,
        came_to="" if last.source == MESSAGES else last.ending or _STOOD.get(last.status, ""),
        refused=talk.refused,
        people=talk.people,
        thread=last.thread if len(real) > 1 else "",
        traces=[trace.id for trace in real],
        recorded=[cast(Verdict, event.data) for run in runs for event in run.verdicts],
    )


def specs(schemas: Sequence[Plain], ran: set[str]) -> Mapping[str, ToolSpec] | None:
    """Return the tools that models were offered, and those that ran although no model had them.

    None where no model was offered any: nobody said which there are. A schema that is none is
    left out.
    """
    found: dict[str, ToolSpec] = {}
    for schema in schemas:
        try:
            spec = ToolSpec.from_schema(schema)
            _ = spec.validator  # refused here, rather than in the middle of an audit
        except (GuardConfigError, AttributeError, TypeError, ValueError):
            continue
        found[spec.name] = spec
    if not found:
        return None
    return {**{name: ToolSpec(name) for name in sorted(ran - set(found))}, **found}


def _ran(span: Span) -> bool:
    return span.kind == "tool" and span.status == "ok"


def _reward(metadata: Mapping[str, Any]) -> float | None:
    reward = metadata.get("reward")
    return float(reward) if isinstance(reward, int | float) and isfinite(reward) else None
