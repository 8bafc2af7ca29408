"""Count what a run does, the same way for any harness: by LangChain's callbacks."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from langchain_core.outputs import LLMResult

from ...guards.message import text_of


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened in a run.

    Attributes:
        kind: `asks`: the model asks for a tool; `says`: it answers in words; `ran` and `failed`:
            a tool ended; `told`: the model is shown a note that is no result.
        name: The tool, or empty.
        text: Arguments, result or words.
    """

    kind: Literal["asks", "says", "ran", "failed", "told"]
    name: str
    text: str


class OverLimitError(RuntimeError):
    """A run that has no budget of its own has reached the demonstration's."""


class Meter(BaseCallbackHandler):
    """Counts model calls, tool calls and tokens, and keeps what happened.

    Attributes:
        model_calls: Calls of the model.
        tool_calls: Tools that ran.
        tokens: Tokens that the model reports, prompts and replies.
        events: What happened, oldest first.
    """

    run_inline = True
    raise_error = True

    def __init__(
        self, watch: Callable[[Event], None] | None = None, most_calls: int | None = None
    ) -> None:
        """Begin at nothing.

        Args:
            watch: Is shown each event when it happens.
            most_calls: Model calls after which the run is broken off; None for no limit.
        """
        self.model_calls = self.tool_calls = self.tokens = 0
        self.events: list[Event] = []
        self._watch = watch
        self._most = most_calls
        self._running: dict[UUID, str] = {}
        self._seen: set[str] = set()

    def on_chat_model_start(
        self, serialized: dict[str, Any], messages: list[list[BaseMessage]], **_: Any
    ) -> None:
        """Count a call, and keep what the model is told beside the results."""
        if self._most is not None and self.model_calls >= self._most:
            raise OverLimitError(f"{self._most} model calls")
        self.model_calls += 1
        asked = [m for m in messages[0] if isinstance(m, HumanMessage)]
        for note in asked[1:]:
            if (text := text_of(note.content)) not in self._seen:
                self._seen.add(text)
                self._note(Event("told", "", text))

    def on_llm_end(self, response: LLMResult, **_: Any) -> None:
        """Keep what the model replies."""
        message = getattr(response.generations[0][0], "message", None)
        if not isinstance(message, AIMessage):
            return
        if message.usage_metadata:
            self.tokens += message.usage_metadata["total_tokens"]
        for call in (*message.tool_calls, *message.invalid_tool_calls):
            self._note(Event("asks", call["name"] or "", str(call["args"])))
        if not message.tool_calls:
            self._note(Event("says", "", text_of(message.content)))

    def on_tool_start(
        self, serialized: dict[str, Any], input_str: str, *, run_id: UUID, **_: Any
    ) -> None:
        """Count a tool that runs."""
        self.tool_calls += 1
        self._running[run_id] = str((serialized or {}).get("name", ""))

    def on_tool_end(self, output: Any, *, run_id: UUID, **_: Any) -> None:
        """Keep what a tool returns."""
        text = text_of(getattr(output, "content", output))
        self._note(Event("ran", self._running.pop(run_id, ""), text))

    def on_tool_error(self, error: BaseException, *, run_id: UUID, **_: Any) -> None:
        """Keep that a tool failed."""
        self._note(Event("failed", self._running.pop(run_id, ""), str(error)))

    def _note(self, event: Event) -> None:
        self.events.append(event)
        if self._watch:
            self._watch(event)
