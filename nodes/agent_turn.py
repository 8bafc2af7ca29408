"""One turn of an agent: the run is judged, its model asked, and the reply judged before it acts."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from langchain.agents.middleware.types import ModelResponse
from langchain_core.messages import AIMessage

from ..guards.ending import Ending, ending_of
from ..guards.facts import ToolSpec
from ..guards.message import read_message
from ..guards.overflow import is_overflow
from ..guards.ruling import PERSON
from ..guards.verdict import Action, severity, tripped
from .agent_ask import Admitted, AgentAsker
from .agent_book import Book, call_key
from .agent_judge import ReplyJudge
from .agent_reply import Reply, Wanted, message_of, read_reply
from .agent_shorter import shortened
from .answering import as_sources
from .asking import Asker
from .channels import action_in
from .driving import Steps
from .guard_node import parted
from .human import Place, by_decision, can_wait, cause_of
from .judging import nudges, rung_of
from .passing import judge_here
from .remembering import reminded

_ASIDE = severity("wrap_up")
_ENDINGS: dict[str, Ending] = {"structured_output": "unrepaired", "empty": "failed"}


@dataclass(frozen=True, slots=True)
class AgentTurn:
    """What stands around each call of an agent's model.

    Attributes:
        ask: Who asks the model.
        specs: The tools by name.
        attempts: Replies in a row that are told back.
    """

    ask: AgentAsker
    specs: Mapping[str, ToolSpec]
    attempts: int

    @property
    def _asker(self) -> Asker:
        return self.ask.asker

    @property
    def _judge(self) -> ReplyJudge:
        return ReplyJudge(self._asker, self.specs)

    def steps(self, book: Book, request: Any) -> Steps[ModelResponse[Any]]:
        """Return the steps of a turn, which come to what goes into the messages."""
        wanted = Wanted.of(request.response_format)
        book.context = as_sources([request.system_message.text] if request.system_message else [])
        request = reminded(request, book.state)
        rung = self._standing(book)
        for told_back in range(self.attempts + 1):
            admitted = yield from self._admitted(book, request, rung)
            if admitted is None:
                return (yield from self._aside(book, request))
            last_try = told_back == self.attempts
            reply = read_reply((yield from self._made(book, request, admitted)), wanted)
            reply = yield from self._judge.checked(book, reply, wanted, last_try=last_try)
            taken = self._taken(book, reply, wanted, last_try=last_try)
            if taken is not None:
                return taken
            rung = "none"
        raise AssertionError("unreachable")

    def _made(self, book: Book, request: Any, admitted: Admitted) -> Steps[Any]:
        """Make a call; where its prompt was too long, make it shorter and try once more."""
        try:
            return (yield from self.ask.made(book, admitted))
        except Exception as error:
            if not is_overflow(error):
                raise
            system = request.system_message.text if request.system_message else ""
            fewer = shortened(request.messages, request.model, system)
            again = yield from self.ask.admitted(book, request.override(messages=fewer))
            if not isinstance(again, Admitted):
                raise
            return (yield from self.ask.made(book, again))

    def _standing(self, book: Book) -> Action:
        """Judge what was done since the last turn, and return the rung that the run is on."""
        judges = self._asker.judges
        found = judge_here(judges.lasting, book.view(self.specs), judges.policy)
        fresh = book.find(found)
        before = action_in(book.state)
        if severity(before) >= _ASIDE:
            return before
        cause = cause_of(book.seen())
        if cause and cause["guard"] == PERSON and cause["action"] in ("stop", "wrap_up"):
            return cause["action"]  # decided about a call
        book.messages.extend(nudges(fresh))
        return rung_of(found)

    def _admitted(self, book: Book, request: Any, rung: Action) -> Steps[Admitted | None]:
        """Return the next call of the model; None when the run turns aside.

        A person is asked only before the first call: on resume the turn begins anew, and a call
        made before would be made again.
        """
        can_ask = not book.calls and self.ask.human and can_wait(book.config)
        while True:
            if severity(rung) < _ASIDE:
                found = yield from self.ask.admitted(book, request)
                if isinstance(found, Admitted):
                    return found
                rung = found
            book.rung = rung
            if rung != "escalate" or not can_ask:
                return None
            book.take(Place(self._asker.clock, deadline=self.ask.deadline).asked(book.seen()))
            if by_decision({"decision": book.decision}) != "continue":
                return None
            rung = "none"

    def _taken(
        self, book: Book, reply: Reply, wanted: Wanted | None, *, last_try: bool
    ) -> ModelResponse[Any] | None:
        """Return what goes into the messages; None where the reply is told back."""
        book.rung = "none"
        if reply.kind:
            return self._fault(book, reply, last_try=last_try)
        reply, calls = self._judge.calls(book, reply, wanted)
        reasons, answers = self._judge.judged(book, calls) if calls else ({}, [])
        if len(reasons) < len(calls) or not calls:
            book.ending = None if calls else reply.ending
            return self._let_through(book, reply, reasons, answers)
        book.messages.extend([_readable(reply.message), *answers])
        if last_try or severity(book.rung) >= _ASIDE:
            return ModelResponse(result=book.messages)  # all calls are answered: another turn
        return None

    def _fault(self, book: Book, reply: Reply, *, last_try: bool) -> ModelResponse[Any] | None:
        """Tell back a reply that cannot be taken, or end the run with it."""
        if not last_try:
            book.told.extend(reply.told)
            return None
        n = book.ledger.get("n", 0)
        reason = f"The model gave no reply that can be taken, {book.calls} times: {reply.fault}."
        verdict = tripped(
            "repair", reply.kind, "stop", reason, steps=range(n - book.calls + 1, n + 1)
        )
        book.find([verdict])
        book.ending = _ENDINGS[reply.kind]
        return self._last(book)

    def _let_through(
        self, book: Book, reply: Reply, reasons: dict[str, str], answers: list[Any]
    ) -> ModelResponse[Any]:
        """Return a reply whose blocked calls are answered, and note those that may run."""
        said, rest = reply.message, list(reply.response.result)
        book.passed = [call_key(call) for call in said.tool_calls if call["id"] not in reasons]
        if reasons:
            named = said if said.id else said.model_copy(update={"id": str(uuid4())})
            split = parted(named, reasons, answers)
            place = rest.index(said)
            rest[place : place + 1] = [named, *answers] if split is answers else split
        return replace(reply.response, result=[*book.messages, *rest])

    def _aside(self, book: Book, request: Any) -> Steps[ModelResponse[Any]]:
        """End the run: with a person's answer, a last word, or a sentence that says why."""
        if book.decision in ("answer", "take_over"):
            book.ending = book.ending or "completed"
            return ModelResponse(result=book.messages)
        if book.rung != "wrap_up":
            return self._last(book)
        admitted = yield from self.ask.last_word(book, request)
        if not isinstance(admitted, Admitted):
            return self._last(book)
        try:
            outcome = yield from self.ask.made(book, admitted)
        except Exception:  # noqa: BLE001 - the run ends, and what it reached is kept
            return self._last(book)
        said = message_of(outcome)
        return self._last(book, read_message(said).text if said else "")

    def _last(self, book: Book, text: str = "") -> ModelResponse[Any]:
        """Return the last message of a run that ends before its goal, and say how it ended."""
        cause = cause_of(book.seen())
        if book.ending is None:
            book.ending = ending_of(cause) if cause else "stopped"
        reason = cause["reason"] if cause else "the run had to end."
        if book.ending == "aborted":
            reason = "a person ended it."
        if book.ending == "taken_over":
            text = reason  # the person's own words
        words = text.strip() or f"The run ended before its goal ({book.ending}): {reason}"
        name = (book.config.get("metadata") or {}).get("lc_agent_name")
        return ModelResponse(result=[*book.messages, AIMessage(words, name=name)])


def _readable(message: AIMessage) -> AIMessage:
    """Return a message whose unreadable calls, which are answered, are calls like others.

    An agent goes on after calls that are answered, and ends after a message without calls.
    """
    unread: list[Any] = [
        {"name": call["name"] or "", "args": {}, "id": call["id"], "type": "tool_call"}
        for call in message.invalid_tool_calls
    ]
    calls = [*message.tool_calls, *unread]
    return message.model_copy(update={"tool_calls": calls, "invalid_tool_calls": []})
