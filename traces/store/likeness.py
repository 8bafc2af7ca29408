"""What is kept as the likeness of something else: only what differs is written again.

A model's reply is kept as the callback has it, with an id; a replay wants it as the model gave it,
without one. The requests of a conversation are the same model with one more message.
"""

from collections.abc import Mapping
from typing import Any, Final

LIKE: Final = "like"
"""The mark of what is like another payload, but for some keys."""


class Kept:
    """Stands in a value for a payload that is kept already."""

    __slots__ = ("digest",)

    def __init__(self, digest: bytes) -> None:
        self.digest = digest


class Like:
    """Stands in a value for a message with other fields, or a dict with other keys.

    Attributes:
        of: The message, or the `Kept` payload of a dict.
        but: What is different, or not in it, by its name.
    """

    __slots__ = ("but", "of")

    def __init__(self, of: Any, but: Mapping[str, Any]) -> None:
        self.of = of
        self.but = but


def likeness(of: Any, but: Mapping[str, Any], mark: str) -> dict[str, Any]:
    """Return the tree of what is like another tree; a message's fields stand one level down."""
    if mark not in of:
        return {**but, **{name: each for name, each in of.items() if name not in but}}
    return {**of, "v": {**of["v"], **but}}
