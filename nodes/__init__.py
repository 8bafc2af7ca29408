"""Acting: nodes that judge, call models and tools, and ask people, for any `StateGraph`."""

import typing

from ..guards.escalation import Escalation
from .accounts import Accounts
from .backend_postgres import PostgresBackend
from .backend_redis import RedisBackend
from .backend_sqlite import SqliteBackend
from .backends import Backend, MemoryBackend
from .breakers import Breakers
from .channels import GuardChannels
from .closing import close_calls
from .compaction import Compaction
from .compaction_node import compaction_node
from .decisions import decision_tool
from .escalate import allow_again, ask, escalate
from .failover import failover
from .fan_out import fan_out
from .fetching import fetch_tool
from .guard_node import by_action, guard_node
from .handoff import Handoff
from .human import by_decision, human_node
from .human_answer import ActionDecision, HumanAnswer
from .idempotency import idempotency_key
from .local_scorers import EmbeddingScorer, NliScorer, load_scorer
from .memory import Memory
from .memory_store import sqlite_store
from .memory_tools import memory_tools
from .model_judge import ModelJudge
from .remembering import with_memory
from .repair_node import repair_node
from .specialist import Specialist
from .structured import structured
from .supervisor import supervisor_node
from .tool_node import tool_node
from .with_extras import made_at_first_use as __getattr__  # noqa: F401 - Python asks it

if typing.TYPE_CHECKING:
    from .guard_middleware import GuardMiddleware

__all__ = [
    "Accounts",
    "ActionDecision",
    "Backend",
    "Breakers",
    "Compaction",
    "EmbeddingScorer",
    "Escalation",
    "GuardChannels",
    "GuardMiddleware",
    "Handoff",
    "HumanAnswer",
    "Memory",
    "MemoryBackend",
    "ModelJudge",
    "NliScorer",
    "PostgresBackend",
    "RedisBackend",
    "Specialist",
    "SqliteBackend",
    "allow_again",
    "ask",
    "by_action",
    "by_decision",
    "close_calls",
    "compaction_node",
    "decision_tool",
    "escalate",
    "failover",
    "fan_out",
    "fetch_tool",
    "guard_node",
    "human_node",
    "idempotency_key",
    "load_scorer",
    "memory_tools",
    "repair_node",
    "sqlite_store",
    "structured",
    "supervisor_node",
    "tool_node",
    "with_memory",
]
