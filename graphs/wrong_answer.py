"""Why an answer does not fit its question, on one line for a person."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from ..guards.digest import preview
from ..guards.errors import WrongAnswerError
from ..guards.escalation import is_escalation
from ..nodes.human_answer import HumanAnswer
from .question import Question

_FAULTS = 5
_SHOWN = 300  # characters of each fault
_GIVEN = 60  # of a word that was given


def wrong_answer(error: BaseException, chosen: Sequence[Question]) -> BaseException:
    """Return what is to be raised for an answer that did not fit; other errors as they are."""
    if not isinstance(error, ValidationError):
        return error
    options = [word for one in chosen if is_escalation(one.value) for word in one.value["options"]]
    faults = error.errors(include_url=False)
    lines = dict.fromkeys(_line(fault, options) for fault in faults[:_FAULTS])
    wrong = WrongAnswerError("; ".join(lines), tuple(one.id for one in chosen))
    wrong.__cause__ = error
    return wrong


def _line(fault: Mapping[str, Any], options: Sequence[str]) -> str:
    place, kind, given = fault["loc"], fault["type"], fault["input"]
    if kind == "literal_error" and options and place and place[-1] in ("decision", "type"):
        allowed = f"is no choice here; use one of {', '.join(options)}"
        return f"{_word(given)} {allowed}{_nearest(given, options)}"
    if kind == "extra_forbidden" and options:
        near = _nearest(place[-1], list(HumanAnswer.model_fields))
        return f"{_word(place[-1])} is no part of an answer{near}"
    if kind == "model_type" and options:
        return (
            f"an answer is a text, a decision ({', '.join(options)}), or a mapping with "
            f"'decision'; this is of type {type(_given(given)).__name__}"
        )
    said = preview(str(fault["msg"]).removeprefix("Value error, "), _SHOWN)
    where = ".".join(map(str, place))
    text = _given(given)
    near = _nearest(text, options) if "no choice here" in said else ""
    asked = f"{_word(text)}: " if near and isinstance(text, str) else ""
    return f"{f'{preview(where, _GIVEN)}: ' if where else ''}{asked}{said}{near}"


def _given(value: Any) -> Any:
    """Return what a person gave, out of the form in which the node takes it."""
    return value["given"] if isinstance(value, Mapping) and "given" in value else value


def _word(given: Any) -> str:
    return repr(preview(str(given), _GIVEN))


def _nearest(given: Any, options: Sequence[str]) -> str:
    near = get_close_matches(given.strip().lower(), options, 1) if isinstance(given, str) else []
    return f"; did you mean {near[0]!r}?" if near else ""
