"""From the text of a model to a value, or to an error that says why there is none."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from .coerce import Coercion, Extra
from .extract import Body, Candidate, body_of, choose, find_candidates
from .fit import Fit
from .report import Edit, Repaired, RepairError, quoted
from .strict import DECODER, is_open_prefix
from .targets import Refused, Target

MAX_CHARS = 20_000_000
"""Longest text looked at, in characters. Chosen: double of what must be read in linear time."""


def decoded(text: str | bytes | bytearray) -> tuple[str, tuple[Edit, ...]]:
    """Return bytes as text, in the encoding that JSON's rules find; what is no text as U+FFFD."""
    if isinstance(text, str):
        return text, ()
    encoding = json.detect_encoding(text)
    try:
        return text.decode(encoding), ()
    except UnicodeDecodeError as error:
        edit = Edit("text", f"bytes that are not {encoding} replaced by U+FFFD", error.start)
        return text.decode(encoding, "replace"), (edit,)


def read(
    text: str,
    target: Target | None,
    *,
    allow_truncated: bool,
    extra: Extra,
    edits: tuple[Edit, ...] = (),
) -> Repaired[Any]:
    """Read a text; the body of `repair`, which see for the arguments."""
    if len(text) > MAX_CHARS:
        reason = f"the text has {len(text)} characters, {MAX_CHARS} are read; ask for less"
        raise RepairError("too_long", reason)
    try:
        value = DECODER.decode(text)
    except (ValueError, RecursionError):
        return _Reading(text, target, allow_truncated, extra, edits).whole()
    return accepted(value, target, extra=extra, edits=edits, text=text)


def accepted(
    value: Any,
    target: Target | None,
    *,
    extra: Extra,
    edits: tuple[Edit, ...] = (),
    text: str | None = None,
) -> Repaired[Any]:
    """Fit a plain JSON value to a target.

    Raises:
        RepairError: It does not fit.
    """
    if target is None:
        return Repaired(value, edits)
    try:
        return Repaired(target.accept(value, strictly_named=True), edits)
    except Refused:
        pass
    except RecursionError as error:
        raise _too_deep() from error
    fit = _fit(value, target, extra)
    if text is not None and fit.errors and (lone := _as_text(text, target, extra)):
        fit = lone
    return _validated(fit, target, edits, truncated=False)


def _too_deep() -> RepairError:
    return RepairError(
        "too_deep", "the value is nested too deep to be checked; ask for a flatter one"
    )


def _fit(value: Any, target: Target, extra: Extra) -> Fit:
    try:
        return Coercion(target.shape, extra=extra).fit(value, target.shape)
    except RecursionError as error:
        raise _too_deep() from error


def _as_text(text: str, target: Target, extra: Extra) -> Fit | None:
    """Read the whole text as the scalar that the schema wants."""
    if len(text) > 100_000 and not _is_string(target.shape):
        return None
    fit = _fit(text.strip() if not _is_string(target.shape) else text, target, extra)
    return None if fit.errors else fit.after("the whole text read as the value", (), 5)


def _is_string(shape: Mapping[str, Any]) -> bool:
    return shape.get("type") == "string" and "enum" not in shape and "const" not in shape


def _validated(
    fit: Fit, target: Target, edits: tuple[Edit, ...], *, truncated: bool
) -> Repaired[Any]:
    edits = edits + fit.edits
    errors = fit.errors
    if not errors:
        try:
            return Repaired(target.accept(fit.value), edits, truncated)
        except Refused as refused:
            errors = refused.errors
        except RecursionError as error:
            raise _too_deep() from error
    raise RepairError(
        "truncated" if truncated else "off_schema",
        _counted(len(errors), truncated=truncated),
        errors=errors,
        nearest=fit.value,
        truncated=truncated,
        edits=edits,
    )


def _counted(errors: int, *, truncated: bool) -> str:
    cut = "the text ends inside the value, and " if truncated else ""
    parts = "1 part" if errors == 1 else f"{errors} parts"
    return f"{cut}{parts} of the value do not fit the schema; correct these parts"


class _Reading:
    """The reading of a text that is not JSON."""

    def __init__(
        self,
        text: str,
        target: Target | None,
        allow_truncated: bool,
        extra: Extra,
        edits: tuple[Edit, ...],
    ) -> None:
        self.text, self.target, self.extra = text, target, extra
        self.allow_truncated = allow_truncated
        self.edits = edits

    def whole(self) -> Repaired[Any]:
        body = body_of(self.text)
        self.edits += body.edits
        found = find_candidates(body)
        if self.target is None:
            return self._plain(body, found)
        fit, candidate = self._best(self.target, found)
        if candidate is None or (candidate.is_text and fit.errors):
            raise self._nothing(body)
        truncated = self._is_truncated(body, candidate)
        edits = self.edits + self._lead(body, candidate) + candidate.edits
        if truncated and not self.allow_truncated:
            raise self._cut(body, fit, edits)
        return _validated(fit, self.target, edits, truncated=truncated)

    def _plain(self, body: Body, found: Sequence[Candidate]) -> Repaired[Any]:
        if not found:
            raise self._nothing(body)
        one = choose(found, body.text)
        truncated = self._is_truncated(body, one)
        edits = self.edits + self._lead(body, one) + one.edits
        if truncated and not self.allow_truncated:
            raise self._cut(body, Fit(one.value), edits)
        return Repaired(one.value, edits or (_SPACES,), truncated)

    def _best(self, target: Target, found: Sequence[Candidate]) -> tuple[Fit, Candidate | None]:
        """Return the candidate that fits best, the first among equals; then all, as a list."""
        best, kept = Fit(None, cost=10**9), None
        several = [choose(found, "")] if len(found) > 1 else []
        for one in [*found, *several]:
            fit = _fit(one.value, target, self.extra)
            if fit.cost < best.cost:
                best, kept = fit, one
        if best.errors or kept is None or _is_string(target.shape):
            text = _as_text(self.text, target, self.extra)
            if text is not None:
                return text, Candidate(text.value, 0, len(self.text))
        return best, kept

    def _is_truncated(self, body: Body, candidate: Candidate) -> bool:
        return candidate.truncated or is_open_prefix(body.text, body.start)

    def _lead(self, body: Body, candidate: Candidate) -> tuple[Edit, ...]:
        edits = []
        if body.text[body.start : candidate.start].strip():
            edits.append(Edit("text", "text before the value left out", body.start))
        if body.text[candidate.end :].strip(" \t\r\n,;`"):
            edits.append(Edit("text", "text after the value left out", candidate.end))
        return tuple(edits)

    def _nothing(self, body: Body) -> RepairError:
        if not self.text.strip():
            return RepairError("empty", "the text is empty; ask again")
        rest = body.text[body.start :].strip()
        if not rest:
            return RepairError("no_value", "the text is thinking only; ask for the answer", at=0)
        wanted = "a value that fits the schema" if self.target else "a JSON value"
        return RepairError(
            "no_value", f"{wanted} is not in {quoted(rest)}; ask for JSON", at=body.start
        )

    def _cut(self, body: Body, fit: Fit, edits: tuple[Edit, ...]) -> RepairError:
        at = len(body.text.rstrip())
        reason = f"the text ends inside the value, after {quoted(body.text[max(0, at - 40) : at])}"
        return RepairError(
            "truncated",
            f"{reason}; let the model go on, or pass allow_truncated=True",
            at=at,
            errors=fit.errors,
            nearest=fit.value,
            truncated=True,
            edits=edits + fit.edits,
        )


_SPACES = Edit("syntax", "characters that JSON does not allow read as white space", 0)
