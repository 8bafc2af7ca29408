"""Count the answers to interrupts that a tool takes while it runs.

A replay does not run the tool, so it takes them in its place: else the next question of that node
would get an answer that was given to the tool's.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import is_dataclass, replace
from typing import Any, cast

from langchain_core.runnables import RunnableConfig
from langchain_core.runnables.config import var_child_runnable_config

from .tape import LeafCall

_SCRATCHPAD = "__pregel_scratchpad"  # where LangGraph keeps the answers of a task


Answered = Callable[[], Mapping[str, int]]


def asked_meanwhile(call: LeafCall) -> AbstractContextManager[Answered]:
    """Give a block what tells, at any time in it, how many answers were taken in it."""
    if call.kind != "tool" or call.inside is not None:
        return _UNASKED  # models ask nothing
    return _counted()


_UNASKED: AbstractContextManager[Answered] = nullcontext(dict)


@contextmanager
def _counted() -> Iterator[Answered]:
    config: Any = var_child_runnable_config.get() or {}
    configurable = config.get("configurable") or {}
    pad = configurable.get(_SCRATCHPAD)
    if not is_dataclass(pad):
        yield dict
        return
    counted = _Counted(pad)
    seen = {**configurable, _SCRATCHPAD: counted.pad}
    token = var_child_runnable_config.set(cast("RunnableConfig", {**config, "configurable": seen}))
    try:
        yield counted.answered
    finally:
        var_child_runnable_config.reset(token)


class _Counted:
    """A task's scratchpad that counts what is asked of it."""

    def __init__(self, pad: Any) -> None:
        self._own, self._had = pad, len(pad.resume)
        self._questions: list[int] = []
        self._taken = 0
        self.pad: Any = replace(pad, interrupt_counter=self._asked, get_null_resume=self._answer)

    def answered(self) -> Mapping[str, int]:
        answers = len(self._own.resume)
        here = sum(1 for question in self._questions if question < answers)
        inside = self._taken - (answers - self._had)  # by a graph that the tool runs
        return {"answered": here + inside} if here + inside > 0 else {}

    def _asked(self) -> int:
        number: int = self._own.interrupt_counter()
        self._questions.append(number)
        return number

    def _answer(self, consume: bool = False) -> Any:
        answer = self._own.get_null_resume(consume)
        if consume and answer is not None:
            self._taken += 1
        return answer
