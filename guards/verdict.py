"""What every guard says, and how severe it is."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, NotRequired, get_args

from typing_extensions import TypedDict

Outcome = Literal["pass", "trip", "skip"]
"""`skip` means that the guard could not judge (no tool schemas, no usage): `pass` would lie."""

Action = Literal["none", "nudge", "block", "wrap_up", "escalate", "stop"]
"""The rungs of the ladder, mildest first."""

ACTIONS: tuple[Action, ...] = get_args(Action)
_SEVERITY = {action: rank for rank, action in enumerate(ACTIONS)}


class Verdict(TypedDict):
    """One guard's finding. Plain data, so it survives a checkpoint and prints well.

    Attributes:
        guard: The guard's name, for example `loop`.
        kind: What it found, in one word (`same_call`, `unknown_tool`); empty when it passed.
        outcome: `pass`, `trip` or `skip`.
        action: The rung it advises; the graph's policy may raise it.
        reason: One sentence for a person, and for the model that is told.
        steps: Numbers of the steps that are the evidence, oldest first.
        calls: Ids of the proposed calls it objects to.
        score: The guard's own measure, or None; what it means is the guard's to say.
        spans: Where in the answer it objects, each as start and end; absent when nowhere.
        ask: How a person is to be asked where it escalates, see `Ask`; absent: as the graph does.
        use: Of a budget, the numbers it rests on: `measure`, `scope`, `used`, `held` of that by
            parallel branches, `limit`, and what one more call `needs`; absent of other guards.
    """

    guard: str
    kind: str
    outcome: Outcome
    action: Action
    reason: str
    steps: list[int]
    calls: list[str]
    score: float | None
    spans: NotRequired[list[list[int]]]
    ask: NotRequired[Mapping[str, Any]]
    use: NotRequired[Mapping[str, Any]]


def passed(guard: str, *, score: float | None = None) -> Verdict:
    """Return the verdict of a guard that found nothing."""
    return Verdict(
        guard=guard,
        kind="",
        outcome="pass",
        action="none",
        reason="",
        steps=[],
        calls=[],
        score=score,
    )


def skipped(guard: str, reason: str) -> Verdict:
    """Return the verdict of a guard that could not judge, and why."""
    return Verdict(
        guard=guard,
        kind="",
        outcome="skip",
        action="none",
        reason=reason,
        steps=[],
        calls=[],
        score=None,
    )


def tripped(
    guard: str,
    kind: str,
    action: Action,
    reason: str,
    *,
    steps: Sequence[int] = (),
    calls: Sequence[str] = (),
    score: float | None = None,
    spans: Sequence[tuple[int, int]] = (),
    ask: Mapping[str, Any] | None = None,
    use: Mapping[str, Any] | None = None,
) -> Verdict:
    """Return the verdict of a guard that found something."""
    found = Verdict(
        guard=guard,
        kind=kind,
        outcome="trip",
        action=action,
        reason=reason,
        steps=list(steps),
        calls=list(calls),
        score=score,
    )
    if spans:
        found["spans"] = [[start, end] for start, end in spans]
    if ask:
        found["ask"] = dict(ask)
    if use:
        found["use"] = dict(use)
    return found


def severity(action: Action) -> int:
    """Return how severe a rung is: 0 for `none` up to 5 for `stop`."""
    return _SEVERITY[action]


def severest(actions: Iterable[Action]) -> Action:
    """Return the severest of some rungs, `none` when there are none.

    >>> severest(["nudge", "block", "none"])
    'block'
    """
    return max(actions, key=severity, default="none")
