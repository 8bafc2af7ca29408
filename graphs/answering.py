"""How a question is answered once: looked up, claimed, handed to the graph, or given back."""

import warnings
from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

from langchain_core.runnables import RunnableConfig
from langgraph.errors import is_invalid_resume
from langgraph.types import Command

from ..guards.digest import preview
from ..guards.errors import AnsweredError, QuestionError, ThreadHeldError, ThreadMismatchError
from ..guards.escalation import is_escalation
from ..nodes.acting import Failure
from .addressing import as_plain, check_all, check_there, closed_with, seem_ids, shared_out
from .question import ANSWER, WRONG, Claim, Question, asked_in, claim_in, questions_in
from .wrong_answer import wrong_answer

UNSAID: Any = object()
"""No answer: None is one."""


@dataclass(frozen=True, slots=True)
class Get:
    """A wish for the thread's newest checkpoint."""


@dataclass(frozen=True, slots=True)
class History:
    """A wish for the thread's checkpoints, newest first."""


@dataclass(frozen=True, slots=True)
class Put:
    """A wish to save pending writes with a checkpoint.

    Attributes:
        at: The checkpoint.
        task: Under which task.
        writes: Channels and values.
    """

    at: RunnableConfig
    task: str
    writes: list[tuple[str, Any]]


@dataclass(frozen=True, slots=True)
class Claiming:
    """A wish to save claims, and to read the checkpoint again.

    Attributes:
        puts: The claims.
    """

    puts: Sequence[Put]


@dataclass(frozen=True, slots=True)
class Invoke:
    """A wish to run the graph; a `Failure` is sent in where it raised.

    Attributes:
        given: What it is run with.
    """

    given: Any


Wish = Get | History | Put | Claiming | Invoke
Steps = Generator[Wish, Any, Any]


@dataclass(frozen=True, slots=True)
class Answering:
    """An answer on its way to a thread.

    Attributes:
        answer: The answer, or `UNSAID`.
        interrupt_id: Which question it is for, or None.
        now: Unix time in seconds.
        seen: The checkpoint that the person had before them, or None.
        expires: Whether there is no answer, and questions are closed whose time has passed.
        token: Whose answer it is.
    """

    answer: Any
    interrupt_id: str | None
    now: float
    seen: str | None
    expires: bool = False
    token: str = field(default_factory=lambda: uuid4().hex)

    def steps(self) -> Steps:
        """Return the steps, which come to the graph's output."""
        saved = yield Get()
        found = questions_in(saved)
        if self.answer is UNSAID and not self.expires:
            check_there(saved)
            return (yield from self._go_on())
        try:
            given, chosen = self._addressed(found)
        except QuestionError as error:
            raise _explained(error, (yield History())) from None
        if seem_ids(self.answer) and self.interrupt_id is None and len(found) == 1:
            _check_unanswered(self.answer, found, (yield History()))
        return (yield from given._take(saved, chosen))  # noqa: SLF001 - its own

    def _take(self, saved: Any, chosen: Sequence[Question]) -> Steps:
        """Claim the questions, hand the answers to the graph, or give the questions back."""
        if not chosen:
            return None
        yield from self._claim(saved.config, chosen)
        outcome = yield Invoke(Command(resume={one.id: self._of(one) for one in chosen}))
        if isinstance(outcome, Failure):
            if is_invalid_resume(outcome.error):
                yield from self._give_back(saved.config, chosen, "it did not fit")
                raise wrong_answer(outcome.error, chosen)
            elif isinstance(outcome.error, ThreadHeldError | ThreadMismatchError):
                yield from self._give_back(saved.config, chosen, "the graph was not run")
            raise outcome.error
        self._warn(chosen)
        return outcome

    def _addressed(self, found: Sequence[Question]) -> "tuple[Answering, list[Question]]":
        """Return the answer by question, and the questions; all of several are checked first.

        Raises:
            AnsweredError: One is being answered, or the thread has gone on.
            QuestionError: None fits, or several do.
            WrongAnswerError: One of several answers does not fit.
        """
        waiting = [one for one in found if one.claim is None]
        is_current = self.seen is None or not found or self.seen == found[0].checkpoint
        given = self
        if not self.expires and self.interrupt_id is None and is_current:
            given = replace(self, answer=shared_out(self.answer, waiting) or self.answer)
        chosen = given._chosen(found)  # noqa: SLF001 - its own
        if self.expires:
            return given, chosen
        answers = {one.id: given._said(one) for one in chosen}  # noqa: SLF001 - its own
        answers |= closed_with(answers, waiting, self.now)
        if len(answers) == 1:
            return given, chosen
        check_all(answers, found, self.now)
        named = replace(given, answer=answers, interrupt_id=None)
        return named, [one for one in found if one.id in answers]

    def _said(self, one: Question) -> Any:
        """Return what is answered to a question, as it was given."""
        by_id = self.interrupt_id is None and _names(self.answer, one.id)
        return self.answer[one.id] if by_id else self.answer

    def _chosen(self, found: Sequence[Question]) -> list[Question]:
        """Return the questions that are answered.

        Raises:
            AnsweredError: One is being answered, or the thread has gone on.
            QuestionError: None fits, or several do.
        """
        if self.expires:
            return [one for one in found if one.claim is None and one.is_expired(self.now)]
        by_id = {one.id: one for one in found}
        if self.interrupt_id is not None:
            if self.interrupt_id not in by_id:
                raise _not_open(self.interrupt_id, found)
            return _unclaimed([by_id[self.interrupt_id]])
        if isinstance(self.answer, Mapping) and self.answer and set(self.answer) <= set(by_id):
            return _unclaimed([by_id[name] for name in self.answer])
        if isinstance(self.answer, Mapping) and not by_id.keys().isdisjoint(self.answer):
            raise _not_open(next(str(key) for key in self.answer if key not in by_id), found)
        if not found:
            raise _not_open(None, found)
        if self.seen is not None and self.seen != found[0].checkpoint:
            raise AnsweredError(
                f"the thread has gone on since checkpoint {self.seen!r}, at which it was answered; "
                "look at questions(app, config), and name one by interrupt_id",
                None,
            )
        return _unclaimed(_only(found))

    def _of(self, one: Question) -> Any:
        """Return the answer to a question, as its node takes it."""
        answer = as_plain(None if self.expires else self._said(one))
        if not is_escalation(one.value):
            return answer
        late = self.expires or one.is_expired(self.now)
        return {"given": "expired" if late else answer, "at": self.now}

    def _claim(self, at: RunnableConfig, chosen: Sequence[Question]) -> Steps:
        """Save the answers with the thread; be told where somebody else was the first."""
        claims = [Put(at, one.place, [(ANSWER, self._claim_of(one))]) for one in chosen]
        now = yield Claiming(claims)
        first = {one.id: claim_in(now.pending_writes or (), one.place) for one in chosen}
        lost = [one for one in chosen if not self._is_mine(first[one.id])]
        if lost:
            mine = [one for one in chosen if one not in lost]
            yield from self._give_back(at, mine, "another question was answered")
            raise _answered(lost[0].id, first[lost[0].id])

    def _claim_of(self, one: Question) -> Claim:
        return Claim(token=self.token, at=self.now, answer=self._of(one))

    def _is_mine(self, claim: Claim | None) -> bool:
        return claim is not None and claim["token"] == self.token

    def _give_back(self, at: RunnableConfig, chosen: Iterable[Question], why: str) -> Steps:
        for one in chosen:
            yield Put(at, f"{one.place}-wrong", [(WRONG, why)])

    def _go_on(self) -> Steps:
        """Go on with a thread that stopped; hand it the answers that it has not taken."""
        outcome = yield Invoke(None)
        left = {one.id: one.claim["answer"] for one in questions_in((yield Get())) if one.claim}
        if not isinstance(outcome, Failure) and left:
            outcome = yield Invoke(Command(resume=left))
        if isinstance(outcome, Failure):
            raise outcome.error
        return outcome

    def _warn(self, chosen: Sequence[Question]) -> None:
        late = [one for one in chosen if one.is_expired(self.now)]
        if late and not self.expires:
            default = late[0].value["default"]
            text = f"the answer came after the question's deadline: {default!r} was taken instead"
            warnings.warn(text, stacklevel=4)


def _names(answer: Any, interrupt: str) -> bool:
    return isinstance(answer, Mapping) and interrupt in answer


def _only(found: Sequence[Question]) -> list[Question]:
    waiting = [one for one in found if one.claim is None] or list(found)
    if len(waiting) == 1:
        return list(waiting)
    listed = "; ".join(f"{one.id} ({preview(one.reason, 80) or 'no reason'})" for one in waiting)
    raise QuestionError(
        f"{len(waiting)} questions are open: {listed}; give interrupt_id, a mapping from ids to "
        "answers, or, for the calls of one turn, a decision for each, in order",
        None,
        tuple(one.id for one in waiting),
    )


def _unclaimed(chosen: list[Question]) -> list[Question]:
    for one in chosen:
        if one.claim is not None:
            raise _answered(one.id, one.claim)
    return chosen


def _answered(interrupt: str, claim: Claim | None) -> AnsweredError:
    when = f" at {claim['at']:.0f} (Unix time)" if claim else ""
    return AnsweredError(
        f"question {interrupt} was answered{when}, and your answer was not taken; if the process "
        "that answered it has died, resume(app, config) without an answer goes on with theirs",
        interrupt,
    )


def _not_open(interrupt: str | None, found: Sequence[Question]) -> QuestionError:
    named = f"question {interrupt!r} is not open" if interrupt else "no question is open"
    known = tuple(one.id for one in found)
    listed = ", ".join(known) or "none"
    return QuestionError(f"{named} in this thread; open are: {listed}", interrupt, known)


def _check_unanswered(
    answer: Mapping[str, Any], found: Sequence[Question], history: Iterable[Any]
) -> None:
    """Refuse a mapping of ids of which one was answered before: it is no answer by itself.

    Raises:
        AnsweredError: One was.
    """
    open_ids = {one.id for one in found}
    asked = {name for one in history for name in asked_in(one.pending_writes or ())}
    for name in answer:
        if name in asked - open_ids:
            raise AnsweredError(f"question {name} was answered before", name)


def _explained(error: QuestionError, history: Iterable[Any]) -> Exception:
    """Return the error, or that the question was answered, where the thread was asked it once."""
    asked = [name for one in history for name in asked_in(one.pending_writes or ())]
    named = error.interrupt_id
    if named in error.open_ids:
        return error
    if named in asked:
        return AnsweredError(f"question {named} was answered before", named)
    if named is None and asked and not error.open_ids:
        return AnsweredError(f"no question is open: the last, {asked[0]}, was answered", asked[0])
    return error
