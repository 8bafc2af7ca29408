"""The compaction of a team's conversations: the supervisor's, and each specialist's."""

from collections.abc import Sequence
from dataclasses import replace

from langchain_core.language_models import BaseChatModel

from ..nodes.asking import Asker
from ..nodes.compaction import Compaction, Compactor, check_compaction
from ..nodes.specialist import Specialist
from ..nodes.supervisor import ACTOR
from .checked import CheckedStateGraph
from .state import AgentState

COMPACT = "compact"


def compacting(
    specialists: Sequence[Specialist], settings: Compaction | None
) -> Sequence[Specialist]:
    """Return a team whose members keep their conversations short, each by its own setting first.

    A compiled graph keeps its own.
    """
    if settings is None:
        return specialists
    check_compaction("supervised_graph", settings)
    return [
        one if one.is_graph or one.compaction else replace(one, compaction=settings)
        for one in specialists
    ]


def add_compaction(
    graph: CheckedStateGraph,
    state: type[AgentState],
    settings: Compaction | None,
    model: BaseChatModel,
    asker: Asker,
    *,
    system: str,
    pinned: Sequence[str],
) -> None:
    """Add the node that keeps the supervisor's conversation short, where that is wanted."""
    if settings is None:
        return
    way = Compactor.of(settings, model, asker, system=system, actor=ACTOR, pinned=pinned)
    graph.add_node(COMPACT, way.node(state))
    graph.add_edge(COMPACT, ACTOR)
