"""What a schema is: a shape to coerce to, and a validator that has the last word.

Every kind of schema is seen as a JSON Schema by the coercion, so there is one set of rules. What
is handed on was accepted by the schema itself: Pydantic for models, typed dicts, dataclasses and
annotations, jsonschema for JSON Schemas.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Protocol

from ..errors import GuardConfigError
from .report import FieldError, Path

NAMES = "x-holdfast-names"
"""Key in our JSON Schemas under which Python's names of enum members or fields are kept."""


class Target(Protocol):
    """A schema, as the repair needs it."""

    @property
    def shape(self) -> Mapping[str, Any]:
        """The schema as a JSON Schema."""

    def accept(self, value: Any, *, strictly_named: bool = False) -> Any:
        """Return what the schema makes of a plain JSON value.

        Args:
            value: Plain JSON.
            strictly_named: Refuse keys that the schema does not know, even where it ignores them.

        Raises:
            Refused: The value does not fit.
        """


class Refused(Exception):  # noqa: N818  (a finding, turned into a RepairError where it is known why)
    """A schema did not accept a value.

    Attributes:
        errors: What does not fit, part by part.
    """

    def __init__(self, errors: tuple[FieldError, ...]) -> None:
        super().__init__(errors)
        self.errors = errors


def target_of(schema: Any) -> Target:
    """Return a schema as a target.

    Args:
        schema: A Pydantic model, typed dict, dataclass, any annotation, or a JSON Schema.

    Raises:
        GuardConfigError: Nothing can be validated against it.
    """
    if isinstance(schema, Mapping):
        return JsonSchemaTarget(schema)
    try:
        return _typed(schema)
    except TypeError:
        return TypedTarget(schema)


@lru_cache(maxsize=256)
def _typed(schema: Any) -> "TypedTarget":
    return TypedTarget(schema)


class TypedTarget:
    """A Python type."""

    def __init__(self, schema: Any) -> None:
        # Pydantic takes 80 ms to import: only who gives a type pays for it.
        from pydantic import TypeAdapter
        from pydantic.errors import PydanticUserError

        try:
            self._adapter = TypeAdapter(schema)
        except PydanticUserError as error:
            raise GuardConfigError(
                f"schema {schema!r}: use a Pydantic model, a typed dict, a dataclass, an "
                f"annotation or a JSON Schema ({error.message})"
            ) from error

    @cached_property
    def shape(self) -> Mapping[str, Any]:
        """The type as a JSON Schema; made when it is first needed."""
        from .shapes import shape_of

        return shape_of(self._adapter)

    def accept(self, value: Any, *, strictly_named: bool = False) -> Any:
        """Return the instance."""
        from pydantic import ValidationError

        try:
            return self._adapter.validate_python(value, extra="forbid" if strictly_named else None)
        except ValidationError as error:
            details = error.errors(include_url=False, include_context=False)
            raise Refused(
                tuple(
                    FieldError(
                        _within(value, tuple(detail["loc"])),
                        detail["msg"],
                        None if detail["type"] == "missing" else _plain(detail["input"]),
                        is_missing=detail["type"] == "missing",
                    )
                    for detail in details
                )
            ) from error


@dataclass(frozen=True)
class JsonSchemaTarget:
    """A JSON Schema of any draft that jsonschema knows; 2020-12 where it names none."""

    shape: Mapping[str, Any]

    def accept(self, value: Any, *, strictly_named: bool = False) -> Any:
        """Return the value as it is."""
        # jsonschema takes 150 ms to import: only who gives a JSON Schema pays for it.
        from jsonschema import Draft202012Validator
        from jsonschema.exceptions import SchemaError, UnknownType
        from jsonschema.validators import validator_for
        from referencing.exceptions import Unresolvable

        validator = validator_for(self.shape, default=Draft202012Validator)(self.shape)
        try:
            found = [
                FieldError(tuple(error.absolute_path), error.message, error.instance)
                for error in validator.iter_errors(value)
            ]
        except (UnknownType, SchemaError, Unresolvable, TypeError) as error:
            raise GuardConfigError(f"schema: this is not a JSON Schema ({error})") from error
        if found:
            raise Refused(tuple(found))
        return value


class AnyObject:
    """The target of arguments whose tool has no schema: any object."""

    shape: Mapping[str, Any] = {"type": "object"}

    def accept(self, value: Any, *, strictly_named: bool = False) -> Any:
        """Return an object as it is."""
        if not isinstance(value, dict):
            raise Refused((FieldError((), "must be an object", value),))
        return value


def _within(value: Any, loc: Path) -> Path:
    """Drop what Pydantic puts in a location to tell a union's branches apart."""
    path: list[str | int] = []
    for position, part in enumerate(loc):
        is_key = isinstance(value, dict) and part in value
        is_index = isinstance(value, list) and isinstance(part, int) and part < len(value)
        if is_key or is_index:
            value = value[part]
        elif position < len(loc) - 1 or not isinstance(value, dict):
            continue
        path.append(part)
    return tuple(path)


def _plain(given: Any) -> Any:
    return given if isinstance(given, str | int | float | bool | list | dict) else None
