"""The supervisor: decides who is to do what next, and never ends in silence."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from inspect import iscoroutine
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import SystemMessage
from langchain_core.runnables import Runnable, RunnableConfig

from ..guards.channel import LedgerState, LedgerUpdate, extend_ledger, view
from ..guards.errors import GuardConfigError
from ..guards.guard import Guard, Policy
from ..guards.ledger import Call, make_step
from ..guards.message import read_message
from ..guards.overflow import is_overflow, overflows
from ..guards.verdict import Verdict, severity, tripped
from .acting import Act, Failure, acting_node
from .asking import Asker
from .channels import action_in
from .clock import now
from .closing import close_calls
from .fetching import answers_to, fetch_tool
from .handoff import (
    HANDOFF,
    UNROUTABLE,
    Choice,
    choice_of_function,
    choice_of_reply,
    tell_back,
)
from .holdings import Holdings
from .judging import Clock, Judges, can_be_said, judge_each, news_of, rung_of
from .reading import read
from .remembering import with_memory

Supervisor = BaseChatModel | Callable[[Any], Any]
"""A chat model that can call tools, or a plain function of the state."""

ACTOR = "supervisor"


def supervisor_node(
    supervisor: Supervisor,
    schema: type,
    team: Mapping[str, str],
    *,
    prompt: str = "",
    guards: Sequence[Guard] = (),
    policy: Policy | None = None,
    attempts: int = 2,
    clock: Clock = now,
    holdings: Holdings | None = None,
    pinned: Sequence[str] = (),
    compacts: bool = False,
) -> Runnable[Any, Any]:
    """Return the node that decides: hand a task to a specialist, or answer.

    A model is given one tool, ``handoff(to, task)``; a reply in words is the answer. A function
    of the state returns a specialist's name, a `Handoff`, or None (`END` will do) when all is
    done. A choice of somebody who does not exist, a hand-off that a guard blocks and an empty
    reply are told back; after `attempts` of them in a row the run is escalated.

    Args:
        supervisor: A chat model that can call tools, or a function of the state.
        schema: The graph's state, a subclass of `AgentState` or of the same fields.
        team: What each specialist is for, by name.
        prompt: What a model is told beyond who its specialists are.
        guards: What judges a hand-off before it is made.
        policy: Rungs to which verdicts are raised.
        attempts: Choices that cannot be followed that are told back, at least 0.
        clock: Unix time in seconds.
        holdings: What the graph's calls hold of the budgets; None: a table of its own.
        pinned: State fields that each prompt shows, beside the pins.
        compacts: Whether a compaction node stands before it: then its model can fetch back what
            was left out, and a prompt that was too long is tried once more, shorter.

    Raises:
        GuardConfigError: The supervisor is neither, or its model cannot call tools.
    """
    if attempts < 0:
        raise GuardConfigError(f"attempts={attempts}: use 0 or more")
    desk = _Desk(dict(team), Judges.of(guards, policy), attempts, clock, compacts)
    if isinstance(supervisor, BaseChatModel):
        bound, system = _bound(supervisor, desk.team, compacts), instructions(desk.team, prompt)

        def asked(state: Any) -> list[Any]:
            messages = [SystemMessage(system), *close_calls(read(state, "messages") or [])]
            return with_memory(messages, state, pinned=pinned)

        asker = Asker.of(ACTOR, guards, policy, clock, holdings)
        act = asker.act(lambda _: bound, asked, desk.replied)
    elif callable(supervisor) and not isinstance(supervisor, type):
        act = _deciding(supervisor, desk)
    else:
        raise GuardConfigError(
            f"supervisor={type(supervisor).__name__}: give a chat model, or a function of the state"
        )
    return acting_node(ACTOR, schema, act)


def instructions(team: Mapping[str, str], prompt: str) -> str:
    """Return what a supervisor's model is told: its task, and who works for it."""
    lines = [f"- {name}: {about}" if about else f"- {name}" for name, about in team.items()]
    people = "\n".join(["You lead these specialists:", *lines])
    ways = (
        f"Hand one task at a time to one of them with the tool {HANDOFF!r}, saying all that they "
        "need to know. When the user's request is done, or cannot be done, answer the user in "
        "words, without a tool."
    )
    return "\n\n".join(part for part in (prompt, people, ways) if part)


def _bound(model: BaseChatModel, team: Mapping[str, str], compacts: bool) -> Any:
    tool: dict[str, Any] = {
        "type": "function",
        "function": {
            "name": HANDOFF,
            "description": "Hand a task to a specialist and wait for what comes of it.",
            "parameters": {
                "type": "object",
                "properties": {
                    "to": {"type": "string", "enum": list(team), "description": "Who."},
                    "task": {"type": "string", "description": "What to do, with all details."},
                },
                "required": ["to", "task"],
            },
        },
    }
    try:
        return model.bind_tools([tool, *([fetch_tool()] if compacts else [])])
    except NotImplementedError as error:
        raise GuardConfigError(
            f"supervisor={type(model).__name__}: it cannot call tools (it has no bind_tools); "
            "give a model that can, or a function of the state"
        ) from error


def _deciding(function: Callable[[Any], Any], desk: "_Desk") -> Act:
    def call(state: Any, _: RunnableConfig) -> Any:
        chosen = function(state)
        if iscoroutine(chosen):
            chosen.close()
            raise TypeError("the supervisor is an async function: run its graph with ainvoke")
        return chosen

    async def acall(state: Any, _: RunnableConfig) -> Any:
        chosen = function(state)
        return await chosen if hasattr(chosen, "__await__") else chosen

    return Act(lambda state, _: state, call, acall, desk.decided)


@dataclass(frozen=True, slots=True)
class _Desk:
    """Where choices are checked, and followed or told back."""

    team: dict[str, str]
    judges: Judges
    attempts: int
    clock: Clock
    compacts: bool = False

    def replied(self, state: Any, outcome: Any, ledger: list[LedgerUpdate]) -> dict[str, Any]:
        """Follow a model's reply. What the model raises is raised: the thread can be resumed."""
        if isinstance(outcome, Failure):
            return self._failed(state, outcome.error, ledger)
        if self.compacts and (found := answers_to(outcome, read(state, "archive"), ACTOR)):
            return self._update([outcome, *found.messages], [*ledger, {"steps": found.steps}])
        choice = choice_of_reply(read_message(outcome), self.team)
        messages = [outcome] if read_message(outcome).calls or choice.fault is None else []
        return self._follow(state, choice, messages, ledger)

    def _failed(
        self, state: Any, error: BaseException, ledger: list[LedgerUpdate]
    ) -> dict[str, Any]:
        """Have a prompt that was too long shortened, once; raise what else went wrong."""
        if not self.compacts or not is_overflow(error) or overflows(read(state, "ledger")):
            raise error
        return self._update([], ledger)

    def decided(self, state: Any, _: Any, outcome: Any, __: float) -> Any:
        """Follow a function's choice."""
        if isinstance(outcome, Failure):
            raise outcome.error
        return self._follow(state, choice_of_function(outcome, self.team), [], [])

    def _follow(
        self, state: Any, choice: Choice, messages: list[Any], ledger: list[LedgerUpdate]
    ) -> dict[str, Any]:
        messages = [*messages, *choice.told]
        if choice.fault is not None:
            return self._unroutable(state, choice.fault, messages, ledger)
        if choice.handoff is None:
            return self._update(messages, ledger, ending="completed")
        call = Call(
            choice.call_id or HANDOFF, choice.handoff.to, {"task": choice.handoff.task}, ACTOR,
            kind="handoff",
        )  # fmt: skip
        stored: LedgerState = extend_ledger(read(state, "ledger"), [ledger])
        now = self.clock()
        verdicts, reasons = judge_each(self.judges, view(stored, now=now), [call])
        said = filter(can_be_said, verdicts)
        fresh = news_of(said, read(state, "verdicts"), stored, now)
        if reasons:
            step = _not_made(call)
            note = tell_back(choice.call_id, f"Not handed over. {reasons[call.id]}")
            blocked: list[LedgerUpdate] = [*ledger, {"steps": [step]}]
            rung = rung_of(verdicts)
            return self._update([*messages, note], blocked, verdicts=fresh, rung=rung)
        task = {
            "to": choice.handoff.to,
            "task": choice.handoff.task,
            "by": ACTOR,
            "call_id": choice.call_id,
        }
        return self._update(messages, ledger, verdicts=fresh, handoff=task)

    def _unroutable(
        self, state: Any, fault: str, messages: list[Any], ledger: list[LedgerUpdate]
    ) -> dict[str, Any]:
        before = _told_back(read(state, "messages") or [])
        if before < self.attempts:
            return self._update(messages, ledger, rung="nudge")
        stored = extend_ledger(read(state, "ledger"), [ledger])
        verdict: Verdict = tripped(
            ACTOR,
            UNROUTABLE,
            "escalate",
            f"The supervisor made {before + 1} choices in a row that cannot be followed; the last: "
            f"{fault}",
        )
        fresh = news_of([verdict], read(state, "verdicts"), stored, self.clock())
        return self._update(messages, ledger, verdicts=fresh, rung="escalate")

    def _update(
        self,
        messages: list[Any],
        ledger: list[LedgerUpdate],
        *,
        verdicts: Sequence[Any] = (),
        rung: str = "none",
        handoff: dict[str, Any] | None = None,
        ending: str | None = None,
    ) -> dict[str, Any]:
        found: dict[str, Any] = {
            "messages": messages,
            "ledger": ledger,
            "verdicts": list(verdicts),
            "ending": ending,
        }
        kept = {key: value for key, value in found.items() if value}
        return {**kept, "rung": rung, "handoff": handoff}


def _not_made(call: Call) -> Any:
    """Return the step of a hand-off that was not made."""
    return make_step(
        "handoff", call.name, actor=call.actor, args=call.digests, call_id=call.id, error="blocked"
    )


def _told_back(messages: Sequence[Any]) -> int:
    """Return how many choices in a row, up to the last message, were told back."""
    count, answers = 0, 0
    for message in map(read_message, reversed(messages)):
        if message.role == "assistant" and answers:  # several calls of one reply are one choice
            count, answers = count + 1, 0
        elif message.mark == UNROUTABLE and message.role == "tool":
            answers += 1
        elif message.mark == UNROUTABLE:
            count += 1
        elif message.mark != "nudge":
            break
    return count


def next_step(state: Any) -> str:
    """Route after the supervisor: to a specialist, back to the guards, or out."""
    if read(state, "ending"):
        return "finish"
    rung = action_in(state)
    if severity(rung) >= severity("wrap_up"):
        return {"wrap_up": "wrap_up", "escalate": "human", "stop": "finish"}[rung]
    handoff = read(state, "handoff")
    return str(handoff["to"]) if handoff else "guard"
