"""Deliver a specialist's result: read it, ask again for what is wrong with it, or give up aloud."""

import json
from dataclasses import dataclass
from typing import Any

from langchain_core.messages import RemoveMessage
from langchain_core.runnables import RunnableConfig
from langgraph.graph import END

from ..guards.channel import LedgerState
from ..guards.guard import Policy
from ..guards.message import read_message
from ..guards.reply import Reply
from ..guards.verdict import Verdict, severity
from .channels import action_in
from .judging import Clock, news_of
from .pending import Wanted, notes
from .repair_report import event_of, is_worth_telling, tell_trace, verdict_of
from .repairing import Repairing, Taken

_EMPTY = "Your reply was empty. Call a tool, or answer the task in words."


@dataclass(frozen=True, slots=True)
class Delivery:
    """Where a specialist's last words become its result.

    A reply that cannot be taken leaves the conversation; what is wrong with it is shown to the
    model behind the conversation, until there is a result.

    Attributes:
        actor: The specialist's name.
        repairing: How its result is read.
        policy: Where an unrepairable result goes, under the name `repair`.
        clock: Unix time in seconds.
    """

    actor: str
    repairing: Repairing
    policy: Policy
    clock: Clock

    @classmethod
    def of(
        cls, actor: str, returns: Any, attempts: int, policy: Policy | None, clock: Clock
    ) -> "Delivery":
        """Return the delivery of a result.

        Raises:
            GuardConfigError: The type is none.
        """
        wanted = Wanted(returns, tells_schema=False, empty=_EMPTY)
        return cls(actor, Repairing(wanted, attempts), policy or {}, clock)

    def notes(self, state: Any) -> list[Any]:
        """Return what the model is told behind the conversation."""
        return notes(state.get("pending"), is_json=not self.repairing.wanted.is_words)

    def deliver(self, state: Any, config: RunnableConfig) -> dict[str, Any]:
        """Read the result out of the last message, or say what is to be asked for."""
        last = state["messages"][-1]
        is_persons = state.get("decision") == "answer" and read_message(last).name == "human"
        pending = None if is_persons else state.get("pending")
        taken = self.repairing.take(pending, Reply.of(last))
        if is_worth_telling(taken):
            tell_trace(config, event_of(taken, self.actor))
        if taken.fault is None:
            return self._delivered(taken, last, was_asked=pending is not None)
        steps = [step["n"] for step in (state.get("ledger") or {}).get("recent", ())[-1:]]
        verdict = verdict_of(taken, self.actor, self.policy, steps)
        if is_persons:
            verdict = {**verdict, "action": "escalate"}  # a wrong answer is asked for again
        return self._refused(state, taken, last, verdict)

    def _delivered(self, taken: Taken, last: Any, *, was_asked: bool) -> dict[str, Any]:
        value = taken.repaired.value if taken.repaired else None
        plain = self.repairing.wanted.plain(value)
        update = {"result": plain, "ending": "completed", "pending": None}
        if not was_asked:
            return update
        words = self.repairing.wanted.is_words
        text = taken.text if words else json.dumps(plain, ensure_ascii=False)
        return {**update, "messages": [last.model_copy(update={"content": text})]}

    def _refused(self, state: Any, taken: Taken, last: Any, verdict: Verdict) -> dict[str, Any]:
        stored: LedgerState = state.get("ledger") or LedgerState()
        fresh = news_of([verdict], state.get("verdicts"), stored, self.clock())
        update: dict[str, Any] = {"verdicts": fresh, "rung": verdict["action"]}
        pending = taken.pending
        if pending is None and verdict["action"] == "escalate" and taken.fault is not None:
            # Whatever a person decides, the model is asked anew, and as often.
            again = self.repairing.wanted.next(state.get("pending"), taken.fault, taken.text)
            pending = {**again, "asked": 0}
        if pending is None:
            return update  # what there is stays, as the partial result
        return {**update, "pending": pending, "messages": [RemoveMessage(last.id)]}


def after_delivery(state: Any) -> str:
    """Route after a result was read: back to the model, aside, or out."""
    if state.get("ending"):
        return END
    rung = action_in(state)
    return rung if severity(rung) >= severity("wrap_up") else "agent"
