"""What a repair says: the value with its edits, or an error that says which part is wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeAlias

from typing_extensions import TypeVar

from ..errors import HoldfastError

T = TypeVar("T", default=Any)

Path: TypeAlias = tuple[str | int, ...]
"""Where in a value: keys and list positions, outermost first. `()` is the whole value."""

Layer = Literal["text", "syntax", "schema"]
"""Which layer changed something: what surrounds the value, how it is written, what it holds."""

Why = Literal[
    "empty", "no_value", "truncated", "off_schema", "too_deep", "too_long", "refused", "filtered"
]  # fmt: skip

SHOWN = 80
"""Characters of the caller's text that a message quotes at most. Chosen: one line of a terminal."""


def quoted(given: object) -> str:
    """Return a short, one-line quotation of something the model wrote, as data."""
    text = repr(given[: SHOWN + 1] if isinstance(given, str) else given)
    return text if len(text) <= SHOWN else text[: SHOWN - 3] + "..."


def pointer(path: Path) -> str:
    """Return a path as a JSON pointer (RFC 6901); the whole value is the empty string.

    >>> pointer(("flights", 0, "price"))
    '/flights/0/price'
    """
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


@dataclass(frozen=True, slots=True)
class Edit:
    """One thing that was changed.

    Attributes:
        layer: The layer that changed it.
        what: What was changed, in one line.
        at: Offset in the text, in characters from its beginning; None for edits of the schema
            layer, which works on values.
        path: Where in the value, for edits of the schema layer.
    """

    layer: Layer
    what: str
    at: int | None = None
    path: Path = ()

    def __str__(self) -> str:
        where = f"at {self.at}" if self.at is not None else pointer(self.path) or "the value"
        return f"{where}: {self.what}"


@dataclass(frozen=True, slots=True)
class FieldError:
    """One part of a value that does not fit the schema.

    Attributes:
        path: Where in the value the part is, or should be when it is missing.
        message: What is wrong, in one sentence.
        given: The part itself, plain JSON; None when it is missing.
        is_missing: Whether the part is not there at all.
    """

    path: Path
    message: str
    given: Any = None
    is_missing: bool = False

    @property
    def pointer(self) -> str:
        """The path as a JSON pointer."""
        return pointer(self.path)

    def __str__(self) -> str:
        given = "" if self.is_missing else f" (given: {quoted(self.given)})"
        return f"{self.pointer or 'the value'}: {self.message}{given}"


@dataclass(frozen=True, slots=True)
class Repaired(Generic[T]):
    """A value that could be read, and what had to be changed to read it.

    Attributes:
        value: Plain JSON without a schema or with a JSON Schema; else what the schema makes of it.
        edits: What was changed, in the order in which it was done; empty for valid input.
        truncated: Whether the text ends inside the value. True only where allowed.
    """

    value: T
    edits: tuple[Edit, ...] = ()
    truncated: bool = False


@dataclass(eq=False)
class RepairError(HoldfastError, ValueError):
    """A text holds no value that can be handed on.

    Attributes:
        why: The reason in one word. `off_schema`: a whole value, but of another shape.
        reason: The reason in one sentence; quotations of the text in it are data.
        at: Offset in the text, in characters, where the trouble is, when there is such a place.
        errors: What is wrong, part by part; empty when there is no value.
        nearest: The nearest reading, plain JSON: syntax repaired and coerced as far as it went.
            None when `why` is `empty` or `no_value`.
        truncated: Whether the text ends inside the value.
        edits: What was changed on the way to `nearest`.
    """

    why: Why
    reason: str
    at: int | None = None
    errors: tuple[FieldError, ...] = ()
    nearest: Any = None
    truncated: bool = False
    edits: tuple[Edit, ...] = field(default=(), repr=False)

    def __str__(self) -> str:
        return "\n".join([self.reason, *(f"- {error}" for error in self.errors)])

    @property
    def wrong(self) -> tuple[str, ...]:
        """JSON pointers of the wrong parts, so that a re-ask can ask for these alone."""
        return tuple(dict.fromkeys(error.pointer for error in self.errors))


def patched(value: Any, patch: Mapping[str, Any]) -> Any:
    """Return a copy of a plain JSON value with some parts replaced or added.

    Args:
        value: Plain JSON, for example `RepairError.nearest`; it is not changed.
        patch: New parts by JSON pointer. "" replaces the whole; a last part `-`, or a position one
            past the end, appends to a list.

    Raises:
        ValueError: A pointer leads nowhere: its parent is not in the value.

    >>> patched({"a": 1, "b": [1]}, {"/a": 2, "/b/-": 3})
    {'a': 2, 'b': [1, 3]}
    """
    for where, new in patch.items():
        parts = [part.replace("~1", "/").replace("~0", "~") for part in where.split("/")[1:]]
        value = _replaced(value, parts, new, where)
    return value


def _replaced(value: Any, parts: Sequence[str], new: Any, where: str) -> Any:
    if not parts:
        return new
    head, rest = parts[0], parts[1:]
    if isinstance(value, dict) and (head in value or not rest):
        return {**value, head: _replaced(value.get(head), rest, new, where)}
    if isinstance(value, list):
        index = len(value) if head == "-" else int(head) if head.isdecimal() else -1
        if 0 <= index < len(value):
            return [*value[:index], _replaced(value[index], rest, new, where), *value[index + 1 :]]
        if index == len(value) and not rest:
            return [*value, new]
    raise ValueError(f"patch {where!r}: there is no {head!r} here; use a pointer into the value")
