"""What a specialist is given: its task, what it may read, what is done, and a bounded ledger."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from langchain_core.messages import HumanMessage, SystemMessage
from langchain_core.runnables import RunnableConfig

from ..guards.channel import LedgerState
from ..guards.ledger import Source
from ..guards.message import read_message
from ..guards.pins import Pins
from ..guards.sources import Sources
from .branch import branch_of
from .judging import of_this_run
from .reading import read
from .remembering import as_text, memory_of, pinned_fields
from .reservations import pool_of
from .result import instruction
from .specialist import Specialist

_STEPS_SHOWN = 64  # recent steps of the team that a specialist's guards get to see
_VERDICTS_SHOWN = 16
_FIELD_SHOWN = 6_000  # characters of a state field in its prompt


def brief(
    specialist: Specialist,
    returns: Any,
    state: Any,
    config: RunnableConfig,
    *,
    context: Sequence[Source] | None = None,
    pinned: Sequence[str] = (),
) -> Any:
    """Return the input of a specialist's subgraph.

    What it may read stands beside the task, not among its instructions: fields hold what tools
    returned, and that is data.

    Args:
        specialist: Who it is.
        returns: The type of its result.
        state: The team's state.
        config: The node's config.
        context: Texts that the supervisor is shown beside the messages; None: no guard looks at
            what the team has seen, and it is not handed on.
        pinned: State fields that every prompt shows.
    """
    stored: LedgerState = read(state, "ledger") or LedgerState()
    parts = [task_of(state), *_reads(specialist, state)]
    if specialist.is_graph:  # its prompts are its own: what is to be remembered stands in the task
        parts.append(memory_of(state, actor=specialist.name, pinned=pinned))
    text = "\n\n".join(filter(None, parts))
    task = HumanMessage(text, id=f"{specialist.name}-{stored.get('n', 0)}")  # as after a resume
    if specialist.is_graph:
        return {"messages": [task]}
    system = "\n\n".join(_instructions(specialist, returns))
    return {
        "messages": [SystemMessage(system), task] if system else [task],
        "ledger": [{"seed": _seed(stored)}],
        "verdicts": _given(state),
        "branch": branch_of(config),
        "pins": {**(read(state, "pins") or Pins()), "fields": pinned_fields(state, pinned)},
        **({} if context is None else {"seen": _seen(specialist, state, context)}),
        **_share(state, config),
    }


def _seen(specialist: Specialist, state: Any, context: Sequence[Source]) -> list[dict[str, Any]]:
    """Return what the team has seen, bounded: the task too, unless a model has written it.

    What a supervisor's model makes up in a task would vouch for itself in the call that uses it.
    """
    reads = [Source(f"state-{name}", _reads_line(name, state)) for name in specialist.reads]
    handoff = read(state, "handoff") or {}
    task = [] if handoff.get("call_id") else [Source("task", task_of(state), "user")]
    messages = read(state, "messages") or []
    return [asdict(one) for one in Sources(messages, first=[*context, *reads, *task], named=True)]


def task_of(state: Any) -> str:
    """Return the task that was handed over; without words of its own, the user's last request."""
    handoff = read(state, "handoff") or {}
    return handoff.get("task") or _last_request(read(state, "messages") or [])


def _instructions(specialist: Specialist, returns: Any) -> Iterator[str]:
    if specialist.prompt:
        yield specialist.prompt
    if wanted := instruction(returns):
        yield wanted


def _reads(specialist: Specialist, state: Any) -> Iterator[str]:
    for name in specialist.reads:
        yield _reads_line(name, state)


def _reads_line(name: str, state: Any) -> str:
    return f"What is known as {name}:\n{as_text(read(state, name), _FIELD_SHOWN)}"


def _seed(stored: LedgerState) -> dict[str, Any]:
    """Return a ledger to begin with: the totals, what is done, and the latest steps."""
    return {**stored, "recent": list(stored.get("recent", ()))[-_STEPS_SHOWN:], "cursor": None}


def _share(state: Any, config: RunnableConfig) -> dict[str, Any]:
    """Return what a branch may spend: its allowance, or the pool it shares with its siblings."""
    allowance = read(state, "allowance")
    return {"allowance": allowance} if allowance else {"pool": pool_of(config)}


def _given(state: Any) -> list[Any]:
    """Return this run's latest verdicts, so that nothing is said twice."""
    return of_this_run(read(state, "verdicts"), read(state, "ledger"))[-_VERDICTS_SHOWN:]


def _last_request(messages: Sequence[Any]) -> str:
    for item in reversed(messages):
        message = read_message(item)
        if message.role == "user" and not message.mark:
            return message.text
    return ""
