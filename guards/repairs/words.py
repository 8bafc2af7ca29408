"""Read what stands without quotes: numbers, literals of three languages, and bare text."""

import re
from typing import Any, Literal

from .reader import CUT, Reader

Place = Literal["key", "value", "item", "root"]
"""Where in a container something is read; `value` is of an object, `item` of a list."""

_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?(?=\s*(?:[,}\])\n]|/[/*]|$))")
_LOOSE_NUMBER = re.compile(
    r"[+-]?(?:0|[1-9]\d*(?:_\d+)*|(?=\.\d))(?:\.\d*)?(?:[eE][+-]?\d*)?"
    r"(?![\w.$:+%-]|/(?![/*]))(?=\s*(?:[,}\])\n\"'“‘#/;]|$)|\s+(?:[-\d]|[\w$]+\s*:))"
)
_HEX = re.compile(r"0[xX][0-9a-fA-F]+(?![\w.$])")
_LITERAL = re.compile(
    r"(true|false|null|none|undefined|[+-]?(?:nan|infinity)|nil)(?![\w$.:(-])"
    r"(?=\s*(?:[,}\])\n\"'“‘#/;]|$)|\s+[\w$]+\s*:)",
    re.IGNORECASE,
)
_LITERALS: dict[str, bool | None] = {"true": True, "false": False}
_WHOLE_WORDS = ("true", "false", "null")
MAX_DIGITS = 4300
"""Python refuses to make an int of more digits, against a quadratic conversion (CVE-2020-10735)."""

KEY_AHEAD = re.compile(
    r"[\s,]{0,50}(?:\"[^\"\n]{0,200}\"|'[^'\n]{0,200}'|“[^”\n]{0,200}”|[\w$][\w$.-]{0,80})\s*(?::(?!//)|=)"
)
_BARE_STOP = re.compile(r"[,}\])\n\"{\[(/#]")
_QUOTE_ENDS = re.compile(r"\"\s*(?:[,}\]\n]|$)")
_COMMENT = re.compile(r"/\*|(?<=\s)(?://|#)")
_ITEM_END = re.compile(r"\s*(?:[}\]]|$)")
_OPENERS = {"{": "}", "[": "]", "(": ")"}


def read_word(reader: Reader, place: Place, closers: str) -> Any:
    """Read a number, a literal or bare text at the cursor.

    Args:
        reader: At the first character, which is not white space, quote or opening bracket.
        place: Where it stands; bare text ends elsewhere in a list than in an object.
        closers: Closing brackets that are waited for, innermost first.
    """
    value = _word(reader, place, closers)
    if reader.marks_open and place != "root" and reader.pos >= len(reader.text):
        reader.truncated = True
        return CUT
    return value


def _word(reader: Reader, place: Place, closers: str) -> Any:
    text, pos = reader.text, reader.pos
    if found := _NUMBER.match(text, pos):
        reader.pos = found.end()
        return _number(reader, found[0], is_float=bool(found[1] or found[2]))
    if (found := _LOOSE_NUMBER.match(text, pos)) and any(map(str.isdigit, found[0])):
        return _loose_number(reader, found)
    if found := _HEX.match(text, pos):
        reader.note("hexadecimal number")
        reader.pos = found.end()
        return int(found[0], 16)
    if found := _LITERAL.match(text, pos):
        return _literal(reader, found)
    return _bare(reader, place, closers)


def _number(reader: Reader, digits: str, *, is_float: bool) -> int | float | str:
    if is_float:
        return float(digits)
    if len(digits) > MAX_DIGITS:
        reader.note(f"a number of {len(digits)} digits is kept as text", reader.pos - len(digits))
        return digits
    return int(digits)


def _loose_number(reader: Reader, found: re.Match[str]) -> int | float | str:
    reader.pos = found.end()
    digits = found[0].replace("_", "").lstrip("+")
    mantissa, mark, exponent = digits.lower().partition("e")
    is_cut = digits[-1] in ".eE+-"
    if is_cut and reader.pos == len(reader.text):
        reader.truncated = True
    if digits != found[0] or is_cut or mantissa.lstrip("-").startswith("."):
        reader.note("number rewritten as JSON", found.start())
    if not mark and "." not in mantissa:
        return _number(reader, digits, is_float=False)
    return float(mantissa + (f"e{exponent}" if exponent.strip("+-") else ""))


def _literal(reader: Reader, found: re.Match[str]) -> bool | None:
    word = found[1]
    if word not in _WHOLE_WORDS:
        reader.note(f"{word} read as {_LITERALS.get(word.lower())}".replace("None", "null"))
    reader.pos = found.end()
    return _LITERALS.get(word.lower())


def _bare(reader: Reader, place: Place, closers: str) -> Any:
    """Read text without quotes up to where its place ends."""
    start = reader.pos
    end = _bare_end(reader, place, closers)
    text = reader.text[start:end].rstrip()
    reader.pos = end
    if reader.peek() == '"' and _QUOTE_ENDS.match(reader.text, end):
        reader.pos += 1
    is_last = end >= len(reader.text.rstrip())
    if is_last and place != "root" and text == "-":
        reader.truncated = True
        return CUT
    if is_last and (word := _started(text)):
        reader.note(f"{text} completed to {word}", start)
        reader.truncated = True
        return _LITERALS.get(word)
    reader.truncated = reader.truncated or (is_last and place != "root")
    reader.note("quotes added", start)
    return text


def _started(text: str) -> str | None:
    return next((word for word in _WHOLE_WORDS if text and word.startswith(text)), None)


def _bare_end(reader: Reader, place: Place, closers: str) -> int:
    text, pos = reader.text, reader.pos
    inner: list[str] = []
    while found := _BARE_STOP.search(text, pos):
        char, pos = found[0], found.end()
        if char in _OPENERS:
            inner.append(_OPENERS[char])
        elif inner and char == inner[-1]:
            inner.pop()
        elif _ends_bare(text, found.start(), place, closers, is_inside=bool(inner)):
            return found.start()
    return len(text)


def _ends_bare(text: str, at: int, place: Place, closers: str, *, is_inside: bool) -> bool:
    char = text[at]
    if char in "}])":
        return char in closers
    if char in "/#":
        return not is_inside and bool(_COMMENT.match(text, at))
    if char == '"':
        return bool(_QUOTE_ENDS.match(text, at) or KEY_AHEAD.match(text, at))
    if is_inside:
        return False
    if place != "value":
        return char == "\n" or place != "root"
    return bool(KEY_AHEAD.match(text, at) or _ITEM_END.match(text, at + 1))
