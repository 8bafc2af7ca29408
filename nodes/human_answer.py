"""What a person may answer, and whether it answers the question that was asked."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from ..guards.escalation import Escalation, Option
from ..guards.facts import ToolSpec
from ..guards.ledger import Call
from ..guards.limits import Measure
from ..guards.schema import faults_of
from ..guards.shown_arguments import restored

LATE = "Nobody answered in time."
_LONGEST = 20_000

Decision = Literal[Option, "wrap_up", "expired"]
"""What is decided: by a person, or in their place."""
_About = Literal["approve", "edit", "reject", "respond"]


class ActionDecision(BaseModel):
    """What a person decides about one proposed action; LangChain's form of it is read too.

    Attributes:
        type: `approve`, `edit`, `reject`, or `respond`: the message stands for the tool's result.
        message: Why it is rejected, or what it responds.
        name: The tool that an edit names; it must be the one that was proposed.
        args: All arguments of an edited action; those left as shown are kept as they were.
    """

    model_config = ConfigDict(extra="forbid")

    type: _About
    message: str = Field(default="", max_length=_LONGEST)
    name: str | None = None
    args: dict[str, Any] | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_langchain(cls, value: Any) -> Any:
        if not isinstance(value, Mapping) or not isinstance(value.get("edited_action"), Mapping):
            return value
        edited = value["edited_action"]
        others = {key: item for key, item in value.items() if key != "edited_action"}
        return {**others, "name": edited.get("name"), "args": edited.get("args")}

    @model_validator(mode="after")
    def _is_whole(self) -> "ActionDecision":
        if self.type == "edit" and self.args is None:
            raise ValueError("'edit' needs the edited arguments, as args or edited_action")
        if self.type == "respond" and not self.message.strip():
            raise ValueError("'respond' needs a message")
        return self


class HumanAnswer(BaseModel):
    """What a person answers: `resume(app, config, {"decision": "continue", "message": "..."})`.

    A bare text goes on with it as guidance; one of the decisions alone is that decision. What an
    inbox for LangChain's questions sends (`{"decisions": [...]}`) is read too.

    Attributes:
        decision: `continue` goes on, with the message as guidance; `answer` takes the message (or
            the value) as the answer; `approve`, `edit`, `reject` and `respond` (the message is
            the call's result) decide about the proposed actions, all of them where `decisions`
            does not say more; `raise_budget` goes on with a `grant`; `take_over` ends the run
            with the person's words, since they do the rest; `abort` ends the run. (`expired` is
            for a question whose deadline has passed.)
        message: What the person says; needed to answer, to respond and to take over.
        grant: How much of each limit of a budget is granted again, as a part of it: `{"tokens":
            0.5}`. Going on after a budget's question without it grants as much again as there was.
        args: The arguments of the one action that is edited.
        decisions: One for each proposed action, in their order.
        value: The answer as data, where the question has a schema for it.
        then: Whether a run that was taken over ends, or goes on with what the person did.
        at: Unix time at which it was given; None: when it is taken.
    """

    model_config = ConfigDict(extra="forbid")

    decision: Decision = Field(default="continue")
    message: str = Field(default="", max_length=_LONGEST)
    grant: dict[Measure, Annotated[float, Field(gt=0, le=100)]] = Field(default_factory=dict)
    args: dict[str, Any] | None = None
    decisions: list[ActionDecision] = Field(default_factory=list, max_length=100)
    value: Any = None
    then: Literal["end", "continue"] = "end"
    at: float | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_other_forms(cls, value: Any) -> Any:
        if isinstance(value, Mapping) and set(value) == {"given", "at"}:
            given = _in_our_form(value["given"])
            return {**given, "at": value["at"]} if isinstance(given, Mapping) else given
        return _in_our_form(value)

    @model_validator(mode="after")
    def _is_whole(self) -> "HumanAnswer":
        if self.decision == "answer" and self.value is None and not self.message.strip():
            raise ValueError("decision 'answer' needs a message: the answer itself")
        if self.decision == "respond" and not self.message.strip():
            raise ValueError("decision 'respond' needs a message: what the call came to")
        if self.decision == "take_over" and not self.message.strip():
            raise ValueError("decision 'take_over' needs a message: what the person does, or did")
        return self

    @property
    def words(self) -> str:
        """What the person says, a value as JSON."""
        return self.message or ("" if self.value is None else json.dumps(self.value, default=str))


@dataclass(frozen=True, slots=True)
class Settling:
    """What an answer is held against.

    Attributes:
        question: What was asked.
        clock: Unix time in seconds.
        calls: The calls that it is about, in the order of its actions.
        specs: Their tools, by name.
        keeps_time: Whether `question` says when it was really asked; a question that a node asks
            in the middle of its work is made anew on resume, and `resume` keeps its time.
    """

    question: Escalation
    clock: Callable[[], float]
    calls: Sequence[Call] = ()
    specs: Mapping[str, ToolSpec] = field(default_factory=dict)
    keeps_time: bool = True

    @property
    def schema(self) -> Any:
        """The type of an answer to this question, for `interrupt(response_schema=...)`."""
        return Annotated[HumanAnswer, AfterValidator(self.settled)]

    def settled(self, answer: HumanAnswer) -> HumanAnswer:
        """Return an answer with a decision for each action; or the default, if it is late.

        Raises:
            ValueError: It does not answer the question; it says why.
        """
        if self._is_late(answer):
            return self._default(answer)
        if answer.decisions and self.question["actions"]:
            return self._about_actions(answer)
        if answer.decisions:
            answer = _without_actions(answer, self.question)
        self._check_choice(answer.decision, self.question["options"])
        self._check_value(answer)
        if answer.decision in get_args(_About):
            return self._about_actions(answer)
        return answer

    def _is_late(self, answer: HumanAnswer) -> bool:
        deadline, at = self.question["deadline"], answer.at
        if answer.decision == "expired":
            now = self.clock() if at is None else at
            left = None if deadline is None else deadline - now
            if left is None or (self.keeps_time and left > 0):
                why = "has no deadline" if left is None else f"is open for {left:.0f} s more"
                raise ValueError(f"decision 'expired': the question {why}")
            return True
        if deadline is None or not self.keeps_time:
            return False
        return (self.clock() if at is None else at) > deadline

    def _default(self, answer: HumanAnswer) -> HumanAnswer:
        default = self.question["default"]
        late = HumanAnswer(decision=default, message=LATE, at=answer.at)
        if default == "reject":
            return self._about_actions(late) if self.calls else late
        return late

    def _check_choice(self, choice: str, allowed: Sequence[str]) -> None:
        if choice not in allowed:
            raise ValueError(f"{choice!r} is no choice here; use one of {', '.join(allowed)}")

    def _check_value(self, answer: HumanAnswer) -> None:
        schema = self.question["answer_schema"]
        if schema is None or (answer.decision != "answer" and answer.value is None):
            if answer.value is not None:
                raise ValueError("this question asks for no value: say it in the message")
            return
        from jsonschema import Draft202012Validator  # 0.15 s to import: paid by who needs it

        given = answer.message if answer.value is None else answer.value
        faults = [error.message for error in Draft202012Validator(schema).iter_errors(given)]
        if faults:
            raise ValueError(f"the answer does not fit its schema: {'; '.join(faults[:5])}")

    def _about_actions(self, answer: HumanAnswer) -> HumanAnswer:
        said = answer.decisions or self._same_for_all(answer)
        if len(said) != len(self.calls):
            raise ValueError(
                f"{len(said)} decisions for {len(self.calls)} actions: give one for each, in order"
            )
        pairs = zip(said, self.calls, strict=True)
        decided = [self._about(one, call) for one, call in pairs]
        kinds = {one.type for one in decided}
        decision = "approve" if kinds & {"approve", "edit"} else "reject"
        return answer.model_copy(update={"decisions": decided, "decision": decision})

    def _same_for_all(self, answer: HumanAnswer) -> list[ActionDecision]:
        kind: Any = answer.decision
        if kind == "edit" and len(self.calls) > 1:
            raise ValueError("'edit' of several actions: give one decision for each, in order")
        one = ActionDecision(type=kind, message=answer.message, args=answer.args)
        return [one] * len(self.calls)

    def _about(self, decision: ActionDecision, call: Call) -> ActionDecision:
        ways = [one for one in get_args(_About) if one in (*self.question["options"], "respond")]
        self._check_choice(decision.type, ways)
        if decision.type != "edit":
            return decision
        if decision.name not in (None, call.name):
            raise ValueError(f"an edit keeps the tool {call.name!r}: reject it, and say what to do")
        args = restored(decision.args, call.args)
        spec = self.specs.get(call.name)
        if spec is not None and (faults := faults_of(spec, args)):
            raise ValueError(f"the edited call of {call.name!r} does not fit: {'; '.join(faults)}")
        return decision.model_copy(update={"args": args, "name": call.name})


def _in_our_form(value: Any) -> Any:
    if value == {} or (isinstance(value, str) and not value.strip()):
        raise ValueError("an empty answer decides nothing: give a decision, or say what to do")
    if isinstance(value, str):
        word = value.strip().lower()
        return {"decision": word} if word in get_args(Decision) else {"message": value}
    if isinstance(value, Mapping) and "decisions" in value and "decision" not in value:
        return {**value, "decision": "approve"}
    return value


def _without_actions(answer: HumanAnswer, question: Escalation) -> HumanAnswer:
    """Read an inbox's decision about the action that stands for a question."""
    first = answer.decisions[0]
    update: dict[str, Any] = {"decisions": [], "message": first.message}
    if first.type == "respond" and question["answer_schema"] is not None:
        update |= {"decision": "answer", "value": _parsed(first.message)}
    else:
        update["decision"] = "abort" if first.type == "reject" else "continue"
    return answer.model_copy(update=update)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
