"""What calls ask, message by message, as it is compared: redacted, without what is ignored.

A message comes with every request after it. It is brought to its form once, and messages of one
form are one object, so that two requests are compared as quickly as two lists of numbers.
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from langchain_core.messages import BaseMessage

from .divergence import lines_in, lines_of
from .ignoring import Ignore
from .request import Requests

_BLOTS = re.compile(r"\[redacted[^\]]{0,80}\]")
_REMEMBERED = 10_000  # messages


class Part:
    """A message, or all the rest of a request.

    Attributes:
        tree: What it says, as JSON.
        text: The same as one text, by which equal ones are told.
        is_blotted: Whether something was redacted in it.
    """

    __slots__ = ("_lines", "_pattern", "is_blotted", "text", "tree")

    def __init__(self, tree: Any, text: str) -> None:
        self.tree, self.text = tree, text
        self.is_blotted = bool(_BLOTS.search(text))
        self._pattern: re.Pattern[str] | None = None
        self._lines: list[str] | None = None

    def fits(self, now: "Part") -> bool:
        """Tell whether another says the same, but for what was redacted in this."""
        if self is now:
            return True
        if not self.is_blotted:
            return False
        if self._pattern is None:
            told = map(re.escape, _BLOTS.split(self.text))
            self._pattern = re.compile(".*?".join(told), re.DOTALL)
        return bool(self._pattern.fullmatch(now.text))

    def lines(self) -> list[str]:
        """Return it as the lines that it is in a request's list of messages, but the last one."""
        if self._lines is None:
            text = json.dumps(self.tree, indent=1, sort_keys=True, ensure_ascii=False, default=str)
            self._lines = lines_in("  " + text.replace("\n", "\n  ") + ",")
        return self._lines


class Form:
    """A request, taken apart.

    Attributes:
        parts: Its messages, and last all else of it.
        has_messages: Whether it is a conversation.
    """

    __slots__ = ("has_messages", "parts")

    def __init__(self, messages: Iterable[Part] | None, rest: Part) -> None:
        self.has_messages = messages is not None
        self.parts = [*(messages or ()), rest]

    @property
    def tree(self) -> Any:
        """The request as JSON."""
        *messages, rest = (each.tree for each in self.parts)
        return {"messages": messages, **rest} if self.has_messages else rest

    @property
    def is_blotted(self) -> bool:
        """Whether something was redacted in it."""
        return any(each.is_blotted for each in self.parts)

    def __len__(self) -> int:
        """Return of how many messages it is; 0 for what is no conversation."""
        return len(self.parts) - 1

    def says(self, now: "Form") -> bool:
        """Tell whether another request says the same."""
        return self.parts == now.parts

    def fits(self, now: "Form") -> bool:
        """Tell whether another request says the same, but for what was redacted in this."""
        if len(self.parts) != len(now.parts):
            return False
        return all(then.fits(it) for then, it in zip(self.parts, now.parts, strict=True))

    def apart(self, now: "Form") -> tuple[list[Any], list[Any]]:
        """Return the parts in which two requests of as many messages differ, of each of them."""
        pairs = zip(self.parts, now.parts, strict=True)
        found = [(then.tree, it.tree) for then, it in pairs if then is not it]
        return [then for then, _ in found], [it for _, it in found]

    def lines(self) -> list[str]:
        """Return it as lines: those of its tree."""
        *messages, rest = self.parts
        if not messages:
            return lines_of(self.tree)
        around = lines_of({"messages": [], **rest.tree})
        at = next(n for n, line in enumerate(around) if line.startswith(' "messages": []'))
        inner = [line for each in messages for line in each.lines()]
        inner[-1] = inner[-1].removesuffix(",")
        end = around[at].replace(' "messages": []', " ]")
        return [*around[:at], ' "messages": [', *inner, end, *around[at + 1 :]]


class Forms:
    """Brings requests to the form in which they are compared."""

    def __init__(self, requests: Requests, ignore: Ignore) -> None:
        self._requests, self._ignore = requests, ignore
        self._messages: dict[int, tuple[Any, Any, Any, Part]] = {}
        self._rests: dict[str, Part] = {}
        self._parts: dict[str, Part] = {}

    def of(self, request: Mapping[str, Any]) -> Form:
        """Return the form of a request."""
        messages = request.get("messages")
        if not isinstance(messages, list):
            return Form(None, self._part(request))
        rest = {name: each for name, each in request.items() if name != "messages"}
        digest = self._requests.digest(rest)  # what comes with every call is hashed by identity
        if (known := self._rests.get(digest)) is None:
            known = self._rests[digest] = self._part(rest)
        return Form(map(self._message, messages), known)

    def _message(self, message: Any) -> Part:
        has = message.__dict__ if isinstance(message, BaseMessage) else {}
        content, calls = has.get("content"), has.get("tool_calls")
        seen = self._messages.get(id(message))
        if seen and seen[0] is message and seen[1] is content and seen[2] is calls:
            return seen[3]
        part = self._part(message)
        if len(self._messages) >= _REMEMBERED:
            self._messages.clear()
        self._messages[id(message)] = (message, content, calls, part)
        return part

    def _part(self, value: Any) -> Part:
        tree = self._ignore.without(self._requests.plain(value))
        text = repr(tree)
        if (found := self._parts.get(text)) is None:
            found = self._parts[text] = Part(tree, text)
        return found
