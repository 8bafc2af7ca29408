"""Change a record before it is replayed: what if the tool had said something else?"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .answer import Answer
from .recorded_run import RecordedRun, ReplayError
from .tape import Outcome

_INPUT = "input"
_PAIR = {"type": "0", "role": "0", "content": "1"}  # places in a message that is a pair
_FORM = (
    "use input/POINTER=VALUE, CALL=VALUE or CALL/POINTER=VALUE, where CALL is a call's number, "
    "from 0, or #3 as trace show prints it"
)


@dataclass(frozen=True, slots=True)
class Edit:
    """One change of a record.

    Attributes:
        call: Number of the call whose outcome changes, or None for the run's input.
        pointer: JSON pointer (RFC 6901) to what changes in it; empty for all of it.
        value: What stands there instead.
    """

    call: int | None
    pointer: str
    value: Any

    @classmethod
    def read(cls, text: "Edit | str") -> "Edit":
        """Read an edit: `input/messages/0/content=Hi`, `3=sunny`, `3/content={"ok": true}`.

        The value is JSON where it can be read as that, and text else.

        Raises:
            ReplayError: It has no such form.

        >>> Edit.read("3=sunny")
        Edit(call=3, pointer='', value='sunny')
        """
        if isinstance(text, Edit):
            return text
        where, equals, value = text.partition("=")
        matched = re.fullmatch(rf"({_INPUT}|#?\d+)((?:/[^/]*)*)", where.strip())
        if matched is None or not equals:
            raise ReplayError(f"edit {text!r}: {_FORM}")
        which, pointer = matched.groups()
        return cls(None if which == _INPUT else int(which.lstrip("#")), pointer, _value(value))

    def at(self, whole: Any) -> Any:
        """Return a copy of a value with the change made in it.

        Raises:
            ReplayError: The pointer leads nowhere.
        """
        parts = [each.replace("~1", "/").replace("~0", "~") for each in self.pointer.split("/")[1:]]
        return _changed(whole, parts, self)


def edited(runs: Sequence[RecordedRun], edits: Sequence[Edit]) -> list[RecordedRun]:
    """Return recorded runs with the last of them changed.

    Raises:
        ReplayError: An edit names a call that the run does not have, or a place that is not there.
    """
    *before, last = runs
    for edit in edits:
        last = _edited(last, edit)
    return [*before, last]


def _edited(run: RecordedRun, edit: Edit) -> RecordedRun:
    if edit.call is None:
        return replace(run, given=edit.at(run.given))
    numbers = [answer.call.n for answer in run.answers]
    if edit.call not in numbers:
        known = f"0 to {max(numbers)}" if numbers else "none"
        raise ReplayError(f"edit of call {edit.call}: run {run.trace.id} has {known}")
    return replace(
        run,
        answers=[_said(each, edit) if each.call.n == edit.call else each for each in run.answers],
    )


def _said(answer: Answer, edit: Edit) -> Answer:
    changed = _with(answer.outcome(), edit)
    is_whole = not edit.pointer
    return replace(answer, outcome=lambda: changed, is_cut=lambda: not is_whole and answer.is_cut())


def _with(outcome: Outcome, edit: Edit) -> Outcome:
    """Change what a call came to; a text or a value in place of all of it makes it succeed."""
    kept = {name: outcome[name] for name in outcome if name in ("answered", "llm_output")}
    if "messages" in outcome or "chunks" in outcome:
        first = _whole_message(outcome)
        said = edit if edit.pointer else replace(edit, pointer="/content")
        return {**kept, "messages": [said.at(first)]}
    whole = outcome.get("value")
    if not edit.pointer and hasattr(whole, "content"):
        return {**kept, "value": replace(edit, pointer="/content").at(whole)}
    return {**kept, "value": edit.at(whole)}


def _whole_message(outcome: Outcome) -> Any:
    from langchain_core.messages import message_chunk_to_message

    from .outcome import returned_again, without_failure

    result = returned_again(without_failure(outcome))
    return message_chunk_to_message(result.generations[0].message)


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _changed(whole: Any, parts: Sequence[str], edit: Edit) -> Any:
    if not parts:
        return edit.value
    name, rest = parts[0], parts[1:]
    try:
        return _set(whole, name, lambda inner: _changed(inner, rest, edit))
    except ReplayError:  # said of the place within
        raise
    except (KeyError, IndexError, ValueError, AttributeError, TypeError) as error:
        where = f"call {edit.call}" if edit.call is not None else "the input"
        raise ReplayError(f"edit {edit.pointer!r}: {where} has nothing at {name!r}") from error


def _is_pair(whole: Any) -> bool:
    """Return whether a value is a message in its short form: a role and a text."""
    is_two = isinstance(whole, list | tuple) and len(whole) == 2
    return is_two and all(isinstance(part, str) for part in whole)


def _set(whole: Any, name: str, change: Any) -> Any:
    if isinstance(whole, Mapping):
        return {**whole, name: change(whole.get(name))}
    if _is_pair(whole) and name in _PAIR:  # a message as LangChain takes it: ("user", "Hi")
        name = _PAIR[name]
    if isinstance(whole, list | tuple):
        made = list(whole)
        made[int(name)] = change(made[int(name)])
        return type(whole)(made)
    if hasattr(whole, "model_copy"):
        return whole.model_copy(update={name: change(getattr(whole, name))})
    return replace(whole, **{name: change(getattr(whole, name))})
