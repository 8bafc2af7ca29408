"""What a breaker says in words: to the model, to a person, and in `verdicts`."""

from collections.abc import Sequence
from datetime import UTC, datetime

from .breaker import Breaker, wait_seconds
from .verdict import Action, Verdict, skipped, tripped

GUARD = "breaker"


def sentence(breaker: Breaker, now: float) -> str:
    """Return why a dependency is not called and from when it may be, in one sentence.

    The same for as long as it stays open: it names a time of day, no countdown.
    """
    circuit = breaker.circuit
    why = f" ({circuit.why})" if circuit.why else ""
    wait = wait_seconds(breaker, now)
    if wait is None:
        return f"{breaker.dependency!r} is switched off by hand{why} until somebody resets it."
    if circuit.state == "half_open":
        return f"{breaker.dependency!r} failed and is being tried with a single call at the moment."
    return f"{breaker.dependency!r} is not called before {_shown(circuit.until)}{why}."


def opening_of(breaker: Breaker) -> str:
    """Return what tells one opening of a breaker from all others."""
    return f"breaker:{breaker.dependency}:{breaker.circuit.since:.6f}"


def open_verdict(
    breaker: Breaker,
    action: Action,
    kind: str,
    now: float,
    *,
    more: str = "",
    calls: Sequence[str] = (),
    steps: Sequence[int] = (),
) -> Verdict:
    """Return the verdict on a dependency that is not called; its score is the seconds to wait.

    Args:
        breaker: As it stands.
        action: The rung.
        kind: `open` (its tools are not offered), `refused` (a call was) or `nothing_left`.
        now: Unix time in seconds.
        more: A further sentence.
        calls: Ids of the calls refused.
        steps: Numbers of the steps that are the evidence, oldest first.
    """
    reason = f"{sentence(breaker, now)} {more}".strip()
    score = wait_seconds(breaker, now)
    return tripped(GUARD, kind, action, reason, steps=steps, calls=calls, score=score)


def unguarded_verdict(error: str) -> Verdict:
    """Return the verdict where breakers could not be asked and calls pass all the same."""
    reason = (
        f"the breakers' backend cannot be reached ({error}), so calls pass unguarded: "
        "backend_down='allow'"
    )
    return skipped(GUARD, reason)


def unreachable_verdict(error: str, calls: Sequence[str] = ()) -> Verdict:
    """Return the verdict where breakers could not be asked and calls are refused for that."""
    reason = (
        f"The breakers' backend cannot be reached ({error}), and calls are refused until it can: "
        "backend_down='refuse'."
    )
    return tripped(GUARD, "backend_down", "block", reason, calls=calls)


def _shown(unix_seconds: float) -> str:
    return datetime.fromtimestamp(unix_seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
