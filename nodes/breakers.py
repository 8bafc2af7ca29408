"""Breakers of dependencies, kept where all who call them can see them."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal

from langchain_core.tools import BaseTool

from ..guards.breaker import Breaker, advance, wait_seconds
from ..guards.breaker_verdict import sentence
from ..guards.circuit import Circuit, Event
from ..guards.errors import BackendError, BreakerOpenError, GuardConfigError
from ..guards.facts import facts_of
from ..guards.settings import check_clock
from .backends import Backend, MemoryBackend, Plain
from .clock import now
from .judging import Clock
from .passage import Passage

_KEY = "breaker:"


class Breakers:
    """Circuit breakers of dependencies: shared by threads, and through a backend by processes.

    A breaker is about a service, not about a run: all runs of a graph, and all graphs that are
    given the same `Breakers`, see the same one.

    >>> breakers = Breakers([Breaker("gds")])
    >>> breakers.force_open("gds").circuit.state
    'forced_open'
    """

    def __init__(
        self,
        breakers: Iterable[Breaker],
        *,
        backend: Backend | None = None,
        backend_down: Literal["allow", "refuse"] = "allow",
        clock: Clock = now,
    ) -> None:
        """Keep some breakers.

        Args:
            breakers: One for each dependency; those that share a backend should have the same
                settings everywhere.
            backend: Where they are kept; None: in this process's memory. `SqliteBackend(path)`
                for the processes of a machine, `RedisBackend.from_url(url)` for those of many.
            backend_down: What happens to calls while the backend cannot be reached: `allow` lets
                them pass unguarded, `refuse` stops them; a verdict says so either way. The default
                is a judgement: a breaker spares time and money, it keeps nothing from harm.
            clock: Unix time in seconds. Machines that share a backend should agree on it.

        Raises:
            GuardConfigError: One is no breaker, or two are for one dependency.
        """
        if not isinstance(breakers, Iterable):
            raise GuardConfigError(
                f"breakers={type(breakers).__name__}(...): give a list of breakers, [Breaker(...)]"
            )
        check_clock("Breakers", clock)
        taken = [_checked(one) for one in breakers]
        self.settings = {one.dependency: one for one in taken}
        if len(self.settings) < len(taken):
            raise GuardConfigError(
                f"breakers for {', '.join(one.dependency for one in taken)}: give one for each "
                "dependency"
            )
        if backend_down not in ("allow", "refuse"):
            raise GuardConfigError(f"backend_down={backend_down!r}: use 'allow' or 'refuse'")
        self.backend = backend or MemoryBackend()
        self.backend_down = backend_down
        self.clock = clock

    @classmethod
    def of(
        cls, given: "Breakers | Iterable[Breaker]", tools: Sequence[BaseTool], clock: Clock
    ) -> "Breakers":
        """Return breakers as `Breakers`; bare ones are kept in memory, and must fit the tools.

        Those that come as `Breakers` may be for other graphs' tools too.

        Raises:
            GuardConfigError: A bare one does not fit; see `check`.
        """
        if isinstance(given, Breakers):
            return given
        made = cls(given, clock=clock)
        made.check(tools)
        return made

    def __bool__(self) -> bool:
        return bool(self.settings)

    @property
    def is_quick(self) -> bool:
        """Whether asking never waits for a disk or a network."""
        return isinstance(self.backend, MemoryBackend)

    def of_tool(self, tool: BaseTool) -> Breaker | None:
        """Return the breaker of what a tool needs, or None."""
        return self.settings.get(dependency_of(tool))

    def can_probe(self, tool: BaseTool) -> bool:
        """Return whether a call of a tool may be its dependency's probe."""
        breaker, facts = self.of_tool(tool), facts_of(tool)
        any_call = breaker is not None and breaker.probe == "any"
        return any_call or facts.idempotent or facts.effects is False

    def check(self, tools: Sequence[BaseTool]) -> None:
        """Check that each breaker has a tool that needs it, and one that can be its probe.

        Raises:
            GuardConfigError: One has not, and would never open or never close.
        """
        needed = {dependency_of(tool) for tool in tools}
        for name in self.settings:
            if name not in needed:
                there = ", ".join(sorted(needed)) or "nothing"
                raise GuardConfigError(
                    f"Breaker({name!r}): no tool needs it; they need {there}; name one of these, "
                    "or say tool_facts(tool, dependency=...)"
                )
            its = [tool for tool in tools if dependency_of(tool) == name]
            if not any(self.can_probe(tool) for tool in its):
                raise GuardConfigError(
                    f"Breaker({name!r}): no call of {', '.join(tool.name for tool in its)} may be "
                    "made twice, so nothing could find out that it works again; say "
                    "tool_facts(tool, effects=False) or idempotent=True, or use probe='any'"
                )

    def look(self, names: Sequence[str]) -> dict[str, Breaker]:
        """Return how some of them stand; asks nothing, and changes nothing.

        Raises:
            BackendError: The backend cannot be reached.
        """
        known = [name for name in names if name in self.settings]
        found = self.backend.read([_KEY + name for name in known]) if known else []
        return {
            name: self.settings[name].at(_circuit(plain, self.settings[name]))
            for name, plain in zip(known, found, strict=True)
        }

    def advance(self, breaker: Breaker, event: Event, now: float) -> Breaker:
        """Tell one of them what happened, in one piece, and return how it stands then.

        Raises:
            BackendError: The backend cannot be reached.
        """

        def change(plain: Plain | None) -> Plain:
            return advance(breaker.at(_circuit(plain, breaker)), event, now).circuit.plain()

        return breaker.at(Circuit.of(self.backend.update(_KEY + breaker.dependency, change)))

    def force_open(self, dependency: str, why: str = "") -> Breaker:
        """Open a breaker by hand; it stays open until `reset`."""
        return self._by_hand(dependency, Event("force_open", why=why))

    def reset(self, dependency: str) -> Breaker:
        """Close a breaker by hand, however it stands."""
        return self._by_hand(dependency, Event("reset"))

    def _by_hand(self, dependency: str, event: Event) -> Breaker:
        return self.advance(self._named(dependency), event, self.clock())

    @contextmanager
    def calling(self, dependency: str, *, can_probe: bool = True) -> Iterator[Passage]:
        """Guard any call of a dependency: ``with breakers.calling("gds"): ...``.

        Raises:
            BreakerOpenError: It is not called for the time being; the body does not run.
            BackendError: The backend cannot be reached, and `backend_down` is `refuse`.
        """
        with Passage(self, self._named(dependency), can_probe=can_probe) as passage:
            if not passage.may_call:
                raise refusal_of(passage, self.clock())
            yield passage

    def _named(self, dependency: str) -> Breaker:
        if dependency not in self.settings:
            raise GuardConfigError(
                f"there is no breaker for {dependency!r}; there are: {', '.join(self.settings)}"
            )
        return self.settings[dependency]


def refusal_of(passage: Passage, now: float) -> BreakerOpenError | BackendError:
    """Return the exception for a call that may not be made."""
    if passage.refused is None:
        return BackendError(passage.down)
    found = passage.refused
    wait = wait_seconds(found, now)
    return BreakerOpenError(found.dependency, wait, sentence(found, now))


def dependency_of(tool: BaseTool) -> str:
    """Return what a tool needs: what its facts say, else the tool itself."""
    return facts_of(tool).dependency or tool.name


def _checked(given: Any) -> Breaker:
    if not isinstance(given, Breaker):
        raise GuardConfigError(
            f"{type(given).__name__} is no breaker: give Breaker('name of the dependency')"
        )
    return given


def _circuit(plain: Plain | None, settings: Breaker) -> Circuit:
    """Return what is stored; where nothing is yet, how the settings say to begin."""
    if plain is None:
        return settings.circuit
    try:
        return Circuit.of(plain)
    except (TypeError, ValueError) as error:
        raise BackendError(
            "a stored value is no breaker: give breakers a place of their own"
        ) from (error)
