"""The calls that a verdict rests on: it names steps of the ledger, a reader wants what was run."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from ..store import Event
from .stored_trace import StoredTrace

EVIDENCE: Final = "evidence"
"""Under which a verdict has the numbers of the calls it rests on, as far as the trace has them."""

_SHOWN = 12  # calls that are named


@dataclass(frozen=True)
class Evidence:
    """Finds the calls of tools that verdicts of a trace rest on.

    A verdict's steps are numbers in the ledger of the graph it was given in. That ledger is in
    what the graph returned; what ran before the trace began, and models' own calls, have no number.
    """

    stored: StoredTrace
    _ledgers: dict[str, Mapping[int, str] | None] = field(default_factory=dict)

    def with_calls(self, event: Event) -> Event:
        """Return a verdict with the numbers of the calls it rests on, where there are any."""
        steps = event.data.get("steps")
        if not isinstance(steps, list) or not steps:
            return event
        ledger = self._ledger_at(event.span)
        known = [step for step in steps if isinstance(step, int) and step in ledger]
        found = [self._number(ledger[step], event.time) for step in known]
        calls = sorted({number for number in found if number is not None})
        return replace(event, data={**event.data, EVIDENCE: calls}) if calls else event

    def _number(self, call_id: str, before: int) -> int | None:
        """Return the number of the last call with an id that began before a verdict."""
        spans = self.stored.tools_by_call.get(call_id, ())
        run = [span for span in spans if span.start <= before]
        return self.stored.call_numbers.get(run[-1].id) if run else None

    def _ledger_at(self, span_id: str | None) -> Mapping[int, str]:
        """Return calls' ids by step, from the nearest graph around that has a ledger."""
        for span in self.stored.around(span_id):
            if span.kind == "graph":
                if span.id not in self._ledgers:
                    self._ledgers[span.id] = _numbered(self.stored.payload(span.outputs))
                if (found := self._ledgers[span.id]) is not None:
                    return found
        return {}


def _numbered(outputs: Any) -> Mapping[int, str] | None:
    ledger = outputs.get("ledger") if isinstance(outputs, Mapping) else None
    recent = ledger.get("recent") if isinstance(ledger, Mapping) else None
    if not isinstance(recent, list):
        return None
    steps = [step for step in recent if isinstance(step, Mapping) and step.get("call_id")]
    return {step["n"]: str(step["call_id"]) for step in steps if isinstance(step.get("n"), int)}


def on_calls(verdict: Mapping[str, Any]) -> str:
    """Return which calls a verdict rests on, to stand behind it; empty where none is known."""
    calls = verdict.get(EVIDENCE)
    if not isinstance(calls, list) or not calls:
        return ""
    shown = ", ".join(f"#{number}" for number in calls[:_SHOWN])
    return f"  on {shown}{f' and {len(calls) - _SHOWN} more' if len(calls) > _SHOWN else ''}"
