"""Answer a question of a thread, once, and go on."""

import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.graph.state import CompiledStateGraph

from ..guards.errors import GuardConfigError, NoCheckpointerError
from ..nodes.acting import Failure
from ..nodes.judging import Clock
from .answering import UNSAID, Answering, Claiming, Get, History, Invoke, Put, Steps, Wish
from .lease import alease, lease
from .question import Question, waiting_in
from .thread_locks import lock_of
from .threads import named_in

App = CompiledStateGraph[Any, Any, Any, Any]
_HISTORY = 200  # checkpoints in which a question that is not open is looked for
_PINNED = ("checkpoint_id", "checkpoint_ns", "checkpoint_map")
_SAFE = "sync"  # what a person decides is not to be forgotten
_DURABILITY = "__pregel_durability"  # where LangGraph keeps it in a config
_CLAIMING = Lock()  # the saver in memory looks and writes in two steps


def questions(app: App, config: RunnableConfig) -> list[Question]:
    """Return the questions of a thread that wait for an answer, also those from inside.

    Args:
        app: A compiled graph with a checkpointer.
        config: The thread.

    Raises:
        NoCheckpointerError: The graph has none.
        GuardConfigError: The config names no thread.
    """
    return waiting_in(_saver(app, "questions").get_tuple(_thread(config)))


async def aquestions(app: App, config: RunnableConfig) -> list[Question]:
    """Return the questions of a thread that wait for an answer; see `questions`."""
    return waiting_in(await _saver(app, "aquestions").aget_tuple(_thread(config)))


def resume(
    app: App,
    config: RunnableConfig,
    answer: Any = UNSAID,
    *,
    interrupt_id: str | None = None,
    clock: Clock = time.time,
    **how: Any,
) -> Any:
    """Answer a question of a thread, and go on; of two who answer, one is told that they lost.

    The answer is saved with the thread before the graph goes on, and the thread is held (`lease`)
    while it does, where a lock is known for its checkpointer. It does what `Command(resume=...)`
    does, without its traps: each answer goes to the question it is for, whatever it is (None, an
    empty mapping, one that looks like a mapping of ids), a question that is not open is an error,
    and so is one of several that nobody named. After a question's deadline its default is taken
    in place of the answer, with a warning.

    Args:
        app: A compiled graph with a checkpointer.
        config: The thread. A checkpoint in it says what the person had before them: when the
            thread has gone on since, and no question is named, it is refused.
        answer: The answer; for several questions at once a mapping from their ids to answers, of
            which none is taken where one does not fit, or `{"decisions": [...]}` with one for
            each call of the turn that they ask about, in order. Who ends the run at one question
            (`abort`, `take_over`) closes the others.
            Absent: goes on with a thread whose process died, with the answer it was given, if any.
        interrupt_id: Which question it answers; needed where several are open.
        clock: Unix time in seconds.
        **how: For `app.invoke`: `durability` (here `sync`, where nobody says otherwise),
            `context`, `version` and so on.

    Returns:
        The graph's output, as `app.invoke` returns it.

    Raises:
        AnsweredError: Somebody has answered it before.
        ThreadHeldError: Another run has the thread; the question is open as before.
        QuestionError: There is no such question, or it is not said which of several is meant.
        NoCheckpointerError: The graph has no checkpointer.
        GuardConfigError: The config names no thread.
        WrongAnswerError: The answer does not fit; the question is open as before.
    """
    given = Answering(answer, interrupt_id, clock(), _pinned(config))
    return _Hands(app, config, how).go(given.steps())


async def aresume(
    app: App,
    config: RunnableConfig,
    answer: Any = UNSAID,
    *,
    interrupt_id: str | None = None,
    clock: Clock = time.time,
    **how: Any,
) -> Any:
    """Answer a question of a thread, and go on; see `resume`."""
    given = Answering(answer, interrupt_id, clock(), _pinned(config))
    return await _Hands(app, config, how).ago(given.steps())


def expire(app: App, config: RunnableConfig, *, clock: Clock = time.time, **how: Any) -> Any:
    """Take the declared defaults of a thread's questions whose time has passed, and go on.

    Returns:
        The graph's output; None where no question's time has passed.

    Raises:
        AnsweredError: Somebody has answered one in the meantime.
        NoCheckpointerError: The graph has no checkpointer.
    """
    given = Answering(UNSAID, None, clock(), None, expires=True)
    return _Hands(app, config, how).go(given.steps())


async def aexpire(app: App, config: RunnableConfig, *, clock: Clock = time.time, **how: Any) -> Any:
    """Take the declared defaults of a thread's questions whose time has passed; see `expire`."""
    given = Answering(UNSAID, None, clock(), None, expires=True)
    return await _Hands(app, config, how).ago(given.steps())


@dataclass(frozen=True, slots=True)
class _Hands:
    """What does the steps of answering, in sync and in async code."""

    app: App
    config: RunnableConfig
    how: dict[str, Any] = field(default_factory=dict)

    def go(self, steps: Steps) -> Any:
        saver, sent = _saver(self.app, "resume"), None
        while True:
            try:
                wish = steps.send(sent)
            except StopIteration as end:
                return end.value
            sent = self._done(saver, wish)

    async def ago(self, steps: Steps) -> Any:
        saver, sent = _saver(self.app, "aresume"), None
        while True:
            try:
                wish = steps.send(sent)
            except StopIteration as end:
                return end.value
            sent = await self._adone(saver, wish)

    def _done(self, saver: Any, wish: Wish) -> Any:
        thread = _thread(self.config)
        if isinstance(wish, Get):
            return saver.get_tuple(thread)
        if isinstance(wish, History):
            return list(saver.list(thread, limit=_HISTORY))
        if isinstance(wish, Invoke):
            return self._invoked(wish.given)
        if isinstance(wish, Claiming):
            with _CLAIMING:
                _put(saver, wish.puts)
                return saver.get_tuple(wish.puts[0].at)
        return _put(saver, [wish])

    async def _adone(self, saver: Any, wish: Wish) -> Any:
        thread = _thread(self.config)
        if isinstance(wish, Get):
            return await saver.aget_tuple(thread)
        if isinstance(wish, History):
            return [one async for one in saver.alist(thread, limit=_HISTORY)]
        if isinstance(wish, Invoke):
            return await self._ainvoked(wish.given)
        puts = wish.puts if isinstance(wish, Claiming) else [wish]
        for put in puts:
            await saver.aput_writes(put.at, put.writes, put.task)
        return await saver.aget_tuple(puts[0].at)

    def _known(self, config: RunnableConfig) -> RunnableConfig:
        """Return a config that says how checkpoints are written, so that nobody warns of it."""
        how = self.how.get("durability", _SAFE)
        return {**config, "configurable": {**config["configurable"], _DURABILITY: how}}

    @property
    def _can_be_held(self) -> bool:
        """Whether a lock is known for the checkpointer; else the claim alone decides."""
        try:
            lock_of(self.app.checkpointer, lambda _: None)
        except GuardConfigError:
            return False
        return True

    def _invoked(self, given: Any) -> Any:
        config: Any = {**self.config, **_thread(self.config)}
        try:
            with ExitStack() as stack:
                app = self.app
                if self._can_be_held:
                    app = stack.enter_context(lease(self.app, self._known(config))).app
                return app.invoke(given, config, **{"durability": _SAFE, **self.how})
        except Exception as error:  # noqa: BLE001 - raised again by who asked for it
            return Failure(error)

    async def _ainvoked(self, given: Any) -> Any:
        config: Any = {**self.config, **_thread(self.config)}
        try:
            async with AsyncExitStack() as stack:
                app = self.app
                if self._can_be_held:
                    held = alease(self.app, self._known(config))
                    app = (await stack.enter_async_context(held)).app
                return await app.ainvoke(given, config, **{"durability": _SAFE, **self.how})
        except Exception as error:  # noqa: BLE001 - raised again by who asked for it
            return Failure(error)


def _put(saver: Any, puts: Sequence[Put]) -> None:
    for put in puts:
        saver.put_writes(put.at, put.writes, put.task)


def _saver(app: App, who: str) -> Any:
    saver = getattr(app, "checkpointer", None)
    if saver is None or isinstance(saver, bool):
        raise NoCheckpointerError(
            f"{who}(app): the graph has no checkpointer, so nobody can have been asked; compile "
            "it with the one that the thread is kept in"
        )
    return saver


def _thread(config: RunnableConfig) -> RunnableConfig:
    """Return the config of a whole thread, whichever checkpoint was named."""
    known = named_in(config)
    return {"configurable": {key: item for key, item in known.items() if key not in _PINNED}}


def _pinned(config: RunnableConfig) -> str | None:
    """Return the checkpoint that a config names, or None."""
    named: Callable[[str], Any] = named_in(config).get
    return None if named("checkpoint_ns") else named("checkpoint_id")


__all__ = ["aexpire", "aquestions", "aresume", "expire", "questions", "resume"]
