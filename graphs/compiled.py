"""What a `CheckedStateGraph` compiles to: threads are checked before they are gone on with."""

from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Command, StateUpdate

from ..nodes.warning import WARNED
from .durability import warn_of_durability
from .fencing import fenced
from .fingerprint import KEY, fingerprint
from .migrating import Migrations
from .threads import awaited, sync, thread_check


@dataclass
class Terms:
    """What a compiled graph knows beside what LangGraph does; its copies share it.

    Attributes:
        migrations: How threads of older graphs are brought up to date.
        told: Kinds of advice that were given.
    """

    migrations: Migrations = None
    told: set[str] = field(default_factory=set)
    _print: str = ""

    def print_of(self, app: Any) -> str:
        """Return the graph's fingerprint."""
        self._print = self._print or fingerprint(app)
        return self._print


class CheckedApp(CompiledStateGraph[Any, Any, Any, Any]):
    """A compiled graph that goes on with threads that fit it, and with no others.

    Each checkpoint notes the graph's fingerprint in its metadata. A thread that another graph
    wrote is looked at before anything runs; see `check_thread`. What is written from outside
    (`update_state`) is checked as what nodes write.
    """

    def __init__(self, *, terms: Terms | None = None, **kwargs: Any) -> None:
        """Take what LangGraph compiled."""
        super().__init__(**kwargs)
        kept = (name for name in ("_output_mapper", "_state_mapper") if name in kwargs)
        vars(self).update({name: kwargs[name] for name in kept})  # else lost in a copy
        self.terms = terms or Terms()

    def stream(
        self, input: Any, config: RunnableConfig | None = None, **kwargs: Any  # noqa: A002 - LangGraph's name
    ) -> Iterator[Any]:  # fmt: skip
        """Run the graph on a thread that fits it; everything else is LangGraph's."""
        now = self._begun(config, kwargs)
        sync(thread_check(self, config, now, self.terms.migrations, _given(input)))
        app = fenced(self, config)
        yield from super(CheckedApp, app).stream(input, self._noted(config, now), **kwargs)

    async def astream(
        self, input: Any, config: RunnableConfig | None = None, **kwargs: Any  # noqa: A002 - LangGraph's name
    ) -> AsyncIterator[Any]:  # fmt: skip
        """Run the graph as `stream` does, awaited."""
        now = self._begun(config, kwargs)
        await awaited(thread_check(self, config, now, self.terms.migrations, _given(input)))
        app = fenced(self, config)
        parts = super(CheckedApp, app).astream(input, self._noted(config, now), **kwargs)
        async with aclosing(parts) as opened:  # type: ignore[type-var]
            async for part in opened:
                yield part

    def bulk_update_state(
        self, config: RunnableConfig, supersteps: Sequence[Sequence[StateUpdate]]
    ) -> RunnableConfig:
        """Write to a thread from outside, under the contract that binds the nodes."""
        return super().bulk_update_state(config, self._checked(supersteps))

    async def abulk_update_state(
        self, config: RunnableConfig, supersteps: Sequence[Sequence[StateUpdate]]
    ) -> RunnableConfig:
        """Write to a thread from outside as `bulk_update_state` does, awaited."""
        return await super().abulk_update_state(config, self._checked(supersteps))

    def _begun(self, config: RunnableConfig | None, kwargs: Mapping[str, Any]) -> str:
        warn_of_durability(self, config or {}, kwargs.get("durability"), self.terms.told)
        return self.terms.print_of(self)

    def _noted(self, config: RunnableConfig | None, now: str) -> RunnableConfig:
        """Return a config under which each checkpoint notes the graph's fingerprint."""
        known: RunnableConfig = {**(config or {})}
        known["metadata"] = {**(known.get("metadata") or {}), KEY: now}
        if "exit" in self.terms.told:
            known["configurable"] = {**(known.get("configurable") or {}), WARNED: True}
        return known

    def _checked(self, supersteps: Sequence[Sequence[StateUpdate]]) -> list[list[StateUpdate]]:
        check = self.builder.checked_update  # type: ignore[attr-defined]
        return [
            [update._replace(values=check(update.values)) for update in superstep]
            for superstep in supersteps
        ]


def _given(given: Any) -> Collection[str]:
    """Return the fields that an input brings."""
    update = given.update if isinstance(given, Command) else given
    return tuple(update) if isinstance(update, Mapping) else ()
