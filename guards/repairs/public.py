"""`repair`, as it is called."""

from collections.abc import Mapping
from typing import Any, TypeVar, overload

from .coerce import Extra
from .front import accepted, decoded, read
from .report import Edit, Repaired
from .targets import target_of

T = TypeVar("T")
Json = Mapping[str, Any]


class Repair:
    """The type of `repair`, which is its only instance; call it, or one of its methods."""

    __slots__ = ()

    @overload
    def __call__(
        self,
        text: str | bytes,
        schema: type[T],
        *,
        allow_truncated: bool = False,
        extra: Extra = "drop",
    ) -> Repaired[T]: ...
    @overload
    def __call__(
        self,
        text: str | bytes,
        schema: Any = None,
        *,
        allow_truncated: bool = False,
        extra: Extra = "drop",
    ) -> Repaired[Any]: ...
    def __call__(
        self,
        text: str | bytes,
        schema: Any = None,
        *,
        allow_truncated: bool = False,
        extra: Extra = "drop",
    ) -> Repaired[Any]:
        """Read a model's text as a value."""
        target = None if schema is None else target_of(schema)
        plain, edits = decoded(text)
        return read(plain, target, allow_truncated=allow_truncated, extra=extra, edits=edits)


repair = Repair()
