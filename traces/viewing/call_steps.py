"""The calls of a stored trace as texts that can be compared: what was asked, and what came back."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ...guards.digest import sketch
from ..store import Span
from .call_texts import message_text, result_text, text_of_value
from .stored_trace import StoredTrace

_CALLS = ("model", "tool", "retriever")


@dataclass(frozen=True, slots=True)
class CallStep:
    """A call of a model or a tool in a trace.

    Attributes:
        n: The number it was recorded under, which `replay` takes; of what was imported, its place
            among the trace's calls, from 0.
        span: Its span.
        request: What was asked: of a model, the messages that are new in its prompt.
        before: What of a prompt was there before, in short; two equal prompts have equal ones.
        result: What came back, without ids that change from run to run.
        likeness: A sketch of the request.
    """

    n: int
    span: Span
    request: str
    before: str
    result: str
    likeness: str = field(repr=False, default="")

    @property
    def key(self) -> tuple[str, str, str]:
        """What calls are aligned by: kind and name; of models the place too, one may be in many."""
        span = self.span
        return span.kind, (span.namespace or span.node) if span.kind == "model" else "", span.name


def call_steps(stored: StoredTrace) -> Iterator[CallStep]:
    """Yield the calls of a trace, in the order in which they began."""
    last: dict[str, Sequence[str]] = {}
    n = 0
    for span in stored.spans:
        if span.kind not in _CALLS or span.hidden:
            continue
        before, request = _request(stored, span, last)
        number = stored.call_numbers.get(span.id, n)
        yield CallStep(number, span, request, before, result_text(stored, span), sketch(request))
        n += 1


def _request(stored: StoredTrace, span: Span, last: dict[str, Sequence[str]]) -> tuple[str, str]:
    """Return what of a request was there before, and what is new in it."""
    if span.kind != "model":
        return "", text_of_value(stored.payload(span.inputs))
    told = [message_text(message) for message in stored.prompt(span).messages]
    earlier = last.get(span.namespace, ())
    same = 0
    while same < min(len(earlier), len(told)) and earlier[same] == told[same]:
        same += 1
    last[span.namespace] = told
    return "\n".join(told[:same]), "\n".join(told[same:])
