"""Give the answers of a recorded thread to the questions of its replay."""

from collections.abc import Mapping
from typing import Any, TypeGuard

from langgraph.types import Command

from .recorded_run import RecordedRun
from .request import plain


class Resuming:
    """Translates answers that name a question by its id: ids are new in every run."""

    def __init__(self) -> None:
        self._open: list[Any] = []

    def stopped_at(self, run: RecordedRun, questions: tuple[Any, ...]) -> None:
        """Take the questions that a replayed run stopped at."""
        self._open = list(questions)

    def given(self, run: RecordedRun) -> Any:
        """Return what a run is given, its answers named after the replay's own questions."""
        given = run.given
        answers = given.resume if isinstance(given, Command) else None
        if not isinstance(given, Command) or not _is_by_id(answers):
            return given
        ids = self._ids(list(answers))
        resume = {ids[old]: answer for old, answer in answers.items()}
        return Command(graph=given.graph, update=given.update, resume=resume, goto=given.goto)

    def _ids(self, old: list[str]) -> Mapping[str, str]:
        """Pair recorded ids with new ones in order: both come in the order of the tasks."""
        new = [question.id for question in self._open]
        return {each: new[n] if n < len(new) else each for n, each in enumerate(old)}


def _is_by_id(resume: Any) -> TypeGuard[Mapping[str, Any]]:
    return (
        isinstance(resume, Mapping)
        and bool(resume)
        and all(isinstance(key, str) and len(key) == 32 for key in resume)
    )


__all__ = ["Resuming", "plain"]
