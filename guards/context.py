"""Notice that a prompt is about to overflow its window, or lacks what is pinned."""

from collections.abc import Sequence
from dataclasses import dataclass

from .digest import preview
from .errors import GuardConfigError
from .ledger import Ledger
from .pins import Pins, goal_of
from .remembered import closed
from .settings import check_switches
from .verdict import ACTIONS, Action, Verdict, passed, severity, skipped, tripped

_SHOWN = 3  # missing pins that a reason names
_PIN_SHOWN = 600  # characters of each


@dataclass(frozen=True, slots=True)
class Prompt:
    """The prompt that a model is about to be sent.

    Attributes:
        tokens: How long it is.
        window: How long it may be at most, or None when nobody says.
        missing: What is pinned and does not stand in it.
    """

    tokens: int
    window: int | None = None
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextGuard:
    """Trips before a prompt overflows its model's window, and when it lacks what is pinned.

    A prompt that is longer than a share of the window turns the run aside; with compaction it is
    shortened first. Where something pinned is missing it nudges, and says it again. Without a
    prompt to judge it passes; where nobody says how long the window is, it skips.

    Attributes:
        window: Tokens that a prompt may have; None: what the model's profile says.
        share: Part of it that may be used, above 0 up to 1: the reply needs the rest.
        action: What it advises then: `wrap_up`, `escalate` or `stop`.
        pins: Whether to look for what is pinned.

    Raises:
        GuardConfigError: A number is out of its range, or the action turns nothing aside.

    >>> guard = ContextGuard(window=1_000)
    >>> guard.check(Ledger(prompt=Prompt(950)))["action"]
    'wrap_up'
    """

    window: int | None = None
    share: float = 0.9
    action: Action = "wrap_up"
    pins: bool = True

    def __post_init__(self) -> None:
        check_switches("ContextGuard", pins=self.pins)
        if self.window is not None and self.window < 1:
            raise GuardConfigError(f"ContextGuard(window={self.window}): use at least 1")
        if not 0 < self.share <= 1:
            raise GuardConfigError(f"ContextGuard(share={self.share}): use above 0 up to 1")
        if self.action not in ACTIONS or severity(self.action) < severity("wrap_up"):
            raise GuardConfigError(
                f"ContextGuard(action={self.action!r}): use wrap_up, escalate or stop"
            )

    def check(self, ledger: Ledger) -> Verdict:
        """Judge the prompt in the view."""
        prompt = ledger.prompt
        if prompt is None:
            return passed("context")
        window = self.window or prompt.window
        used = prompt.tokens / window if window else 0.0
        if window and used > self.share:
            reason = (
                f"The prompt has {prompt.tokens:,} tokens, {used:.0%} of the {window:,} that the "
                f"model reads; {self.share:.0%} are allowed."
            )
            return tripped("context", "window", self.action, reason, score=used)
        if self.pins and prompt.missing:
            last = [step["n"] for step in ledger.steps[-1:]]  # missing again, it is said again
            reason = _reminder(prompt.missing)
            return tripped("context", "missing_pin", "nudge", reason, steps=last)
        if not window:
            return skipped("context", "Nobody says how many tokens the model reads; give window=.")
        return passed("context", score=used)


def _reminder(missing: Sequence[str]) -> str:
    shown = " ".join(f"<pinned>{preview(one, _PIN_SHOWN)}</pinned>" for one in missing[:_SHOWN])
    more = f" ({len(missing) - _SHOWN} more)" if len(missing) > _SHOWN else ""
    return f"What is pinned was no longer in the prompt, and still holds: {shown}{more}"


def missing_pins(pins: Pins | None, texts: Sequence[str]) -> tuple[str, ...]:
    """Return what is pinned and stands in none of some texts, word for word."""
    pins = pins or Pins()
    goal = goal_of(pins)
    wanted = [
        *([goal] if goal else []),
        *pins.get("constraints", ()),
        *(one["text"] for one in pins.get("decisions", ())),
        *pins.get("questions", ()),
    ]
    whole = "\n".join(texts) if wanted else ""
    return tuple(one for one in wanted if one not in whole and closed(one) not in whole)
