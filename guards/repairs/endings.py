"""Judge whether a quote ends the string it stands in.

Where two readings are possible the rules, in order, are: a quote before what must follow a string
in that place ends it; a quote that opens the next key or item shows that the quote before the
comma is missing; any other quote belongs to the text.
"""

import re
from dataclasses import dataclass
from typing import Literal

from .words import KEY_AHEAD, Place

DOUBLE = '"“”„‟'
SINGLE = "'‘’‚‛`´"
TRIPLE = re.compile(r"\"\"\"|'''")
_BODY = r'"([^"\\\x00-\x1f]*)"(?=\s*'
PLAIN: dict[Place, re.Pattern[str]] = {
    "key": re.compile(_BODY + r":\s*[\"\d{\[tfn-])"),
    "value": re.compile(_BODY + r"(?:,\s*\"[^\"\\\x00-\x1f]{0,80}\"\s*:|\}\s*(?:[,\]}]|$)))"),
    "item": re.compile(_BODY + r"(?:,\s*(?:[\d{\[-]|\"[^\"\\\x00-\x1f]{0,200}\"\s*[,\]])|\]))"),
    "root": re.compile(_BODY + r"$)"),
}
"""Strings that need no thought: well written, and followed by what is well written."""

_GAP = re.compile(r"(?:\s+|//[^\n]{0,200}\n|/\*.{0,500}?\*/)*", re.DOTALL)
_INNER_KEY = re.compile(r"(?:[^\":,{}\[\]\n]{1,60}\"){1,4}\s*:")
_QUOTED_KEY = re.compile(r"\"[^\"\n]{0,200}\"\s*:|'[^'\n]{0,200}'\s*:|“[^”\n]{0,200}”\s*:")
_QUOTED_ITEM = re.compile(r"\"[^\"\n]{0,300}\"\s*[,\]]|'[^'\n]{0,300}'\s*[,\]]")
_AFTER_VALUE = re.compile(r",\s*(?:[}\],{\[]|//|/\*|#|\.\.\.|$)")
_QUOTE_THEN_WORD = re.compile(r",\s*[\"'][^\"'\n]{0,200}[\"']\s*[A-Za-z]")
_QUOTE_LATER = re.compile(r",[^\"\n{}\[\]]{0,300}\"\s*[,}\]]")
_AFTER_CLOSER = re.compile(
    r"[}\]]+\s*(?:$|[;`#/<\n\"'{\[]|,\s*(?:[\"'{\[“‘`\d}\]-]|[\w$]+\s*:|true|false|null|$))"
)
_JUNK = re.compile(r"\s+[\w ]{1,40}[}\]]|\s+#[^\n\"]*(?:[\n}\]]|$)|\s*/[/*][^\"]*$")
_NEW_KEY_BEFORE = re.compile(r"([,\n])\s*[\"']?[\w$][\w$ -]{0,60}[\"']?\s*:\s*$")


@dataclass(frozen=True, slots=True)
class Ending:
    """What a quote is.

    Attributes:
        kind: `close`: it ends the string; `missing`: the string ended before it, without a
            quote; `inner`: it is part of the text.
        at: Offset where the content ends.
        resume: Offset where reading goes on.
    """

    kind: Literal["close", "inner", "missing"]
    at: int = -1
    resume: int = -1


INNER = Ending("inner")


def judge(text: str, place: Place, start: int, at: int, inner: int) -> Ending:
    """Judge the quote at an offset.

    Args:
        text: The whole text.
        place: Where the string stands.
        start: Offset of the string's first character.
        at: Offset of the quote.
        inner: How many inner quotes were met before it in this string.
    """
    gap = _GAP.match(text, at + 1)
    after = gap.end() if gap else at + 1
    char = text[after : after + 1]
    doubled = at + 1 == after and char == text[at] and text[at + 2 : at + 3] in ",}]\n:"
    if doubled and inner % 2 == 0:
        return Ending("close", at, at + 2)
    if not doubled and _CLOSES[place](text, start, at, after, inner):
        return Ending("close", at, at + 1)
    return _missing(text, place, start, at) if not doubled else INNER


def _closes_key(text: str, start: int, at: int, after: int, inner: int) -> bool:
    del start, inner
    char = text[after : after + 1]
    return char in ":=,}]" or _INNER_KEY.match(text, at + 1) is None


def _closes_value(text: str, start: int, at: int, after: int, inner: int) -> bool:
    char = text[after : after + 1]
    if char == "":
        return True
    if char in "}]":
        return not _is_open(text, start, at, char) or bool(_AFTER_CLOSER.match(text, after))
    if char == ",":
        return _comma_ends_value(text, after)
    if char == ":":
        return False
    if char in "\"'“‘":
        return bool(_QUOTED_KEY.match(text, after))
    if inner % 2 == 0 and _JUNK.match(text, at + 1):
        return True
    return after > at + 1 and bool(KEY_AHEAD.match(text, after))


def _comma_ends_value(text: str, comma: int) -> bool:
    if _AFTER_VALUE.match(text, comma) or KEY_AHEAD.match(text, comma):
        return True
    return not (_QUOTE_THEN_WORD.match(text, comma) or _QUOTE_LATER.match(text, comma))


def _closes_item(text: str, start: int, at: int, after: int, inner: int) -> bool:
    char = text[after : after + 1]
    if char == "":
        return True
    if char in "]})":
        return not _is_open(text, start, at, char) or bool(_AFTER_CLOSER.match(text, after))
    if char == ",":
        return inner % 2 == 0 or not _QUOTE_LATER.match(text, after)
    if char in ":+":
        return True
    if char in "\"'“‘{[-" or char.isdigit():
        return after > at + 1 or char in "{["
    return inner % 2 == 0 and bool(_JUNK.match(text, at + 1))


def _closes_root(text: str, start: int, at: int, after: int, inner: int) -> bool:
    del start, inner
    char = text[after : after + 1]
    return char in ",+;" or "\n" in text[at + 1 : after] or text.find(text[at], at + 1) < 0


_CLOSES = {
    "key": _closes_key,
    "value": _closes_value,
    "item": _closes_item,
    "root": _closes_root,
}

_OPENER = {"}": "{", "]": "[", ")": "("}


def _is_open(text: str, start: int, at: int, closer: str) -> bool:
    """Whether the string's content holds an opening bracket that is not closed."""
    low = max(start, at - 2000)
    return text.count(_OPENER[closer], low, at) > text.count(closer, low, at)


def _missing(text: str, place: Place, start: int, at: int) -> Ending:
    """Judge a quote that does not close: does it open the next key, value or item?"""
    low = max(start, at - 200)
    before = text[low:at].rstrip()
    if not before or place in ("key", "root"):
        return INNER
    line_end = "\n" in text[low + len(before) : at]
    opens = _QUOTED_KEY if place == "value" else _QUOTED_ITEM
    if (before[-1] == "," or line_end) and opens.match(text, at):
        end = low + len(before) - (before[-1] == ",")
        return Ending("missing", end, end)
    key = _NEW_KEY_BEFORE.search(before) if place == "value" and before[-1] == ":" else None
    if key and text[start : low + key.start()].strip():
        return Ending("missing", low + key.start(), low + key.start())
    return INNER
