"""What is said of a repair: a verdict for the run, and an event for its trace."""

from collections.abc import Iterable, Sequence
from typing import Any

from langchain_core.callbacks import dispatch_custom_event
from langchain_core.runnables import RunnableConfig
from langchain_core.runnables.config import get_callback_manager_for_config
from pydantic_core import to_json

from ..guards.digest import digest, preview
from ..guards.guard import Policy
from ..guards.ledger import Call
from ..guards.repairs import Edit
from ..guards.verdict import Action, Verdict, severity, tripped
from .repairing import Taken

GUARD = "repair"
"""The name under which a policy says where an unrepairable result goes."""
EVENT = "holdfast.repair"
"""The name of the custom event."""

_REASON_SHOWN = 400  # characters of a reason
_EDITS_SHOWN = 20
_EDIT_SHOWN = 160


def verdict_of(taken: Taken, actor: str, policy: Policy, steps: Sequence[int] = ()) -> Verdict:
    """Return the verdict on a reply that cannot be taken: a nudge while the model is asked again.

    At the end it advises `stop`, or the rung that the policy names for `repair` if that turns the
    run aside (`wrap_up`, `escalate`).
    """
    if taken.fault is None:
        raise ValueError("a reply that was taken has no verdict")
    action: Action = "nudge"
    if taken.pending is None:
        wanted = policy.get(GUARD, "stop")
        action = wanted if severity(wanted) >= severity("wrap_up") else "stop"
    times = "" if not taken.asked else f" after {taken.asked} more attempt{'s'[: taken.asked - 1]}"
    found = f"({taken.fault.kind}): {taken.fault.reason}"
    reason = f"The result of {actor!r} cannot be used{times} {found}"
    shown = preview(reason, _REASON_SHOWN)
    return tripped(GUARD, taken.fault.kind, action, shown, steps=steps, score=float(taken.asked))


def event_of(taken: Taken, actor: str) -> dict[str, Any]:
    """Return what a trace is told: the text in short, what was changed, what was asked for."""
    failed = "asked_again" if taken.pending else "unrepaired"
    return {
        "actor": actor,
        "outcome": failed if taken.fault else "repaired",
        "kind": taken.fault.kind if taken.fault else "",
        "reason": preview(taken.fault.reason, _REASON_SHOWN) if taken.fault else "",
        "mode": taken.pending["mode"] if taken.pending else "",
        "asked": taken.asked,
        "digest": digest(taken.text),
        "preview": preview(taken.text),
        "repaired": _shown(taken.repaired.value) if taken.repaired else "",
        "edits": edit_lines(taken.repaired.edits if taken.repaired else ()),
    }


def is_worth_telling(taken: Taken) -> bool:
    """Return whether anything happened: valid replies are in the trace already."""
    return bool(taken.fault or taken.asked or (taken.repaired and taken.repaired.edits))


def edit_lines(edits: Iterable[Edit]) -> list[str]:
    """Return what was changed, a short line each, and how much more."""
    lines = [preview(str(edit), _EDIT_SHOWN) for edit in edits]
    hidden = len(lines) - _EDITS_SHOWN
    return [*lines[:_EDITS_SHOWN], *([f"and {hidden} more"] if hidden > 0 else [])]


def tell_calls(
    config: RunnableConfig | None,
    verdicts: Iterable[Verdict],
    raw: Sequence[Call],
    repaired: Sequence[Call],
) -> None:
    """Tell whoever traces this run of calls whose arguments were repaired.

    Args:
        config: The run's.
        verdicts: The notes on those that were.
        raw: The calls as the model made them.
        repaired: The same calls as they are judged, in the same order.
    """
    for verdict in verdicts:
        pairs = [pair for pair in zip(raw, repaired, strict=True) if pair[0].id in verdict["calls"]]
        data = {
            "outcome": "repaired",
            "kind": verdict["kind"],
            "reason": verdict["reason"],
            "preview": " ".join(_shown(before.args) for before, _ in pairs),
            "repaired": " ".join(_shown(after.args) for _, after in pairs),
        }
        tell_trace(config, {**data, "calls": verdict["calls"]})


def _shown(value: Any) -> str:
    """Return a value in short, as JSON; a text as it is."""
    text = value if isinstance(value, str) else to_json(value, fallback=str).decode()
    return preview(text)


def tell_trace(config: RunnableConfig | None, data: dict[str, Any], event: str = EVENT) -> None:
    """Send a custom event to whoever traces this run; where nobody does, nothing happens.

    Cost: 20 microseconds when nobody listens.
    """
    manager = get_callback_manager_for_config(config or {})
    if manager.parent_run_id is not None and manager.handlers:
        dispatch_custom_event(event, data, config=config)
