"""Recorded runs under other guards: which would be stopped, what that saves, whom it hurts."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Union

from ..guards.digest import preview
from ..guards.errors import AuditInputError, GuardConfigError, MessageError
from ..guards.guard import Guard
from ..guards.prices import Prices
from .audit import Audited, audit_run
from .files import read_runs
from .recording import Recording
from .toolbook import NO_TOOLS, Toolbook
from .values import Unread
from .what_if_result import NAMED, Setting, WhatIf

if TYPE_CHECKING:
    from .store import Store
    from .viewing import StoredTrace

Runs = Union["Store", str, Path, Iterable[Union[Recording, "StoredTrace", str, Path]]]
"""A store, a file of recorded runs or of traces, several of them, or runs themselves."""
Success = Callable[[Recording], bool | None]
"""Says whether a run was a success; None when nobody knows."""

_FULL = 1.0  # the reward from which a run counts as a success


def succeeded(run: Recording) -> bool | None:
    """Return whether a run was a success: by its reward, else by what it came to.

    A run without either is neither: nobody knows.
    """
    if run.reward is not None:
        return run.reward >= _FULL
    return run.came_to == "completed" if run.came_to else None


def what_if(
    runs: Runs,
    guards: Sequence[Guard],
    *,
    against: Sequence[Guard] | None = None,
    success: Success = succeeded,
    tools: Toolbook = NO_TOOLS,
    prices: Prices | None = None,
) -> WhatIf:
    """Return what other guards would have done to recorded runs, and what that saves.

    A run is judged after each of its steps, as it would have been judged live; after the step at
    which a guard would have stopped it, everything counts as saved. What would have come of a
    call that is not run, or of a nudge, nobody knows: that saves nothing here.

    Cost: about 0.1 milliseconds a message for each setting; memory does not grow with the runs.

    Args:
        runs: A store, a file of either kind, several, or runs themselves.
        guards: The guards to judge by.
        against: Other guards to judge by as well, to stand side by side.
        success: Says whether a run was a success; by default its reward or its ending does.
        tools: What is known of the tools, before what was recorded of them.
        prices: What tokens cost, before what was recorded.

    Raises:
        AuditInputError: A file cannot be opened, or holds no run; there is none at all.
        GuardConfigError: No guard is given, one without a list, or something else.
    """
    sides = [guards] if against is None else [guards, against]
    for side in sides:
        _check(side)
    found = WhatIf([Setting(name_of(side)) for side in sides])
    for run in _recordings(runs):
        if isinstance(run, Unread):
            _refuse(found, run)
            continue
        try:
            judged = [_judged(run, side, tools, prices) for side in sides]
        except (MessageError, RecursionError) as error:
            _refuse(found, Unread(0, f"run {run.id}: {preview(str(error))}"))
        else:
            _add(found, judged, success(run))
    if not found.runs and not found.unreadable:
        raise AuditInputError("what_if without runs: give a store, a file, or at least one run")
    return found


def _check(guards: Any) -> None:
    """Refuse what is no list of guards.

    Raises:
        GuardConfigError: It is one guard, holds something else, or holds none.
    """
    if hasattr(guards, "check"):
        name = preview(type(guards).__name__, 80)
        raise GuardConfigError(f"what_if takes a list of guards: give [{name}(...)]")
    odd = next((one for one in guards or () if not hasattr(one, "check")), None)
    if odd is not None:
        name = preview(type(odd).__name__, 80)
        raise GuardConfigError(f"what_if: a {name} is no guard: give guards, as [LoopGuard()]")
    if not guards:
        raise GuardConfigError("what_if without guards: give at least one, guards=[LoopGuard()]")


def _judged(
    run: Recording, guards: Sequence[Guard], tools: Toolbook, prices: Prices | None
) -> Audited:
    return audit_run(run, guards, tools=tools.tools_of(run), prices=prices)


def _refuse(found: WhatIf, unread: Unread) -> None:
    found.unreadable += 1
    if len(found.unread) < NAMED:
        found.unread.append(unread)


def _add(found: WhatIf, judged: Sequence[Audited], success: bool | None) -> None:
    found.runs += 1
    found.successes += success is True
    found.failures += success is False
    found.tokens += judged[0].tokens
    found.usd += judged[0].usd
    for setting, run in zip(found.settings, judged, strict=True):
        setting.add(run, success)


def name_of(guards: Sequence[Any]) -> str:
    """Return what a setting of guards is called: their classes, and what is not by default.

    >>> from holdfast.guards import LoopGuard
    >>> name_of([LoopGuard(block=4)])
    'LoopGuard(block=4)'
    """
    return ", ".join(map(_named, guards))


def _named(guard: Any) -> str:
    kind = type(guard)
    fields: Mapping[str, Any] = getattr(kind, "__dataclass_fields__", {})
    set_ = [
        f"{name}={getattr(guard, name)!r}"
        for name, one in fields.items()
        if one.init
        and one.repr
        and getattr(guard, name) != one.default
        and not _is_made(one, guard)
    ]
    return preview(f"{kind.__name__}({', '.join(set_)})" if set_ else kind.__name__, 80)


def _is_made(one: Any, guard: Any) -> bool:
    """Return whether a field has what its factory makes."""
    return callable(one.default_factory) and getattr(guard, one.name) == one.default_factory()


def _recordings(runs: Any) -> Iterator[Recording | Unread]:
    if isinstance(runs, str | Path):
        for found in read_runs(Path(runs)):
            yield found if isinstance(found, Unread) else found.run
    elif isinstance(runs, Recording):
        yield runs
    elif hasattr(runs, "traces") and hasattr(runs, "load"):
        from .viewing import recordings

        yield from recordings(runs)
    elif hasattr(runs, "trace") and hasattr(runs, "store"):
        from .viewing import recording

        yield recording([runs.trace], runs.store)
    else:
        for one in runs:
            yield from _recordings(one)
