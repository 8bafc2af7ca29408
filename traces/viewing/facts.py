"""What a recorder knows of a span beside its fields, in words: checkpoints, guards that passed."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ...guards.digest import preview
from ..store import Span
from ..store.facts import PASSED, WAITS_AT, WENT_ON_FROM

_NAME = 60  # characters of a guard's name
_GUARDS = 12  # guards that are named
_AT = {WAITS_AT: "waits at checkpoint", WENT_ON_FROM: "went on from checkpoint"}
_JUDGED = {"answers": "answer", "calls": "call", "prompts": "prompt", "runs": "run"}


class Fact(NamedTuple):
    """A fact about a span.

    Attributes:
        label: What it is about.
        text: What it says.
    """

    label: str
    text: str


def facts_of(span: Span) -> Iterator[Fact]:
    """Yield what is known of a span beside its fields; most have nothing."""
    for key, label in _AT.items():
        at = span.metadata.get(key)
        if isinstance(at, Mapping) and (checkpoint := preview(str(at.get("checkpoint") or ""))):
            inside = preview(str(at.get("namespace") or ""))
            yield Fact(label, f"{checkpoint} of {inside}" if inside else checkpoint)
    passed = span.metadata.get(PASSED)
    if isinstance(passed, Mapping) and passed:
        named = [_guard(name, told) for name, told in list(passed.items())[:_GUARDS]]
        more = len(passed) - len(named)
        yield Fact("passed", ", ".join([*named, *([f"and {more} more"] if more else [])]))


def facts_data(span: Span) -> dict[str, Any]:
    """Return the same as plain data; only what is known."""
    names = {WAITS_AT: "waits_at", WENT_ON_FROM: "went_on_from", PASSED: "passed"}
    return {name: span.metadata[key] for key, name in names.items() if key in span.metadata}


def _guard(name: object, told: object) -> str:
    shown = preview(str(name), _NAME)
    if not isinstance(told, Mapping):
        return shown
    parts = [_counted(told[key], word) for key, word in _JUDGED.items() if key in told]
    if isinstance(score := told.get("score"), int | float):
        parts.append(f"score {score:.4g}")
    return f"{shown} ({', '.join(parts)})" if parts else shown


def _counted(count: object, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{preview(str(count), _NAME)} {word}s"
