"""What differs from run to run and means nothing: the dates, times and ids that prompts hold."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from typing import Any, Final

from ...guards.digest import preview
from .recorded_run import ReplayError

_DAY = r"(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?"
_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?"
    r"|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\.?"
)
_NTH = r"\d{1,2}(?:st|nd|rd|th)?"
_DATE = "|".join(
    (
        r"\d{4}(?P<a>[-/.])\d{1,2}(?P=a)\d{1,2}",
        r"\d{1,2}(?P<b>[-/.])\d{1,2}(?P=b)(?:\d{4}|\d{2})",
        r"20\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])",
        rf"{_MONTH} (?:{_NTH},? )?\d{{4}}",
        rf"{_MONTH} {{1,2}}{_NTH}",
        rf"{_NTH}(?: of)?[ -]{_MONTH}(?:,?[ -]\d{{4}})?",
    )
)
_CLOCK = (
    r"\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?: ?(?i:[ap]\.?m\b\.?))?|\d{1,2} ?(?i:[ap]\.?m\b\.?)"
)
_ZONE = r"(?: ?(?:Z|UTC|GMT|[+-]\d{2}:?\d{2}))?"
_UUID = r"(?i:[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12})"
_ULID = r"[0-7][0-9A-HJKMNP-TV-Z]{25}"
_HEX = r"(?i:[0-9a-f]{8,})"
_TOKEN = r"(?=[\w-]*\d)(?=[\w-]*[a-z])(?=[\w-]*[A-Z])[\w-]{16,}"  # noqa: S105 - a pattern
_REMEMBERED = 4_096  # texts
_ALONE = r"(?<![0-9A-Za-z])(?:{})(?![0-9A-Za-z])"

PRESETS: Final[Mapping[str, str]] = {
    "uuids": _ALONE.format(f"{_UUID}|{_ULID}"),
    "dates": (
        rf"datetime\.(?:date|datetime)\([\d, ]+"
        rf"|(?<![0-9A-Za-z])(?:{_DAY},? )?(?:{_DATE})(?![\da-f])(?:,? \(?{_DAY}\b\)?)?"
        rf"|(?<=[Tt]oday is ){_DAY}\b|(?<=[Tt]oday: ){_DAY}\b"
    ),
    "times": (
        rf"(?<![\d:.])(?:{_CLOCK}){_ZONE}(?![\d:])|(?<=[\d>]T)\d{{6}}Z?"
        r"|(?<![0-9A-Za-z.])1[5-9]\d{8}(?:\d{3}){0,3}(?:\.\d+)?(?![0-9A-Za-z])"
    ),
    "ids": _ALONE.format(f"{_HEX}|{_TOKEN}"),
}
"""What can be ignored by name, in the order in which it is looked for.

`uuids`: UUIDs with and without dashes, ULIDs. `dates`: in numbers or with English months, with a
weekday beside them; a weekday alone behind `today is`. `times`: of the day, with their zone; and
seconds, or parts of them, since 1970. `ids`: hexadecimal words from 8 characters, words of mixed
letters and digits from 16.
"""


@dataclass(frozen=True, slots=True)
class Ignore:
    """What is taken for the same wherever it stands in a request.

    Attributes:
        names: The presets and patterns, as they were given.
    """

    names: tuple[str, ...] = ()

    @classmethod
    def read(cls, what: "Ignore | str | Sequence[str]") -> "Ignore":
        """Read names of presets and regular expressions.

        Raises:
            ReplayError: One is neither, or takes everything for the same.

        >>> Ignore.read(["dates", "order [0-9]+"]).names
        ('dates', 'order [0-9]+')
        """
        if isinstance(what, Ignore):
            return what
        names = (what,) if isinstance(what, str) else tuple(what)
        for name in names:
            _check(name)
        return cls(names)

    def without(self, tree: Any) -> Any:
        """Return a JSON tree with a mark in each place of what is ignored."""
        return _marked(tree, self.names) if self.names else tree


NOTHING: Final = Ignore()


def cure_of(one: Any, other: Any) -> tuple[str, ...]:
    """Return the fewest presets that make two JSON trees the same; none where they never are.

    With `times` come the `dates` beside them, which differ from tomorrow on.
    """
    if not _same(one, other, tuple(PRESETS)):
        return ()
    chosen = (names for n in range(1, len(PRESETS)) for names in combinations(PRESETS, n))
    names = next((names for names in chosen if _same(one, other, names)), tuple(PRESETS))
    has_dates = "times" in names and Ignore(("dates",)).without(one) != one
    return tuple(name for name in PRESETS if name in names or (has_dates and name == "dates"))


def cure_text(names: Sequence[str]) -> str:
    """Say that only what presets stand for differs, and how to ignore it."""
    listed = "[" + ", ".join(f'"{name}"' for name in names) + "]"
    options = " ".join(f"--ignore {name}" for name in names)
    what = ", ".join(names)
    return f"nothing differs but {what}: ignore={listed}, or {options}, takes them as equal"


_PATTERNS: Final = {name: re.compile(pattern) for name, pattern in PRESETS.items()}


def _same(one: Any, other: Any, names: tuple[str, ...]) -> bool:
    ignore = Ignore(names)
    return bool(ignore.without(one) == ignore.without(other))


def _check(name: str) -> None:
    allowed = f"use {', '.join(PRESETS)}, or a regular expression such as 'order [0-9]+'"
    if not isinstance(name, str):
        raise ReplayError(f"ignore={name!r:.80}: {allowed}")
    if name in PRESETS:
        return
    shown = preview(name)
    if re.fullmatch(r"\w*", name):
        raise ReplayError(f"ignore {shown!r}: there is no such preset: {allowed}")
    try:
        found = re.compile(name)
    except re.error as error:
        raise ReplayError(
            f"ignore {shown!r}: no regular expression ({error}): {allowed}"
        ) from error
    if found.search(""):
        raise ReplayError(f"ignore {shown!r} is found in an empty text too: {allowed}")


def _marked(tree: Any, names: tuple[str, ...]) -> Any:
    if isinstance(tree, dict):
        return {key: _marked(each, names) for key, each in tree.items()}
    if isinstance(tree, list):
        return [_marked(each, names) for each in tree]
    if isinstance(tree, str):
        return _text(tree, names)
    if isinstance(tree, int | float) and not isinstance(tree, bool):
        whole = str(tree)
        return next((mark for mark, each in _patterns(names) if each.fullmatch(whole)), tree)
    return tree


@lru_cache(maxsize=_REMEMBERED)
def _text(text: str, names: tuple[str, ...]) -> str:
    """Return a text with marks; the messages of a conversation come with every call after them."""
    for mark, pattern in _patterns(names):
        text = pattern.sub(mark, text)
    return text


@lru_cache(maxsize=64)
def _patterns(names: tuple[str, ...]) -> list[tuple[str, re.Pattern[str]]]:
    own = [("<ignored>", re.compile(name)) for name in names if name not in PRESETS]
    return own + [(f"<{name}>", _PATTERNS[name]) for name in PRESETS if name in names]
