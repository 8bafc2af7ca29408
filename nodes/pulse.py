"""Tell the time in which a run works from the time in which it waits.

A run waits where it is interrupted, by whatever means, and where its process has died. It goes on
in another invocation of its graph; so when an invocation finds the mark of another one, what has
passed since that was made was waiting. The mark is kept in state.
"""

from collections import OrderedDict
from collections.abc import Mapping
from threading import Lock
from typing import Any
from uuid import uuid4

from langchain_core.runnables import RunnableConfig
from typing_extensions import TypedDict

_RUNTIME = "__pregel_runtime"  # where LangGraph tells a node of its invocation
_REMEMBERED = 1_000  # invocations


class Pulse(TypedDict):
    """When a run was last seen at work.

    Attributes:
        at: Unix time in seconds at which that was.
        by: The invocation.
        waited: Seconds of waiting that the ledger does not know of yet.
    """

    at: float
    by: str
    waited: float


class Beat(TypedDict):
    """What a node adds to it.

    Attributes:
        began: Unix time in seconds at which it began.
        at: When it ended.
        by: The invocation.
        told: Seconds of waiting that it has told the ledger of.
    """

    began: float
    at: float
    by: str
    told: float


def beating(pulse: Pulse | None, beat: Beat | None) -> Pulse | None:
    """Return the pulse with a beat; the channel's reducer. Of parallel nodes the first counts."""
    if not beat:
        return pulse
    waited = waited_until(pulse, beat["by"], beat["began"]) - beat["told"]
    at = max(beat["at"], pulse["at"] if pulse else 0.0)
    return Pulse(at=at, by=beat["by"], waited=max(waited, 0.0))


def waited_until(pulse: Pulse | None, by: str, began: float) -> float:
    """Return the seconds of waiting that the ledger does not know of, as an invocation begins."""
    if not pulse:
        return 0.0
    gap = max(began - pulse["at"], 0.0) if by != pulse["by"] else 0.0
    return pulse["waited"] + gap


class Invocations:
    """Names for the invocations of a graph, the same for all of its nodes. Safe for threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._names: OrderedDict[int, tuple[Any, str]] = OrderedDict()

    def name(self, config: RunnableConfig) -> str:
        """Return the name of the invocation that a node runs in; empty where none can be told."""
        configurable: Mapping[str, Any] = config.get("configurable") or {}
        control = getattr(configurable.get(_RUNTIME), "control", None)
        if control is None:
            return ""
        with self._lock:  # the object is kept, for its number to stay its own
            _, name = self._names.setdefault(id(control), (control, uuid4().hex))
            while len(self._names) > _REMEMBERED:
                self._names.popitem(last=False)
        return name
