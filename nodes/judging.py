"""What every node that judges does with verdicts: keep the news, tell the model, pick the rung."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..guards.channel import LedgerState, LedgerUpdate
from ..guards.errors import GuardConfigError
from ..guards.guard import Given, Guard, Policy, check_policy, is_news
from ..guards.ledger import Call, Ledger
from ..guards.messages import tool_step
from ..guards.prices import Prices
from ..guards.ruling import under_rulings
from ..guards.verdict import Action, Verdict, severest, severity
from . import told
from .accounts import is_of_period
from .passing import judge_here

Clock = Callable[[], float]
"""Unix time in seconds."""


@dataclass(frozen=True, slots=True)
class Judges:
    """The guards of a node, and how their verdicts are taken.

    Attributes:
        guards: What judges, in order.
        policy: Rungs to which verdicts are raised.
    """

    guards: tuple[Guard, ...]
    policy: Policy = field(default_factory=dict)

    @classmethod
    def of(cls, guards: Iterable[Guard], policy: Policy | None) -> "Judges":
        """Return guards that can be asked.

        Raises:
            GuardConfigError: One is no guard, or the policy names no rung.
        """
        if not isinstance(guards, Iterable):
            raise GuardConfigError(
                f"guards={type(guards).__name__}(...): give a list of guards, [LoopGuard()]"
            )
        taken = tuple(guards)
        for guard in taken:
            if isinstance(guard, type) or not callable(getattr(guard, "check", None)):
                shown = guard.__name__ if isinstance(guard, type) else type(guard).__name__
                raise GuardConfigError(
                    f"{shown} is no guard: give an instance with check(ledger) -> Verdict, "
                    "such as LoopGuard()"
                )
        return cls(taken, check_policy(policy))

    @property
    def lasting(self) -> list[Guard]:
        """The guards that state is enough for: all but the budgets of a day or a month."""
        return [guard for guard in self.guards if not is_of_period(guard)]

    @property
    def prices(self) -> Prices | None:
        """The first price table among the guards' settings."""
        tables = (getattr(guard, "prices", None) for guard in self.guards)
        return next((table for table in tables if table), None)


def check_names(guards: Iterable[Guard], policy: Policy | None, also: Iterable[str] = ()) -> None:
    """Refuse a policy for a guard that is not among those given.

    A guard says its name in its verdicts, so each is asked about an empty run; where one cannot
    judge that, its name is not known and nothing is refused.

    Args:
        guards: What judges.
        policy: Rungs by a guard's name.
        also: Names of what gives verdicts and is no guard.

    Raises:
        GuardConfigError: The policy names a guard that nobody gave.
    """
    try:
        names = [*(guard.check(Ledger())["guard"] for guard in guards), *also]
    except Exception:  # noqa: BLE001 - a user's guard that needs a run to say anything
        return
    for name in policy or {}:
        if name not in names:
            given = ", ".join(dict.fromkeys(names))
            raise GuardConfigError(f"policy[{name!r}]: no such guard; those given are: {given}")


def news_of(
    verdicts: Iterable[Verdict], given: Sequence[Given] | None, ledger: LedgerState, now: float
) -> list[Given]:
    """Return the verdicts that say something new in this run, with the step and time they came at.

    Args:
        verdicts: The new ones.
        given: Those that state keeps.
        ledger: The ledger they were made from.
        now: Unix time in seconds.
    """
    given = of_this_run(given, ledger)
    n, since = ledger.get("n", 0), ledger.get("after", 0)
    fresh: list[Given] = []
    for verdict in verdicts:
        if is_news(verdict, [*given, *fresh], since):
            fresh.append({**verdict, "step": n, "at": now})
    return fresh


def of_this_run(verdicts: Sequence[Given] | None, ledger: LedgerState | None) -> list[Given]:
    """Return the verdicts that were given in the current run; state keeps older ones too."""
    after, began = (ledger or {}).get("after", 0), (ledger or {}).get("started")
    return [
        one
        for one in verdicts or ()
        if one["step"] > after or (one["step"] == after and (began is None or one["at"] >= began))
    ]


def can_be_said(verdict: Verdict) -> bool:
    """Return whether a verdict can be told between a call and its result.

    A nudge cannot: kept back, it is news again when the results are there.
    """
    return verdict["action"] != "nudge"


def objections(verdicts: Iterable[Verdict], calls: Iterable[Call]) -> dict[str, str]:
    """Return why each call that may not run is blocked, by the call's id.

    A verdict that names no call and ends the run's ordinary course objects to all of them.
    """
    reasons: dict[str, str] = {}
    for verdict in verdicts:
        named = verdict["calls"]
        if not named and severity(verdict["action"]) >= severity("wrap_up"):
            named = [call.id for call in calls]
        if severity(verdict["action"]) >= severity("block"):
            for call in named:
                said = reasons.get(call)
                reasons[call] = f"{said} {verdict['reason']}" if said else verdict["reason"]
    return reasons


def blocking(calls: Sequence[Call], reasons: dict[str, str]) -> tuple[list[Any], LedgerUpdate]:
    """Return the answers to blocked calls, and the steps that remember them."""
    stopped = [call for call in calls if call.id in reasons]
    messages = [told.blocked(call, reasons[call.id]) for call in stopped]
    steps = [
        tool_step(call, message.text, error="blocked")
        for call, message in zip(stopped, messages, strict=True)
    ]
    return messages, {"steps": steps}


def nudges(fresh: Iterable[Given]) -> list[Any]:
    """Return the notes to put after the results: nudges, and blocks that no call was there for."""
    return [
        told.nudge(verdict["reason"])
        for verdict in fresh
        if verdict["action"] in ("nudge", "block") and not verdict["calls"]
    ]


def as_answered(ledger: Ledger, verdict: Verdict) -> Verdict:
    """Return a verdict that asks a person as one that wraps up, where a person has just spoken.

    They were asked by whom the run was with; nothing was done since that they could not know of.
    """
    acts = (step["kind"] for step in reversed(ledger.steps))
    last = next((kind for kind in acts if kind in ("human", "model", "tool")), None)
    if verdict["action"] != "escalate" or last != "human":
        return verdict
    return {**verdict, "action": "wrap_up"}


def rung_of(verdicts: Iterable[Verdict]) -> Action:
    """Return the severest rung that some verdicts call for."""
    return severest(verdict["action"] for verdict in verdicts)


def judge_each(
    judges: Judges, ledger: Ledger, calls: Sequence[Call]
) -> tuple[list[Verdict], dict[str, str]]:
    """Judge proposed calls one by one, each after those that were let through before it.

    Returns:
        The trips and skips, and for each blocked call's id the reason.
    """
    verdicts: list[Verdict] = []
    reasons: dict[str, str] = {}
    through: list[Call] = []
    for call in calls:
        found = judge_here(judges.guards, replace(ledger, proposed=[*through, call]), judges.policy)
        found = under_rulings(ledger, call, found)
        why = objections(found, [call])
        if call.id in why:
            reasons[call.id] = why[call.id]
        else:
            through.append(call)
        verdicts.extend(verdict for verdict in found if verdict not in verdicts)
    return verdicts, reasons
