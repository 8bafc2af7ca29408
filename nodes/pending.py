"""What a model is asked for again: the whole result, its wrong parts, or the rest of it."""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from typing_extensions import TypedDict

from ..guards.repairs import RepairError
from ..guards.repairs.targets import Refused, target_of
from . import told
from .re_asking import MARK, faults_of, go_on, patch_request, whole_request, words_request
from .result import adapter_of, as_json

Kind = Literal["truncated", "filtered", "refused", "empty", "unreadable_calls", "off_schema"]
"""Why a reply cannot be taken."""
Mode = Literal["whole", "patch", "continue"]
"""What is asked for next: the whole result, its wrong parts, the rest of it."""

_PART = 60  # characters that asking for one part costs beyond the part itself
_SAYS: Mapping[Kind, str] = {
    "truncated": "Your reply was cut off before there was a result. Keep it shorter.",
    "filtered": "Your reply was stopped by a content filter.",
    "refused": "Your reply refuses. Do the part of the task that you can do.",
    "empty": "Your reply was empty.",
    "unreadable_calls": "The arguments of your call cannot be read.",
    "off_schema": "Your result cannot be used.",
}


class Pending(TypedDict):
    """What is asked for again. Plain data, in state.

    Attributes:
        kind: Why.
        reason: Why, for a person.
        mode: What is asked for.
        asked: How often it was asked for already, this time included.
        note: What the model is told, or empty when it is to go on.
        text: What there is so far, when it is to go on.
        nearest: The nearest reading as JSON text, when parts of it are asked for.
        wrong: JSON pointers of those parts.
    """

    kind: Kind
    reason: str
    mode: Mode
    asked: int
    note: str
    text: str
    nearest: str
    wrong: list[str]


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a reply cannot be taken.

    Attributes:
        kind: In one word.
        error: In detail.
        is_final: Whether asking again is of no use.
    """

    kind: Kind
    error: RepairError
    is_final: bool = False

    @property
    def reason(self) -> str:
        """The reason for a person: short, on one line."""
        return "; ".join(faults_of(self.error))


@dataclass(frozen=True)
class Wanted:
    """What a result is to be, and how a model is asked for it once more.

    Attributes:
        schema: As for `repair`; None or `str`: words.
        tells_schema: Whether a request for the whole shows the schema; False where the
            conversation has it.
        empty: What a model is told of an empty reply.

    Raises:
        GuardConfigError: The schema is none.
    """

    schema: Any
    tells_schema: bool = True
    empty: str = "Your reply was empty."

    def __post_init__(self) -> None:
        if not self.is_words:
            with suppress(Refused):
                target_of(self.schema).accept(None)  # refuses a schema that is none

    @property
    def is_words(self) -> bool:
        """Whether the result is text, and no value in it."""
        return self.schema is None or self.schema is str

    @cached_property
    def shape(self) -> Mapping[str, Any]:
        """The schema as a JSON schema."""
        if isinstance(self.schema, Mapping):
            return self.schema
        return {"type": "string"} if self.is_words else adapter_of(self.schema).json_schema()

    def plain(self, value: Any) -> Any:
        """Return a value as plain JSON."""
        if self.is_words or isinstance(self.schema, Mapping):
            return value
        return as_json(adapter_of(self.schema), value)

    def next(self, pending: Pending | None, fault: Fault, text: str, asked: int = 0) -> Pending:
        """Return what to ask for after a fault."""
        asked = asked or (pending["asked"] if pending else 0) + 1
        is_open = fault.kind == "truncated" and bool(text.strip())
        if pending and pending["mode"] == "patch":
            if fault.error.nearest is None or fault.error.truncated:
                return {**pending, "asked": asked}  # no patch at all: the same parts again
            is_open = False
        if is_open:
            return _pending(fault, "continue", asked, text=text)
        if self._is_patch(fault.error):
            note, nearest = patch_request(fault.error, self.shape), json.dumps(fault.error.nearest)
            wrong = list(fault.error.wrong)
            return _pending(fault, "patch", asked, note=note, nearest=nearest, wrong=wrong)
        return _pending(fault, "whole", asked, note=self._request(fault))

    def _request(self, fault: Fault) -> str:
        why = self.empty if fault.kind == "empty" else _SAYS[fault.kind]
        if self.is_words:
            return words_request(why)
        faults = faults_of(fault.error) if fault.kind in ("off_schema", "unreadable_calls") else []
        return whole_request(why, faults, self.shape if self.tells_schema else None)

    def _is_patch(self, error: RepairError) -> bool:
        """Return whether the wrong parts are smaller than the whole."""
        if error.why != "off_schema" or not error.wrong or "" in error.wrong:
            return False
        parts = sum(_PART + (0 if one.is_missing else _size(one.given)) for one in error.errors)
        return parts < _size(error.nearest)


def notes(pending: Pending | None, *, is_json: bool = True) -> list[Any]:
    """Return the messages that ask for what is pending; they stand at the end of a prompt."""
    if pending is None:
        return []
    if pending["mode"] == "continue":
        return go_on(pending["text"], is_json=is_json)
    return [told.note(pending["note"], MARK)]


def _pending(
    fault: Fault,
    mode: Mode,
    asked: int,
    *,
    note: str = "",
    text: str = "",
    nearest: str = "",
    wrong: Sequence[str] = (),
) -> Pending:
    return Pending(
        kind=fault.kind, reason=fault.reason, mode=mode, asked=asked, note=note, text=text,
        nearest=nearest, wrong=list(wrong),
    )  # fmt: skip


def _size(value: Any) -> int:
    return len(json.dumps(value, ensure_ascii=False, default=str))
