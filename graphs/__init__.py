"""Assembling: the typed state of a team, its contract, and the graph of the team."""

from .checked import CheckedStateGraph
from .postgres import apostgres_saver, postgres_saver
from .rewind import arewind, rewind
from .state import AgentState
from .supervised import supervised_graph
from .update import aupdate_state, update_state

__all__ = [
    "AgentState",
    "CheckedStateGraph",
    "apostgres_saver",
    "arewind",
    "aupdate_state",
    "postgres_saver",
    "rewind",
    "supervised_graph",
    "update_state",
]
