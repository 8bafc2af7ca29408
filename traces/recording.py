"""Find the recorded runs in a value, whatever form they were dumped in."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

from ..guards.digest import preview
from ..guards.errors import AuditInputError, MessageError
from ..guards.facts import ToolSpec
from ..guards.ledger import Step
from ..guards.message import read_message
from ..guards.verdict import Verdict

_BATCHES = ("runs", "trajectories", "simulations", "data", "results")
_IDS = ("id", "run_id", "trace_id", "thread_id", "instance_id", "task_id")
_SIDES = (("inputs", "input"), ("outputs", "output", "values", "kwargs"))
_SHOWN = 120  # characters of keys or ids that a message quotes
_DEPTH = 4  # lists within lists that are opened in search of runs


@dataclass(frozen=True, slots=True)
class Recording:
    """A recorded run.

    Attributes:
        id: Its id, at most 120 characters; empty when it has none.
        messages: Its messages, oldest first, as they were dumped.
        reward: What it was given in the end, usually 0 to 1, or None.
        domain: What its tools are filed under, or empty.
        inner: Whether it is a part of another run, which a trace records as well.
        tools: The tools its models were offered, by name, or None when it does not say.
        usd: What the model call of each message cost, in USD; empty when it does not say.
        before: How many messages were there before it began; they are not judged.
        came_to: What the recording says it came to, or empty.
        recorded: What guards found while it ran.
        refused: Ids of the calls that were never run, as far as it says.
        people: What people did between its messages, by how many came before; without those
            words of theirs that are messages.
        thread: The thread that it is the whole of, when it has several traces; else empty.
        traces: Ids of its traces in a store, oldest first; empty when it is out of a file.
    """

    id: str
    messages: Sequence[Any]
    reward: float | None = None
    domain: str = ""
    inner: bool = False
    tools: Mapping[str, ToolSpec] | None = None
    usd: Sequence[float] = ()
    before: int = 0
    came_to: str = ""
    recorded: Sequence[Verdict] = ()
    refused: frozenset[str] = frozenset()
    people: Mapping[int, Sequence[Step]] = field(default_factory=dict)
    thread: str = ""
    traces: Sequence[str] = ()


def is_message(item: Any) -> bool:
    """Return whether an item is a message rather than a run."""
    if not isinstance(item, Mapping) or isinstance(item.get("messages"), list):
        return _is_pair(item)
    try:
        read_message(item)
    except MessageError:
        return False
    return True


def recordings_in(data: Any, depth: int = _DEPTH) -> Iterator[Recording]:
    """Yield the runs in a value: a run, a list of messages, a list of runs, a LangSmith export.

    Raises:
        AuditInputError: It holds none, and says what was found instead.
    """
    if isinstance(data, list):
        yield from _in_list(data, depth)
        return
    if not isinstance(data, Mapping):
        raise AuditInputError(f"a JSON {_kind(data)} is no run: {_WANTED}")
    messages = _messages(data)
    if messages:
        yield _recording(data, messages)
        return
    batch = next((data[key] for key in _BATCHES if isinstance(data.get(key), list)), None)
    if batch is None or not depth:
        if "resourceSpans" in data or "resource_spans" in data:
            raise AuditInputError(f"spans of OpenTelemetry: {_IMPORTED}")
        keys = preview(", ".join(map(str, list(data)[:8])), _SHOWN) or "nothing"
        raise AuditInputError(f"an object with {keys} holds no messages: {_WANTED}")
    yield from _in_list(batch, depth)


_WANTED = "give a list of messages, or an object with 'messages'"
_IMPORTED = "read them with `holdfast trace import FILE --into STORE`, then give the store"


def _in_list(items: list[Any], depth: int) -> Iterator[Recording]:
    if not items:
        raise AuditInputError(f"an empty list holds no messages: {_WANTED}")
    if is_message(items[0]):
        yield Recording("", _flat(items))
        return
    if not depth:
        raise AuditInputError(f"lists within lists hold no messages: {_WANTED}")
    for item in items:
        yield from recordings_in(item, depth - 1)


def _recording(data: Mapping[str, Any], messages: list[Any]) -> Recording:
    said = (data.get(key) for key in _IDS)
    found = next((one for one in said if isinstance(one, str | int) and one != ""), "")
    domain = data.get("domain")
    return Recording(
        id=preview(str(found), _SHOWN),
        messages=messages,
        reward=_reward(data),
        domain=domain if isinstance(domain, str) else "",
        inner=bool(data.get("parent_run_id")),
    )


def _reward(data: Mapping[str, Any]) -> float | None:
    info = data.get("reward_info")
    for holder in (data, info if isinstance(info, Mapping) else {}):
        reward = holder.get("reward")
        if isinstance(reward, int | float) and isfinite(reward):
            return float(reward)
    return None


def _messages(data: Mapping[str, Any]) -> list[Any]:
    if isinstance(found := data.get("messages"), list):
        return _flat(found)
    before, after = (_side(data, names) for names in _SIDES)
    if not before or not after:
        return after or before
    return after if _holds(after, before[0]) else before + after


def _side(data: Mapping[str, Any], names: Sequence[str]) -> list[Any]:
    """Return the messages of one side of a run: what went in, or what came out."""
    return messages_in(next((data[name] for name in names if data.get(name)), None))


def messages_in(held: Any) -> list[Any]:
    """Return the messages in what went into a run or came out of it; none where there are none."""
    if isinstance(held, list) and held:
        return _flat(held) if is_message(held[0]) else []
    if not isinstance(held, Mapping):
        return []
    if isinstance(found := held.get("messages"), list):
        return _flat(found)
    if is_message(held):
        return [held]
    return _replies(held)


def _replies(held: Mapping[str, Any]) -> list[Any]:
    """Return the message of a chat completion, or of a chat model's generations."""
    options = held.get("choices") or held.get("generations") or [held.get("output")]
    while isinstance(options, list) and options:
        options = options[0]
    if not isinstance(options, Mapping):
        return []
    reply = options.get("message", options)
    return [reply] if is_message(reply) else []


def _holds(messages: Sequence[Any], wanted: Any) -> bool:
    try:
        first = read_message(wanted)
        found = (read_message(item) for item in messages)
        return any((one.role, one.text) == (first.role, first.text) for one in found)
    except MessageError:
        return False


def _flat(items: list[Any]) -> list[Any]:
    """Return a list of messages; a batch's first list, and pairs of role and text as messages."""
    if items and isinstance(items[0], list) and not _is_pair(items[0]):
        return _flat(items[0])
    return [{"role": i[0], "content": i[1]} if _is_pair(i) else i for i in items]


def _is_pair(item: Any) -> bool:
    return isinstance(item, list) and len(item) == 2 and all(isinstance(i, str) for i in item)


def _kind(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    return "string" if isinstance(value, str) else "number"
