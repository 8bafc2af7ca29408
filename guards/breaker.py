"""A circuit breaker: what is known of a dependency's health, and how an event changes it.

A breaker is a value, and `advance` is all that ever happens to it: it reads no clock and holds no
lock. Who shares it (threads, processes) and how is the business of a backend.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from .circuit import Circuit, Event
from .errors import GuardConfigError

_HISTORY = 128  # outcomes kept for a failure rate
_EXPONENT = 64  # openings in a row beyond which an open time grows no more
_LONGEST_ASKED_SECONDS = 86_400.0  # a service that asks for more than a day's rest gets a day


@dataclass(frozen=True, slots=True)
class Breaker:
    """A dependency's circuit breaker: its settings, and where it stands.

    It opens after `failures` failures in a row, or at a failure `rate` in a time window, or at
    once where credentials are refused or the service itself asks for a rest of `open_seconds` or
    more. While it is open no call passes. After the wait a single call is let through as a probe,
    and what comes of it closes or opens it again. Mistakes of the model never count.

    The defaults suit agents, which make 3 to 30 calls of a tool: windows of a hundred calls would
    never fill (chosen; see the field's defaults in resilience4j and Polly for services).

    Attributes:
        dependency: The service: what tools' facts call `dependency`, else a tool's own name.
        failures: Failures in a row at which it opens, at least 1.
        rate: Part of the calls in the window, above 0 and at most 1, that must fail for it to
            open; None: failures in a row alone decide.
        minimum_calls: Calls in the window below which a rate says nothing, 2 to 128.
        window_seconds: Length of the window.
        slow_seconds: Duration from which a success counts as a failure; None: never.
        open_seconds: How long it stays open the first time.
        growth: By what an open time is multiplied at each opening in a row, 1 (constant) to 10.
        longest_open_seconds: What an open time grows to at most. A service that asks for a longer
            rest gets it, up to a day.
        probe_seconds: After which a probe that did not come back is given up for lost; longer than
            a call can take.
        probe: Which calls may be a probe: `idempotent` ones (facts `idempotent=True` or
            `effects=False`), or `any`.
        is_failure: Given the text of a result, whether it is a failure in disguise ("200 OK" with
            an error in the body).
        circuit: Where it stands, to begin with.

    Raises:
        GuardConfigError: A setting is out of its range.

    >>> gds = Breaker("gds", failures=1)
    >>> advance(gds, Event("failure", why="HTTP 503"), now=100.0).circuit.until
    130.0
    """

    dependency: str
    failures: int = field(default=3, kw_only=True)
    rate: float | None = field(default=None, kw_only=True)
    minimum_calls: int = field(default=5, kw_only=True)
    window_seconds: float = field(default=60.0, kw_only=True)
    slow_seconds: float | None = field(default=None, kw_only=True)
    open_seconds: float = field(default=30.0, kw_only=True)
    growth: float = field(default=2.0, kw_only=True)
    longest_open_seconds: float = field(default=600.0, kw_only=True)
    probe_seconds: float = field(default=60.0, kw_only=True)
    probe: Literal["idempotent", "any"] = field(default="idempotent", kw_only=True)
    is_failure: Callable[[str], bool] | None = field(default=None, kw_only=True)
    circuit: Circuit = field(default=Circuit(), kw_only=True)

    def __post_init__(self) -> None:
        named = isinstance(self.dependency, str) and bool(self.dependency.strip())
        slow, rate = self.slow_seconds, self.rate
        for holds, given, cure in (
            (named, "dependency", "name the service, as the tools' facts do"),
            (_within(self.failures, 1), "failures", "use 1 or more"),
            (rate is None or (_above(rate) and rate <= 1), "rate", "use 0 < rate <= 1, or None"),
            (_within(self.minimum_calls, 2, _HISTORY), "minimum_calls", f"use 2 to {_HISTORY}"),
            (_above(self.window_seconds), "window_seconds", "use seconds above 0"),
            (slow is None or _above(slow), "slow_seconds", "use seconds above 0, or None"),
            (_above(self.open_seconds), "open_seconds", "use seconds above 0"),
            (_within(self.growth, 1, 10), "growth", "use 1 (constant) to 10"),
            (
                _above(self.open_seconds) and _within(self.longest_open_seconds, self.open_seconds),
                "longest_open_seconds",
                f"use at least open_seconds, which is {self.open_seconds!r}",
            ),
            (_above(self.probe_seconds), "probe_seconds", "use seconds above 0"),
            (self.probe in ("idempotent", "any"), "probe", "use 'idempotent' or 'any'"),
        ):
            if not holds:
                shown = f"Breaker({self.dependency!r}, {given}={getattr(self, given)!r})"
                raise GuardConfigError(f"{shown}: {cure}")

    def at(self, circuit: Circuit) -> "Breaker":
        """Return it as it stands there."""
        return replace(self, circuit=circuit)


def _above(number: Any) -> bool:
    return isinstance(number, int | float) and 0 < number < float("inf")


def _within(number: Any, least: Any, most: float = float("inf")) -> bool:
    return isinstance(number, int | float) and least <= number <= most


def advance(breaker: Breaker, event: Event, now: float) -> Breaker:
    """Return a breaker after an event. Pure: the same arguments, the same breaker.

    Whether an ask was granted is read off the result with `lets_through`. An event that changes
    nothing returns the breaker itself.

    Args:
        breaker: Where it stands.
        event: What happened.
        now: Unix time in seconds.
    """
    circuit = breaker.circuit
    changed = _STEPS[event.kind](breaker, circuit, event, now)
    return breaker if changed == circuit else breaker.at(changed)


def lets_through(breaker: Breaker, ticket: str) -> bool:
    """Return whether the call with this ticket may be made, after its ask."""
    circuit = breaker.circuit
    return circuit.state == "closed" or (
        circuit.state == "half_open" and circuit.probe == ticket != ""
    )


def can_be_offered(breaker: Breaker, now: float, *, can_probe: bool) -> bool:
    """Return whether a call asked for now could pass; asks nothing, and changes nothing."""
    circuit = breaker.circuit
    if circuit.state == "closed":
        return True
    return can_probe and circuit.state != "forced_open" and wait_seconds(breaker, now) == 0


def wait_seconds(breaker: Breaker, now: float) -> float | None:
    """Return how many seconds are left until a probe may pass; None: until a person's reset."""
    circuit = breaker.circuit
    if circuit.state == "forced_open":
        return None
    if circuit.state == "open":
        return max(min(circuit.until, now + circuit.until - circuit.since) - now, 0.0)
    if circuit.state == "half_open" and circuit.probe:
        return max(min(circuit.probe_until - now, breaker.probe_seconds), 0.0)
    return 0.0


def _ask(breaker: Breaker, circuit: Circuit, event: Event, now: float) -> Circuit:
    circuit = _rewound(breaker, circuit, now)
    if circuit.state == "closed" or not can_be_offered(
        breaker.at(circuit), now, can_probe=event.can_probe
    ):
        return circuit
    return replace(
        circuit,
        state="half_open",
        since=now if circuit.state == "open" else circuit.since,
        probe=event.ticket,
        probe_until=now + breaker.probe_seconds,
    )


def _rewound(breaker: Breaker, circuit: Circuit, now: float) -> Circuit:
    """Begin a wait anew where the clock was set back, or a person would have to end it."""
    if circuit.state == "open" and now < circuit.since:
        return replace(circuit, since=now, until=now + circuit.until - circuit.since)
    if circuit.probe and circuit.probe_until > now + breaker.probe_seconds:
        return replace(circuit, probe_until=now + breaker.probe_seconds)
    return circuit


def _success(breaker: Breaker, circuit: Circuit, event: Event, now: float) -> Circuit:
    taken = now - event.began
    if breaker.slow_seconds is not None and taken >= breaker.slow_seconds:
        return _failure(breaker, circuit, replace(event, why="a slow answer"), now)
    if circuit.state == "closed" and event.began >= circuit.since:
        recent = _remembered(breaker, circuit, now, failed=0)
        return replace(circuit, failures=0, recent=recent, not_before=0.0)
    if _is_probe(circuit, event):
        return Circuit(since=now)
    return circuit


def _failure(breaker: Breaker, circuit: Circuit, event: Event, now: float) -> Circuit:
    asked = min(event.retry_after_seconds, _LONGEST_ASKED_SECONDS)
    not_before = max(circuit.not_before, now + asked) if asked > 0 else circuit.not_before
    if _is_probe(circuit, event):
        told = replace(circuit, not_before=not_before)
        return _opened(breaker, told, now, f"the probe failed: {event.why}")
    if circuit.state != "closed" or event.began < circuit.since:
        return circuit  # an old call: what it tells is known, or over
    told = replace(
        circuit,
        failures=circuit.failures + 1,
        recent=_remembered(breaker, circuit, now, failed=1),
        not_before=not_before,
    )
    why = _why_open(breaker, told, event)
    return _opened(breaker, told, now, f"{why}: {event.why}" if event.why else why) if why else told


def _why_open(breaker: Breaker, circuit: Circuit, event: Event) -> str:
    """Return why a closed breaker opens now; empty when it does not."""
    if event.at_once:
        return "access was refused"
    if circuit.failures >= breaker.failures:
        return f"{circuit.failures} failure{'s' if circuit.failures > 1 else ''} in a row, the last"
    if event.retry_after_seconds >= breaker.open_seconds:
        return "the service asked for a rest"
    failed, calls = sum(bad for _, bad in circuit.recent), len(circuit.recent)
    if breaker.rate and calls >= breaker.minimum_calls and failed >= breaker.rate * calls:
        return f"{failed} of the last {calls} calls failed, the last"
    return ""


def _opened(breaker: Breaker, circuit: Circuit, now: float, why: str) -> Circuit:
    grown = breaker.open_seconds * breaker.growth ** min(circuit.opened, _EXPONENT)
    until = max(now + min(grown, breaker.longest_open_seconds), circuit.not_before)
    return Circuit("open", since=now, until=until, opened=circuit.opened + 1, why=why)


def _remembered(
    breaker: Breaker, circuit: Circuit, now: float, *, failed: int
) -> tuple[tuple[float, int], ...]:
    if breaker.rate is None:
        return ()
    begin = now - breaker.window_seconds
    kept = (outcome for outcome in circuit.recent if begin < outcome[0] <= now)
    return (*kept, (now, failed))[-_HISTORY:]


def _neutral(breaker: Breaker, circuit: Circuit, event: Event, now: float) -> Circuit:
    return replace(circuit, probe="", probe_until=0.0) if _is_probe(circuit, event) else circuit


def _is_probe(circuit: Circuit, event: Event) -> bool:
    return circuit.state == "half_open" and circuit.probe == event.ticket != ""


def _force_open(breaker: Breaker, circuit: Circuit, event: Event, now: float) -> Circuit:
    return Circuit("forced_open", since=now, why=event.why or "opened by hand")


def _reset(breaker: Breaker, circuit: Circuit, event: Event, now: float) -> Circuit:
    return Circuit(since=now)


_STEPS: dict[str, Callable[[Breaker, Circuit, Event, float], Circuit]] = {
    "ask": _ask,
    "success": _success,
    "failure": _failure,
    "neutral": _neutral,
    "force_open": _force_open,
    "reset": _reset,
}
