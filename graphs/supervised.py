"""A supervisor, its specialists, the guards between them, and a person where one is needed."""

from collections.abc import Hashable, Iterable, Sequence
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage
from langgraph.graph import END, START

from ..guards.breaker import Breaker
from ..guards.breaker_verdict import GUARD
from ..guards.ending import ending_of
from ..guards.escalation import Deadline, check_deadline
from ..guards.guard import Guard, Policy
from ..guards.loop import LoopGuard
from ..guards.message import read_message
from ..guards.repeat import RepeatGuard
from ..guards.settings import check_clock, check_switches
from ..guards.tool_call import ToolCallGuard
from ..nodes.accounts import Accounts, check_accounts
from ..nodes.answering import answer_guards, as_sources
from ..nodes.asking import Asker
from ..nodes.breakers import Breakers
from ..nodes.clock import now
from ..nodes.compaction import Compaction
from ..nodes.guard_node import by_action, judging_node
from ..nodes.holdings import Holdings
from ..nodes.human import by_decision, cause_of, human_node
from ..nodes.judging import Clock, Judges, check_names
from ..nodes.memory import Memory
from ..nodes.remembering import pinned_names
from ..nodes.repair_report import GUARD as REPAIR
from ..nodes.specialist import Specialist
from ..nodes.specialist_node import specialist_node
from ..nodes.supervisor import ACTOR, Supervisor, instructions, next_step, supervisor_node
from ..nodes.wrap_up import wrap_up_node
from .answers import CHECK, add_answer_check, next_or_check
from .beginning import begin_node
from .checked import CheckedStateGraph
from .compacting import COMPACT, add_compaction, compacting
from .state import OWN_FIELDS, AgentState
from .team import check_team, returns_of
from .unrepaired import is_left_unrepaired

DEFAULT_GUARDS: tuple[Guard, ...] = (LoopGuard(), ToolCallGuard(), RepeatGuard())


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
    pins: Sequence[str] = (),
    pinned: Sequence[str] = (),
    compaction: Compaction | None = None,
    memory: Memory | Sequence[Memory] = (),
    human: bool = True,
    deadline: Deadline | None = None,
    clock: Clock = now,
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
        guards: What judges the run; None: `LoopGuard()`, `ToolCallGuard()` and
            `RepeatGuard()`.
        breakers: Circuit breakers of the tools' dependencies, kept in memory; or `Breakers` with a
            backend that processes share. A tool whose dependency is down is not offered.
        policy: For a guard's name (`loop`, `budget`, `tool_call`), the rung to which its verdicts
            are raised once they are past a nudge; for `repair`, where a result goes that cannot
            be repaired (`escalate`, `wrap_up`; else its task ends as `unrepaired`).
        accounts: Where budgets of a day or a month are counted, over threads and processes.
        prompt: What a supervisor's model is told beyond who its specialists are.
        pins: Constraints that every prompt of every agent shows, word for word. A thread keeps
            those that it began with.
        pinned: State fields that every prompt shows; fields marked ``Annotated[str, Pinned()]``
            are shown as well. The user's newest request always is, as the goal, with what was
            pinned on the way (`pin`).
        compaction: How long the conversations of the supervisor and of the specialists may grow;
            a specialist's own setting goes before. None: for ever. `state["messages"]` itself gets
            shorter: an app that shows the whole conversation keeps its own copy as it streams, or
            reads the thread's earlier checkpoints (`app.get_state_history`).
        memory: Facts of earlier conversations that are recalled for each request, bounded, and
            shown in every prompt; then compile with a store. It only recalls: facts are kept by a
            specialist that has `memory_tools(memory)` among its tools, or by `Memory.remember`.
        human: Whether a person can be asked; then compile with a checkpointer. If not, an
            escalation ends the run as `escalated`.
        deadline: Until when a question to a person can be answered, and what is decided then;
            None: for ever.
        clock: Unix time in seconds.

    Raises:
        GuardConfigError: The parts do not fit together; it says which, and how to mend it.
    """
    _check_given(state, specialists, human, clock, deadline)
    specialists = compacting(specialists, compaction)
    taken = Judges.of(DEFAULT_GUARDS if guards is None else guards, policy).guards
    gates = Breakers.of(breakers, [tool for one in specialists for tool in one.taken], clock)
    _check_terms(taken, policy, accounts, gates)
    terms: dict[str, Any] = {"guards": taken, "policy": policy, "clock": clock}
    terms["holdings"] = Holdings(accounts)
    shown: dict[str, Any] = {"pinned": pinned_names(state, pinned)}
    context = as_sources([prompt] if prompt else [])
    team = {one.name: one.about for one in specialists}
    graph = CheckedStateGraph(state, own=OWN_FIELDS)
    graph.add_node("begin", begin_node(state, clock, pins, memory))
    graph.add_node("guard", _standing(taken, policy, clock))
    leads: dict[str, Any] = {"prompt": prompt, "compacts": compaction is not None, **shown, **terms}
    graph.add_node(ACTOR, supervisor_node(supervisor, state, team, **leads))
    works: dict[str, Any] = {"context": context, "breakers": gates, "deadline": deadline}
    for one in specialists:
        own = {**works, **shown, **terms, "returns": returns_of(state, one), "human": human}
        graph.add_node(one.name, specialist_node(one, state, **own))
    graph.add_node("finish", _finish)
    if human:
        graph.add_node("human", human_node(clock=clock, deadline=deadline))
    if isinstance(supervisor, BaseChatModel):
        asker = Asker.of(ACTOR, **terms)
        add_answer_check(graph, state, specialists, asker, context, human=human)
        shown["system"] = instructions(team, prompt)
        graph.add_node("wrap_up", wrap_up_node(supervisor, state, asker, **shown))
        add_compaction(graph, state, compaction, supervisor, asker, **shown)
    _add_edges(graph, list(team), human)
    return graph


def _standing(guards: Sequence[Guard], policy: Policy | None, clock: Clock) -> Any:
    """Return the node that judges the run where it stands: all but its answers."""
    before = [guard for guard in guards if guard not in answer_guards(guards)]
    return judging_node(*before, policy=policy, derive=False, clock=clock)


def _check_given(
    state: Any, specialists: Sequence[Specialist], human: bool, clock: Clock, deadline: object
) -> None:
    """Refuse what is no team, no yes or no, no clock, or no deadline."""
    check_deadline("supervised_graph", deadline)
    check_team(state, specialists)
    check_switches("supervised_graph", human=human)
    check_clock("supervised_graph", clock)


def _check_terms(
    guards: Sequence[Guard], policy: Policy | None, accounts: Accounts | None, gates: Breakers
) -> None:
    """Refuse guards, policy and accounts that do not go together."""
    Judges.of(guards, policy)
    check_accounts(guards, accounts)
    check_names([*guards, ToolCallGuard()], policy, [GUARD, REPAIR] if gates else [REPAIR])


def _add_edges(graph: CheckedStateGraph, team: Sequence[str], human: bool) -> None:
    last_word = "wrap_up" if "wrap_up" in graph.nodes else "finish"
    if last_word == "wrap_up":
        graph.add_edge("wrap_up", CHECK if CHECK in graph.nodes else "finish")
    person = "human" if human else "finish"
    graph.add_edge(START, "begin")
    graph.add_edge("begin", "guard")
    leader = COMPACT if COMPACT in graph.nodes else ACTOR
    ways: dict[Hashable, str] = {
        **dict.fromkeys(("none", "nudge", "block"), leader),
        "wrap_up": last_word,
        "escalate": person,
        "stop": "finish",
    }
    graph.add_conditional_edges("guard", by_action, ways)
    chosen: dict[Hashable, str] = {name: name for name in (*team, "guard", "finish")}
    chosen |= {"wrap_up": last_word, "human": person}
    route = next_step
    if CHECK in graph.nodes:
        route, chosen[CHECK] = next_or_check, CHECK
    graph.add_conditional_edges(ACTOR, route, chosen)
    for name in team:
        graph.add_conditional_edges(name, after_specialist, {"on": "guard", "out": "finish"})
    if human:
        decided: dict[Hashable, str] = {"continue": leader, "answer": "finish", "abort": "finish"}
        decided["wrap_up"] = last_word
        graph.add_conditional_edges("human", by_decision, decided)
    graph.add_edge("finish", END)


def after_specialist(state: AgentState) -> str:
    """Route after a specialist: on to the guards, or out when a person or nobody ended the run."""
    return "out" if state.ending else "on"


def _finish(state: AgentState) -> dict[str, Any]:
    """End the run: say how, and leave no question without a last word."""
    update: dict[str, Any] = {"handoff": None}
    if state.ending is None:
        update["ending"] = _ending(state)
    elif state.ending == "completed" and is_left_unrepaired(state):
        update["ending"] = "unrepaired"
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
