"""Repair the arguments of tool calls before they are judged, where there is one reading only.

A call acts: what is changed may be how its arguments are written, never what they say.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from ..guards.digest import preview
from ..guards.facts import ToolSpec
from ..guards.ledger import Call
from ..guards.repairs import Edit, RepairError, repair
from ..guards.repairs.calls import ARGUMENT_KEYS
from ..guards.repairs.scalars import loose
from ..guards.schema import faults_of
from ..guards.verdict import Verdict, tripped
from .repair_report import GUARD, edit_lines

KIND = "arguments"
"""The kind of the verdict that notes a repaired call."""

_WRITING = re.compile(
    r"""(trailing\ comma|comma|comment|ellipsis)\ removed|(quotes|commas?|colon|braces)\ added
    |quotes\ replaced\ by\ double\ quotes|triple\ quotes\ replaced|\w+\ read\ as\ (True|False|null)
    |hexadecimal\ number|number\ rewritten\ as\ JSON|one\ level\ of\ escaping\ removed
    |no\ text\ read\ as\ no\ arguments|the\ model's\ thinking\ left\ out
    |text\ (before|after)\ the\ value\ left\ out
    |characters\ that\ JSON\ does\ not\ allow\ read\ as\ white\ space""",
    re.VERBOSE,
)
"""The edits of writing that leave one reading only. Left out are those that drop a member, fill
in a value, or choose where a string ends."""
_AFTER = re.compile(r"[\s`}\]);,]*(?:</?\|?[\w|/]{1,40}\|?>\s*)*\Z")  # fences and marks of models
_NUMBER = re.compile(r"[+-]?\d{1,400}(\.\d{1,400})?([eE][+-]?\d{1,3})?\Z")


def repair_calls(
    calls: Sequence[Call], specs: Mapping[str, ToolSpec]
) -> tuple[list[Call], list[Verdict]]:
    """Return calls as they are to be judged, and a note on each that was repaired.

    Repaired are how arguments are written (Python's literals, quotes, commas, fences) and values
    that say the same in another form (`"3"` for an integer, one value for a list of one). Calls
    that are cut off, miss something, or hold something unknown stay as they are.

    Cost: one validation for a call that fits.
    """
    found, notes = list[Call](), list[Verdict]()
    for call in calls:
        repaired = _repaired(call, specs.get(call.name))
        found.append(repaired[0] if repaired else call)
        if repaired:
            lines = "; ".join(edit_lines(repaired[1]))
            reason = (
                f"The arguments of {call.name!r} were repaired before they were judged: {lines}"
            )
            notes.append(tripped(GUARD, KIND, "none", preview(reason, 400), calls=[call.id]))
    return found, notes


def _repaired(call: Call, spec: ToolSpec | None) -> tuple[Call, tuple[Edit, ...]] | None:
    if spec is None or (call.error is None and not faults_of(spec, call.args)):
        return None
    try:
        plain, edits = _as_object(call.args)
        if faults_of(spec, plain):
            fitted = repair.arguments(plain, spec.parameters, extra="refuse")
            if not says_the_same(plain, fitted.value) or faults_of(spec, fitted.value):
                return None
            plain, edits = fitted.value, edits + fitted.edits
    except RepairError:
        return None
    return replace(call, args=plain, error=None), edits


def _as_object(given: Any) -> tuple[dict[str, Any], tuple[Edit, ...]]:
    """Return arguments as they are written, read with edits that leave one reading only.

    Raises:
        RepairError: There is no such reading.
    """
    text = given if isinstance(given, str) else _as_json(given)
    read = repair.arguments(text)
    for edit in read.edits:
        if not _WRITING.fullmatch(edit.what) and edit.layer != "schema":
            raise RepairError("off_schema", f"not certain: {edit.what}", at=edit.at)
        if edit.what.startswith("text after") and not _AFTER.match(text[edit.at or 0 :]):
            raise RepairError("off_schema", "more follows the arguments", at=edit.at)
    return read.value, read.edits


def _as_json(given: Any) -> str:
    try:
        return json.dumps(given)
    except (TypeError, ValueError, RecursionError) as error:
        raise RepairError("no_value", f"a {type(given).__name__} is no JSON") from error


def says_the_same(given: Any, value: Any) -> bool:
    """Return whether a repaired value says what was given, in another form at most.

    >>> says_the_same({"Days": "3", "tags": "a"}, {"days": 3, "tags": ["a"]})
    True
    >>> says_the_same({"days": "3 weeks"}, {"days": 3})
    False
    """
    if isinstance(value, dict):
        return any(_same_object(one, value) for one in _readings(given))
    if isinstance(value, list):
        lists = [one for one in _readings(given) if isinstance(one, list)]
        return any(_same_list(one, value) for one in lists) or (
            not lists and len(value) == 1 and _is_one(given) and says_the_same(given, value[0])
        )
    if isinstance(given, list):
        return len(given) == 1 and says_the_same(given[0], value)
    return _same_scalar(given, value)


def _is_one(given: Any) -> bool:
    """Return whether a value is one for certain, and not a list written as a text."""
    return not isinstance(given, str) or not any(char in given for char in ",;|[\n")


def _readings(given: Any) -> list[Any]:
    """Return what stands in a value: itself, what its JSON text says, what is in its wrapper."""
    found = [given]
    if isinstance(given, str):
        try:
            found.append(json.loads(given))
        except (ValueError, RecursionError):
            return found
    if isinstance(given, list) and len(given) == 1:
        found.append(given[0])
    if isinstance(given, dict) and len(given) == 1:
        found += [part for key, part in given.items() if key in ARGUMENT_KEYS]
    return found


def _same_object(given: Any, value: Mapping[str, Any]) -> bool:
    if not isinstance(given, dict):
        return False
    by_name = {loose(key): part for key, part in value.items()}
    kept = {loose(key): part for key, part in given.items() if part is not None}
    nulls = {loose(key) for key, part in given.items() if part is None}  # left out: not given
    if len(by_name) != len(value) or not set(by_name) <= set(kept) | nulls:
        return False
    return all(name in by_name and says_the_same(kept[name], by_name[name]) for name in kept)


def _same_list(given: Sequence[Any], value: Sequence[Any]) -> bool:
    return len(given) == len(value) and all(map(says_the_same, given, value))


def _same_scalar(given: Any, value: Any) -> bool:
    if given is None or value is None:
        return given is value
    if isinstance(given, str) and isinstance(value, str):
        return given == value or _plainly(given) == _plainly(value)
    if isinstance(given, bool) or isinstance(value, bool):
        return _written(given) == _written(value)
    one, other = _written(given), _written(value)
    if one == other:
        return True
    return bool(_NUMBER.match(one) and _NUMBER.match(other)) and Decimal(one) == Decimal(other)


def _plainly(text: str) -> str:
    """Return a text without case, and with one way to part its words."""
    return re.sub(r"[\s_-]+", "_", text.strip().casefold())


def _written(value: Any) -> str:
    return value.strip().lower() if isinstance(value, str) else json.dumps(value)
