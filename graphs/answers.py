"""The check of a team's final answer, where guards judge answers."""

from collections.abc import Hashable, Sequence

from langgraph.graph import END

from ..guards.facts import ToolSpec
from ..guards.ledger import Source
from ..nodes.answering import AnswerCheck, after_check, answer_guards
from ..nodes.asking import Asker
from ..nodes.specialist import Specialist
from ..nodes.specs import specs_of
from ..nodes.supervisor import ACTOR, next_step
from .checked import CheckedStateGraph
from .state import AgentState

CHECK = "check"


def add_answer_check(
    graph: CheckedStateGraph,
    state: type[AgentState],
    specialists: Sequence[Specialist],
    asker: Asker,
    context: Sequence[Source],
    *,
    human: bool,
) -> None:
    """Add the node that judges the supervisor's answers, where a guard does, and its ways out."""
    if not answer_guards(asker.judges.guards):
        return
    check = AnswerCheck(asker, team_specs(specialists), named=True, context=tuple(context))
    graph.add_node(CHECK, check.node(state))
    ways: dict[Hashable, str] = {
        "agent": ACTOR,
        **dict.fromkeys(("deliver", END, "wrap_up", "stop"), "finish"),
        "escalate": "human" if human else "finish",
    }
    graph.add_conditional_edges(CHECK, after_check, ways)


def team_specs(specialists: Sequence[Specialist]) -> dict[str, ToolSpec]:
    """Return what a team can do: its tools, and the specialists whose inside is not known."""
    known = {name: spec for one in specialists for name, spec in specs_of(one.taken).items()}
    graphs = {one.name: ToolSpec(one.name, one.about) for one in specialists if one.is_graph}
    return {**known, **graphs}


def next_or_check(state: AgentState) -> str:
    """Route after the supervisor, an answer to its check."""
    step = next_step(state)
    return CHECK if step == "finish" and state.ending == "completed" else step
