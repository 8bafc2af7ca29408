"""Assembling: the typed state of a team, its contract, and the graph of the team."""

from .checked import CheckedStateGraph
from .postgres import apostgres_saver, postgres_saver
from .question import Question
from .resume import aexpire, aquestions, aresume, expire, questions, resume
from .rewind import arewind, rewind
from .state import AgentState
from .supervised import supervised_graph
from .update import aupdate_state, update_state

__all__ = [
    "AgentState",
    "CheckedStateGraph",
    "Question",
    "aexpire",
    "apostgres_saver",
    "aquestions",
    "aresume",
    "arewind",
    "aupdate_state",
    "expire",
    "postgres_saver",
    "questions",
    "resume",
    "rewind",
    "supervised_graph",
    "update_state",
]
