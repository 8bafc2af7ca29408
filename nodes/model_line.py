"""Models in a line: the first that can be called and does not fail is used."""

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

from langchain_core.runnables import Runnable, RunnableConfig
from langgraph.errors import GraphBubbleUp

from ..guards.breaker import Breaker, wait_seconds
from ..guards.call_outcome import classify_model_error, result_event
from ..guards.errors import BreakerOpenError, HoldfastError
from ..guards.message import text_of
from .breakers import Breakers, refusal_of
from .passage import Passage


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
        for model, breaker in self.pairs:
            try:
                with self._passage(breaker) as passage:
                    if tried.skips(passage):
                        continue
                    return _noted(passage, breaker, model.invoke(input, config, **kwargs))
            except GraphBubbleUp:
                raise
            except Exception as error:
                if not tried.goes_on(error):
                    raise
        raise tried.why()

    async def ainvoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Any:  # noqa: A002 - LangChain's name
        """Ask the first model that can be asked, and the next where it fails."""
        tried = _Tried(self.breakers)
        for model, breaker in self.pairs:
            try:
                async with self._passage(breaker) as passage:
                    if tried.skips(passage):
                        continue
                    return _noted(passage, breaker, await model.ainvoke(input, config, **kwargs))
            except GraphBubbleUp:
                raise
            except Exception as error:
                if not tried.goes_on(error):
                    raise
        raise tried.why()

    def stream(
        self,
        input: Any,  # noqa: A002 - LangChain's name
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> Iterator[Any]:
        """Stream from the first model that can be asked; once it has begun, no other goes on."""
        tried = _Tried(self.breakers)
        for model, breaker in self.pairs:
            try:
                with self._passage(breaker) as passage:
                    if tried.skips(passage):
                        continue
                    for chunk in model.stream(input, config, **kwargs):
                        tried.begun = True
                        yield chunk
                    return
            except GraphBubbleUp:
                raise
            except Exception as error:
                if not tried.goes_on(error):
                    raise
        raise tried.why()

    async def astream(
        self,
        input: Any,  # noqa: A002 - LangChain's name
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[Any]:
        """Stream from the first model that can be asked; once it has begun, no other goes on."""
        tried = _Tried(self.breakers)
        for model, breaker in self.pairs:
            try:
                async with self._passage(breaker) as passage:
                    if tried.skips(passage):
                        continue
                    async for chunk in model.astream(input, config, **kwargs):
                        tried.begun = True
                        yield chunk
                    return
            except GraphBubbleUp:
                raise
            except Exception as error:
                if not tried.goes_on(error):
                    raise
        raise tried.why()

    def _passage(self, breaker: Breaker) -> Passage:
        return Passage(self.breakers, breaker, can_probe=True, classify=classify_model_error)


class _Tried:
    """What has been tried so far in one call."""

    def __init__(self, breakers: Breakers) -> None:
        self.begun = False
        self._breakers = breakers
        self._errors: list[Exception] = []
        self._skipped: list[Passage] = []

    def skips(self, passage: Passage) -> bool:
        """Return whether this model is not to be asked now."""
        if passage.may_call:
            return False
        self._skipped.append(passage)
        return True

    def goes_on(self, error: Exception) -> bool:
        """Return whether the next model is to be asked after a failure."""
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


def _noted(passage: Passage, breaker: Breaker, reply: Any) -> Any:
    if hasattr(reply, "content"):
        passage.ended(result_event(breaker, text_of(reply.content), failed=False))
    return reply
