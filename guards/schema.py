"""Check a call's arguments against a tool's JSON schema, and say what to do instead."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from .digest import canonical, preview
from .facts import ToolSpec

_SHOWN = 40  # characters of a value that a message quotes
_FAULTS = 5  # faults named in one message; a model mends a few at a time
_LIKENESS = 0.6  # difflib's own default


def nearest(name: str, known: Iterable[str], most: int = 3) -> list[str]:
    """Return the known names most like a name, best first; case and separators do not count.

    >>> nearest("searchFlights", ["book_flight", "search_flights"])
    ['search_flights']
    """
    plain = {_plain(one): one for one in known}
    close = get_close_matches(_plain(name), list(plain), n=most, cutoff=_LIKENESS)
    return [plain[one] for one in close]


def _plain(name: str) -> str:
    return "".join(c for c in name.lower() if c.isalnum())


def faults_of(spec: ToolSpec, arguments: Any) -> list[str]:
    """Return what is wrong with a call's arguments, a clause each; none when they fit.

    Arguments that the schema does not name are faults unless it allows them in so many words:
    tools drop them in silence, and the model would never learn.

    Cost: 20 to 100 microseconds for a schema of a few fields.
    """
    if not isinstance(arguments, Mapping):
        return [f"the arguments must be a JSON object, not {_kind(arguments)}"]
    if not spec.parameters:
        return []
    faults = _extra(spec, arguments)
    for error in spec.validator.iter_errors(dict(arguments)):
        if error.validator == "additionalProperties" and not error.absolute_path:
            continue  # said above, with the nearest names
        faults.append(_clause(error))
    return list(dict.fromkeys(faults))[:_FAULTS]  # what is missing is said once for all


def _extra(spec: ToolSpec, arguments: Mapping[str, Any]) -> list[str]:
    known = spec.parameters.get("properties")
    if known is None or spec.parameters.get("additionalProperties"):
        return []
    if spec.parameters.get("patternProperties"):
        return []
    return [_unknown(name, known) for name in arguments if name not in known]


def _unknown(name: str, known: Mapping[str, Any]) -> str:
    close = nearest(str(name), known, 1)
    advice = f"did you mean {close[0]!r}" if close else f"it takes {', '.join(known) or 'none'}"
    return f"there is no argument {preview(str(name), _SHOWN)!r} ({advice})"


def _clause(error: Any) -> str:
    place = _path(error.absolute_path)
    schema = error.schema if isinstance(error.schema, Mapping) else {}
    given = preview(canonical(error.instance), _SHOWN)
    if error.validator == "required":
        missing = [name for name in error.validator_value if name not in error.instance]
        where = f" in {place}" if place else ""
        are = "is" if len(missing) == 1 else "are"
        return f"{', '.join(map(repr, missing))} {are} missing{where}"
    if error.validator == "enum":
        allowed = ", ".join(canonical(one) for one in list(error.validator_value)[:12])
        return f"{place!r} is {given!r}, and must be one of {allowed}"
    if error.validator == "type":
        return (
            f"{place!r} must be {_named(schema.get('type'))}, not {_kind(error.instance)} ({given})"
        )
    rule = f"{error.validator} {preview(canonical(error.validator_value), _SHOWN)}"
    return f"{place or 'the arguments'!r} is {given!r}, against the rule {rule}"


def _path(parts: Iterable[Any]) -> str:
    text = ""
    for part in parts:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def _named(kinds: Any) -> str:
    return " or ".join(kinds) if isinstance(kinds, list) else str(kinds)


_KINDS: tuple[tuple[type, str], ...] = (
    (bool, "a boolean"),
    (str, "a string"),
    (int, "a number"),
    (float, "a number"),
    (list, "an array"),
    (Mapping, "an object"),
)


def _kind(value: Any) -> str:
    for cls, name in _KINDS:
        if isinstance(value, cls):
            return name
    return "null" if value is None else type(value).__name__


def signature(spec: ToolSpec) -> str:
    """Return a tool's arguments in one line, optional ones with a question mark.

    >>> signature(ToolSpec("book", parameters={"properties": {"id": {"type": "string"},
    ...     "seat": {"type": "string"}}, "required": ["id"]}))
    'book(id: string, seat?: string)'
    """
    required = set(spec.parameters.get("required", ()))
    parts = [
        f"{name}{'' if name in required else '?'}: {_type(schema)}"
        for name, schema in (spec.parameters.get("properties") or {}).items()
    ]
    return f"{spec.name}({', '.join(parts)})"


def _type(schema: Any) -> str:
    if not isinstance(schema, Mapping):
        return "any"
    if "enum" in schema:
        return "|".join(canonical(one) for one in schema["enum"][:8])
    if options := schema.get("anyOf") or schema.get("oneOf"):
        return "|".join(dict.fromkeys(_type(option) for option in options))
    if schema.get("type") == "array":
        return f"[{_type(schema.get('items', {}))}]"
    return _named(schema.get("type", "any"))
