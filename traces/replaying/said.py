"""What a model said, held until its run has kept the same reply."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Self

from langchain_core.messages import BaseMessage

from ..store.likeness import Like
from .tape import Outcome


class Said(NamedTuple):
    """The outcome of a model's call, as it was when the model returned.

    LangChain writes an id and metadata into the messages after that, in new objects, so that a
    copy of each message's fields tells what they were.

    Attributes:
        rest: The outcome.
        fields: For each of its messages its fields then.
    """

    rest: Outcome
    fields: Sequence[Mapping[str, Any]]

    @classmethod
    def of(cls, outcome: Outcome) -> Self | None:
        """Hold an outcome; None where there is no message in it."""
        messages = outcome.get("messages")
        if not messages or not all(isinstance(each, BaseMessage) for each in messages):
            return None
        return cls(outcome, [dict(vars(each)) for each in messages])

    def outcome(self) -> Outcome:
        """Return it as it was, its messages in the likeness of what they have become."""
        pairs = zip(self.rest["messages"], self.fields, strict=True)
        return {**self.rest, "messages": [_then(message, fields) for message, fields in pairs]}


def _then(message: BaseMessage, fields: Mapping[str, Any]) -> Any:
    now = vars(message)
    if now.keys() != fields.keys():
        return message.model_copy(update=dict(fields))
    changed = {name: each for name, each in fields.items() if now[name] is not each}
    if len(changed) > 1:  # an empty dict takes the place of an empty dict
        changed = {name: each for name, each in changed.items() if not _is_same(now[name], each)}
    return Like(message, changed) if changed else message


def _is_same(one: Any, other: Any) -> bool:
    return not one and not other and type(one) is type(other)
