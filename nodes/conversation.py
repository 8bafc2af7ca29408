"""The channel of a conversation: each checkpoint stores what was said, not all that was said.

With `add_messages` alone LangGraph writes the whole list into every checkpoint, so a thread grows
with the square of its length. A `DeltaChannel` stores what each step writes, and now and then the
whole; it wants a reducer that gives the same whether writes come one by one or all at once.
"""

import hashlib
from collections.abc import Callable, Sequence
from typing import Annotated, Any

from langchain_core.messages import (
    AnyMessage,
    BaseMessage,
    BaseMessageChunk,
    RemoveMessage,
    convert_to_messages,
    message_chunk_to_message,
)
from langgraph.channels import BinaryOperatorAggregate
from langgraph.channels.delta import DeltaChannel
from langgraph.graph.message import REMOVE_ALL_MESSAGES, add_messages
from pydantic import WrapValidator

from ..guards.errors import MessageError


def add_each(state: Sequence[Any] | None, writes: Sequence[Any]) -> list[Any]:
    """Return a conversation with what was written to it; the channel's reducer.

    Each write is merged as `add_messages` would: what has a known id replaces, `RemoveMessage`
    takes back, `REMOVE_ALL_MESSAGES` takes back all before it, whatever is no message object
    becomes one. Two things differ, both for the sake of replaying stored writes: taking back a
    message that is not there changes nothing (`add_messages` raises, after the write was stored,
    and the thread is stuck), and a message without an id gets one that its place and its text
    decide.

    Args:
        state: The conversation until now, oldest first.
        writes: Messages, or lists of them, as nodes write them, in order.

    Cost: some 0.1 ms for 1,000 messages.
    """
    merged = _Merged(as_messages(list(state or ())))
    for write in writes:
        merged.take(as_messages(write))
    return merged.messages()


def as_messages(written: Any) -> list[BaseMessage]:
    """Return message objects for what a node writes: objects, dicts, pairs or texts, or a list.

    Raises:
        ValueError, NotImplementedError: It holds something that is no message.
    """
    items = written if isinstance(written, list) else [written]
    if all(_is_whole(kind) for kind in set(map(type, items))):
        return items
    return [
        message_chunk_to_message(message) if isinstance(message, BaseMessageChunk) else message
        for message in convert_to_messages(items)
    ]


def _is_whole(kind: type) -> bool:
    return issubclass(kind, BaseMessage) and not issubclass(kind, BaseMessageChunk)


class _Merged:
    """A conversation that writes are merged into, in one pass over it."""

    def __init__(self, state: Sequence[BaseMessage]) -> None:
        self._slots: list[BaseMessage | None] = []
        self._place: dict[str, int] = {}
        known = {message.id: n for n, message in enumerate(state) if message.id}
        if len(known) == len(state):
            self._slots, self._place = list(state), known
        else:  # some came without an id
            for message in state:
                self._append(message)

    def take(self, write: Sequence[BaseMessage]) -> None:
        """Merge one write; what it takes back goes when all of it is read."""
        gone: set[str] = set()
        for message in write:
            if not isinstance(message, RemoveMessage):
                gone.discard(message.id or "")
                self._put(message)
            elif message.id == REMOVE_ALL_MESSAGES:
                self._slots, self._place = [], {}
                gone.clear()
            elif message.id in self._place:
                gone.add(message.id)
        for known in gone:
            self._slots[self._place.pop(known)] = None

    def _put(self, message: BaseMessage) -> None:
        if message.id in self._place:
            self._slots[self._place[message.id]] = message
        else:
            self._append(message)

    def _append(self, message: BaseMessage) -> None:
        if not message.id:
            message.id = self._id(message)
        self._place[message.id] = len(self._slots)
        self._slots.append(message)

    def _id(self, message: BaseMessage) -> str:
        """Return an id that replaying the same writes gives again."""
        place = len(self._place)
        while True:
            text = f"{place} {message.type} {message.content}"
            made = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]
            if made not in self._place:
                return made
            place += 1

    def messages(self) -> list[BaseMessage]:
        """Return it, oldest first."""
        return [message for message in self._slots if message is not None]


class Conversation(DeltaChannel[list[AnyMessage]]):
    """A `DeltaChannel` of messages; it may stand in where `add_messages` is declared.

    A node whose own input type says `Annotated[list, add_messages]` (LangGraph's `MessagesState`,
    say) can so be added to a graph whose state has this channel.
    """

    __slots__ = ()

    def __init__(self, reducer: Any = add_each, typ: Any = None, **settings: Any) -> None:
        """Make the channel; LangGraph makes it again with the type that is annotated."""
        super().__init__(reducer, typ, **settings)

    def update(self, values: Sequence[Any]) -> bool:
        """Merge what the nodes of one step wrote.

        Raises:
            MessageError: One wrote a bare pair; stored, it would be read back as two texts.
        """
        if any(isinstance(value, tuple) for value in values):
            raise MessageError(
                f"a node wrote one pair to {self.key!r}; put it in a list: [(role, text)]"
            )
        return super().update(values)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, BinaryOperatorAggregate):
            return other.operator is add_messages
        return super().__eq__(other)

    __hash__ = None  # type: ignore[assignment]


def _read(value: Any, validate: Callable[[Any], Any]) -> Any:
    """Return a list of whole messages as a new list; look closely at anything else only.

    A typed state is validated each time that it is read, and a long conversation is long to
    validate; what is in the channel was checked when it was written.
    """
    if isinstance(value, list) and all(_is_whole(kind) for kind in set(map(type, value))):
        return list(value)
    return validate(value)


MessagesChannel = Annotated[list[AnyMessage], WrapValidator(_read), Conversation()]
"""The messages: merged as `add_messages` does, stored as what each step adds."""
