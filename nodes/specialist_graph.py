"""The inside of a specialist: a model, its tools, a person where it needs one, and its result."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.tools import BaseTool
from langgraph.graph import END, START, StateGraph

from ..guards.breaker import Breaker
from ..guards.channel import LedgerUpdate
from ..guards.errors import GuardConfigError
from ..guards.escalation import Deadline
from ..guards.guard import Guard, Policy
from ..guards.message import read_message
from ..guards.overflow import is_overflow, overflows
from ..guards.verdict import severity
from .acting import Failure, acting_node
from .answering import AnswerCheck, after_check, answer_guards
from .asking import Asker
from .breakers import Breakers
from .channels import DecisionChannel, EndingChannel, GuardChannels, action_in
from .clock import now
from .compaction import Compactor
from .conversation import MessagesChannel
from .delivery import Delivery, after_delivery
from .guard_node import by_action
from .holdings import Holdings
from .human import by_decision, human_node
from .judging import Clock
from .offering import Offering
from .pending import Pending
from .specialist import Specialist
from .specs import specs_of
from .tool_node import tool_node
from .wrap_up import ended, wrap_up_node


class SpecialistState(GuardChannels, total=False):
    """The state of one task.

    Attributes:
        messages: The task and all that was said since.
        branch: The parallel branch it runs in.
        pool: What it shares a budget with, where nobody gave it an allowance.
        allowance: The totals that it may reach, by measure, where it was given some.
        ending: How it ended, or None.
        decision: What a person decided last.
        seen: What the team had seen before, as far as guards look at it; see `brief`.
        trouble: What went wrong beside a guard's trip, in one sentence, or empty.
        pending: What is asked for again, when its result could not be read, or None.
        result: The result as plain JSON.
    """

    messages: MessagesChannel
    branch: str
    pool: str
    allowance: dict[str, float]
    ending: EndingChannel
    decision: DecisionChannel
    seen: list[dict[str, Any]]
    trouble: str
    pending: Pending | None
    result: Any


def specialist_graph(
    specialist: Specialist,
    *,
    guards: Sequence[Guard] = (),
    policy: Policy | None = None,
    returns: Any = None,
    human: bool = True,
    deadline: Deadline | None = None,
    clock: Clock = now,
    holdings: Holdings | None = None,
    breakers: Breakers | Iterable[Breaker] = (),
) -> StateGraph[Any, Any, Any, Any]:
    """Return the graph of a specialist that is a model with tools.

    Args:
        specialist: Who it is.
        guards: What judges its tool calls.
        policy: Rungs to which verdicts are raised.
        returns: The type of its result, or None for text.
        human: Whether a person can be asked; else an escalation ends the task.
        deadline: Until when they can answer, and what is decided then.
        clock: Unix time in seconds.
        holdings: What the graph's calls hold of the budgets; None: a table of its own.
        breakers: Circuit breakers of what its tools need. A tool whose dependency is down is not
            offered to the model, its fallback is; with no tool left a person is asked, or the
            task ends as `breaker_open`.

    Raises:
        GuardConfigError: The model cannot call tools.
    """
    delivery = Delivery.of(specialist.name, returns, specialist.attempts, policy, clock)
    asker = Asker.of(specialist.name, guards, policy, clock, holdings)
    gates = Breakers.of(breakers, specialist.taken, clock)
    bind = partial(_bound, specialist)
    offering = Offering(specialist.taken, gates, bind, human=human, policy=policy or {})
    terms: dict[str, Any] = {"guards": guards, "policy": policy, "clock": clock}
    terms |= {"human": human, "deadline": deadline}
    graph: StateGraph[Any, Any, Any, Any] = StateGraph(SpecialistState)
    ask = offering.act(asker, _Desk(specialist).replied, delivery.notes)
    graph.add_node("agent", acting_node("agent", SpecialistState, ask))
    tools = tool_node(
        specialist.taken,
        **terms,
        derive=False,
        actor=specialist.name,
        state_schema=SpecialistState,
        holdings=asker.holdings,
        breakers=gates,
    )
    graph.add_node("tools", tools)
    graph.add_node("wrap_up", wrap_up_node(specialist.model, SpecialistState, asker))
    graph.add_node("deliver", delivery.deliver)
    _add_compaction(graph, specialist, asker)
    if answer_guards(guards) and returns in (None, str):
        check = AnswerCheck(asker, specs_of(specialist.taken)).node(SpecialistState)
        graph.add_node("check", check)
    graph.add_node("stop", _stop)
    _add_person(graph, human_node(clock=clock, tools=specialist.taken, deadline=deadline), human)
    _add_edges(graph, human)
    return graph


def _add_person(graph: StateGraph[Any, Any, Any, Any], node: Any, human: bool) -> None:
    if human:
        graph.add_node("human", node)


def _add_compaction(
    graph: StateGraph[Any, Any, Any, Any], specialist: Specialist, asker: Asker
) -> None:
    settings, specs = specialist.compaction, specs_of(specialist.taken)
    if settings is not None:
        way = Compactor.of(settings, specialist.model, asker, specs=specs, actor=specialist.name)
        graph.add_node("compact", way.node(SpecialistState))


def _add_edges(graph: StateGraph[Any, Any, Any, Any], human: bool) -> None:
    agent = "compact" if "compact" in graph.nodes else "agent"
    graph.add_edge(START, agent)
    aside: dict[Hashable, str] = {
        "wrap_up": "wrap_up",
        "escalate": "human" if human else "stop",
        "stop": "stop",
    }
    on: dict[Hashable, str] = {name: name for name in ("tools", "deliver", END)}
    if agent == "compact":
        on["compact"] = "compact"
        graph.add_edge("compact", "agent")
    if "check" in graph.nodes:
        on["deliver"] = "check"
        out: dict[Hashable, str] = {"agent": agent, "deliver": "deliver", END: END}
        graph.add_conditional_edges("check", after_check, out | aside)
    graph.add_conditional_edges("agent", after_reply, on | aside)
    ways: dict[Hashable, str] = dict.fromkeys(("none", "nudge", "block"), agent)
    graph.add_conditional_edges("tools", by_action, ways | aside)
    if human:
        answered: dict[Hashable, str] = {"continue": agent, "answer": "deliver", "abort": END}
        answered |= {"approve": "tools", "wrap_up": "wrap_up"}
        graph.add_conditional_edges("human", by_decision, answered)
    back: dict[Hashable, str] = {"agent": agent, END: END}
    graph.add_conditional_edges("deliver", after_delivery, back | aside)
    graph.add_edge("wrap_up", END)
    graph.add_edge("stop", END)


def _bound(specialist: Specialist, tools: Sequence[BaseTool]) -> Any:
    if not isinstance(specialist.model, BaseChatModel) or not tools:
        return specialist.model
    try:
        return specialist.model.bind_tools(tools)
    except NotImplementedError as error:
        raise GuardConfigError(
            f"specialist {specialist.name!r}: {type(specialist.model).__name__} cannot call tools "
            "(it has no bind_tools); give a model that can, or no tools"
        ) from error


def after_reply(state: SpecialistState) -> str:
    """Route after the model: on, aside, or out."""
    if state.get("ending"):
        return END
    rung = action_in(state)
    if severity(rung) >= severity("wrap_up"):
        return rung
    if overflows(state.get("ledger")):
        return "compact"
    return "tools" if read_message(state["messages"][-1]).calls else "deliver"


@dataclass(frozen=True, slots=True)
class _Desk:
    """Where a specialist's model is asked."""

    specialist: Specialist

    def replied(self, state: Any, outcome: Any, ledger: list[LedgerUpdate]) -> dict[str, Any]:
        """Take the model's reply, or say that it failed."""
        if isinstance(outcome, Failure):
            if self._can_shorten(state, outcome.error):
                return {"ledger": ledger, "rung": "none"}
            name = type(outcome.error).__name__
            trouble = f"the model of {self.specialist.name!r} failed ({name})"
            return {"ledger": ledger, "ending": "failed", "trouble": trouble}
        update = {"ledger": ledger, "messages": [outcome]}
        return update if state.get("rung") == "none" else {**update, "rung": "none"}

    def _can_shorten(self, state: Any, error: BaseException) -> bool:
        """Return whether a prompt was too long, and has not been shortened for that yet."""
        if self.specialist.compaction is None or not is_overflow(error):
            return False
        return not overflows(state.get("ledger"))


def _stop(state: SpecialistState) -> dict[str, Any]:
    """End the task at once, and say how."""
    return ended(state)
