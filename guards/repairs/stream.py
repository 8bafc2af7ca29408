"""Read a value while a model is still writing it.

Each update is what can be relied on so far: parts that the schema would refuse, and scalars that
may still grow into something else, are left out until they are complete.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .coerce import Coercion, Extra
from .extract import body_of, choose, find_candidates
from .fit import Fit, cheapest
from .front import read
from .report import FieldError, Path, Repaired
from .targets import target_of

STEP = 1 / 32
"""The text is read again when it has grown by this share: all readings of a stream together then
cost at most 33 readings of the whole, however small its chunks. Chosen: a step of a tweet's
length in an answer of a page."""


@dataclass(frozen=True, slots=True)
class Update:
    """What is known of a value so far.

    Attributes:
        value: Plain JSON. Every part fits its part of the schema; required parts may be missing.
        repaired: The whole value, with the last update only.
    """

    value: Any
    repaired: Repaired[Any] | None = None


class RepairStream:
    """The reading of one stream, fed by hand; `repair.stream` feeds it from an iterable.

    Args:
        schema: What to fit the value to, as for `repair`; None for plain JSON.
        allow_truncated: Let the stream end inside the value.
        extra: What to do with keys that the schema forbids.
    """

    def __init__(
        self, schema: Any = None, *, allow_truncated: bool = False, extra: Extra = "drop"
    ) -> None:
        self._target = None if schema is None else target_of(schema)
        self._extra = extra
        self._allow_truncated = allow_truncated
        self._chunks: list[str] = []
        self._length = 0
        self._read_at = 0
        self._last: Any = None

    def feed(self, chunk: str) -> Update | None:
        """Take the next piece of text; return an update if the value has changed.

        Raises:
            RepairError: The value is nested too deep.
        """
        self._chunks.append(chunk)
        self._length += len(chunk)
        if self._length - self._read_at < self._read_at * STEP:
            return None
        self._read_at = self._length
        value = self._so_far(self._text())
        if value is None or value == self._last:
            return None
        self._last = value
        return Update(value)

    def close(self) -> Update:
        """Return the last update, which holds the whole value.

        Raises:
            RepairError: As `repair` raises it.
        """
        repaired = read(
            self._text(),
            self._target,
            allow_truncated=self._allow_truncated,
            extra=self._extra,
        )
        return Update(repaired.value, repaired)

    def _text(self) -> str:
        self._chunks = ["".join(self._chunks)]
        return self._chunks[0]

    def _so_far(self, text: str) -> Any:
        body = body_of(text)
        found = [
            one
            for one in find_candidates(body, marks_open=True)
            if isinstance(one.value, dict | list) and one.value
        ]
        if not found:
            return None
        if self._target is None:
            return _plain(choose(found, body.text).value)
        shape, extra = self._target.shape, self._extra
        fits = [Coercion(shape, extra=extra, partial=True).fit(one.value, shape) for one in found]
        return _fitting(cheapest(fits))


def _fitting(fit: Fit) -> Any:
    """Leave out what does not fit."""
    value = _plain(fit.value)
    for error in sorted(fit.errors, key=_depth, reverse=True):
        value = _without(value, error.path)
    return value


def _depth(error: FieldError) -> tuple[int, str]:
    return len(error.path), "/".join(f"{part:>9}" for part in error.path)


def _without(value: Any, path: Path) -> Any:
    if not path:
        return None
    head, rest = path[0], path[1:]
    if isinstance(value, dict) and head in value:
        part = _without(value[head], rest) if rest else None
        others = {key: one for key, one in value.items() if key != head}
        return others if part is None else {**value, head: part}
    if isinstance(value, list) and isinstance(head, int) and head < len(value):
        part = _without(value[head], rest) if rest else None
        return [*value[:head], *([] if part is None else [part]), *value[head + 1 :]]
    return value


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return str(value) if isinstance(value, str) else value
