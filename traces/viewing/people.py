"""What people did in the middle of a recorded run, as the steps that guards saw live."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from ...guards.digest import canonical, digest
from ...guards.ledger import Step, make_step
from .stored_trace import StoredTrace

_KEPT = ("name", "branch", "result", "preview", "call_id")


class Did(NamedTuple):
    """What a person did.

    Attributes:
        time: When, in nanoseconds since the epoch.
        step: It as a step of the ledger.
    """

    time: int
    step: Step


def people_in(run: StoredTrace) -> list[Did]:
    """Return what people did in a trace, in order.

    Where Holdfast kept a ledger, its steps say it; elsewhere what a run was resumed with does.
    """
    steps = [event for event in run.events if event.kind == "step"]
    if steps:
        return [
            Did(event.time, _step(event.data))
            for event in steps
            if event.data.get("kind") == "human"
        ]
    return [
        Did(event.time, make_step("human", "answer", actor="human", result=_digest(event.data)))
        for event in run.events
        if event.kind == "answer" and "resume" in event.data
    ]


def _step(data: Mapping[str, Any]) -> Step:
    known = {key: data[key] for key in _KEPT if isinstance(data.get(key), str)}
    return make_step("human", known.pop("name", ""), actor="human", **known)


def _digest(data: Mapping[str, Any]) -> str:
    return digest(canonical({"resume": data["resume"]}))
