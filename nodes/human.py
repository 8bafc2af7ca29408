"""Ask a person, where the question arose, and wait."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal, get_args

from langchain_core.messages import AIMessage
from langchain_core.runnables import RunnableConfig
from langgraph.types import interrupt
from pydantic import BaseModel, ConfigDict, Field, model_validator
from typing_extensions import TypedDict

from ..guards.channel import view
from ..guards.digest import digest
from ..guards.errors import NoCheckpointerError
from ..guards.guard import Given
from ..guards.ledger import Ledger, Spend, make_step
from ..guards.limits import MEASURES, Measure
from ..guards.verdict import severity
from . import told
from .channels import DecisionChannel, EndingChannel, GuardChannels
from .judging import Clock, of_this_run
from .reading import read

_EVIDENCE = 8  # steps that a question shows
_CHECKPOINTER = "__pregel_checkpointer"  # where LangGraph tells a node of its checkpointer

Decision = Literal["continue", "answer", "abort"]


class HumanAnswer(BaseModel):
    """What a person answers: `Command(resume={"decision": "continue", "message": "..."})`.

    A bare text goes on with it as guidance; one of the decisions alone is that decision.

    Attributes:
        decision: `continue` goes on, with the message as guidance; `answer` takes the message as
            the answer; `abort` ends the run.
        message: What the person says; needed for an answer.
        grant: How much of each limit of a budget is granted again, as a part of it: `{"tokens":
            0.5}`. Going on after a budget's question without it grants as much again as there was.
    """

    model_config = ConfigDict(extra="forbid")

    decision: Decision = Field(default="continue")
    message: str = Field(default="", max_length=20_000)
    grant: dict[Measure, Annotated[float, Field(gt=0, le=100)]] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        word = value.strip().lower()
        return {"decision": word} if word in get_args(Decision) else {"message": value}

    @model_validator(mode="after")
    def _answers(self) -> "HumanAnswer":
        if self.decision == "answer" and not self.message.strip():
            raise ValueError("decision 'answer' needs a message: the answer itself")
        return self


class Escalation(TypedDict):
    """The question as a person gets it; the value of the interrupt.

    Attributes:
        type: Always `escalation`.
        reason: Why a person is asked.
        guard: Which guard asks, or empty.
        kind: What it found.
        evidence: The steps it points to, a line each, oldest first.
        options: The decisions to choose from.
        spent: What the run has spent until now.
    """

    type: Literal["escalation"]
    reason: str
    guard: str
    kind: str
    evidence: list[str]
    options: list[str]
    spent: Spend


class HumanInput(GuardChannels, total=False):
    """What a human node reads and writes of any graph's state."""

    messages: Sequence[Any]
    ending: EndingChannel
    decision: DecisionChannel


def human_node(
    *, messages: str | None = "messages", clock: Clock = time.time
) -> Callable[..., dict[str, Any]]:
    """Return a node that asks a person about the newest trip, and takes a `HumanAnswer`.

    The answer is checked before it is taken: a wrong one leaves the question open. Route on it
    with `by_decision`. The time waited is no time of the run.

    Args:
        messages: The channel of the messages, for guidance and answers; None: there is none.
        clock: Unix time in seconds.

    Raises:
        NoCheckpointerError: At first use, when the graph has no checkpointer: the question could
            be asked, and never be answered. (At compile time it is not known yet whether a
            server will bring one.)
    """

    def node(state: HumanInput, config: RunnableConfig) -> dict[str, Any]:
        if not can_wait(config):
            raise NoCheckpointerError(
                "a person is to be asked, but the graph has no checkpointer to wait with: "
                "use compile(checkpointer=...), InMemorySaver() for a trial"
            )
        return ask_person(state, clock, messages)

    return node


def can_wait(config: RunnableConfig) -> bool:
    """Return whether a graph has a checkpointer, so that a question can be answered later."""
    return bool((config.get("configurable") or {}).get(_CHECKPOINTER))


def ask_person(state: Any, clock: Clock, messages: str | None = "messages") -> dict[str, Any]:
    """Interrupt with the newest trip of a run, and return what the answer changes."""
    cause = cause_of(state)
    answer = HumanAnswer.model_validate(
        interrupt(_question(cause, state), response_schema=HumanAnswer)
    )
    return _taken(answer, cause, clock(), messages)


def cause_of(state: Any) -> Given | None:
    """Return why a run turned aside: of the newest trips in it, the severest."""
    given = of_this_run(read(state, "verdicts"), read(state, "ledger"))
    trips = [v for v in given if severity(v["action"]) >= severity("block")]
    if not trips:
        return None
    last = [verdict for verdict in trips if verdict["step"] == trips[-1]["step"]]
    return max(last, key=lambda verdict: severity(verdict["action"]))


def _question(cause: Given | None, state: Mapping[str, Any]) -> Escalation:
    ledger = view(state.get("ledger"))
    return Escalation(
        type="escalation",
        reason=cause["reason"] if cause else "The graph asks for a person.",
        guard=cause["guard"] if cause else "",
        kind=cause["kind"] if cause else "",
        evidence=_evidence(cause, ledger),
        options=list(get_args(Decision)),
        spent=ledger.spent,
    )


def _evidence(cause: Given | None, ledger: Ledger) -> list[str]:
    wanted = set(cause["steps"][-_EVIDENCE:]) if cause else set()
    return [
        f"step {step['n']}: {step['actor']} {step['kind']} {step['name']} -> {step['preview']}"
        for step in ledger.steps
        if step["n"] in wanted
    ]


def _taken(
    answer: HumanAnswer, cause: Given | None, now: float, messages: str | None
) -> dict[str, Any]:
    waited = max(now - cause["at"], 0.0) if cause else 0.0
    grant = _granted(answer, cause)
    step = make_step(
        "human",
        answer.decision,
        actor="human",
        result=digest(answer.message),
        preview="",  # a person's words are theirs; the message holds them
        seconds=waited,
    )
    update: dict[str, Any] = {
        "ledger": [{"steps": [step], **({"grant": grant} if grant else {})}],
        "rung": "none",
        "decision": answer.decision,
    }
    if answer.decision == "abort":
        update["ending"] = "aborted"
    if messages and answer.message:
        update[messages] = [_message(answer)]
    return update


def _granted(answer: HumanAnswer, cause: Given | None) -> dict[str, float]:
    """Return what a person grants: what they say, or as much again of the limit that asked."""
    if answer.decision != "continue":
        return {}
    asked = cause["kind"] if cause and cause["guard"] == "budget" else ""
    if answer.grant or asked not in MEASURES:
        return dict(answer.grant)  # type: ignore[arg-type]
    return {asked: 1.0}


def _message(answer: HumanAnswer) -> Any:
    if answer.decision == "answer":
        return AIMessage(answer.message, name="human")
    return told.note(f"[A person who oversees this run says] {answer.message}", "human")


def by_decision(state: Any) -> Decision:
    """Route on what the person decided: `continue`, `answer` or `abort`."""
    found = state.get("decision") if isinstance(state, dict) else getattr(state, "decision", None)
    return found or "continue"
