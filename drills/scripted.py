"""A chat model that says what its script says: for tests, drills and demonstrations."""

import json
import re
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from types import TracebackType
from typing import Any, Self

from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.messages.ai import AIMessageChunk, UsageMetadata
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import ConfigDict, Field

from ..guards.digest import canonical, digest
from ..guards.errors import ScriptError
from ..guards.message import text_of
from ..guards.messages import estimate_tokens
from .cut import cut_reply, limit_in
from .script import Policy, Reply, Script, ScriptCall, left_over, settle

_WORD = re.compile(r"\s*\S+|\s+")


class ScriptedModel(BaseChatModel):
    """A chat model that needs no network and says what it is told to say.

    It plays a list of replies in order, one for each call: messages, strings, exceptions to raise
    (instances or classes), or callables that are shown the messages and return one of these. Or it
    asks one policy, a callable, at every call; with parallel branches that is the one to use, for
    the order in which branches reach a list is not given.

    A callable is shown the messages only; if it has a parameter `tools`, also the bound tools by
    name, each as `{"name", "description", "parameters"}`.

    Models bound to tools share the script's position with the model they come from, and so do
    copies. A call beyond the script raises `ScriptError`; used as a context manager, so do steps
    that nobody asked for. A reply that is longer than `max_tokens` of its call is cut there.

    Attributes:
        script: What it plays, and how far it has got.
        usage: Whether a reply that gives no token counts gets estimated ones, at four characters
            a token; providers that report none are played with False.
        model_name: The name it reports, by which prices are found.

    Raises:
        GuardConfigError: The script is no list of replies and no policy.

    >>> model = ScriptedModel(["Hello.", TimeoutError("the model is busy")])
    >>> model.invoke("Hi!").content
    'Hello.'
    >>> len(model.unused)
    1
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    script: Script = Field(repr=False, exclude=True)
    usage: bool = True
    model_name: str = "scripted"

    def __init__(self, script: Sequence[Reply | Policy] | Policy | Script, **settings: Any) -> None:
        settings["script"] = script if isinstance(script, Script) else Script(script)
        super().__init__(**settings)

    @property
    def calls(self) -> list[ScriptCall]:
        """What each call so far was shown, oldest first."""
        return list(self.script.calls)

    @property
    def unused(self) -> list[Reply | Policy]:
        """The steps that no call has reached yet; none for a policy."""
        return self.script.unused

    def assert_done(self) -> None:
        """Check that every step of the script was used.

        Raises:
            ScriptError: Some were not.
        """
        if self.unused:
            raise ScriptError(left_over(self.script))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.assert_done()

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: Any = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Return this model with tools, given as schemas, functions, tools or Pydantic classes."""
        if tool_choice is not None:
            kwargs["tool_choice"] = tool_choice
        return self.bind(tools=[convert_to_openai_tool(tool) for tool in tools], **kwargs)

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: Any = None,
        **kwargs: Any,
    ) -> ChatResult:
        reply = self._reply(messages, kwargs)
        return ChatResult(generations=[ChatGeneration(message=reply)])

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: Any = None,
        **kwargs: Any,
    ) -> ChatResult:
        return self._generate(messages, **kwargs)

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: Any = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        for chunk in _chunks(self._reply(messages, kwargs)):
            yield ChatGenerationChunk(message=chunk)

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: Any = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        for chunk in self._stream(messages, **kwargs):
            yield chunk

    def _reply(self, messages: list[BaseMessage], options: dict[str, Any]) -> AIMessage:
        tools = {_name(tool): tool.get("function", tool) for tool in options.get("tools") or ()}
        call = ScriptCall(tuple(messages), tuple(tools), options.get("tool_choice"))
        number, step = self.script.take(call)
        reply = settle(step, messages, tools)
        _give_ids(reply, [self.name, number, len(messages), *_ends(messages)], number)
        limit = limit_in(options)
        is_cut = limit is not None and cut_reply(reply, limit)
        if self.usage and reply.usage_metadata is None:
            reply.usage_metadata = _estimate(messages, reply)
        made = reply.tool_calls or reply.invalid_tool_calls
        reason = "length" if is_cut else "tool_calls" if made else "stop"
        known = {"model_name": self.model_name, "finish_reason": reason}
        reply.response_metadata = {**known, **reply.response_metadata}
        return reply


def _name(tool: dict[str, Any]) -> str:
    inner = tool.get("function", tool)
    return str(inner.get("name") or tool.get("type"))


def _ends(messages: Sequence[BaseMessage]) -> list[str]:
    """Return the first and the last text: what tells two models and two turns apart."""
    return [text_of(message.content) for message in (*messages[:1], *messages[-1:])]


def _give_ids(reply: AIMessage, play: list[Any], number: int) -> None:
    """Give an id to each call that has none: the same in the same play, another in another."""
    for k, call in enumerate((*reply.tool_calls, *reply.invalid_tool_calls)):
        if not call["id"]:
            call["id"] = f"call_{number}_{digest([play, k, call['name'], call['args']])[:8]}"


def _estimate(messages: Sequence[BaseMessage], reply: AIMessage) -> UsageMetadata:
    tokens_in = estimate_tokens(sum(map(_characters, messages)))
    tokens_out = estimate_tokens(_characters(reply))
    return UsageMetadata(
        input_tokens=tokens_in, output_tokens=tokens_out, total_tokens=tokens_in + tokens_out
    )


def _characters(message: BaseMessage) -> int:
    calls = message.tool_calls if isinstance(message, AIMessage) else []
    written = sum(len(call["name"]) + len(canonical(call["args"])) for call in calls)
    return len(text_of(message.content)) + written


def _chunks(reply: AIMessage) -> Iterator[AIMessageChunk]:
    """Yield a reply word by word, its calls in two parts each, and last what it cost.

    A speaker's name and calls that cannot be read come whole: merged chunks would lose the one
    and mend the other.
    """
    last: dict[str, Any] = {
        "id": reply.id,
        "additional_kwargs": reply.additional_kwargs,
        "response_metadata": reply.response_metadata,
        "usage_metadata": reply.usage_metadata,
        "chunk_position": "last",
    }
    if reply.name or reply.invalid_tool_calls:
        last |= {"name": reply.name, "tool_calls": reply.tool_calls}
        last["invalid_tool_calls"] = reply.invalid_tool_calls
        yield AIMessageChunk(content=reply.content, **last)
        return
    parts = _WORD.findall(reply.content) if isinstance(reply.content, str) else [reply.content]
    for part in parts:
        yield AIMessageChunk(content=part, id=reply.id)
    for index, call in enumerate(reply.tool_calls):
        yield from _call_chunks(call, index, reply.id)
    yield AIMessageChunk(content="" if isinstance(reply.content, str) else [], **last)


def _call_chunks(call: Any, index: int, reply_id: str | None) -> Iterator[AIMessageChunk]:
    text = json.dumps(call["args"], ensure_ascii=False)
    half = len(text) // 2
    first = tool_call_chunk(name=call["name"], args=text[:half], id=call["id"], index=index)
    second = tool_call_chunk(args=text[half:], index=index)
    for chunk in (first, second):
        yield AIMessageChunk(content="", tool_call_chunks=[chunk], id=reply_id)
