"""What is blotted out before anything is written."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from ...guards.redact import redact

Rule = re.Pattern[str] | str | Callable[[str], str]
"""A pattern whose matches go, or a function that returns the text without what must go."""

BLOT: Final = "[redacted]"
FAILED: Final = "[redacted: a rule failed]"
_FIXED = ("$", "c", "h")  # what a mark is read by


@dataclass(frozen=True, slots=True)
class Redaction:
    """What is blotted out of payloads, names, tags, metadata and errors.

    Attributes:
        secrets: Whether keys, tokens, passwords, private keys and URL credentials go.
        rules: The user's own rules, applied last, in order.
    """

    secrets: bool = True
    rules: tuple[Rule, ...] = ()
    failures: list[str] = field(default_factory=list, compare=False, repr=False)

    def text(self, text: str) -> str:
        """Return a text without what must go; one that no rule could read goes whole."""
        try:
            made = redact(text) if self.secrets else text
            for rule in self.rules:
                made = rule(made) if callable(rule) else re.sub(rule, BLOT, made)
        except Exception as error:  # noqa: BLE001 - what cannot be looked at is not written
            self.failures.append(type(error).__name__)
            return FAILED
        return made

    def tree(self, tree: Any) -> Any:
        """Return a JSON tree without what must go, keys included; the same one if nothing must."""
        kind = type(tree)
        if kind is str:
            return self.text(tree)
        if kind is list:
            made = [self.tree(each) for each in tree]
            return tree if all(map(lambda a, b: a is b, made, tree)) else made
        if kind is dict:
            return self._dict(tree)
        return tree

    def _dict(self, tree: dict[str, Any]) -> dict[str, Any]:
        marked = "$" in tree
        made: dict[str, Any] = {}
        changed = False
        for key, value in tree.items():
            if marked and key in _FIXED:
                made[key] = value
                continue
            name, new = self.text(key), self.tree(value)
            changed = changed or name is not key or new is not value
            made[name] = new
        return made if changed else tree
