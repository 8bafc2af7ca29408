"""Where a circuit breaker stands, and what can happen to it."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal

State = Literal["closed", "open", "half_open", "forced_open"]
"""Nygard's names ("Release It!", 2007). `forced_open`: opened by hand, until reset by hand."""


@dataclass(frozen=True, slots=True)
class Circuit:
    """Where a breaker stands. Plain data: it goes through JSON and back unchanged.

    Attributes:
        state: As stored; an `open` whose wait is over becomes `half_open` at the next ask.
        since: Unix time in seconds at which this state began.
        until: Unix time from which a probe may pass, in state `open`.
        failures: Failures in a row, in state `closed`.
        recent: Outcomes in the time window, oldest first: Unix time, and 1 for a failure else 0.
        opened: Openings since it was last closed.
        not_before: Unix time before which the service asked not to be called.
        probe: The ticket of the call that is the probe now, or empty.
        probe_until: Unix time at which that probe is given up for lost.
        why: Why it opened, in a few words without anybody's data.
    """

    state: State = "closed"
    since: float = 0.0
    until: float = 0.0
    failures: int = 0
    recent: tuple[tuple[float, int], ...] = ()
    opened: int = 0
    not_before: float = 0.0
    probe: str = ""
    probe_until: float = 0.0
    why: str = ""

    def plain(self) -> dict[str, Any]:
        """Return it as plain data."""
        known = {name: getattr(self, name) for name in _CIRCUIT_FIELDS}
        return {**known, "recent": [list(outcome) for outcome in self.recent]}

    @classmethod
    def of(cls, plain: Mapping[str, Any] | None) -> "Circuit":
        """Read it from plain data; nothing is a closed one, and unknown keys are left out."""
        known = {name: plain[name] for name in _CIRCUIT_FIELDS if name in plain} if plain else {}
        recent = tuple((at, failed) for at, failed in known.pop("recent", ()))
        return cls(**known, recent=recent)


_CIRCUIT_FIELDS = tuple(f.name for f in fields(Circuit))


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens to a breaker.

    Attributes:
        kind: `ask`: somebody wants to call. `success`, `failure`: a call has ended. `neutral`: a
            call has ended that says nothing of the service (cancelled, interrupted, a mistake of
            the model). `force_open`, `reset`: a person's hand.
        ticket: Who asks, and whose call has ended; a probe is known by it.
        can_probe: Whether the call that is asked for may be made twice.
        began: Unix time in seconds at which the call that has ended was let through.
        at_once: Whether a failure opens it without any count (the credentials were refused).
        retry_after_seconds: For how long the service asked not to be called.
        why: What failed, in a few words without anybody's data.
    """

    kind: Literal["ask", "success", "failure", "neutral", "force_open", "reset"]
    ticket: str = ""
    can_probe: bool = False
    began: float = 0.0
    at_once: bool = False
    retry_after_seconds: float = 0.0
    why: str = ""
