"""Where a record ends before its run did: it was killed, cancelled, or left."""

from collections.abc import Sequence

from ...guards.digest import preview
from ..store.model import Trace
from .watch import Visit, outermost

_UNFINISHED = ("running", "cancelled")


def is_unfinished(trace: Trace) -> bool:
    """Return whether a run neither ended, nor failed, nor stopped at a question."""
    return trace.status in _UNFINISHED


def last_step(visits: Sequence[Visit]) -> int:
    """Return the last super-step of the outermost graph that was recorded; 0 without any."""
    return max((visit.step for visit in outermost(visits)), default=0)


def end_text(trace: Trace, visits: Sequence[Visit]) -> str:
    """Say where the record of an unfinished run ends, and why."""
    step = last_step(visits)
    nodes = dict.fromkeys(visit.node for visit in outermost(visits) if visit.step == step)
    where = f"step {step}, node {preview(', '.join(nodes))!r}: " if step else ""
    return f"{where}the record ends here: {_why(trace)}"


def call_end_text(
    trace: Trace, visits: Sequence[Visit], name: str, node: str, step: int | None
) -> str:
    """Say that the record of an unfinished run ends in a call, and why."""
    has_begun = step is None or step <= last_step(visits)
    during = f"while {preview(name)!r} ran" if has_begun else f"before {preview(name)!r} had ended"
    return f"step {step}, node {preview(node)!r}: the record ends here: {_why(trace)} {during}"


def _why(trace: Trace) -> str:
    if trace.status == "running":
        return "the process was stopped"
    left = trace.error.startswith("GeneratorExit")
    return "its stream was left" if left else "the run was cancelled"
