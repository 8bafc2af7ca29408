"""What is blotted out before anything is written."""

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from ...guards.errors import GuardConfigError
from .likeness import LIKE
from .personal import PERSONAL, Personal, without_personal
from .secrets import BLOT, base64_runs, may_hold_secrets, names_secret, without_secrets

Rule = re.Pattern[str] | str | Callable[[str], str]
"""A pattern whose matches go, or a function that returns the text without what must go."""

FAILED: Final = "[redacted: a rule failed]"
_FIXED = frozenset(("$", "c", "h"))  # what a mark is read by
_KEPT_APART = frozenset(("chain", "ref"))
_NO_TEXT = frozenset((int, float, bool, type(None)))
_NAMES_KEPT = 5_000
_USUAL = (
    b'"additional_kwargs":{},"response_metadata":{},"type":',
    b',"tool_calls":[],"invalid_tool_calls":[],"usage_metadata":',
)


@dataclass(frozen=True, slots=True)
class Redaction:
    """What is blotted out of payloads, names, tags, metadata and errors, at every depth.

    What takes its place depends on what it was found by alone, and is found by nothing again: a
    replay's requests hash like the recorded ones. A text that a rule fails on goes whole.

    Attributes:
        secrets: Whether keys, tokens, passwords, private keys and URL credentials go, also out of
            base64, and values whose key names a secret.
        pii: Which personal data go: `email`, `phone`, `card` (with a valid check digit), `iban`.
        rules: The user's own, applied last, in order.

    Raises:
        GuardConfigError: A kind of personal data is not known, or a rule is none.

    >>> Redaction(pii=("email",)).text("password=hunter2 of ann@site.org")
    'password=[redacted] of [email]'
    """

    secrets: bool = True
    pii: tuple[Personal, ...] = ()
    rules: tuple[Rule, ...] = ()
    failures: list[str] = field(default_factory=list, init=False, compare=False, repr=False)
    _names: dict[str, str] = field(default_factory=dict, init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        for kind in self.pii:
            if kind not in PERSONAL:
                raise GuardConfigError(f"pii={self.pii!r}: use some of {', '.join(PERSONAL)}")
        for rule in self.rules:
            if not callable(rule) and not isinstance(rule, str | re.Pattern):
                raise GuardConfigError(f"rules: {type(rule).__name__} is no pattern, no function")
            if isinstance(rule, str):
                _compiled(rule)

    def may_find(self, data: bytes) -> bool:
        """Tell whether anything could be found in JSON; False is sure, and quick to say."""
        if self.pii or self.rules:
            return True
        return self.secrets and may_hold_secrets(data)

    def may_find_in_message(self, fields: bytes) -> bool:
        """Tell the same of the JSON of a message's fields, of which half says nothing."""
        for usual in _USUAL:
            fields = fields.replace(usual, b"")
        return self.may_find(fields)

    def is_bare(self, tree: Any) -> bool:
        """Tell whether a tree has known names, numbers and marks of what is kept apart, no more."""
        kind = type(tree)
        if kind in _NO_TEXT:
            return True
        if kind is list:
            return all(map(self.is_bare, tree))
        if kind is not dict:
            return False
        mark = tree.get("$")
        if mark == LIKE:
            return self.is_bare(tree["of"]) and self.is_bare(tree["but"])
        if mark is not None:
            return mark in _KEPT_APART
        return all(self.is_bare(each) and self.name(key) is key for key, each in tree.items())

    def text(self, text: str) -> str:
        """Return a text without what must go; one that a rule fails on goes whole."""
        try:
            made = self._plain(text)
            if (runs := base64_runs(made)) is not None:
                made = runs.sub(self._inside, made)
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
            return tree if all(map(_is, made, tree)) else made
        if kind is dict:
            return self._dict(tree)
        return tree

    def _plain(self, text: str) -> str:
        made = without_secrets(text) if self.secrets else text
        if self.pii:
            made = without_personal(made, self.pii)
        for rule in self.rules:
            made = rule(made) if callable(rule) else re.sub(rule, BLOT, made)
        return made

    def _inside(self, match: re.Match[str]) -> str:
        """Look into what may be base64 of a text."""
        run = match.group()
        try:
            data = base64.b64decode(run + "=" * (-len(run) % 4))
        except (binascii.Error, ValueError):
            return run
        text, coding = _text_of(data)
        made = self._plain(text)
        return run if made == text else base64.b64encode(made.encode(coding, "replace")).decode()

    def _dict(self, tree: dict[str, Any]) -> dict[str, Any]:
        marked = "$" in tree
        made: dict[str, Any] = {}
        changed = False
        for key, value in tree.items():
            if marked and key in _FIXED:
                made[key] = value
                continue
            name = self.name(key)
            new = self._under(key, value)
            changed = changed or name is not key or new is not value
            made[name] = new
        return made if changed else tree

    def _under(self, key: str, value: Any) -> Any:
        if type(value) is str and self.secrets and value != BLOT and names_secret(key, value):
            return BLOT
        return self.tree(value)

    def name(self, key: str) -> str:
        """Return a key redacted; keys come again and again, so they are remembered."""
        found = self._names.get(key)
        if found is None:
            found = self.text(key)
            if len(self._names) > _NAMES_KEPT:
                self._names.clear()
            self._names[key] = found
        return key if found == key else found


def _text_of(data: bytes) -> tuple[str, str]:
    """Return bytes as text, whatever they are: a secret is ASCII in every coding."""
    try:
        return data.decode(), "utf-8"
    except UnicodeDecodeError:
        return data.decode("latin-1"), "latin-1"


def _is(one: Any, other: Any) -> bool:
    return one is other


def _compiled(rule: str) -> re.Pattern[str]:
    try:
        return re.compile(rule)
    except re.error as error:
        raise GuardConfigError(f"rules: {rule!r} is no pattern: {error}") from error
