"""What becomes of an answer that a guard objects to: sent back, then marked and delivered."""

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from .digest import preview
from .errors import GuardConfigError
from .ledger import Ledger, Step, make_step
from .verdict import Action, Verdict

Then = Literal["mark", "remove"]
"""What a delivered answer's unsupported spans become: marked as such, or taken out."""

UNSUPPORTED = "[unsupported]"
"""What is put behind a span that stays."""
SUPPORTED = "holdfast_supported"
"""Key in `additional_kwargs` of a marked answer: the part of it that may be a source to others."""
NOTHING_LEFT = "I could not find support for an answer."
"""What is delivered where nothing else is left."""
_QUOTED = 3  # spans that a reason quotes
_LONG = 160  # characters of each


class Span(NamedTuple):
    """A part of an answer, `answer[start:end]`, and what is wrong with it."""

    start: int
    end: int
    why: str = ""


def check_ladder(name: str, attempts: int, then: str) -> None:
    """Refuse settings that are none.

    Raises:
        GuardConfigError: They are none.
    """
    if attempts < 0 or then not in ("mark", "remove"):
        raise GuardConfigError(
            f"{name}(attempts={attempts}, then={then!r}): use attempts >= 0 and 'mark' or 'remove'"
        )


def author(ledger: Ledger) -> Step | None:
    """Return the model step that gave the answer, or None where none is known."""
    return next((step for step in reversed(ledger.steps) if step["kind"] == "model"), None)


def rung(ledger: Ledger, attempts: int) -> Action:
    """Return what is to become of an answer: `nudge` sends it back, `wrap_up` delivers it marked.

    Answers that were sent back are steps of their own; a person's word begins the count anew.
    """
    return "nudge" if _sent_back(ledger) < attempts else "wrap_up"


def _sent_back(ledger: Ledger) -> int:
    by = author(ledger)
    count = 0
    for step in reversed(ledger.steps):
        if step["kind"] == "human":
            break
        if step["kind"] == "answer" and step["error"] == "blocked":
            count += by is None or (step["actor"], step["branch"]) == (by["actor"], by["branch"])
    return count


def sent_back(ledger: Ledger, verdict: Verdict) -> Step:
    """Return the step of an answer that was not delivered."""
    by = author(ledger)
    who = {"actor": by["actor"], "branch": by["branch"]} if by else {}
    shown = preview(verdict["reason"])
    return make_step("answer", verdict["guard"], error="blocked", preview=shown, **who)


def quoted(answer: str, spans: Sequence[Span]) -> str:
    """Return spans as a reason quotes them: as data, bounded, each with what is wrong."""
    parts = []
    for span in spans[:_QUOTED]:
        why = f" ({preview(span.why, _LONG)})" if span.why else ""
        parts.append(f'"{preview(answer[span.start : span.end], _LONG)}"{why}')
    more = f"; and {len(spans) - _QUOTED} more" if len(spans) > _QUOTED else ""
    return f"{'; '.join(parts)}{more}"


def amended(answer: str, spans: Mapping[tuple[int, int], Then]) -> str:
    """Return an answer fit to be delivered: its unsupported spans marked, or taken out.

    >>> amended("It rains. Mars is red.", {(0, 9): "mark"})
    'It rains. [unsupported] Mars is red.'
    >>> amended("It rains. Mars is red.", {(0, 9): "remove"})
    'Mars is red.'
    """
    kept = answer
    for (start, end), then in sorted(spans.items(), reverse=True):
        if then == "mark":
            kept = f"{kept[:end]} {UNSUPPORTED}{kept[end:]}"
        else:
            kept = kept[:start].rstrip(" ") + kept[end:] if start else kept[end:].lstrip()
    return kept if kept.strip() else NOTHING_LEFT
