"""Fit objects and lists: names of keys, wrappers, single values, JSON inside strings."""

from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from itertools import chain, repeat
from typing import TYPE_CHECKING, Any

from .extract import body_of, choose, find_candidates
from .fit import WRONG, Fit, changed, cheapest, joined, missing, wrong
from .reader import CUT
from .report import Path, RepairError, quoted
from .scalars import loose
from .targets import NAMES

if TYPE_CHECKING:
    from .coerce import Coercion

SIMILAR = 0.85
"""Similarity, 0 to 1, from which an unknown key is a misspelt one. Chosen: `temprature`."""
KEYS = 50
"""Unknown keys up to which misspellings are looked for: beyond, the object is a mapping."""


def fit_object(coercion: "Coercion", value: Any, shape: Mapping[str, Any], path: Path) -> Fit:
    """Fit to an object: as it is, out of a wrapper, into one, or out of a string."""
    if isinstance(value, str):
        return _from_text(coercion, value, shape, path, dict) or wrong(
            value, "must be an object", path
        )
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict):
        return fit_object(coercion, value[0], shape, path).after(
            "list of one read as the object", path, 3
        )
    if not isinstance(value, dict):
        return wrong(value, "must be an object", path)
    fit = _members(coercion, value, shape, path)
    if fit.errors or _knows_nothing(value, shape):
        return cheapest(
            [
                fit,
                *_unwrapped(coercion, value, shape, path),
                *_wrapped(coercion, value, shape, path),
            ]
        )
    return fit


def _knows_nothing(value: dict[str, Any], shape: Mapping[str, Any]) -> bool:
    names = shape.get("properties", {})
    return bool(names) and bool(value) and not names.keys() & value.keys()


def _unwrapped(
    coercion: "Coercion", value: dict[str, Any], shape: Mapping[str, Any], path: Path
) -> Iterator[Fit]:
    """Read the object inside `{"result": {...}}`, and in wrappers of a few keys."""
    known = shape.get("properties", {})
    inner = {key: part for key, part in value.items() if key not in known}
    for key, part in inner.items() if len(value) <= 3 else ():
        if isinstance(part, dict | str) and (len(value) == 1 or isinstance(part, dict)):
            fit = fit_object(coercion, part, shape, path)
            if not fit.errors:
                yield fit.after(f"taken out of the wrapper {quoted(key)}", path, 3)


def _wrapped(
    coercion: "Coercion", value: dict[str, Any], shape: Mapping[str, Any], path: Path
) -> Iterator[Fit]:
    """Put the object into the only field of the one that is wanted."""
    names = list(shape.get("properties", {}))
    if len(names) == 1 and names[0] not in value and value:
        part = coercion.fit(value, shape["properties"][names[0]], (*path, names[0]))
        if not part.errors:
            yield joined({names[0]: part.value}, [part]).after(f"put into {names[0]!r}", path, 4)


def _members(
    coercion: "Coercion", value: dict[str, Any], shape: Mapping[str, Any], path: Path
) -> Fit:
    properties: Mapping[str, Any] = shape.get("properties", {})
    required = set(shape.get("required", ()))
    renamed, parts = _renamed(value, shape, path)
    members: dict[str, Any] = {}
    for key, part in renamed.items():
        if key in properties:
            fit = coercion.fit(part, properties[key], (*path, key))
            if fit.errors and part is None and key not in required:
                parts.append(changed(None, "null left out: the default stands", (*path, key), 1))
                continue
        else:
            extra = _extra(coercion, key, part, shape, path)
            if extra is None:
                parts.append(changed(None, "key that the schema forbids left out", (*path, key), 1))
                continue
            fit = extra
        parts.append(fit)
        if fit.value is not CUT:
            members[key] = fit.value
    absent = [key for key in shape.get("required", ()) if key not in renamed]
    parts += [Fit(None, 1) if coercion.partial else missing((*path, key)) for key in absent]
    return joined(members, parts)


def _extra(
    coercion: "Coercion", key: str, part: Any, shape: Mapping[str, Any], path: Path
) -> Fit | None:
    """Fit a key that is no property; None to leave it out."""
    rule = shape.get("additionalProperties", True)
    if rule is False and not shape.get("patternProperties"):
        if coercion.extra == "refuse":
            return wrong(part, "key that the schema forbids", (*path, key))
        return None
    if isinstance(rule, Mapping):
        return coercion.fit(part, rule, (*path, key))
    # An unknown key is kept, but makes a branch of a union that knows it the better one.
    return Fit(part, 1 if shape.get("properties") else 0)


def _renamed(
    value: dict[str, Any], shape: Mapping[str, Any], path: Path
) -> tuple[dict[str, Any], list[Fit]]:
    """Give keys the names that the schema has for them."""
    properties: Mapping[str, Any] = shape.get("properties", {})
    free = [name for name in properties if name not in value]
    if not free:
        return value, []
    names = dict[str, Any]()
    by_loose = {loose(name): name for name in free}
    by_loose |= {loose(own): name for own, name in shape.get(NAMES, {}).items() if name in free}
    unknown = [key for key in value if key not in properties]
    for key in unknown:
        name = by_loose.get(loose(key))
        if name is not None and name not in names.values():
            names[key] = name
    left = [name for name in free if name not in names.values()]
    for key in unknown if len(unknown) <= KEYS else ():
        if key not in names and (name := _similar(key, left)):
            names[key] = name
            left.remove(name)
    edits = [
        changed(None, f"key {quoted(key)} renamed", (*path, name), 1) for key, name in names.items()
    ]
    return {names.get(key, key): part for key, part in value.items()}, edits


def _similar(key: str, names: list[str]) -> str | None:
    near = [
        name
        for name in names[:KEYS]
        if min(len(key), len(name)) > 3
        and SequenceMatcher(None, loose(key)[:100], loose(name)[:100]).ratio() >= SIMILAR
    ]
    return near[0] if len(near) == 1 else None


def fit_list(coercion: "Coercion", value: Any, shape: Mapping[str, Any], path: Path) -> Fit:
    """Fit to a list: as it is, out of a wrapper or a string, or a single value as a list of one."""
    if isinstance(value, list):
        return _items(coercion, value, shape, path)
    readings: list[Fit] = []
    if isinstance(value, dict):
        readings += _lists_inside(coercion, value, shape, path)
    if isinstance(value, str):
        parsed = _from_text(coercion, value, shape, path, list)
        readings += [parsed] if parsed else []
        readings += _separated(coercion, value, shape, path)
    if value is not None:
        single = _items(coercion, [value], shape, path)
        readings.append(single.after("single value put into a list", path, 2))
    best = cheapest(readings) if readings else wrong(value, "must be a list", path)
    return (
        wrong(value, "must be a list", path)
        if best.cost >= WRONG and not isinstance(value, dict)
        else best
    )


def _items(coercion: "Coercion", value: list[Any], shape: Mapping[str, Any], path: Path) -> Fit:
    shapes = chain(shape.get("prefixItems", ()), repeat(shape.get("items", True)))
    fits = [
        coercion.fit(item, item_shape, (*path, index))
        for index, (item, item_shape) in enumerate(zip(value, shapes, strict=False))
    ]
    return joined([fit.value for fit in fits if fit.value is not CUT], fits)


def _lists_inside(
    coercion: "Coercion", value: dict[str, Any], shape: Mapping[str, Any], path: Path
) -> Iterator[Fit]:
    for key, part in value.items() if len(value) <= 3 else ():
        if isinstance(part, list):
            fit = _items(coercion, part, shape, path)
            if not fit.errors:
                yield fit.after(f"taken out of the wrapper {quoted(key)}", path, 3)


def _separated(
    coercion: "Coercion", value: str, shape: Mapping[str, Any], path: Path
) -> Iterator[Fit]:
    """Read `1, 2, 3` where numbers are wanted; a list of texts is not cut at its commas."""
    items = coercion.resolve(shape.get("items"))
    if isinstance(items, Mapping) and items.get("type") in ("integer", "number") and ", " in value:
        yield _items(coercion, value.split(", "), shape, path).after("cut at its commas", path, 3)


def _from_text(
    coercion: "Coercion", value: str, shape: Mapping[str, Any], path: Path, kind: type
) -> Fit | None:
    """Read JSON that was written into a string."""
    if not any(opener in value for opener in ("{", "[")):
        return None
    body = body_of(value)
    try:
        found = [one for one in find_candidates(body) if isinstance(one.value, kind)]
    except RepairError:
        return None
    if not found or any(one.truncated for one in found):
        return None
    fit = coercion.fit(choose(found, body.text).value, shape, path)
    return None if fit.errors else fit.after("JSON inside a string read", path, 3)
