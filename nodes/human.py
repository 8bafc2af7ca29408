"""Ask a person, where the question arose, and wait."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from langchain_core.messages import AIMessage
from langchain_core.runnables import RunnableConfig
from langgraph.types import interrupt

from ..guards.digest import digest
from ..guards.errors import NoCheckpointerError
from ..guards.escalation import Deadline, check_deadline
from ..guards.facts import ToolSpec
from ..guards.ledger import Call, make_step
from ..guards.limits import MEASURES
from ..guards.message import MARK, REST
from ..guards.ruling import Ruling, make_ruling
from ..guards.settings import check_clock
from . import told
from .channels import DecisionChannel, EndingChannel, GuardChannels
from .clock import now
from .human_answer import LATE, HumanAnswer, Settling
from .human_question import Question, cause_of, question_about
from .judging import Clock
from .reading import read
from .specs import Tools, specs_of

_CHECKPOINTER = "__pregel_checkpointer"  # where LangGraph tells a node of its checkpointer

Way = Literal["continue", "answer", "abort", "approve", "wrap_up"]
_WAYS: Mapping[str, Way] = {
    "answer": "answer",
    "abort": "abort",
    "take_over": "abort",
    "approve": "approve",
    "wrap_up": "wrap_up",
}


class HumanInput(GuardChannels, total=False):
    """What a human node reads and writes of any graph's state."""

    messages: Sequence[Any]
    ending: EndingChannel
    decision: DecisionChannel


def human_node(
    *,
    messages: str | None = "messages",
    clock: Clock = now,
    tools: Tools | None = None,
    deadline: Deadline | None = None,
) -> Callable[..., dict[str, Any]]:
    """Return a node that asks a person about the newest trip, and takes a `HumanAnswer`.

    The question is an `Escalation`. The answer is checked before it is taken: a wrong one leaves
    the question open. Route on it with `by_decision`. The time waited is no time of the run. A
    call that a person rejects stays rejected: proposed again it is answered, and nobody is asked.

    Args:
        messages: The channel of the messages, for guidance and answers; None: there is none.
        clock: Unix time in seconds.
        tools: The tools whose calls may be approved or edited here; the graph then routes
            `approve` to the node that runs the calls of the last message. None: a call that a
            guard stopped can be rejected only.
        deadline: Until when a question can be answered, and what is decided then; a default of
            `wrap_up` needs an edge of that name. None: for ever. A verdict's own comes first.

    Raises:
        GuardConfigError: The deadline is none.
        NoCheckpointerError: At first use, when the graph has no checkpointer: the question could
            be asked, and never be answered. (At compile time it is not known yet whether a
            server will bring one.)
    """
    check_clock("human_node", clock)
    check_deadline("human_node", deadline)
    place = Place(clock, messages, None if tools is None else specs_of(tools), deadline)

    def node(state: HumanInput, config: RunnableConfig) -> dict[str, Any]:
        check_can_wait(config)
        return place.asked(state)

    return node


def can_wait(config: RunnableConfig) -> bool:
    """Return whether a graph has a checkpointer, so that a question can be answered later."""
    return bool((config.get("configurable") or {}).get(_CHECKPOINTER))


def check_can_wait(config: RunnableConfig) -> None:
    """Refuse to ask what nobody could answer.

    Raises:
        NoCheckpointerError: The graph has no checkpointer.
    """
    if not can_wait(config):
        raise NoCheckpointerError(
            "a person is to be asked, but the graph has no checkpointer to wait with: "
            "use compile(checkpointer=...), InMemorySaver() for a trial"
        )


@dataclass(frozen=True, slots=True)
class Place:
    """Where a person is asked about a run.

    Attributes:
        clock: Unix time in seconds.
        messages: The channel of the messages, or None.
        specs: The tools whose calls can be approved here, or None.
        deadline: Until when a question can be answered, and what is decided then.
    """

    clock: Clock
    messages: str | None = "messages"
    specs: Mapping[str, ToolSpec] | None = None
    deadline: Deadline | None = None

    def asked(self, state: Any) -> dict[str, Any]:
        """Interrupt with the newest trip of a run, and return what the answer changes."""
        history = read(state, self.messages) if self.messages else None
        question = question_about(state, history or [], self.specs, self.deadline)
        settling = Settling(question.asked, self.clock, question.calls, self.specs or {})
        answer = interrupt(question.asked, response_schema=settling.schema)
        return Taking(answer, question, self.clock(), self.messages).update()


@dataclass(frozen=True, slots=True)
class Taking:
    """An answer, and what it changes.

    Attributes:
        answer: What the person answered, checked.
        question: What was asked.
        now: Unix time in seconds.
        messages: The channel of the messages, or None.
    """

    answer: HumanAnswer
    question: Question
    now: float
    messages: str | None
    runs: list[Call] = field(default_factory=list)
    rulings: list[Ruling] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def update(self) -> dict[str, Any]:
        """Return the node's update."""
        self._about_actions()
        decision = self._decision()
        cause, grant = self.question.cause, self._granted()
        step = make_step(
            "human",
            decision,
            actor="human",
            result=digest(self.answer.words),
            preview=LATE if self.answer.message == LATE else "",  # a person's words are theirs
            seconds=max(self.now - cause["at"], 0.0) if cause else 0.0,
        )
        use = cause.get("use") if cause and grant else None
        part = {"steps": [step], "rulings": self.rulings, "grant": grant, "use": use}
        update: dict[str, Any] = {
            "ledger": [{name: value for name, value in part.items() if value}],
            "rung": "wrap_up" if decision == "wrap_up" else "none",
            "decision": decision,
        }
        if decision in ("abort", "take_over"):
            update["ending"] = "aborted" if decision == "abort" else "taken_over"
        if self.messages and (said := self._said(decision)):
            update[self.messages] = said
        return update

    def _decision(self) -> str:
        decision: str = self.answer.decision
        if decision == "approve":
            return "approve" if self.runs else "continue"
        goes_on = decision == "take_over" and self.answer.then == "continue"
        return "continue" if goes_on else decision

    def _about_actions(self) -> None:
        for said, call in zip(self.answer.decisions, self.question.calls, strict=False):
            unchanged = said.type == "edit" and said.args == call.args
            if said.type == "approve" or unchanged:
                fresh = _again(call, call.args)
                self.runs.append(fresh)
                self.rulings.append(make_ruling(fresh, "approved"))
            elif said.type == "edit":
                fresh = _again(call, said.args)
                self.runs.append(fresh)
                self.rulings.append(make_ruling(call, "rejected", told.REPLACED))
                self.rulings.append(make_ruling(fresh, "edited"))
                self.notes.append(told.edited(call, said.args or {}))
            elif said.type == "reject":
                self.rulings.append(make_ruling(call, "rejected", said.message))
                self.notes.append(told.rejected(call, said.message))
            else:
                self.notes.append(told.responded(call, said.message))

    def _said(self, decision: str) -> list[Any]:
        answer = self.answer
        words = answer.words
        if decision in ("answer", "take_over"):
            return [AIMessage(words, name="human")]
        if answer.decision == "take_over":
            self.notes.append(told.done_by_person(words))
        elif words and not any(words in note for note in self.notes):
            self.notes.append(words)
        said: list[Any] = [told.from_person(text) for text in self.notes]
        if self.runs:
            calls = [
                {"name": call.name, "args": call.args, "id": call.id, "type": "tool_call"}
                for call in self.runs
            ]
            mark = {MARK: REST}  # it is no model call of its own
            name = self.runs[0].actor or None
            said.append(AIMessage("", tool_calls=calls, name=name, additional_kwargs=mark))
        return said

    def _granted(self) -> dict[str, float]:
        """Return what a person grants: what they say, or as much again of the limit that asked."""
        cause = self.question.cause
        if self.answer.decision not in ("continue", "raise_budget"):
            return {}
        asked = cause["kind"] if cause and cause["guard"] == "budget" else ""
        if self.answer.grant or asked not in MEASURES or self.answer.message == LATE:
            return dict(self.answer.grant)  # type: ignore[arg-type]
        return {asked: 1.0}


def _again(call: Call, args: Any) -> Call:
    """Return a call that a person has made theirs: its first id is answered already."""
    return Call(f"{call.id}-by-person", call.name, args, call.actor, call.branch)


def by_decision(state: Any) -> Way:
    """Route on what the person decided: `continue`, `answer` or `abort`.

    Where the human node was given `tools`, also `approve`: on to the node that runs the calls of
    the last message; where a deadline's default is to wrap up, also `wrap_up`. Who takes over
    ends the run, as `abort` does.
    """
    return _WAYS.get(read(state, "decision") or "", "continue")


__all__ = ["by_decision", "can_wait", "cause_of", "check_can_wait", "human_node"]
