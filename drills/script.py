"""A script: what a model will say, how far it has got, and what it was shown on the way."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    message_chunk_to_message,
)

from ..guards.digest import preview
from ..guards.errors import GuardConfigError, ScriptError
from ..guards.message import text_of

Reply = AIMessage | str | BaseException | type[BaseException]
"""What a step comes to: a message, its text alone, or an exception to raise."""

Policy = Callable[..., Reply]
"""`policy(messages)`, or `policy(messages, tools=...)`: a function of what a model is shown.

`tools` holds the bound tools by name, each as `{"name", "description", "parameters"}`.
"""

Tools = Mapping[str, Mapping[str, Any]]
"""Bound tools by name, each with its description and the JSON schema of its parameters."""

_QUOTED = 160  # characters of a message that an error quotes


@dataclass(frozen=True, slots=True)
class ScriptCall:
    """What one call of a scripted model was shown.

    Attributes:
        messages: The messages, oldest first.
        tools: Names of the bound tools.
        tool_choice: What was asked about calling them, as the caller gave it, or None.
    """

    messages: tuple[BaseMessage, ...]
    tools: tuple[str, ...] = ()
    tool_choice: Any = None


class Script:
    """The steps of a script, shared by a model and everything bound to it.

    A copy is the same script: LangChain copies models when it binds and configures them, and a
    script has one position. Safe to use from several threads.
    """

    def __init__(self, given: "Sequence[Reply | Policy] | Policy") -> None:
        self.policy = _checked_policy(given) if callable(given) else None
        self.steps = () if self.policy else _checked_steps(given)
        self.calls: list[ScriptCall] = []
        self._lock = Lock()

    def __deepcopy__(self, memo: dict[int, Any]) -> "Script":
        return self

    def take(self, call: ScriptCall) -> "tuple[int, Reply | Policy]":
        """Return the number of a call, from 1, and the step that is its turn.

        Raises:
            ScriptError: The script holds no more steps.
        """
        with self._lock:
            self.calls.append(call)
            number = len(self.calls)
        if self.policy:
            return number, self.policy
        if number > len(self.steps):
            raise ScriptError(_unexpected(number, len(self.steps), call))
        return number, self.steps[number - 1]

    @property
    def unused(self) -> "list[Reply | Policy]":
        """The steps that no call has reached; none for a policy."""
        return list(self.steps[len(self.calls) :])


def settle(step: Reply | Policy, messages: Sequence[BaseMessage], tools: Tools) -> AIMessage:
    """Return the message a step comes to, never the caller's own object; raise its exception.

    Raises:
        ScriptError: A callable returned something that is no reply.
    """
    made = callable(step) and not isinstance(step, type)
    reply = _ask(step, messages, tools) if made else step
    if isinstance(reply, BaseException) or _is_exception(reply):
        raise reply  # type: ignore[misc]
    if isinstance(reply, str):
        return AIMessage(content=reply)
    if isinstance(reply, AIMessage):
        whole = message_chunk_to_message(reply) if isinstance(reply, AIMessageChunk) else reply
        return whole.model_copy(deep=True)  # type: ignore[return-value]
    raise ScriptError(
        f"a callable of the script returned {_shown(reply)}: use an AIMessage, a string or an "
        "exception; tool_call('search', q='x') makes a message"
    )


def _ask(policy: Any, messages: Sequence[BaseMessage], tools: Tools) -> Any:
    if "tools" in _parameters(policy):
        return policy(list(messages), tools=tools)
    return policy(list(messages))


def _parameters(policy: Any) -> Mapping[str, Any]:
    try:
        return inspect.signature(policy).parameters
    except ValueError:  # some callables written in C have none
        return {}


def _checked_policy(given: Any) -> Policy:
    if isinstance(given, type) or inspect.iscoroutinefunction(given):
        raise GuardConfigError(
            f"ScriptedModel({_shown(given)}): use a list of replies, or a plain function "
            "policy(messages) that returns one"
        )
    return given  # type: ignore[no-any-return]


def _checked_steps(given: Any) -> "tuple[Reply | Policy, ...]":
    if isinstance(given, str) or not isinstance(given, Sequence):
        raise GuardConfigError(
            f"ScriptedModel({_shown(given)}): use a list of replies, ScriptedModel(['Hello.']), "
            "or one policy(messages) that returns a reply"
        )
    for number, step in enumerate(given, 1):
        if not _is_step(step):
            raise GuardConfigError(
                f"ScriptedModel: step {number} of the script is {_shown(step)}: use an AIMessage, "
                "a string, an exception, or a plain function of the messages"
            )
    return tuple(given)


def _is_step(step: Any) -> bool:
    if isinstance(step, type):
        return _is_exception(step)
    plain = callable(step) and not inspect.iscoroutinefunction(step)
    return plain or isinstance(step, AIMessage | str | BaseException)


def _is_exception(value: Any) -> bool:
    return isinstance(value, type) and issubclass(value, BaseException)


def _shown(value: Any) -> str:
    return preview(repr(value), _QUOTED)


def _unexpected(number: int, steps: int, call: ScriptCall) -> str:
    last = call.messages[-1] if call.messages else None
    shown = f"{last.type}: {preview(text_of(last.content), _QUOTED)!r}" if last else "no message"
    return (
        f"call {number} of a scripted model whose script has {_count(steps)}; the last message it "
        f"was shown is {shown}. Add a step, or find out why the model is asked again."
    )


def _count(steps: int) -> str:
    return "1 step" if steps == 1 else f"{steps} steps"


def left_over(script: Script) -> str:
    """Return the sentence that says which steps of a script were not used."""
    unused = script.unused
    return (
        f"{len(unused)} of {_count(len(script.steps))} of the script not used, the next is "
        f"{_shown(unused[0])}. Take it out, or find out why the model was not asked."
    )
