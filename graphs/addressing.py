"""Which of several open questions an answer is for, and what it decides about the others."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from ..guards.errors import QuestionError
from ..guards.escalation import is_escalation
from ..guards.ledger import Call
from ..nodes.human_answer import HumanAnswer, Settling
from .question import Question
from .wrong_answer import wrong_answer

_ENDS = ("abort", "take_over")
_LEAVES = (*_ENDS, "reject")
_ID = 32  # characters of an interrupt's id, hexadecimal


def as_plain(answer: Any) -> Any:
    """Return an answer as plain data, whatever it was given as."""
    if isinstance(answer, BaseModel):
        return answer.model_dump(mode="json", exclude_unset=True)
    return answer


def settled(one: Question, answer: Any, now: float) -> HumanAnswer:
    """Return what an answer to a question of Holdfast's decides, as far as the question shows it.

    Args:
        one: The question.
        answer: The answer, in any form.
        now: Unix time in seconds.

    Raises:
        pydantic.ValidationError: It does not fit.
    """
    actions = one.value["actions"]
    calls = [Call(action["call_id"], action["name"], action["args"]) for action in actions]
    schema = Settling(one.value, lambda: now, calls).schema
    found: HumanAnswer = TypeAdapter(schema).validate_python({"given": as_plain(answer), "at": now})
    return found


def check_all(answers: Mapping[str, Any], found: Iterable[Question], now: float) -> None:
    """Refuse several answers, before any of them is taken, where one does not fit.

    Raises:
        WrongAnswerError: It says why.
    """
    for one in found:
        if one.id in answers and is_escalation(one.value):
            try:
                settled(one, answers[one.id], now)
            except ValidationError as error:
                raise wrong_answer(error, [one]) from error


def check_there(saved: Any) -> None:
    """Refuse to go on with a thread that holds nothing.

    Raises:
        QuestionError: Nothing has run in it.
    """
    if saved is None:
        raise QuestionError(
            "nothing has run in this thread, so there is nothing to go on with: begin it with "
            "app.invoke(input, config), or look whether thread_id and checkpointer are those that "
            "the run had",
            None,
            (),
        )


def shared_out(answer: Any, waiting: Sequence[Question]) -> dict[str, Any]:
    """Return LangChain's answer to a whole turn, `{"decisions": [...]}`, by question.

    The decisions are in the order of the calls, which is that of the questions. Where there is
    not one for each action of the open questions, nothing is returned.
    """
    plain = as_plain(answer)
    decisions = plain.get("decisions") if isinstance(plain, Mapping) else None
    counts = [len(one.value["actions"]) if is_escalation(one.value) else 0 for one in waiting]
    is_of_turn = len(waiting) > 1 and all(one.place_in_turn is not None for one in waiting)
    if not isinstance(decisions, list) or not is_of_turn or sum(counts) != len(decisions):
        return {}
    left = iter(decisions)
    return {
        one.id: {**plain, "decisions": [next(left) for _ in range(count)]}
        for one, count in zip(waiting, counts, strict=True)
    }


def closed_with(
    answers: Mapping[str, Any], waiting: Sequence[Question], now: float
) -> dict[str, Any]:
    """Return the answers that close the other questions of a run which a person ends.

    Raises:
        QuestionError: One answer ends the run, and another lets a part of it go on.
    """
    decided = {one.id: _decision(one, answers[one.id], now) for one in waiting if one.id in answers}
    ending = next((name for name, said in decided.items() if said["decision"] in _ENDS), None)
    if ending is None:
        return {}
    said = decided[ending]
    others = [name for name, one in decided.items() if one["decision"] not in ("", *_LEAVES)]
    if others:
        raise QuestionError(
            f"{said['decision']!r} for question {ending} ends the run, so question {others[0]} "
            f"cannot be answered with {decided[others[0]]['decision']!r}: leave it out, or end "
            "nothing",
            others[0],
            tuple(one.id for one in waiting),
        )
    rest = [one for one in waiting if one.id not in answers and is_escalation(one.value)]
    return {
        one.id: said if said["decision"] in one.value["options"] else {"decision": way}
        for one in rest
        if (way := next((way for way in _LEAVES if way in one.value["options"]), None))
    }


def _decision(one: Question, answer: Any, now: float) -> dict[str, str]:
    """Return what an answer decides; nothing where it does not fit, or is no question of ours."""
    if not is_escalation(one.value):
        return {"decision": ""}
    try:
        said = settled(one, answer, now)
    except ValidationError:
        return {"decision": ""}
    goes_on = said.then == "continue" and said.decision == "take_over"
    return {"decision": "continue" if goes_on else said.decision, "message": said.message}


def seem_ids(answer: Any) -> bool:
    """Return whether an answer is a mapping whose keys look like ids of questions."""
    if not isinstance(answer, Mapping) or not answer:
        return False
    return all(isinstance(key, str) and len(key) == _ID and _is_hex(key) for key in answer)


def _is_hex(text: str) -> bool:
    return not text.strip("0123456789abcdef")


__all__ = ["as_plain", "check_all", "closed_with", "seem_ids", "settled", "shared_out"]
