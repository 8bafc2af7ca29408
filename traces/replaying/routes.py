"""Compare the way and the end of a replay with those of its record."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from .divergence import Divergence, names_of
from .request import Requests
from .running import Ran
from .watch import Visit, outermost

_TIMES = frozenset(("seconds", "at", "by", "began", "waited", "until", "opened_at"))


def route_divergence(
    recorded: Sequence[Visit], now: Sequence[Visit], end: str = "it goes to its end"
) -> Divergence | None:
    """Return where two ways through the outermost graph part; nodes of a step in any order.

    Args:
        recorded: The nodes that ran then.
        now: The nodes that ran now.
        end: What is said of a way that is over where the recorded one goes on.
    """
    if not recorded:
        return None
    then, there = _steps(recorded), _steps(now)
    for n in range(max(len(then), len(there))):
        one = then[n] if n < len(then) else (None, [])
        other = there[n] if n < len(there) else (None, [])
        if one[1] != other[1]:
            return Divergence(
                kind="route",
                step=other[0] if other[0] is not None else one[0],
                node=names_of(other[1]),
                name=names_of(other[1]),
                why=f"{'it goes to ' + names_of(other[1]) if other[1] else end}; "
                f"recorded is {names_of(one[1]) or 'the end'}",
            )
    return None


def _steps(visits: Sequence[Visit]) -> list[tuple[int | None, list[str]]]:
    found = groupby(outermost(visits), key=lambda visit: visit.step)
    return [(step, sorted(visit.node for visit in group)) for step, group in found]


def changed_channels(app: Any, recorded: Any, ran: Ran, requests: Requests) -> list[str]:
    """Return the channels of the output that a replay ended with other values in.

    Streams record every channel, invocations those of the output alone: the others are left out.
    """
    if recorded is None or ran.error is not None:
        return []
    then, now = (_without_times(requests.plain(_mapping(each))) for each in (recorded, ran.state))
    known = app.output_channels
    names = {*then, *now} if isinstance(known, str) else {*known} & {*then, *now}
    return sorted(name for name in names if then.get(name) != now.get(name))


def _mapping(state: Any) -> Mapping[str, Any]:
    if isinstance(state, Mapping):
        return state
    fields = getattr(state, "__dict__", None)
    return fields or {"": state}


def _without_times(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without_times(each) for k, each in value.items() if k not in _TIMES}
    return [_without_times(each) for each in value] if isinstance(value, list) else value
