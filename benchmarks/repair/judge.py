"""Compare values, and judge tool calls against what a case allows."""

import re
from typing import Any

_NOISE = re.compile(r"[ ,./\-_*^'\"]")
_NUMBERED = re.compile(r" \d+\Z")


def is_same(one: Any, other: Any) -> bool:
    """Whether two plain JSON values are equal; 1 and 1.0 are, 1 and true are not."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, int | float) and isinstance(other, int | float):
        return one == other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(is_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(is_same, one, other))
    return type(one) is type(other) and one == other


def are_right(calls: list[dict[str, Any]], expected: list[dict[str, Any]]) -> bool:
    """Whether calls are those expected, in any order."""
    left = list(expected)
    for call in calls:
        match = next((one for one in left if _is_right(call, one)), None)
        if match is None:
            return False
        left.remove(match)
    return not left


def _is_right(call: dict[str, Any], expected: dict[str, Any]) -> bool:
    allowed = expected["arguments_allowed"]
    if _name(call["name"]) != _name(_NUMBERED.sub("", expected["name"])):
        return False
    return _members_allowed(call["args"], allowed)


def _name(name: str) -> str:
    return re.sub(r"\W", "_", name)


def _members_allowed(given: Any, allowed: dict[str, Any]) -> bool:
    if not isinstance(given, dict) or not given.keys() <= allowed.keys():
        return False
    return all(
        _is_allowed(given[key], values) if key in given else "" in values
        for key, values in allowed.items()
    )


def _is_allowed(given: Any, values: list[Any]) -> bool:
    return any(_matches(given, value) for value in values)


def _matches(given: Any, value: Any) -> bool:
    if isinstance(value, dict):
        return _members_allowed(given, value)
    if isinstance(value, list):
        return (
            isinstance(given, list)
            and len(given) == len(value)
            and all(map(_matches, given, value))
        )
    if isinstance(value, str) and isinstance(given, str):
        return _NOISE.sub("", value).lower() == _NOISE.sub("", given).lower()
    return is_same(given, value)
