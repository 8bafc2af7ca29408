"""A supervisor, its specialists, the guards between them, and a person where one is needed."""

import time
import types
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any, Union, get_args, get_origin

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage
from langgraph.graph import END, START

from ..guards.breaker import Breaker
from ..guards.breaker_verdict import GUARD
from ..guards.ending import ending_of
from ..guards.errors import GuardConfigError
from ..guards.guard import Guard, Policy
from ..guards.loop import LoopGuard
from ..guards.message import read_message
from ..guards.tool_call import ToolCallGuard
from ..nodes.accounts import Accounts, check_accounts
from ..nodes.asking import Asker
from ..nodes.breakers import Breakers
from ..nodes.guard_node import by_action, judging_node
from ..nodes.holdings import Holdings
from ..nodes.human import by_decision, cause_of, human_node
from ..nodes.judging import Clock, Judges, check_names
from ..nodes.specialist import Specialist
from ..nodes.specialist_node import specialist_node
from ..nodes.supervisor import ACTOR, Supervisor, instructions, next_step, supervisor_node
from ..nodes.wrap_up import wrap_up_node
from .checked import CheckedStateGraph
from .state import OWN_FIELDS, AgentState

DEFAULT_GUARDS: tuple[Guard, ...] = (LoopGuard(), ToolCallGuard())


def supervised_graph(
    state: type[AgentState],
    *,
    supervisor: Supervisor,
    specialists: Sequence[Specialist],
    guards: Sequence[Guard] | None = None,
    breakers: Breakers | Iterable[Breaker] = (),
    policy: Policy | None = None,
    accounts: Accounts | None = None,
    prompt: str = "",
    human: bool = True,
    clock: Clock = time.time,
) -> CheckedStateGraph:
    """Return the uncompiled graph of a team; compile it with your checkpointer and store.

    The supervisor hands one task at a time to a specialist and answers the user. The same guards
    stand before the supervisor and around every specialist's tool calls. Each way out sets
    `ending`; what was reached until then stays in the state.

    Args:
        state: Your state: a subclass of `AgentState` with the fields of your task.
        supervisor: A chat model that can call tools, or a function of the state that returns a
            specialist's name, a `Handoff`, or None when all is done.
        specialists: The team, at least one.
        guards: What judges the run; None: `LoopGuard()` and `ToolCallGuard()`.
        breakers: Circuit breakers of the tools' dependencies, kept in memory; or `Breakers` with a
            backend that processes share. A tool whose dependency is down is not offered.
        policy: For a guard's name (`loop`, `budget`, `tool_call`), the rung to which its verdicts
            are raised once they are past a nudge.
        accounts: Where budgets of a day or a month are counted, over threads and processes.
        prompt: What a supervisor's model is told beyond who its specialists are.
        human: Whether a person can be asked; then compile with a checkpointer. If not, an
            escalation ends the run as `escalated`.
        clock: Unix time in seconds.

    Raises:
        GuardConfigError: The parts do not fit together; it says which, and how to mend it.
    """
    _check_state(state)
    _check_team(state, specialists)
    taken = DEFAULT_GUARDS if guards is None else tuple(guards)
    Judges.of(taken, policy)
    check_accounts(taken, accounts)
    gates = Breakers.of(breakers, [tool for one in specialists for tool in one.taken], clock)
    named = {name: rung for name, rung in (policy or {}).items() if name != GUARD or not gates}
    check_names([*taken, ToolCallGuard()], named)
    graph = CheckedStateGraph(state, own=OWN_FIELDS)
    graph.add_node("begin", _begin(clock))
    graph.add_node("guard", judging_node(*taken, policy=policy, derive=False, clock=clock))
    team = {one.name: one.about for one in specialists}
    holdings = Holdings(accounts)
    common: Mapping[str, Any] = {
        "guards": taken,
        "policy": policy,
        "clock": clock,
        "holdings": holdings,
    }
    graph.add_node(ACTOR, supervisor_node(supervisor, state, team, prompt=prompt, **common))
    for one in specialists:
        returns = _returns(state, one)
        node = specialist_node(one, state, returns=returns, human=human, breakers=gates, **common)
        graph.add_node(one.name, node)
    graph.add_node("finish", _finish)
    if human:
        graph.add_node("human", human_node(clock=clock))
    if isinstance(supervisor, BaseChatModel):
        asker = Asker.of(ACTOR, taken, policy, clock, holdings)
        node = wrap_up_node(supervisor, state, asker, system=instructions(team, prompt))
        graph.add_node("wrap_up", node)
        graph.add_edge("wrap_up", "finish")
    _add_edges(graph, list(team), human)
    return graph


def _add_edges(graph: CheckedStateGraph, team: Sequence[str], human: bool) -> None:
    last_word = "wrap_up" if "wrap_up" in graph.nodes else "finish"
    person = "human" if human else "finish"
    graph.add_edge(START, "begin")
    graph.add_edge("begin", "guard")
    ways: dict[Hashable, str] = {
        **dict.fromkeys(("none", "nudge", "block"), ACTOR),
        "wrap_up": last_word,
        "escalate": person,
        "stop": "finish",
    }
    graph.add_conditional_edges("guard", by_action, ways)
    chosen: dict[Hashable, str] = {name: name for name in (*team, "guard", "finish")}
    chosen |= {"wrap_up": last_word, "human": person}
    graph.add_conditional_edges(ACTOR, next_step, chosen)
    for name in team:
        graph.add_conditional_edges(name, after_specialist, {"on": "guard", "out": "finish"})
    if human:
        decided: dict[Hashable, str] = {"continue": ACTOR, "answer": "finish", "abort": "finish"}
        graph.add_conditional_edges("human", by_decision, decided)
    graph.add_edge("finish", END)


def after_specialist(state: AgentState) -> str:
    """Route after a specialist: on to the guards, or out when a person or nobody ended the run."""
    return "out" if state.ending else "on"


def _begin(clock: Clock) -> Any:
    def begin(state: AgentState) -> dict[str, Any]:
        """Begin a run: counts of the run start anew, those of the thread do not."""
        begun = {"begin": {"at": clock()}}
        return {"ledger": [begun], "ending": None, "rung": "none", "handoff": None, "decision": ""}

    return begin


def _finish(state: AgentState) -> dict[str, Any]:
    """End the run: say how, and leave no question without a last word."""
    update: dict[str, Any] = {"handoff": None}
    if state.ending is None:
        update["ending"] = _ending(state)
    last = read_message(state.messages[-1]) if state.messages else None
    if last is None or last.role != "assistant" or not last.text.strip():
        update["messages"] = [AIMessage(_last_word(state, update.get("ending", state.ending)))]
    return update


def _ending(state: AgentState) -> str:
    if state.decision == "answer":
        return "completed"
    cause = cause_of(state)
    if cause is None:
        return "completed"
    return "escalated" if state.rung == "escalate" else ending_of(cause)


def _last_word(state: AgentState, ending: str | None) -> str:
    cause = cause_of(state)
    if ending == "completed" or cause is None:
        return "Done." if ending == "completed" else f"The run ended: {ending}."
    return f"The run ended before its goal ({ending}): {cause['reason']}"


def _check_state(state: Any) -> None:
    if not (isinstance(state, type) and issubclass(state, AgentState)):
        shown = getattr(state, "__name__", type(state).__name__)
        raise GuardConfigError(
            f"supervised_graph({shown}): the state must be a subclass of AgentState"
        )


def _check_team(state: type[AgentState], specialists: Sequence[Specialist]) -> None:
    if not specialists:
        raise GuardConfigError("supervised_graph(specialists=[]): give at least one specialist")
    for one in specialists:
        if not isinstance(one, Specialist):
            raise GuardConfigError(
                f"specialists: a {type(one).__name__} is none; wrap it as Specialist(name, it)"
            )
    names = [one.name for one in specialists]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise GuardConfigError(
            f"two specialists are named {twice[0]!r}: give each a name of its own"
        )
    for one in specialists:
        _check_fields(state, one)


def _check_fields(state: type[AgentState], one: Specialist) -> None:
    own = [name for name in state.model_fields if name not in OWN_FIELDS]
    for setting, names in (("reads", one.reads), ("into", [one.into] if one.into else [])):
        for name in names:
            if name not in state.model_fields or (setting == "into" and name in OWN_FIELDS):
                raise GuardConfigError(
                    f"specialist {one.name!r}: {setting}={name!r} is no field of "
                    f"{state.__name__}; it has {', '.join(own) or 'none of its own'}"
                )


def _returns(state: type[AgentState], one: Specialist) -> Any:
    """Return the type of a specialist's result: its own, else that of the field it goes into."""
    if one.into is None:
        return one.returns
    field = state.model_fields[one.into].annotation
    if one.returns is None:
        return _bare(field)
    if not _fits(one.returns, field):
        raise GuardConfigError(
            f"specialist {one.name!r}: returns={_shown(one.returns)} does not fit "
            f"{state.__name__}.{one.into}, which is {_shown(field)}; make them the same"
        )
    return one.returns


def _members(annotation: Any) -> Iterable[Any]:
    union = get_origin(annotation) in (Union, types.UnionType)
    return get_args(annotation) if union else (annotation,)


def _bare(annotation: Any) -> Any:
    """Return an annotation without its None."""
    members = [one for one in _members(annotation) if one is not type(None)]
    return members[0] if len(members) == 1 else annotation


def _fits(returns: Any, field: Any) -> bool:
    if field is Any or returns == field:
        return True
    allowed = list(_members(field))
    return all(one in allowed or _is_subclass(one, allowed) for one in _members(returns))


def _is_subclass(one: Any, allowed: Sequence[Any]) -> bool:
    plain = [cls for cls in allowed if isinstance(cls, type) and not get_args(cls)]
    return isinstance(one, type) and not get_args(one) and issubclass(one, tuple(plain))


def _shown(annotation: Any) -> str:
    return (
        annotation.__name__
        if isinstance(annotation, type) and not get_args(annotation)
        else (str(annotation))
    )
