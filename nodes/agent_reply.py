"""What a model's reply inside an agent is worth: an answer, calls, or something to ask again."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from langchain.agents.middleware.types import ModelResponse
from langchain.agents.structured_output import StructuredOutputError
from langchain_core.messages import AIMessage, ToolMessage

from ..guards.digest import preview
from ..guards.message import MARK, read_message
from .result import read_result
from .told import note

_SILENT = {"text", "reasoning", "thinking", "redacted_thinking"}  # blocks that may hold no words
_AGAIN = "Reply with the whole result again."


@dataclass(frozen=True, slots=True)
class Wanted:
    """The structured output that an agent is to end with.

    Attributes:
        schema: Its type or JSON schema; None where it may be one of several.
        tools: Names of the tools by which it is given.
    """

    schema: Any = None
    tools: frozenset[str] = frozenset()

    @classmethod
    def of(cls, response_format: Any) -> "Wanted | None":
        """Return what a request wants, or None."""
        if response_format is None:
            return None
        specs = getattr(response_format, "schema_specs", None)
        schema = getattr(response_format, "schema", response_format)
        if specs is None:
            from langchain.agents.structured_output import ToolStrategy

            specs = ToolStrategy(schema).schema_specs
        schema = specs[0].schema if len(specs) == 1 else None
        return cls(schema, frozenset(spec.name for spec in specs))


@dataclass(frozen=True, slots=True)
class Reply:
    """A model's reply, read.

    Attributes:
        message: What the model said.
        response: What goes into the state.
        kind: Why it cannot be taken: `empty`, `structured_output`, `answer` (a guard sends it
            back); empty when it can.
        fault: That in one line, for a person.
        told: What the model is shown when it is asked again.
        ending: How the run ends with it, if it is an answer.
    """

    message: AIMessage
    response: ModelResponse[Any]
    kind: str = ""
    fault: str = ""
    told: tuple[Any, ...] = ()
    ending: str = "completed"

    def saying(self, message: AIMessage) -> "Reply":
        """Return the reply with another message in its place."""
        result = [message if one is self.message else one for one in self.response.result]
        return replace(self, message=message, response=replace(self.response, result=result))


def message_of(outcome: Any) -> AIMessage | None:
    """Return what a model said, out of a response or the exception that a wrong one became."""
    if isinstance(outcome, StructuredOutputError):
        return outcome.ai_message
    if isinstance(outcome, AIMessage):
        return outcome
    said = [message for message in outcome.result if isinstance(message, AIMessage)]
    return said[-1] if said else None


def read_reply(outcome: Any, wanted: Wanted | None) -> Reply:
    """Read what came back: a response, or a `StructuredOutputError`."""
    message = message_of(outcome) or AIMessage("")
    if isinstance(outcome, StructuredOutputError):
        response: ModelResponse[Any] = ModelResponse(result=[message])
    else:
        response = outcome if isinstance(outcome, ModelResponse) else ModelResponse([message])
    if response.structured_response is not None:
        return Reply(message, response)
    calls = read_message(message).calls
    wrong = isinstance(outcome, StructuredOutputError)
    if wanted is not None and (wrong or all(call.name in wanted.tools for call in calls)):
        return _structured(message, wanted, outcome)
    if not calls and _says_nothing(message):
        text = "Your reply was empty. Call a tool, or answer in words."
        return Reply(message, response, "empty", "the reply was empty", (note(text, "empty"),))
    return Reply(message, response)


def _says_nothing(message: AIMessage) -> bool:
    blocks = message.content if isinstance(message.content, list) else []
    kinds = {block.get("type", "") for block in blocks if isinstance(block, dict)}
    return not read_message(message).text.strip() and kinds <= _SILENT


def _structured(message: AIMessage, wanted: Wanted, outcome: Any) -> Reply:
    """Read a structured output that LangChain could not: repaired, or told back."""
    given = _given(message, wanted)
    read = read_result(given, wanted.schema) if given and wanted.schema is not None else None
    if read is not None and read.fault is None:
        answers = _answers(message, "Returning structured response.", "success")
        return Reply(message, ModelResponse([message, *answers], structured_response=read.found))
    fault = read.fault if read else None
    fault = fault or preview(_why(outcome, message, wanted))
    text = read.request if read and not message.tool_calls else f"Not taken: {fault}. {_AGAIN}"
    if not given:
        names = " or ".join(repr(name) for name in sorted(wanted.tools))
        text = f"Your reply held no result. Give it in the form of {names}."
    told: list[Any] = [note(text, "result")]
    if given:
        told = [message, *(_answers(message, text, "error") or told)]
    return Reply(message, ModelResponse([message]), "structured_output", fault, tuple(told))


def _given(message: AIMessage, wanted: Wanted) -> str:
    """Return the text in which a result may be; empty where there is none, or more than one."""
    calls = [call for call in message.tool_calls if call["name"] in wanted.tools]
    if len(calls) == 1 and not message.invalid_tool_calls:
        return json.dumps(calls[0]["args"])
    unread = message.invalid_tool_calls
    if len(unread) == 1 and not calls:
        return unread[0].get("args") or ""
    return "" if calls or unread else read_message(message).text


def _why(outcome: Any, message: AIMessage, wanted: Wanted) -> str:
    if isinstance(outcome, StructuredOutputError):
        return str(outcome)
    calls = [call for call in message.tool_calls if call["name"] in wanted.tools]
    return "one result is wanted, not several" if len(calls) > 1 else "no result was given"


def _answers(message: AIMessage, text: str, status: Any) -> list[ToolMessage]:
    calls: Sequence[Any] = [*message.tool_calls, *message.invalid_tool_calls]
    return [
        ToolMessage(
            text,
            tool_call_id=call["id"] or "",
            name=call["name"] or "",
            status=status,
            additional_kwargs={MARK: "result"},
        )
        for call in calls
    ]
