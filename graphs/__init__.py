"""Assembling: the typed state of a team, its contract, and the graph of the team."""

from .checked import CheckedStateGraph
from .durability import Advice, durability_advice
from .fingerprint import fingerprint
from .inbox import inbox
from .lease import Lease, alease, lease
from .postgres import apostgres_saver, postgres_saver
from .question import Question
from .resume import aexpire, aquestions, aresume, expire, questions, resume
from .rewind import arewind, rewind
from .state import AgentState
from .supervised import supervised_graph
from .thread_locks import ThreadLock
from .threads import acheck_thread, check_thread
from .update import aupdate_state, update_state

__all__ = [
    "Advice",
    "AgentState",
    "CheckedStateGraph",
    "Lease",
    "Question",
    "ThreadLock",
    "acheck_thread",
    "aexpire",
    "alease",
    "apostgres_saver",
    "aquestions",
    "aresume",
    "arewind",
    "aupdate_state",
    "check_thread",
    "durability_advice",
    "expire",
    "fingerprint",
    "inbox",
    "lease",
    "postgres_saver",
    "questions",
    "resume",
    "rewind",
    "supervised_graph",
    "update_state",
]
