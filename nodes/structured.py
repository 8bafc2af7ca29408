"""A model that returns a valid object or says why not; it never returns None."""

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, HumanMessage, convert_to_messages
from langchain_core.prompt_values import PromptValue
from langchain_core.runnables import Runnable, RunnableConfig
from pydantic import BaseModel
from typing_extensions import is_typeddict

from ..guards.errors import GuardConfigError
from ..guards.repairs import RepairError
from ..guards.repairs.stream import RepairStream
from ..guards.reply import Reply
from .pending import Pending, Wanted, notes
from .repair_report import event_of, is_worth_telling, tell_trace
from .repairing import Repairing, Taken
from .result import instruction

T = TypeVar("T")


def structured(
    model: BaseChatModel, schema: type[T] | Any, *, attempts: int = 2, **options: Any
) -> "Structured[T]":
    """Return a model whose replies are values of a schema, repaired or asked for again.

    In place of `model.with_structured_output(schema)`, which returns None for a reply that makes
    no call or an unreadable one, and takes half an answer for a whole. The provider's own
    structured output is used where the schema allows; for other types (`list[Flight]`) the model
    is shown the JSON schema.

    Args:
        model: A chat model.
        schema: A Pydantic model, a typed dict, a JSON schema, or any other annotation.
        attempts: How often the model is asked again at most.
        **options: For `with_structured_output`, such as `method="json_schema"`.

    Raises:
        GuardConfigError: The schema is none, or the model is no chat model.
    """
    return Structured(model, Repairing(Wanted(schema), attempts), options)


class Structured(Runnable[Any, T]):
    """A model that returns a valid object; see `structured`.

    Calling it raises `RepairError` when there is none after all attempts: with the kind of fault
    in `why`, the wrong parts in `errors` and the nearest reading in `nearest`. It streams what can
    be relied on so far, as plain JSON, and last the object.
    """

    def __init__(
        self, model: BaseChatModel, repairing: Repairing, options: Mapping[str, Any] | None = None
    ) -> None:
        if not isinstance(model, BaseChatModel):
            raise GuardConfigError(f"structured({type(model).__name__}): give a chat model")
        if repairing.wanted.is_words:
            raise GuardConfigError("structured(schema=str): give a type other than text")
        self.model = model
        self.repairing = repairing
        self.name = "structured"
        self.options = dict(options or {})
        self._native = self._with_structured_output()

    def invoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> T:  # noqa: A002 - LangChain's name
        """Return a valid object.

        Raises:
            RepairError: There is none after all attempts.
        """
        answer: Any = self._answer
        return self._call_with_config(answer, input, config, **kwargs)

    async def ainvoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> T:  # noqa: A002 - LangChain's name
        """Return a valid object; see `invoke`."""
        answer: Any = self._aanswer
        return await self._acall_with_config(answer, input, config, **kwargs)

    def stream(
        self,
        input: Any,  # noqa: A002 - LangChain's name
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> Iterator[T]:
        """Yield what can be relied on so far, as plain JSON, and last the valid object."""
        asked = self._asked(input)
        growing = _Growing(self.repairing)
        for chunk in asked.stream(config, **kwargs):
            yield from growing.feed(chunk)
        yield self._go_on(asked, growing.reply, config, kwargs)

    async def astream(
        self,
        input: Any,  # noqa: A002 - LangChain's name
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[T]:
        """Yield what can be relied on so far, as plain JSON, and last the valid object."""
        asked = self._asked(input)
        growing = _Growing(self.repairing)
        async for chunk in asked.astream(config, **kwargs):
            for value in growing.feed(chunk):
                yield value
        yield await self._ago_on(asked, growing.reply, config, kwargs)

    def _answer(self, given: Any, config: RunnableConfig, **kwargs: Any) -> Any:
        asked = self._asked(given)
        return self._go_on(asked, asked.invoke(config, **kwargs), config, kwargs)

    async def _aanswer(self, given: Any, config: RunnableConfig, **kwargs: Any) -> Any:
        asked = self._asked(given)
        reply = await asked.ainvoke(config, **kwargs)
        return await self._ago_on(asked, reply, config, kwargs)

    def _go_on(self, asked: "_Asked", reply: Any, config: Any, kwargs: Any) -> Any:
        """Read a reply, and ask again while there is reason to."""
        taken = self._taken(None, reply, config)
        while taken.pending is not None:
            reply = asked.again(taken.pending).invoke(config, **kwargs)
            taken = self._taken(taken.pending, reply, config)
        return _value(taken)

    async def _ago_on(self, asked: "_Asked", reply: Any, config: Any, kwargs: Any) -> Any:
        taken = self._taken(None, reply, config)
        while taken.pending is not None:
            reply = await asked.again(taken.pending).ainvoke(config, **kwargs)
            taken = self._taken(taken.pending, reply, config)
        return _value(taken)

    def _taken(self, pending: Pending | None, reply: Any, config: RunnableConfig | None) -> Taken:
        taken = self.repairing.take(pending, Reply.of(reply))
        if is_worth_telling(taken):
            tell_trace(config, event_of(taken, self.name or "structured"))
        return taken

    def _asked(self, given: Any) -> "_Asked":
        messages = _messages(given)
        if self._native is None:
            messages = [*messages, HumanMessage(instruction(self.repairing.wanted.schema))]
        return _Asked(self, messages, self._native)

    def _with_structured_output(self) -> Runnable[Any, Any] | None:
        """Return the model with the provider's structured output; None where it has none."""
        schema: Any = self.repairing.wanted.schema
        is_model = isinstance(schema, type) and issubclass(schema, BaseModel)
        if not (is_model or is_typeddict(schema) or _is_named(schema)):
            return None
        try:
            return self.model.with_structured_output(schema, include_raw=True, **self.options)
        except NotImplementedError:
            return None


def _is_named(schema: Any) -> bool:
    return isinstance(schema, Mapping) and "title" in schema


@dataclass(frozen=True)
class _Asked:
    """One question to a model, by its structured output or in words."""

    to: Structured[Any]
    messages: list[Any]
    native: Runnable[Any, Any] | None

    @cached_property
    def asks(self) -> Runnable[Any, Any]:
        return self.native or self.to.model

    def again(self, pending: Pending) -> "_Asked":
        """Return what is asked next: of the bare model, where a part of the result is wanted."""
        native = self.native if pending["mode"] == "whole" else None
        return _Asked(self.to, [*self.messages, *notes(pending)], native)

    def invoke(self, config: RunnableConfig | None, **kwargs: Any) -> Any:
        try:
            return _raw(self.asks.invoke(self.messages, config, **kwargs))
        except Exception as error:
            if not _is_cut(error):
                raise
            return _cut_reply(error)

    async def ainvoke(self, config: RunnableConfig | None, **kwargs: Any) -> Any:
        try:
            return _raw(await self.asks.ainvoke(self.messages, config, **kwargs))
        except Exception as error:
            if not _is_cut(error):
                raise
            return _cut_reply(error)

    def stream(self, config: RunnableConfig | None, **kwargs: Any) -> Iterator[Any]:
        for chunk in self.asks.stream(self.messages, config, **kwargs):
            if (raw := _raw(chunk)) is not None:
                yield raw

    async def astream(self, config: RunnableConfig | None, **kwargs: Any) -> AsyncIterator[Any]:
        async for chunk in self.asks.astream(self.messages, config, **kwargs):
            if (raw := _raw(chunk)) is not None:
                yield raw


class _Growing:
    """A reply that is still being written."""

    def __init__(self, repairing: Repairing) -> None:
        self._stream = RepairStream(repairing.wanted.schema)
        self._whole: Any = None

    @property
    def reply(self) -> Any:
        """The whole reply."""
        return self._whole if self._whole is not None else AIMessage("")

    def feed(self, chunk: Any) -> Iterator[Any]:
        """Take a chunk of a message; yield what can be relied on, if that has changed."""
        self._whole = chunk if self._whole is None else self._whole + chunk
        calls = getattr(chunk, "tool_call_chunks", None) or ()
        text = "".join(call["args"] or "" for call in calls) or chunk.text
        if text and (update := self._stream.feed(text)):
            yield update.value


def _messages(given: Any) -> list[Any]:
    if isinstance(given, PromptValue):
        return given.to_messages()
    return [HumanMessage(given)] if isinstance(given, str) else convert_to_messages(given)


def _raw(reply: Any) -> Any:
    """Return the message in what came back, without what LangChain made of it."""
    return reply.get("raw") if isinstance(reply, Mapping) else reply


def _is_cut(error: Exception) -> bool:
    """Return whether OpenAI's client raised because a reply was cut off or filtered."""
    return type(error).__name__ in ("LengthFinishReasonError", "ContentFilterFinishReasonError")


def _cut_reply(error: Exception) -> AIMessage:
    choices = getattr(getattr(error, "completion", None), "choices", None)
    text = getattr(choices[0].message, "content", None) if choices else None
    reason = "length" if type(error).__name__.startswith("Length") else "content_filter"
    return AIMessage(text or "", response_metadata={"finish_reason": reason})


def _value(taken: Taken) -> Any:
    if taken.fault is not None:
        raise taken.fault.error
    if taken.repaired is None:
        raise RepairError("empty", "the model said nothing")
    return taken.repaired.value
