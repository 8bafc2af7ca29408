"""Facts that outlive a thread: kept in LangGraph's store, bounded, and recalled into prompts."""

import asyncio
import json
from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from langchain_core.runnables import RunnableConfig
from langgraph.store.base import BaseStore, PutOp, SearchOp

from ..guards.errors import GuardConfigError
from ..guards.recollection import Evict, Fact, chosen, evicted, label, make_fact, read_fact
from .clock import now
from .judging import Clock
from .result import adapter_of, as_json

T = TypeVar("T")
_Steps = Generator[list[Any], list[Any], T]
_PAGE = 500  # items that are asked for at a time
_END = "all"  # the last label of each namespace: none is the beginning of another


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """A kind of facts that outlive their thread, and how many are kept for whom.

    The facts lie in the store that the graph is compiled with, any `BaseStore`: in memory, in a
    SQLite file (`sqlite_store`, extra `sqlite`), in Postgres. They are bounded in length and in
    number, secrets are blotted out of their text, and the same fact kept again is one fact. Where
    several processes keep facts for one owner at once there may for a while be as many more.

    Attributes:
        name: What the facts are about.
        per: The keys of `config["configurable"]` that say whose they are.
        of: The type of a fact: `str`, or a Pydantic model or annotation that it is checked
            against.
        most: How many are kept for each owner.
        longest: How many characters of one are kept and shown.
        evict: Which go first when there are more: `oldest`, kept longest ago, or `unused`,
            recalled longest ago (then recalling writes).
        shown: How many are recalled into prompts.
        clock: Unix time in seconds.

    Raises:
        GuardConfigError: A number is too small, or nobody is said to own the facts.

    >>> from langgraph.store.memory import InMemoryStore
    >>> store, ann = InMemoryStore(), {"configurable": {"user_id": "ann"}}
    >>> memory = Memory()
    >>> memory.remember(store, ann, "Sits by the window.")["text"]
    'Sits by the window.'
    >>> [fact["text"] for fact in memory.recall(store, ann, "Which seat?")]
    ['Sits by the window.']
    >>> memory.recall(store, {"configurable": {"user_id": "bob"}})
    []
    """

    name: str = "facts"
    per: tuple[str, ...] = ("user_id",)
    of: Any = str
    most: int = 200
    longest: int = 300
    evict: Evict = "oldest"
    shown: int = 12
    clock: Clock = field(default=now, compare=False)

    def __post_init__(self) -> None:
        if not self.name or not self.per or isinstance(self.per, str):
            raise GuardConfigError(
                f"Memory(name={self.name!r}, per={self.per!r}): give a name, and a tuple of the "
                "keys of config['configurable'] that say whose the facts are, ('user_id',)"
            )
        for name, least in (("most", 1), ("longest", 20), ("shown", 0)):
            if getattr(self, name) < least:
                raise GuardConfigError(f"Memory({name}={getattr(self, name)}): use {least} or more")
        if self.evict not in ("oldest", "unused"):
            raise GuardConfigError(f"Memory(evict={self.evict!r}): use 'oldest' or 'unused'")

    def namespace(self, config: RunnableConfig) -> tuple[str, ...]:
        """Return where the facts of a run's owner lie.

        Raises:
            GuardConfigError: The config does not say whose they are.
        """
        known = config.get("configurable") or {}
        for key in self.per:
            if not isinstance(known.get(key), str | int) or known[key] == "":
                raise GuardConfigError(
                    f"memory {self.name!r} is kept per {key!r}, which the config does not name: "
                    f'use {{"configurable": {{"{key}": "..."}}}}'
                )
        return "holdfast", label(self.name), *(label(str(known[key])) for key in self.per), _END

    def remember(
        self, store: BaseStore, config: RunnableConfig, fact: Any, *, by: str = ""
    ) -> Fact:
        """Keep a fact, and let go what is too much. Cost: one write, one search.

        Args:
            store: Where.
            config: A config that says whose it is.
            fact: The fact, of the type `of`.
            by: Who keeps it.

        Raises:
            pydantic.ValidationError: The fact is not of that type.
        """
        return _drive(store, self._remembering(self.namespace(config), self._made(fact, by)))

    async def aremember(
        self, store: BaseStore, config: RunnableConfig, fact: Any, *, by: str = ""
    ) -> Fact:
        """Keep a fact, awaited; see `remember`."""
        steps = self._remembering(self.namespace(config), self._made(fact, by))
        return await _adrive(store, steps)

    def recall(
        self, store: BaseStore, config: RunnableConfig, about: str = "", *, most: int | None = None
    ) -> list[Fact]:
        """Return facts: those about a text first, then the newest. Cost: one search.

        Args:
            store: Where.
            config: A config that says whose.
            about: What they are to be about: compared by words, or by the store's own index.
            most: How many; None: `shown`.
        """
        return _drive(store, self._recalling(store, self.namespace(config), about, most))

    async def arecall(
        self, store: BaseStore, config: RunnableConfig, about: str = "", *, most: int | None = None
    ) -> list[Fact]:
        """Return facts, awaited; see `recall`."""
        return await _adrive(store, self._recalling(store, self.namespace(config), about, most))

    def forget(self, store: BaseStore, config: RunnableConfig, key: str) -> None:
        """Let a fact go, by its key."""
        store.batch([PutOp(self.namespace(config), key, None)])

    def values(self, facts: Iterable[Fact]) -> list[Any]:
        """Return facts as values of their type."""
        return [adapter_of(self.of).validate_python(fact["value"]) for fact in facts]

    def _made(self, fact: Any, by: str) -> Fact:
        adapter = adapter_of(self.of)
        plain = as_json(adapter, adapter.validate_python(fact))
        text = plain if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False)
        made = make_fact(plain, text, by=by, now=self.clock(), longest=self.longest)
        return {**made, "value": made["text"]} if isinstance(plain, str) else made

    def _remembering(self, place: tuple[str, ...], fact: Fact) -> _Steps[Fact]:
        yield [PutOp(place, fact["key"], dict(fact))]
        facts = yield from _all(place)
        gone = evicted(facts, self.most, self.evict)
        if gone:
            yield [PutOp(place, key, None) for key in gone]
        return fact

    def _recalling(
        self, store: BaseStore, place: tuple[str, ...], about: str, most: int | None
    ) -> _Steps[list[Fact]]:
        most = self.shown if most is None else most
        if about and getattr(store, "index_config", None):
            (items,) = yield [SearchOp(place, limit=most, query=about)]
            found = _facts(items, place)
        else:
            found = chosen((yield from _all(place)), about, most)
        if self.evict == "unused" and found:
            at = self.clock()
            yield [PutOp(place, fact["key"], {**fact, "used": at}) for fact in found]
        return found


def _all(place: tuple[str, ...]) -> _Steps[list[Fact]]:
    facts: list[Fact] = []
    while True:
        (items,) = yield [SearchOp(place, limit=_PAGE, offset=len(facts))]
        facts.extend(_facts(items, place))
        if len(items) < _PAGE:
            return facts


def _facts(items: Sequence[Any], place: tuple[str, ...]) -> list[Fact]:
    """Return the facts among a store's items; what lies elsewhere is nobody's business here."""
    read = [read_fact(item.value) for item in items if tuple(item.namespace) == place]
    return [fact for fact in read if fact is not None]


def _drive(store: BaseStore, steps: _Steps[T]) -> T:
    operations = next(steps)
    while True:
        try:
            operations = steps.send(store.batch(operations))
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]


async def _adrive(store: BaseStore, steps: _Steps[T]) -> T:
    operations = next(steps)
    while True:
        try:
            operations = steps.send(await _abatch(store, operations))
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]


async def _abatch(store: BaseStore, operations: list[Any]) -> list[Any]:
    try:
        return await store.abatch(operations)
    except NotImplementedError:  # a store without async, as LangGraph's for SQLite is
        return await asyncio.to_thread(store.batch, operations)


def facts_told(found: Mapping[str, Sequence[Fact]]) -> list[str]:
    """Return facts as prompts show them, those of several memories by the memory's name."""
    several = len(found) > 1
    return [
        f"{name}: {fact['text']}" if several else fact["text"]
        for name, facts in found.items()
        for fact in facts
    ]
