"""Where a replay and its record part."""

import difflib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ...guards.digest import preview
from .ignoring import cure_of, cure_text

_LINES = 60  # of a diff, at most
_COLUMNS = 200
_VALUE = 120  # characters shown of a value that differs
_NOTHING: Any = object()

DivergenceKind = Literal["call", "route", "network"]


class DivergedError(BaseException):
    """Stops a replay where a call is made that its record does not have.

    No `Exception`: tools and nodes that handle every error of their own must not handle this one,
    or the run would go on with what never happened.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Divergence:
    """The first place at which a replay does something that its record does not have.

    Attributes:
        kind: Another call, another way through the graph, or an attempt to reach the network.
        node: The node, or empty outside of a graph.
        step: The super-step of the outermost graph, or None.
        name: What was called, or the nodes that ran.
        why: What is different, in one sentence.
        nearest: Number of the recorded call that is most like it, or None.
        diff: From the nearest recorded request to this one, unified; at most 60 lines.
    """

    kind: DivergenceKind
    node: str = ""
    step: int | None = None
    name: str = ""
    why: str = ""
    nearest: int | None = None
    diff: str = ""

    def __str__(self) -> str:
        place = f"step {self.step}, " if self.step is not None else ""
        where = f"{place}node {self.node!r}: " if self.node else place
        return f"{where}{self.why}" + (f"\n{self.diff}" if self.diff else "")


def lines_of(request: Any) -> list[str]:
    """Return a request as lines, long texts broken where they break themselves."""
    return lines_in(json.dumps(request, indent=1, sort_keys=True, ensure_ascii=False, default=str))


def lines_in(text: str) -> list[str]:
    """Return the lines of JSON, long texts broken where they break themselves."""
    return [part for line in text.splitlines() for part in line.split("\\n")]


def diff_of(recorded: Any, now: Any, names: tuple[str, str] = ("recorded", "now")) -> str:
    """Return what is different between two requests, as a unified diff."""
    found = difflib.unified_diff(lines_of(recorded), lines_of(now), *names, lineterm="", n=2)
    lines = [line if len(line) <= _COLUMNS else line[: _COLUMNS - 1] + "…" for line in found]
    if len(lines) > _LINES:
        lines = [*lines[:_LINES], f"… {len(lines) - _LINES} more lines"]
    return "\n".join(lines)


def first_difference(name: str, recorded: Any, now: Any) -> str:
    """Return where in a value the first thing differs, and how, as one bounded line.

    >>> first_difference("messages", [{"content": "a"}], [{"content": "b"}])
    "messages/0/content: recorded 'a', now 'b'"
    """
    place, then, it = _first(recorded, now)
    where = "/".join([name, *place])
    told = f"{preview(where)}: recorded {_shown(then)}, now {_shown(it)}"
    cure = cure_of(recorded, now)
    return f"{told}; {cure_text(cure)}" if cure else told


def _first(then: Any, now: Any) -> tuple[list[str], Any, Any]:
    for key in _keys(then, now):
        one, other = (_part(value, key) for value in (then, now))
        if one != other:
            place, one, other = _first(one, other)
            return [str(key), *place], one, other
    return [], then, now


def _keys(then: Any, now: Any) -> Iterable[Any]:
    if isinstance(then, dict) and isinstance(now, dict):
        return sorted({*then, *now}, key=str)
    if isinstance(then, list) and isinstance(now, list):
        return range(max(len(then), len(now)))
    return ()


def _part(value: Any, key: Any) -> Any:
    if isinstance(value, dict):
        return value.get(key, _NOTHING)
    return value[key] if key < len(value) else _NOTHING


def _shown(value: Any) -> str:
    if value is _NOTHING:
        return "nothing"
    if isinstance(value, str):
        return repr(preview(value, _VALUE))
    return preview(json.dumps(value, ensure_ascii=False, default=str), _VALUE)


def nearest_of(asked: Sequence[str], candidates: Iterable[tuple[int, Sequence[str]]]) -> int | None:
    """Return the number of the candidate whose lines are most like a request's, or None."""
    best, most = None, -1.0
    ratio = difflib.SequenceMatcher(None, (), asked, autojunk=False)
    for number, lines in candidates:
        ratio.set_seq1(lines)
        if ratio.real_quick_ratio() <= most:  # as like as that it could be at most
            continue
        if (likeness := ratio.quick_ratio()) > most:
            best, most = number, likeness
    return best


def names_of(names: Iterable[str]) -> str:
    """Return names in a row, each once."""
    return ", ".join(dict.fromkeys(names))
