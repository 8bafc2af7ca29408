"""Which of the facts that were kept to recall, and which to let go. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from typing_extensions import TypedDict

from .digest import digest, preview

Evict = Literal["oldest", "unused"]
"""Which facts go first: those kept longest ago, or those recalled longest ago."""
_WORD = re.compile(r"\w{3,}")
_SAFE = re.compile(r"[^A-Za-z0-9-]")


class Fact(TypedDict):
    """A fact that outlives its thread.

    Attributes:
        key: What it is known by: the same fact kept again has the same key.
        value: The fact, as plain JSON.
        text: The fact on one line, as prompts show it.
        by: Who kept it.
        at: Unix time in seconds at which it was kept last.
        used: Unix time in seconds at which it was recalled last.
    """

    key: str
    value: Any
    text: str
    by: str
    at: float
    used: float


def make_fact(value: Any, text: str, *, by: str, now: float, longest: int) -> Fact:
    """Return a fact to keep: bounded, on one line, secrets blotted out."""
    kept = preview(text, longest)
    return Fact(key=digest(kept), value=value, text=kept, by=preview(by, 60), at=now, used=now)


def label(text: str) -> str:
    """Return a text as one label of a namespace, and no two texts as the same.

    Stores join labels with points and look for prefixes by patterns: `ann` must not be found
    under `an`, nor `axn` under `a_n`.

    >>> label("ann@home.org")
    'ann~40~home~2e~org'
    """
    return _SAFE.sub(lambda found: f"~{ord(found.group()):x}~", text)


def evicted(facts: Iterable[Fact], most: int, how: Evict) -> list[str]:
    """Return the keys of the facts that have to go, so that no more are left than may be."""
    by: Literal["at", "used"] = "at" if how == "oldest" else "used"
    ordered = sorted(facts, key=lambda fact: (fact[by], fact["key"]))
    return [fact["key"] for fact in ordered[: max(len(ordered) - most, 0)]]


def chosen(facts: Sequence[Fact], about: str, most: int) -> list[Fact]:
    """Return the facts to recall: those that share words with a text first, then the newest."""
    words = set(_WORD.findall(about.lower()))

    def rank(fact: Fact) -> tuple[int, float, str]:
        shared = words & set(_WORD.findall(fact["text"].lower()))
        return -len(shared), -fact["at"], fact["key"]

    return sorted(facts, key=rank)[:most]


def read_fact(value: Mapping[str, Any]) -> Fact | None:
    """Return a fact that a store holds; None for what is none."""
    try:
        return Fact(
            key=str(value["key"]),
            value=value["value"],
            text=str(value["text"]),
            by=str(value["by"]),
            at=float(value["at"]),
            used=float(value["used"]),
        )
    except (KeyError, TypeError, ValueError):
        return None
