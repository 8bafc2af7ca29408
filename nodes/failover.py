"""A chat model that goes on with another when one fails, and remembers which one is dead."""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from typing import Any

from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import Runnable, RunnableConfig
from langchain_core.tools import BaseTool
from pydantic import ConfigDict

from ..guards.breaker import Breaker
from ..guards.errors import GuardConfigError
from .breakers import Breakers
from .clock import now
from .judging import Clock
from .model_line import ModelLine


class Failover(BaseChatModel):
    """Chat models in a line, as one chat model; made by `failover`.

    Traces show the call of the model that was asked, and no call of this one around it.

    Attributes:
        line: The models, each behind its breaker.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    line: ModelLine

    @property
    def model_name(self) -> str:
        """The first model's name, by which prices are found."""
        return self.line.model_name

    @property
    def _llm_type(self) -> str:
        return "failover"

    def bind_tools(
        self, tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool], **kwargs: Any
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Return the line with tools, each model in its provider's own form."""
        return self._each(lambda model: model.bind_tools(tools, **kwargs))

    def with_structured_output(
        self, schema: Any, **kwargs: Any
    ) -> Runnable[LanguageModelInput, Any]:
        """Return the line with a schema for its replies, each model in its provider's own way."""
        return self._each(lambda model: model.with_structured_output(schema, **kwargs))

    def _each(self, made: Callable[[Any], Runnable[Any, Any]]) -> ModelLine:
        return ModelLine([made(model) for model in self.line.models], self.line.breakers)

    def invoke(
        self,
        input: LanguageModelInput,  # noqa: A002 - LangChain's name
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> AIMessage:
        """Ask the first model that can be asked, and the next where it fails."""
        reply: AIMessage = self.line.invoke(input, config, **kwargs)
        return reply

    async def ainvoke(
        self,
        input: LanguageModelInput,  # noqa: A002 - LangChain's name
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> AIMessage:
        """Ask the first model that can be asked, and the next where it fails."""
        reply: AIMessage = await self.line.ainvoke(input, config, **kwargs)
        return reply

    def stream(
        self,
        input: LanguageModelInput,  # noqa: A002 - LangChain's name
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> Iterator[AIMessageChunk]:
        """Stream from the first model that can be asked."""
        return self.line.stream(input, config, **kwargs)

    def astream(
        self,
        input: LanguageModelInput,  # noqa: A002 - LangChain's name
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[AIMessageChunk]:
        """Stream from the first model that can be asked."""
        return self.line.astream(input, config, **kwargs)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: Any = None,
        **kwargs: Any,
    ) -> ChatResult:
        reply = self.line.invoke(messages, None, stop=stop, **kwargs)
        return ChatResult(generations=[ChatGeneration(message=reply)])

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: Any = None,
        **kwargs: Any,
    ) -> ChatResult:
        reply = await self.line.ainvoke(messages, None, stop=stop, **kwargs)
        return ChatResult(generations=[ChatGeneration(message=reply)])


def failover(
    primary: BaseChatModel,
    *others: BaseChatModel,
    breakers: Breakers | Iterable[Breaker] | None = None,
    clock: Clock = now,
) -> Failover:
    """Return one chat model out of several: the next is asked where one fails.

    Other than a list of fallbacks it remembers: a model whose breaker is open is not asked at all
    until its wait is over, and then once, as a probe. A rate limit, a timeout and a server's error
    count; a refused key opens at once; a request that is itself wrong counts for nothing and is
    raised. When no model can be asked, `BreakerOpenError` says from when one can.

    Args:
        primary: The model to ask first.
        *others: Those to ask next, in order.
        breakers: One for each model, in the same order; None: one each, kept in memory, named
            after the model.
        clock: Unix time in seconds, for breakers that bring none.

    Raises:
        GuardConfigError: The breakers are not one for each model.
    """
    models = [primary, *others]
    if breakers is None:
        breakers = [Breaker(name) for name in _names(models)]
    made = breakers if isinstance(breakers, Breakers) else Breakers(breakers, clock=clock)
    if len(made.settings) != len(models):
        raise GuardConfigError(
            f"failover(): {len(models)} models and {len(made.settings)} breakers; give one for "
            "each, in the same order"
        )
    return Failover(line=ModelLine(models, made))


def _names(models: Sequence[BaseChatModel]) -> list[str]:
    names: list[str] = []
    for model in models:
        found = getattr(model, "model_name", None) or getattr(model, "model", None)
        plain = f"model:{found or type(model).__name__}"
        same = sum(1 for name in names if name == plain or name.startswith(f"{plain}#"))
        names.append(f"{plain}#{same + 1}" if same else plain)
    return names
