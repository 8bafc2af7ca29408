"""Arguments of recorded calls: what is objected to in good runs, spoilt copies, failed runs."""

import copy
import re
import string
from collections import Counter
from datetime import date, timedelta
from random import Random
from typing import Any

from holdfast.guards.grounding import Seen, UngroundedArgument, ground_arguments
from runs import Moment, moments, tools

Row = tuple[str, str, str]
OWN_WORDS = ("summary", "thought")
SEED = 7


def leaves(value: Any, path: str = "", key: str = "") -> list[tuple[str, str, Any]]:
    """Return the values inside arguments: path, nearest name, value."""
    if isinstance(value, dict):
        parts = [(f"{path}.{name}" if path else name, name, item) for name, item in value.items()]
    elif isinstance(value, list):
        parts = [(f"{path}[{at}]", key, item) for at, item in enumerate(value)]
    else:
        return [(path, key, value)]
    return [leaf for inner, name, item in parts for leaf in leaves(item, inner, name)]


def report() -> tuple[list[Row], list[Row]]:
    """Return the table of figures, and the list of what was found, good runs first."""
    known, random = tools(), Random(SEED)
    counts: Counter[str] = Counter()
    found: Counter[tuple[bool, str, str, str, str]] = Counter()
    for moment in moments():
        seen = Seen.of(moment.seen)
        kind = "good" if moment.success else "failed"
        for name, args in moment.calls:
            values = [leaf for leaf in leaves(args) if leaf[1] not in OWN_WORDS]
            counts[f"{kind} values"] += len(values)
            if not moment.seen:
                counts["unjudged"] += len(values)
            objections = ground_arguments(name, args, seen, known.get(name))
            counts[f"{kind} flagged"] += len(objections)
            for each in objections:
                found[moment.success, name, each.path, str(each.value), each.kind] += 1
            if moment.success and moment.seen:
                _spoil(moment, name, args, values, known.get(name), random, counts, seen)
    kinds = {True: Counter[str](), False: Counter[str]()}
    for (good, _, _, _, kind), count in found.items():
        kinds[good][kind] += count
    return _figures(counts, kinds), _list(found)


def _spoil(
    moment: Moment,
    name: str,
    args: dict[str, Any],
    values: list[tuple[str, str, Any]],
    schema: dict[str, Any] | None,
    random: Random,
    counts: Counter[str],
    seen: Seen,
) -> None:
    text = " ".join(moment.seen).casefold()
    for path, key, value in values:
        kind, spoilt = _spoilt(key, value, random)
        if spoilt is None or str(spoilt).casefold() in text:
            continue
        objections = ground_arguments(name, replaced(args, path, spoilt), seen, schema)
        counts[f"{kind} spoilt"] += 1
        counts[f"{kind} caught"] += _names(objections, path)


def _names(objections: list[UngroundedArgument], path: str) -> bool:
    return any(each.path == path for each in objections)


def _spoilt(key: str, value: Any, random: Random) -> tuple[str, Any]:
    if isinstance(value, str) and re.search(r"(?:^|_)ids?$", key):
        return "id", _changed(value, random)
    if key in ("date", "dob") and re.fullmatch(r"\d{4}-\d\d-\d\d", str(value)):
        days = random.choice((-1, 1)) * random.randint(20, 400)
        return "date", (date.fromisoformat(value) + timedelta(days=days)).isoformat()
    if key == "amount" and isinstance(value, int | float):
        return "amount", abs(value + random.choice((-1, 1)) * random.randint(3, 60)) + 10
    return "", None


def _changed(value: str, random: Random) -> str | None:
    """Change one digit and one other character, each into another of its sort."""
    digits = [at for at, sign in enumerate(value) if sign.isdigit()]
    if not digits:
        return None
    first = random.choice(digits)
    others = [at for at, sign in enumerate(value) if at != first and sign.isalnum()]
    signs = list(value)
    for at in [first, *([random.choice(others)] if others else [])]:
        sorts = (string.digits, string.ascii_lowercase, string.ascii_uppercase)
        sort = next((each for each in sorts if value[at] in each), string.digits)
        signs[at] = random.choice([sign for sign in sort if sign != value[at]])
    return "".join(signs)


def replaced(args: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """Return a copy of arguments with another value at a path."""
    changed = copy.deepcopy(args)
    at: Any = changed
    parts = re.findall(r"[^.\[\]]+", path)
    *steps, last = [int(part) if part.isdigit() else part for part in parts]
    for step in steps:
        at = at[step]
    at[last] = value
    return changed


def _figures(counts: Counter[str], kinds: dict[bool, Counter[str]]) -> list[Row]:
    def share(part: str, whole: str) -> str:
        return f"{counts[part]:,} of {counts[whole]:,} = {counts[part] / max(1, counts[whole]):.2%}"

    caught = sum(counts[f"{kind} caught"] for kind in ("id", "date", "amount"))
    spoilt = sum(counts[f"{kind} spoilt"] for kind in ("id", "date", "amount"))
    return [
        ("good runs: flagged", share("good flagged", "good values"), "target <= 0.8 %"),
        ("of these not judged", f"{counts['unjudged']:,}", "before anything was seen"),
        ("spoilt ids caught", share("id caught", "id spoilt"), "target >= 98 %"),
        ("invented dates caught", share("date caught", "date spoilt"), ""),
        ("invented amounts caught", share("amount caught", "amount spoilt"), ""),
        ("all spoilt caught", f"{caught / max(1, spoilt):.2%}", "target >= 98 %"),
        *[(f"good runs: {kind}", f"{n}", "") for kind, n in sorted(kinds[True].items())],
        ("failed runs: flagged", share("failed flagged", "failed values"), ""),
        *[(f"failed runs: {kind}", f"{n}", "") for kind, n in sorted(kinds[False].items())],
    ]


def _list(found: Counter[tuple[bool, str, str, str, str]]) -> list[Row]:
    rows = sorted(found.items(), key=lambda item: (not item[0][0], -item[1], item[0][1:]))
    return [
        ("good" if good else "failed", f"{name}.{path} = {value} ({kind})", f"{count} times")
        for (good, name, path, value, kind), count in rows
    ]
