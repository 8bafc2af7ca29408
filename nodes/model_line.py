"""Models in a line: the first that can be called and does not fail is used."""

from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from typing import Any

from langchain_core.runnables import Runnable, RunnableConfig
from langgraph.errors import GraphBubbleUp

from ..guards.breaker import Breaker, wait_seconds
from ..guards.call_outcome import classify_model_error, result_event
from ..guards.errors import BreakerOpenError, HoldfastError
from ..guards.message import text_of
from .breakers import Breakers, refusal_of
from .passage import Passage

Model = Runnable[Any, Any]


class ModelLine(Runnable[Any, Any]):
    """Models of which the first is used that can be called and does not fail.

    Each stands behind its breaker, so that a dead one costs nothing until its wait is over. The
    request is handed on where a model's service fails or refuses the key; what is wrong with the
    request itself (too long, malformed) is raised, for the next model would fail alike.
    """

    def __init__(self, models: Sequence[Runnable[Any, Any]], breakers: Breakers) -> None:
        """Line models up, in the order of their breakers."""
        self.models = list(models)
        self.breakers = breakers
        self.pairs = list(zip(self.models, breakers.settings.values(), strict=True))

    @property
    def model_name(self) -> str:
        """The first model's name, by which prices are found."""
        first: Any = getattr(self.models[0], "bound", self.models[0])
        found = getattr(first, "model_name", None) or getattr(first, "model", "")
        return found if isinstance(found, str) else ""

    def invoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Any:  # noqa: A002 - LangChain's name
        """Ask the first model that can be asked, and the next where it fails."""
        tried = _Tried(self.breakers)
        for model, turn in tried.turns(self.pairs):
            with turn:
                if turn.may_ask:
                    return turn.noted(model.invoke(input, config, **kwargs))
        raise tried.why()

    async def ainvoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Any:  # noqa: A002 - LangChain's name
        """Ask the first model that can be asked, and the next where it fails."""
        tried = _Tried(self.breakers)
        for model, turn in tried.turns(self.pairs):
            async with turn:
                if turn.may_ask:
                    return turn.noted(await model.ainvoke(input, config, **kwargs))
        raise tried.why()

    def stream(
        self,
        input: Any,  # noqa: A002 - LangChain's name
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> Iterator[Any]:
        """Stream from the first model that can be asked; once it has begun, no other goes on."""
        tried = _Tried(self.breakers)
        for model, turn in tried.turns(self.pairs):
            with turn:
                if turn.may_ask:
                    for chunk in model.stream(input, config, **kwargs):
                        tried.begun = True
                        yield chunk
                    return
        raise tried.why()

    async def astream(
        self,
        input: Any,  # noqa: A002 - LangChain's name
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[Any]:
        """Stream from the first model that can be asked; once it has begun, no other goes on."""
        tried = _Tried(self.breakers)
        for model, turn in tried.turns(self.pairs):
            async with turn:
                if turn.may_ask:
                    async for chunk in model.astream(input, config, **kwargs):
                        tried.begun = True
                        yield chunk
                    return
        raise tried.why()


class _Turn:
    """One model's turn: its way through its breaker; a failure that the next may mend stays in."""

    def __init__(self, tried: "_Tried", passage: Passage, breaker: Breaker) -> None:
        self._tried, self._passage, self._breaker = tried, passage, breaker

    @property
    def may_ask(self) -> bool:
        """Whether the model is to be asked now; one that is not is remembered as passed over."""
        return not self._tried.skips(self._passage)

    def noted(self, reply: Any) -> Any:
        """Return a reply, told to the breaker when the turn ends."""
        if hasattr(reply, "content"):
            event = result_event(self._breaker, text_of(reply.content), failed=False)
            self._passage.ended(event)
        return reply

    def __enter__(self) -> None:
        self._passage.__enter__()

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> bool:
        self._passage.__exit__(kind, error, trace)
        return self._tried.goes_on(error)

    async def __aenter__(self) -> None:
        await self._passage.__aenter__()

    async def __aexit__(self, kind: Any, error: BaseException | None, trace: Any) -> bool:
        await self._passage.__aexit__(kind, error, trace)
        return self._tried.goes_on(error)


class _Tried:
    """What has been tried so far in one call."""

    def __init__(self, breakers: Breakers) -> None:
        self.begun = False
        self._breakers = breakers
        self._errors: list[Exception] = []
        self._skipped: list[Passage] = []

    def turns(self, pairs: Iterable[tuple[Model, Breaker]]) -> Iterator[tuple[Model, _Turn]]:
        """Yield the models in their order, each with its turn."""
        for model, breaker in pairs:
            passage = Passage(
                self._breakers, breaker, can_probe=True, classify=classify_model_error
            )
            yield model, _Turn(self, passage, breaker)

    def skips(self, passage: Passage) -> bool:
        """Return whether this model is not to be asked now."""
        if passage.may_call:
            return False
        self._skipped.append(passage)
        return True

    def goes_on(self, error: BaseException | None) -> bool:
        """Return whether the next model is to be asked after a failure."""
        if not isinstance(error, Exception) or isinstance(error, GraphBubbleUp):
            return False
        ours = isinstance(error, HoldfastError) and not isinstance(error, BreakerOpenError)
        self._errors.append(error)
        kind = classify_model_error(error)
        return not self.begun and not ours and kind in ("dependency", "auth")

    def why(self) -> Exception:
        """Return what to raise when no model is left: the first failure, or the shortest wait."""
        if self._errors:
            first, *others = self._errors
            for other in others:
                first.add_note(f"the next model failed as well: {type(other).__name__}")
            return first
        now = self._breakers.clock()
        return refusal_of(min(self._skipped, key=lambda passage: _wait(passage, now)), now)


def _wait(passage: Passage, now: float) -> float:
    wait = wait_seconds(passage.refused, now) if passage.refused else None
    return float("inf") if wait is None else wait
