"""Give the answers of a recorded thread to the questions of its replay."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, TypeGuard

from langgraph.types import Command

from .watch import Question


class Resuming:
    """Translates answers that name a question by its id: ids are new in every run.

    Questions are known by the place where they are asked, and by which of that place they are.
    """

    def __init__(self) -> None:
        self._then: dict[Question, str] = {}
        self._now: dict[str, Question] = {}

    def asked(self, then: Iterable[Question], now: Iterable[Question]) -> None:
        """Take the questions that a run asked when it was recorded, and those of its replay."""
        self._then.update({each: key for key, each in _numbered(then, self._then).items()})
        self._now.update(_numbered(now, self._now.values()))

    def given(self, given: Any) -> Any:
        """Return what a run is given, its answers named after the replay's own questions."""
        answers = given.resume if isinstance(given, Command) else None
        if not isinstance(given, Command) or not _is_by_id(answers):
            return given
        keys = {question.id: key for question, key in self._then.items()}
        resume = {self._id(keys.get(old, ""), old): answer for old, answer in answers.items()}
        return Command(graph=given.graph, update=given.update, resume=resume, goto=given.goto)

    def _id(self, key: str, old: str) -> str:
        return self._now[key].id if key in self._now else old


def _numbered(questions: Iterable[Question], known: Iterable[Question]) -> Mapping[str, Question]:
    """Return questions that are new by their place and their number at it."""
    before = list(known)
    ids = {each.id for each in before}
    counts = Counter(each[1:] for each in before)
    found = {}
    for question in questions:
        if question.id not in ids:
            ids.add(question.id)
            found[f"{question[1:]} {counts[question[1:]]}"] = question
            counts[question[1:]] += 1
    return found


def _is_by_id(resume: Any) -> TypeGuard[Mapping[str, Any]]:
    return (
        isinstance(resume, Mapping)
        and bool(resume)
        and all(isinstance(key, str) and len(key) == _ID for key in resume)
    )


_ID = 32  # characters of an interrupt's id
