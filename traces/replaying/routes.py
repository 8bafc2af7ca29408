"""Compare the way and the end of a replay with those of its record."""

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import Any

from ...guards.digest import preview
from .divergence import Divergence, names_of
from .recorded_run import RecordedRun
from .running import Ran
from .watch import Visit, outermost

_TIMES = frozenset(("seconds", "at", "by", "began", "waited", "until", "opened_at"))


def route_divergence(run: RecordedRun, ran: Ran, visits: Sequence[Visit]) -> Divergence | None:
    """Return where two ways through the outermost graph part; nodes of a step in any order."""
    then, now = _steps(run.visits), _steps(visits)
    for n in range(max(len(then), len(now)) if then else 0):
        step, recorded = then[n] if n < len(then) else (None, [])
        place, nodes = now[n] if n < len(now) else (step, [])
        if recorded != nodes:
            return _parting(ran, place, nodes, recorded)
    return _end_divergence(run, ran, visits)


def early_divergence(run: RecordedRun, ran: Ran, visits: Sequence[Visit]) -> Divergence | None:
    """Return where a way parts from one that was broken off; in its last step nodes may miss."""
    then, now = _steps(run.visits), _steps(visits)
    for n, (step, recorded) in enumerate(then):
        place, nodes = now[n] if n < len(now) else (step, [])
        begun = set(recorded) & set(nodes) if n == len(then) - 1 else recorded == nodes
        if not begun:
            return _parting(ran, place, nodes, recorded)
    if ran.error is None or len(now) > len(then):
        return None
    return _ended_otherwise(run, ran, visits)


def _parting(
    ran: Ran, step: int | None, nodes: Sequence[str], recorded: Sequence[str]
) -> Divergence:
    goes = f"it goes to {names_of(nodes)}" if nodes else _end_of(ran)
    return Divergence(
        kind="route",
        step=step,
        node=names_of(nodes),
        name=names_of(nodes),
        why=f"{goes}; recorded is {names_of(recorded) or 'the end'}",
    )


def _end_divergence(run: RecordedRun, ran: Ran, visits: Sequence[Visit]) -> Divergence | None:
    """Return whether one of two equal ways ended in an error, and the other did not."""
    if (ran.error is not None) == (run.trace.status == "error"):
        return None
    return _ended_otherwise(run, ran, visits)


def _ended_otherwise(run: RecordedRun, ran: Ran, visits: Sequence[Visit]) -> Divergence:
    last = visits[-1] if visits else None
    return Divergence(
        kind="route",
        step=last.step if last else None,
        node=last.node if last else "",
        why=f"{_end_of(ran)}; recorded is {preview(run.trace.error) or 'the end'}",
    )


def _end_of(ran: Ran) -> str:
    return f"it raises {type(ran.error).__name__}" if ran.error else "it goes to its end"


def _steps(visits: Sequence[Visit]) -> list[tuple[int | None, list[str]]]:
    found = groupby(outermost(visits), key=lambda visit: visit.step)
    return [(step, sorted(visit.node for visit in group)) for step, group in found]


def changed_channels(
    app: Any, recorded: Any, ran: Ran, plain: Callable[[Any], Any]
) -> dict[str, tuple[Any, Any]]:
    """Return the channels that a replay ended with other values in: as recorded, and now.

    Streams record every channel, invocations those of the output alone: the others are left out.
    """
    if recorded is None or ran.error is not None:
        return {}
    then, now = (_without_times(plain(_mapping(each))) for each in (recorded, ran.state))
    known = app.output_channels
    names = {*then, *now} if isinstance(known, str) else {*known} & {*then, *now}
    parted = sorted(name for name in names if then.get(name) != now.get(name))
    return {name: (then.get(name), now.get(name)) for name in parted}


def _mapping(state: Any) -> Mapping[str, Any]:
    if isinstance(state, Mapping):
        return state
    fields = getattr(state, "__dict__", None)
    return fields or {"": state}


def _without_times(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without_times(each) for k, each in value.items() if k not in _TIMES}
    return [_without_times(each) for each in value] if isinstance(value, list) else value
