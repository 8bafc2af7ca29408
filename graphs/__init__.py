"""Assembling: the typed state of a team, its contract, and the graph of the team."""

from .checked import CheckedStateGraph
from .state import AgentState
from .supervised import supervised_graph
from .update import aupdate_state, update_state

__all__ = ["AgentState", "CheckedStateGraph", "aupdate_state", "supervised_graph", "update_state"]
