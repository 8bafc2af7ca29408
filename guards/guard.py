"""What every guard is: settings, and one method that judges."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from .errors import GuardConfigError
from .ledger import Ledger
from .verdict import ACTIONS, Action, Verdict, severity


class Guard(Protocol):
    """A pure judgement over the ledger of a run."""

    def check(self, ledger: Ledger) -> Verdict:
        """Judge a run by its ledger; call nothing, change nothing, remember nothing."""
        ...


class Given(Verdict):
    """A verdict as state keeps it.

    Attributes:
        step: Number of the last step when it was given.
        at: Unix time in seconds at which it was given.
    """

    step: int
    at: float


Policy = Mapping[str, Action]
"""For a guard's name, the rung to which its verdicts are raised once it is past nudging."""

VERDICTS_KEPT = 64
"""Verdicts kept in state."""


def check_policy(policy: Policy | None) -> Policy:
    """Return a policy that can be followed.

    Raises:
        GuardConfigError: It names a rung that does not exist.
    """
    if policy is not None and not isinstance(policy, Mapping):
        raise GuardConfigError(
            f"policy={policy!r}: give a rung for a guard's name, {{'loop': 'escalate'}}"
        )
    for name, action in (policy or {}).items():
        if action not in ACTIONS:
            raise GuardConfigError(f"policy[{name!r}]={action!r}: use one of {', '.join(ACTIONS)}")
    return policy or {}


def raised(verdict: Verdict, policy: Policy) -> Verdict:
    """Return a verdict with its rung raised by the policy; a nudge is never raised."""
    wanted = policy.get(verdict["guard"])
    if wanted is None or severity(verdict["action"]) < severity("block"):
        return verdict
    if severity(wanted) <= severity(verdict["action"]):
        return verdict
    return {**verdict, "action": wanted}


def judge(guards: Iterable[Guard], ledger: Ledger, policy: Policy) -> list[Verdict]:
    """Return what the guards find: their trips and skips, raised by the policy."""
    verdicts = (guard.check(ledger) for guard in guards)
    return [raised(verdict, policy) for verdict in verdicts if verdict["outcome"] != "pass"]


def is_news(verdict: Verdict, given: Sequence[Given], since: int) -> bool:
    """Return whether a verdict says something that was not said in this run.

    A nudge for the same streak, and a skip for the same reason, are said once.

    Args:
        verdict: The new one.
        given: Those kept in state.
        since: Number of the last step before this run.
    """
    if verdict["outcome"] == "trip" and verdict["action"] != "nudge":
        return True
    begin = verdict["steps"][:1]
    for old in given:
        if old["step"] < since or old["guard"] != verdict["guard"]:
            continue
        same = old["kind"] == verdict["kind"] and old["outcome"] == verdict["outcome"]
        if same and (old["steps"][:1] == begin or verdict["outcome"] == "skip"):
            return False
    return True


def add_verdicts(state: list[Given] | None, new: list[Given] | None) -> list[Given]:
    """Return the verdicts with new ones behind them, the last 64; the channel's reducer."""
    return [*(state or ()), *(new or ())][-VERDICTS_KEPT:]
