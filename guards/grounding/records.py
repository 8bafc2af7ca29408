"""Amounts that belong to the things a call names: the price in the record of this flight."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice, product
from typing import Any

Amounts = dict[str, dict[str, list[float]]]
"""By the name of an amount (`prices.economy`): the thing it belongs to, and its amounts so far."""
LATEST = 4
"""So many different amounts of one thing under one name are kept: prices change."""


def amounts_under(texts: Sequence[str], names: set[str]) -> Amounts:
    """Return the amounts in JSON records that hold one of the names as a value or a key.

    Texts that are not JSON are passed over.
    """
    found: Amounts = {}
    for text in texts:
        for name, record in _records(_parsed(text), names):
            for path, amount in _numbers(record):
                known = found.setdefault(path, {}).setdefault(name, [])
                if amount not in known:
                    known[:] = [*known[1 - LATEST :], amount]
    return found


def totals(found: Amounts) -> set[float]:
    """Return each amount, and the sums that take one amount of every thing under one name."""
    results: set[float] = set()
    for things in found.values():
        results.update(amount for each in things.values() for amount in each)
        results.update(map(sum, islice(product(*things.values()), 64)))
    return results


def _parsed(text: str) -> Any:
    if text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _records(value: Any, names: set[str]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    stack: list[Any] = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, Mapping):
            for name in names.intersection(_strings(item.values())):
                yield name, item
            for name in names.intersection(item):
                if isinstance(item[name], Mapping):
                    yield name, item[name]
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)


def _strings(values: Iterable[Any]) -> Iterator[str]:
    return (value for value in values if isinstance(value, str))


def _numbers(record: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, float]]:
    for key, value in record.items():
        if isinstance(value, Mapping) and not prefix:
            yield from _numbers(value, f"{key}.")
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield prefix + key, float(value)
