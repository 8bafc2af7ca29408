"""Short payloads written at once: messages that are kept, numbers, and what is like another.

They are JSON in which references stand in binary, as `packing` has it.
"""

from collections.abc import Callable
from typing import Any, Final

from .likeness import Kept, Like
from .objects import is_message
from .packing import CHAIN_SIGN, MESSAGES, MESSAGES_SIGN, REF_SIGN, squeezed_brief

_FEW: Final = 8  # of a list that is no conversation
_LARGEST: Final = 2**63
_NAMES: Final = 2_000
_SHORT: Final = 40  # bytes that nothing makes much shorter
_MESSAGES: Final = len(MESSAGES)


class Brief:
    """Writes the JSON of a value in which all text is in messages; most of a step is such.

    It says what the codec says, in a tenth of the time.
    """

    def __init__(
        self,
        message: Callable[[Any], bytes],
        chain: Callable[[list[Any]], bytes | None],
        clean: Callable[[str], str],
    ) -> None:
        """Say how messages are kept.

        Args:
            message: Gives the digest of a message.
            chain: Gives the last link of a list of messages, or None.
            clean: Returns a name redacted.
        """
        self._message, self._chain, self._clean = message, chain, clean
        self._names: dict[str, bytes] = {}
        self._ways: dict[type, Callable[[Any], bytes | None]] = {
            dict: self._dict,
            list: self._list,
            Like: self._like,
            Kept: lambda kept: REF_SIGN + kept.digest,
            type(None): lambda _: b"null",
            bool: lambda value: b"true" if value else b"false",
            int: lambda value: b"%d" % value if -_LARGEST <= value < _LARGEST else None,
        }

    def squeezed(self, value: Any) -> bytes | None:
        """Return the JSON of a value, or None where the codec has to look at it."""
        made = self._json(value)
        return squeezed_brief(made) if made and len(made) > _SHORT else made

    def messages(self, value: list[Any]) -> bytes | None:
        """Return what stands for a list of messages; None where something else is in it."""
        return self._list(value)

    def _json(self, value: Any) -> bytes | None:
        kind = type(value)
        if way := self._ways.get(kind):
            return way(value)
        return REF_SIGN + self._message(value) if is_message(kind) else None

    def _like(self, value: Like) -> bytes | None:
        of, but = self._json(value.of), self._dict(value.but)
        return b"\x07%b\x08%b}" % (of, but) if of and but else None

    def _dict(self, value: Any) -> bytes | None:
        parts = []
        for key, each in value.items():
            name, told = self._names.get(key) or self._name(key), self._json(each)
            if told is None or not name:
                return None
            parts.append(name + told)
        made = b"{%b}" % b",".join(parts)
        return MESSAGES_SIGN + made[_MESSAGES:] if made.startswith(MESSAGES) else made

    def _list(self, value: list[Any]) -> bytes | None:
        if not value:
            return b"[]"
        if is_message(type(value[0])) and len(value) > 1:  # a link would be longer than one
            tip = self._chain(value)
            return None if tip is None else CHAIN_SIGN + tip
        if len(value) > _FEW:
            return None
        parts = []
        for each in value:
            if (told := self._json(each)) is None:
                return None
            parts.append(told)
        return b"[%b]" % b",".join(parts)

    def _name(self, key: Any) -> bytes:
        """Return the beginning of a pair; nothing where the key needs to be looked at."""
        if type(key) is not str or not key.isidentifier() or not key.isascii():
            return b""
        if self._clean(key) != key:
            return b""
        if len(self._names) >= _NAMES:
            self._names.clear()
        made = self._names[key] = b'"%b":' % key.encode()
        return made


def brief_request(rest: bytes, messages: bytes) -> bytes:
    """Return what stands for a request: the digest of its rest, and its messages."""
    return b"\x07%b%b\x08%b%b}}" % (REF_SIGN, rest, MESSAGES_SIGN, messages)
