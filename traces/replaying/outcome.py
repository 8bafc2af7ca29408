"""What became of a call, taken apart when it is kept and put together when it is answered."""

import json
from collections.abc import Iterable, Iterator
from typing import Any, cast

from langchain_core.language_models.chat_models import generate_from_stream
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.outputs import (
    ChatGeneration,
    ChatGenerationChunk,
    ChatResult,
    Generation,
    GenerationChunk,
    LLMResult,
)
from langgraph.errors import GraphInterrupt
from langgraph.types import interrupt

from .failure import Failure, failure_of, rebuilt
from .tape import Outcome

_BREAKS = ("CancelledError", "KeyboardInterrupt", "SystemExit", "GeneratorExit")


def outcome_of(returned: Any) -> Outcome:
    """Take apart what a method returned."""
    if isinstance(returned, ChatResult):
        return {
            "messages": [generation.message for generation in returned.generations],
            "info": [generation.generation_info for generation in returned.generations],
            "llm_output": returned.llm_output,
        }
    if isinstance(returned, LLMResult):
        texts = [[(one.text, one.generation_info) for one in each] for each in returned.generations]
        return {"texts": texts, "llm_output": returned.llm_output}
    return {"value": returned}


def chunk_of(chunk: Any) -> Any:
    """Take apart one chunk of a stream, at once: whoever streams changes it later."""
    if isinstance(chunk, ChatGenerationChunk):
        return [chunk.message.model_copy(deep=True), chunk.generation_info]
    if isinstance(chunk, GenerationChunk):
        return [chunk.text, chunk.generation_info]
    return [chunk, None]


def outcome_of_error(error: BaseException) -> Outcome:
    """Take apart what a method raised: an interrupt is a question, all else a failure."""
    if isinstance(error, GraphInterrupt) and error.args and error.args[0]:
        return {"interrupt": [each.value for each in error.args[0]]}
    return {"error": failure_of(error)}


def returned_again(outcome: Outcome) -> Any:
    """Return, or raise, what a method that is no stream came to."""
    _ask_again(outcome)
    if "chunks" in outcome:
        result = _whole(outcome["chunks"]) if outcome["chunks"] else None
        raise_again(outcome)
        return result
    raise_again(outcome)
    if "messages" in outcome:
        return ChatResult(
            generations=[
                ChatGeneration(message=_message(message), generation_info=info)
                for message, info in _with_info(outcome)
            ],
            llm_output=outcome.get("llm_output"),
        )
    return _texts(outcome) if "texts" in outcome else outcome["value"]


def chunks_again(outcome: Outcome) -> Iterator[Any]:
    """Yield what a stream yielded, and raise what it raised after that."""
    _ask_again(outcome)
    if "chunks" in outcome:
        yield from (_chunk(item, info) for item, info in outcome["chunks"])
    for message, info in _with_info(outcome):
        yield ChatGenerationChunk(message=_as_chunk(message), generation_info=info)
    for texts in outcome.get("texts", ()):
        yield from (GenerationChunk(text=text, generation_info=info) for text, info in texts)
    raise_again(outcome)


def _ask_again(outcome: Outcome) -> None:
    """Take the answers that the call took, so that the next question gets the next one."""
    for _ in range(outcome.get("answered", 0)):
        interrupt(None)


def was_cancelled(outcome: Outcome) -> bool:
    """Return whether the call was cancelled before it came to anything."""
    error = outcome.get("error")
    return error is not None and error["classes"][0] == ["asyncio.exceptions", "CancelledError"]


def was_broken_off(outcome: Outcome) -> bool:
    """Return whether the call ended with its run: cancelled, or stopped from the keyboard."""
    error = outcome.get("error")
    return error is not None and error["classes"][0][1] in _BREAKS


def without_failure(outcome: Outcome) -> Outcome:
    """Return what came before a call failed or asked."""
    return {name: value for name, value in outcome.items() if name not in ("error", "interrupt")}


def raise_again(outcome: Outcome) -> None:
    """Raise what a call raised, or ask what it asked; nothing where it returned."""
    if "interrupt" in outcome:
        for value in outcome["interrupt"]:
            interrupt(value)
    if "error" in outcome:
        raise rebuilt(cast("Failure", outcome["error"]))


def _with_info(outcome: Outcome) -> Iterable[tuple[BaseMessage, Any]]:
    messages = outcome.get("messages", ())
    return zip(messages, outcome.get("info") or [None] * len(messages), strict=True)


def _message(message: BaseMessage) -> BaseMessage:
    return message.model_copy(deep=True)  # LangChain writes ids and metadata into it


def _texts(outcome: Outcome) -> LLMResult:
    made = [
        [Generation(text=text, generation_info=info) for text, info in texts]
        for texts in outcome["texts"]
    ]
    return LLMResult(generations=made, llm_output=outcome.get("llm_output"))


def _chunk(item: Any, info: Any) -> Any:
    if isinstance(item, BaseMessage):
        return ChatGenerationChunk(message=_as_chunk(item), generation_info=info)
    return GenerationChunk(text=item, generation_info=info) if isinstance(item, str) else item


def _whole(chunks: Iterable[tuple[Any, Any]]) -> Any:
    made = [_chunk(item, info) for item, info in chunks]
    if isinstance(made[0], ChatGenerationChunk):
        return generate_from_stream(iter(made))
    text = made[0]
    for more in made[1:]:
        text += more
    return LLMResult(generations=[[Generation(text=text.text)]])


def _as_chunk(message: BaseMessage) -> AIMessageChunk:
    """Return a message as the one chunk of a stream: its calls stand in pieces there."""
    if isinstance(message, AIMessageChunk):
        return message.model_copy(deep=True)
    fields = message.model_dump(exclude={"type", "tool_calls", "invalid_tool_calls"})
    calls = [
        tool_call_chunk(
            name=call["name"],
            args=call["args"] if isinstance(call["args"], str) else json.dumps(call["args"]),
            id=call["id"],
            index=index,
        )
        for index, call in enumerate(_calls(message))
    ]
    return AIMessageChunk(**fields, tool_call_chunks=calls)


def _calls(message: BaseMessage) -> list[Any]:
    if not isinstance(message, AIMessage):
        return []
    return [*message.tool_calls, *message.invalid_tool_calls]
