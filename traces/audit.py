"""Judge recorded runs after every step, as they would have been judged live."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple, TypeVar, cast

from ..guards.digest import preview
from ..guards.ending import ending_of
from ..guards.errors import AuditInputError, MessageError
from ..guards.facts import ToolSpec
from ..guards.guard import VERDICTS_KEPT, Given, Guard, is_news, judge
from ..guards.ledger import Ledger
from ..guards.message import Message
from ..guards.prices import Prices
from ..guards.verdict import Action, Verdict, severest, severity
from .files import Progress, read_runs
from .playback import Playback
from .recording import Recording
from .toolbook import NO_TOOLS, Toolbook
from .values import Unread

T = TypeVar("T")

TRIPS_KEPT = 200
"""Trips of one run that are kept; the rest are counted."""
_REASON = 1_000  # characters of a reason
_CALL_ID = 100  # characters of a call's id
_CALLS = 50  # calls that a verdict names
_BLOCKS, _ENDS = severity("block"), severity("wrap_up")


class Trip(Verdict):
    """A verdict that a guard tripped with.

    Attributes:
        step: Number of the last step when it was given.
    """

    step: int


class Cut(NamedTuple):
    """Where a trip would have ended a run, and what that would have saved.

    Attributes:
        step: Number of the step it was given at.
        steps: Steps that came after it.
        tokens: Tokens of those steps, estimated where the recording has none.
        usd: What those steps cost, in USD; 0 where neither the recording nor prices say.
        guard: The guard that ended it.
    """

    step: int
    steps: int
    tokens: int
    usd: float = 0.0
    guard: str = ""


@dataclass(frozen=True, slots=True)
class Audited:
    """What the guards found in a recorded run.

    Attributes:
        id: The run's id.
        ending: What the run came to, or would have come to live where a trip reached `wrap_up`
            or above first; `incomplete` when it ends inside a tool exchange.
        steps: How many steps it has.
        messages: How many messages it has.
        verdicts: The trips, oldest first, with the step each was given at; the first 200.
        kinds: For each guard and what it found: the severest rung, and how many trips of all.
        skips: For each guard that could not judge, why.
        reward: What the run was given in the end, or None.
        cut: Where it would have ended early, or None.
        blocked: How many of its calls would not have been run that were.
        objecting: The guards that would have stopped it, or kept such a call from being run.
        tokens: Tokens of the whole run, estimated where the recording has none.
        usd: What the whole run cost, in USD.
        came_to: What the recording says it came to, or empty.
        recorded: What guards found while it ran, as it was recorded.
        thread: The thread that the run is the whole of, when it has several traces; else empty.
        traces: Ids of its traces in a store, oldest first; empty when it is out of a file.
    """

    id: str
    ending: str
    steps: int
    messages: int
    verdicts: Sequence[Trip]
    kinds: Mapping[tuple[str, str], tuple[Action, int]]
    skips: Mapping[str, str]
    reward: float | None
    cut: Cut | None = None
    blocked: int = 0
    tokens: int = 0
    usd: float = 0.0
    came_to: str = ""
    recorded: Sequence[Verdict] = ()
    objecting: frozenset[str] = frozenset()
    thread: str = ""
    traces: Sequence[str] = ()

    @property
    def severest(self) -> Action:
        """The severest rung of all its trips."""
        return severest(action for action, _ in self.kinds.values())

    @property
    def left_off(self) -> int:
        """How many trips there were beyond those kept."""
        return sum(trips for _, trips in self.kinds.values()) - len(self.verdicts)


def audit_file(
    path: Path,
    guards: Sequence[Guard],
    *,
    book: Toolbook = NO_TOOLS,
    progress: Progress | None = None,
) -> Iterator[Audited | Unread]:
    """Yield what the guards find in each run of a file, and the places that could not be read.

    Raises:
        AuditInputError: The file cannot be opened, or no run in it could be judged.
    """
    return judged_file(
        path, lambda run: audit_run(run, guards, tools=book.tools_of(run)), progress=progress
    )


def judged_file(
    path: Path, judged: Callable[[Recording], T], *, progress: Progress | None = None
) -> Iterator[T | Unread]:
    """Yield what each run of a file is judged to be, and the places that could not be read.

    Raises:
        AuditInputError: The file cannot be opened, or no run in it could be judged.
    """
    count = 0
    for found in read_runs(path, progress=progress):
        if isinstance(found, Unread):
            yield found
            continue
        try:
            one = judged(found.run)
        except (MessageError, RecursionError) as error:
            yield Unread(found.line, f"run {found.run.id}: {preview(str(error))}")
        else:
            count += 1
            yield one
    if not count:
        raise AuditInputError(f"{path}: none of the runs in it could be judged")


def audit_run(
    run: Recording,
    guards: Sequence[Guard],
    *,
    tools: Mapping[str, ToolSpec] | None = None,
    prices: Prices | None = None,
) -> Audited:
    """Return what the guards find in a run, judged after each of its steps.

    A nudge for a streak that was nudged already is left out, as a graph would leave it out, and so
    is a trip without any new evidence.

    Cost: about 0.1 milliseconds a message with the default guards.

    Raises:
        MessageError: An item of the run is no message.
    """
    playback = Playback(tools, prices)
    found = _Findings(run.refused)
    spent = at_cut = _Spent()
    costs = [0.0, *accumulate(run.usd)]
    for ledger in playback.views(run.messages, run.people):
        if playback.messages <= run.before:
            continue
        spent = _spent(ledger, costs[min(playback.messages, len(costs) - 1)])
        at_cut = at_cut if found.ending else spent
        for verdict in judge(guards, ledger, {}):
            found.add(verdict, playback.n, playback.after)
    return _audited(run, playback, found, spent, at_cut)


class _Spent(NamedTuple):
    tokens: int = 0
    usd: float = 0.0


def _spent(ledger: Ledger, recorded: float) -> _Spent:
    """Return what a run has spent so far; its cost by the prices given, else as recorded."""
    thread = ledger.thread
    return _Spent(thread["tokens_in"] + thread["tokens_out"], thread["usd"] or recorded)


def _audited(
    run: Recording, playback: Playback, found: "_Findings", spent: _Spent, at_cut: _Spent
) -> Audited:
    cut = None
    if found.ending:
        at = found.ended[0]
        tokens, usd = spent.tokens - at_cut.tokens, spent.usd - at_cut.usd
        cut = Cut(at, playback.n - at, tokens, usd, found.by)
    return Audited(
        id=run.id,
        ending=found.ending or run.came_to or _came_to(playback.last),
        steps=playback.n,
        messages=playback.messages,
        verdicts=found.kept,
        kinds=found.kinds,
        skips=found.skips,
        reward=run.reward,
        cut=cut,
        blocked=found.blocked,
        objecting=frozenset(found.objecting),
        thread=run.thread,
        traces=run.traces,
        tokens=spent.tokens,
        usd=spent.usd,
        came_to=run.came_to,
        recorded=run.recorded,
    )


@dataclass(slots=True)
class _Findings:
    refused: frozenset[str]
    objecting: set[str] = field(default_factory=set)
    kept: list[Trip] = field(default_factory=list)
    skips: dict[str, str] = field(default_factory=dict)
    kinds: dict[tuple[str, str], tuple[Action, int]] = field(default_factory=dict)
    ending: str = ""
    ended: tuple[int, int] = (0, 0)  # the step that ended the run, and how severely
    by: str = ""
    blocked: int = 0
    _recent: list[Trip] = field(default_factory=list)
    _last: dict[str, Trip] = field(default_factory=dict)  # by guard

    def add(self, verdict: Verdict, step: int, since: int) -> None:
        if not is_news(verdict, cast(Sequence[Given], self._recent), since):
            return
        given: Trip = {**_shown(verdict), "step": step}
        last = self._last.get(given["guard"])
        if last and last["step"] > since and _repeats(given, last):
            return
        self._last[given["guard"]] = given
        self._recent = [*self._recent, given][-VERDICTS_KEPT:]
        if given["outcome"] == "skip":
            self.skips.setdefault(given["guard"], given["reason"])
            return
        key = given["guard"], given["kind"]
        action, trips = self.kinds.get(key, ("none", 0))
        self.kinds[key] = severest((action, given["action"])), trips + 1
        if len(self.kept) < TRIPS_KEPT:
            self.kept.append(given)
        ran = [call for call in verdict["calls"] if call not in self.refused]
        if severity(given["action"]) >= (_BLOCKS if ran else _ENDS):
            self.objecting.add(given["guard"])
        if not self.ending:
            self.blocked += len(ran)
        self._end(given, severity(given["action"]))

    def _end(self, given: Trip, rank: int) -> None:
        """Let the first trip that would have ended the run end it; of one step, the severest."""
        step, before = self.ended
        if rank < _ENDS or (self.ending and (given["step"] != step or rank <= before)):
            return
        self.ending, self.ended, self.by = ending_of(given), (given["step"], rank), given["guard"]


def _repeats(new: Trip, old: Trip) -> bool:
    """Return whether a trip has no evidence that the last one of its guard did not have.

    So it is when the model answers at the end of a loop, or a budget is still spent.
    """
    return not new["calls"] and all(
        new[key] == old[key] for key in ("kind", "action", "steps", "calls")
    )


def _came_to(last: Message | None) -> str:
    in_exchange = last is not None and (last.role == "tool" or bool(last.calls))
    return "incomplete" if in_exchange else "completed"


def _shown(verdict: Verdict) -> Verdict:
    """Return a verdict fit to be shown: the texts it takes from the run bounded and on one line."""
    return {
        **verdict,
        "kind": preview(verdict["kind"], _CALL_ID),
        "reason": preview(verdict["reason"], _REASON),
        "calls": [preview(call, _CALL_ID) for call in verdict["calls"][:_CALLS]],
    }
