"""What is shown of something that happened: what a reader wants of it, in the order of reading."""

from collections.abc import Mapping
from typing import Any, Final

from ...guards.digest import preview
from ..store import Event

_OWN_STEPS: Final = ("handoff",)
"""Kinds of steps of the ledger that nothing else stands for: calls have spans, answers verdicts."""
_TEXT = 60  # characters of a text beside others
_OF_QUESTIONS = ("reason", "guard", "kind", "options")


def is_shown(event: Event) -> bool:
    """Return whether a line is given to something that happened; verdicts have lines of their own.

    When chunks came is in the store alone, steps that another line stands for are in JSON.
    """
    if event.kind == "step":
        return event.data.get("kind") in _OWN_STEPS
    return event.kind not in ("verdict", "chunk")


def shown_of(event: Event) -> dict[str, Any]:
    """Return what is shown of something that happened: nothing empty, the telling parts first."""
    data = event.data
    if event.kind == "step":
        parts = {"by": data.get("actor"), "error": data.get("error"), "said": data.get("preview")}
    elif event.kind == "interrupt" and "value" in data:
        parts = {"asks": _question(data["value"])}
    elif event.kind == "escalation":
        parts = {key: data.get(key) for key in _OF_QUESTIONS}
    elif event.kind == "repair":
        parts = _repair(data)
    else:
        use = data.get("use")
        parts = {**data, "use": None, **(use if isinstance(use, Mapping) else {})}
    return {key: value for key, value in parts.items() if value not in ("", None, [], {})}


def _question(value: Any) -> Any:
    return value["reason"] if isinstance(value, Mapping) and value.get("reason") else value


def _repair(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return a repair with what the model wrote before what was made of it."""
    short = {"preview", "repaired", "digest", "actor"}
    return {
        "outcome": data.get("outcome"),
        "raw": preview(str(data.get("preview") or ""), _TEXT),
        "repaired": preview(str(data.get("repaired") or ""), _TEXT),
        **{key: value for key, value in data.items() if key not in short},
    }
