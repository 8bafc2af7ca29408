"""One open container of a text that is read."""

from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["object", "list", "tuple", "call"]
KINDS: dict[str, tuple[Kind, str]] = {
    "{": ("object", "}"),
    "[": ("list", "]"),
    "(": ("tuple", ")"),
}


@dataclass(slots=True)
class Frame:
    """One open container.

    Attributes:
        kind: What it is read as.
        closer: The bracket that closes it; "" for an object that no bracket opened.
        members: Its members, for objects and named arguments.
        items: Its items, for lists, tuples and positional arguments.
        key: The key whose value is read now.
        name: The function's name, for calls.
    """

    kind: Kind
    closer: str
    members: dict[str, Any] = field(default_factory=dict)
    items: list[Any] = field(default_factory=list)
    key: str | None = None
    name: str = ""

    def value(self, *, comma: bool, keep_calls: bool) -> Any:
        """Return what was read; a tuple of one without a comma is the one."""
        if self.kind == "object":
            return self.members
        if self.kind == "tuple" and len(self.items) == 1 and not comma:
            return self.items[0]
        if self.kind != "call":
            return self.items
        if len(self.items) == 1 and not self.members and not keep_calls:
            return self.items[0]
        lone = self.items[0] if len(self.items) == 1 and isinstance(self.items[0], dict) else None
        arguments = {**lone, **self.members} if lone is not None else self.members or self.items
        return {"name": self.name, "arguments": arguments or {}}
