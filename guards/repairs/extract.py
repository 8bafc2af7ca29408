"""Find the values in what a model wrote: past its thinking, its prose and its code fences."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .open_value import read_open
from .reader import Reader
from .report import Edit
from .strings import QUOTES, read_string
from .syntax import CALL, Syntax
from .words import read_word

_THINKING = r"(?:think|thinking|thought|reasoning|reflection|scratchpad|analysis)"
_THINK_OPEN = re.compile(rf"\s*<({_THINKING})>", re.IGNORECASE)
_THINK_CLOSE = re.compile(rf"</{_THINKING}>", re.IGNORECASE)
_ESCAPED = re.compile(r"\s*(?:[{\[]\s*)*(?:\\n\s*)*\\+[\"']")
_UNESCAPE = re.compile(r"\\(.)", re.DOTALL)
_CONTROLS = {"n": "\n", "t": "\t", "r": "\r"}
_WRAPPED_FENCE = re.compile(r"\s*[{\[]\s*(?=`{3})")
_FENCE = r"(?<!`)`{2,}+[^\n`{\[(]{0,20}\s*"
_CALL = r"[A-Za-z_$](?:[\w$.]|\\_)*\((?=\s*(?:[\"'{\[)]|(?:\\?\w)+\s*=[^=]|[\w.]+\(\{))"
_OBJECT = r"\{(?=\s*(?:[\"'“‘`}{,]|[\w$-][\w$ -]{0,60}:|//|/\*|#|\.\.\.|$))"
_LIST = (
    r"\[(?=\s*(?:[\"'“‘`\d{\[\],-]|\.\.\.|//|/\*|$|(?:true|false|null|None|True|False)\b"
    r"|[A-Za-z_$](?:[\w$.]|\\_)*\(|[\w ]{1,40},))"
)
_START = re.compile(
    rf"(?P<fence>{_FENCE})?(?P<open>{_OBJECT}|{_LIST}|(?<![\w.])(?<!def )(?<!class ){_CALL})"
)
_FENCED = re.compile(rf"(?P<fence>{_FENCE})(?P<open>[{{\[(])")
_BARE_ROOT = re.compile(
    r"(?=[^\n]*\w)[^\s{}\[\]]+(?:[ \t]+[^\s{}\[\]]+){0,3}\Z|(?=\S*\w)\S+\Z|/\S+/\w*\Z"
)
_MEMBER = re.compile(r"(?:\"[^\"\n]{1,80}\"|'[^'\n]{1,80}')\s*:\s*[\"'{\[\dtfnTFN-]")
_REST = re.compile(r"[\s,;]*\Z")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A value that was found.

    Attributes:
        value: Plain JSON.
        start: Offset of its first character.
        end: Offset behind its last character.
        edits: What had to be assumed to read it.
        truncated: Whether the text ends inside it.
        is_fenced: Whether it stands at the beginning of a code fence.
        is_text: Whether it is text without quotes, which may as well be prose.
    """

    value: Any
    start: int
    end: int
    edits: tuple[Edit, ...] = ()
    truncated: bool = False
    is_fenced: bool = False
    is_text: bool = False


@dataclass(frozen=True, slots=True)
class Body:
    """The part of a text that may hold values.

    Attributes:
        text: The text, one level of escaping removed if the whole of it was escaped.
        start: Offset behind the model's thinking.
        edits: What was left out.
    """

    text: str
    start: int
    edits: tuple[Edit, ...]


def body_of(text: str) -> Body:
    """Return where the answer begins: behind `<think>` blocks, out of one level of escaping."""
    start = _after_thinking(text)
    edits = [Edit("text", "the model's thinking left out", 0)] if start else []
    if _ESCAPED.match(text, start):
        edits.append(Edit("text", "one level of escaping removed", start))
        text = _UNESCAPE.sub(lambda found: _CONTROLS.get(found[1], found[1]), text[start:])
        start = 0
    if wrapped := _WRAPPED_FENCE.match(text, start):
        start = wrapped.end()
    return Body(text, start, tuple(edits))


def _after_thinking(text: str) -> int:
    start = 0
    while opened := _THINK_OPEN.match(text, start):
        closed = _THINK_CLOSE.search(text, opened.end())
        start = closed.end() if closed else len(text)
    if start == 0 and text.lstrip()[:1] not in "{[\"'":
        # The opening tag is often part of the prompt, so that only the closing one is written.
        closed = _THINK_CLOSE.search(text)
        start = closed.end() if closed else 0
    return start


def find_candidates(
    body: Body, *, keep_calls: bool = False, marks_open: bool = False
) -> list[Candidate]:
    """Return the values in a text, in its order; scalars only where there is no container.

    Raises:
        RepairError: One is nested too deep.
    """
    text, found = body.text, list[Candidate]()
    pos = _first(text, body.start)
    reader = Reader(text, marks_open=marks_open)
    if (quoted := _quoted(text, pos)) is not None:
        return [quoted]
    if text[pos : pos + 1] in ("{", "[", "(") or CALL.match(text, pos):
        found.append(_read(reader, pos, fenced=False, keep_calls=keep_calls))
        pos = found[-1].end
    while True:
        start = _START.search(text, pos)
        fenced = _FENCED.search(text, pos, start.start("open") + 1 if start else len(text))
        start = fenced or start
        if start is None:
            break
        is_fenced = start["fence"] is not None
        found.append(_read(reader, start.start("open"), fenced=is_fenced, keep_calls=keep_calls))
        pos = found[-1].end
    return found or _scalars(text, body.start)


def _first(text: str, start: int) -> int:
    reader = Reader(text, start)
    reader.skip()
    return reader.pos


def _quoted(text: str, pos: int) -> Candidate | None:
    """Read a text that is a quoted string as a whole, or an object without its braces."""
    if text[pos : pos + 1] not in QUOTES or text.startswith("``", pos) or pos == len(text):
        return None
    reader = Reader(text, pos)
    if _MEMBER.match(text, pos):
        value = Syntax(reader).read_members()
        return Candidate(value, pos, reader.pos, tuple(reader.edits), _was_cut(reader))
    value = read_string(reader, "root", "")
    if not _REST.match(text, reader.pos):
        return None
    return Candidate(value, pos, reader.pos, tuple(reader.edits), reader.truncated)


def _was_cut(reader: Reader) -> bool:
    """An object without braces has no end of its own; it is whole if its last value is."""
    return any("ends inside a string" in edit.what for edit in reader.edits)


def _read(reader: Reader, start: int, *, fenced: bool, keep_calls: bool) -> Candidate:
    if reader.marks_open and (known := read_open(reader.text, start)) is not None:
        return Candidate(known, start, len(reader.text), truncated=True, is_fenced=fenced)
    reader.pos, reader.edits, reader.truncated = start, [], False
    value = Syntax(reader, keep_calls=keep_calls).read()
    end = max(reader.pos, start + 1)
    return Candidate(value, start, end, tuple(reader.edits), reader.truncated, fenced)


def _scalars(text: str, start: int) -> list[Candidate]:
    """Read a text without containers: one scalar, or one on each line."""
    pos = _first(text, start)
    end = len(text.rstrip())
    lines = [(at, line) for at, line in _lines(text, pos, end) if line]
    if len(lines) > 1 and all(len(line.split()) == 1 for _, line in lines):
        return [_moved(item, at) for at, line in lines for item in _scalar(line, 0)]
    return _scalar(text, pos)


def _lines(text: str, start: int, end: int) -> Iterator[tuple[int, str]]:
    for line in text[start:end].split("\n"):
        yield start + len(line) - len(line.lstrip()), line.strip()
        start += len(line) + 1


def _moved(one: Candidate, by: int) -> Candidate:
    edits = tuple(replace(edit, at=(edit.at or 0) + by) for edit in one.edits)
    return replace(one, start=one.start + by, end=one.end + by, edits=edits)


def _scalar(text: str, pos: int) -> list[Candidate]:
    reader = Reader(text, pos)
    char = reader.peek()
    if not char or text.startswith("```", pos):
        return []
    if char in QUOTES:
        value: Any = read_string(reader, "root", "")
        return [Candidate(value, pos, reader.pos, tuple(reader.edits), reader.truncated)]
    value = read_word(reader, "root", "")
    if isinstance(value, str) and not _BARE_ROOT.match(value):
        return []
    if not _REST.match(text, reader.pos):
        return []
    edits, is_text = tuple(reader.edits), isinstance(value, str)
    return [Candidate(value, pos, reader.pos, edits, reader.truncated, is_text=is_text)]


def choose(found: Sequence[Candidate], text: str) -> Candidate:
    """Return the value that several candidates make together when no schema can choose.

    Fenced ones are preferred to others, containers to scalars, filled ones to empty ones. What
    then is left is one value, or several that become a list. Two of one shape with nothing
    between them are a model that began again: the last stands.
    """
    kept = [one for one in found if one.is_fenced] or list(found)
    kept = [one for one in kept if isinstance(one.value, dict | list)] or kept
    kept = [one for one in kept if one.value not in ([], {})] or kept
    last = kept[-1]
    edits = [edit for one in kept for edit in one.edits]
    if len(kept) < len(found):
        edits.append(
            Edit("text", f"{len(found) - len(kept)} other values left out", found[0].start)
        )
    if len(kept) > 1 and not all(map(_begins_again, kept, kept[1:])):
        edits.append(Edit("text", f"{len(kept)} values read as a list", kept[0].start))
        return Candidate(
            [one.value for one in kept], kept[0].start, last.end, tuple(edits), last.truncated
        )
    return Candidate(
        last.value, last.start, last.end, tuple(edits), last.truncated, last.is_fenced, last.is_text
    )


def _begins_again(one: Candidate, other: Candidate) -> bool:
    return one.end == other.start and _shape(one.value) == _shape(other.value)


def _shape(value: Any) -> str:
    if isinstance(value, dict):
        return json.dumps(sorted(value))
    return json.dumps([_shape(item) for item in value[:3]]) if isinstance(value, list) else ""
