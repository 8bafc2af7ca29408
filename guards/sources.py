"""What a run has seen: read out of its messages by reference, when a guard first asks for it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, overload

from .answer_ladder import SUPPORTED
from .ledger import Source
from .message import Message, read_message

if TYPE_CHECKING:
    from .grounding import Seen

SOURCES = 500
"""Texts that a view shows at most."""
CHARACTERS = 400_000
"""Their length in all; system prompts are kept first, then the newest. Chosen."""
_ECHO = 3  # characters from which an argument is taken out of an error that repeats it
_HEARD = ("", "human")  # the user, and a person who oversees the run; not Holdfast's own notes
_RAN = ("", "ran")  # results; not the answers to blocked calls, which quote what was blocked


class Sources(Sequence[Source]):
    """The texts that a run has seen, oldest first: users' words, results, system prompts.

    The model's own words are not among them, or an invention would vouch for itself; nor are
    Holdfast's notes, which quote inventions. Out of an error goes what only repeats the arguments
    of the call that failed. Nothing is read before somebody looks, and nothing is stored: the
    messages are the memory.

    Args:
        messages: A graph's messages, oldest first.
        first: Texts from elsewhere that were seen before them.
        named: Whether messages of named assistants are results: those of specialists are.
    """

    def __init__(
        self, messages: Sequence[Any] = (), *, first: Iterable[Source] = (), named: bool = False
    ) -> None:
        self._messages, self._first, self._named = messages, tuple(first), named

    @cached_property
    def _found(self) -> tuple[Source, ...]:
        made: dict[str, Any] = {}
        found = list(self._first)
        for place, item in enumerate(self._messages):
            message = read_message(item)
            made.update((call.id, call.args) for call in message.calls if call.id)
            if message.mark == "ungrounded":  # a specialist's, of which a part is supported
                message.text, message.mark = _supported(item), "ran"
            source = _source(message, place, made, named=self._named)
            if source is not None and source.text.strip():
                found.append(source)
        return _bounded(found)

    @cached_property
    def seen(self) -> "Seen":
        """The texts, indexed once for all the calls that are judged from this view."""
        from .grounding import Seen  # grounding is heavy: imported by who grounds

        return Seen.of([source.text for source in self._found])

    @overload
    def __getitem__(self, at: int) -> Source: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Source]: ...
    def __getitem__(self, at: int | slice) -> Source | Sequence[Source]:
        return self._found[at]

    def __len__(self) -> int:
        return len(self._found)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    __hash__ = None  # type: ignore[assignment]


def seen_in(sources: Sequence[Source]) -> "Seen":
    """Return the texts of sources, indexed."""
    if isinstance(sources, Sources):
        return sources.seen
    from .grounding import Seen

    return Seen.of([source.text for source in sources])


def _source(message: Message, place: int, made: Mapping[str, Any], *, named: bool) -> Source | None:
    if message.role == "tool" and message.mark in _RAN:
        text = message.text
        if message.failed:
            text = _without_echo(text, made.get(message.call_id))
        return Source(message.call_id or message.id or f"#{place}", text, "tool")
    if message.role == "user" and message.mark in _HEARD:
        return Source(message.id or f"#{place}", message.text, "user")
    if message.role == "system" and not message.mark:
        return Source(message.id or f"#{place}", message.text, "system")
    if named and message.role == "assistant" and message.name and message.mark in _RAN:
        return Source(message.id or f"#{place}", message.text, "tool")
    return None


def _supported(item: Any) -> str:
    kwargs = getattr(item, "additional_kwargs", None)
    kwargs = item.get("additional_kwargs") if isinstance(item, Mapping) else kwargs
    return str((kwargs or {}).get(SUPPORTED, ""))


def _without_echo(text: str, args: Any) -> str:
    """Take a failed call's own arguments out of its error: they were not learned from it."""
    values = sorted({str(v) for v in _leaves(args) if len(str(v)) >= _ECHO}, key=len, reverse=True)
    return re.sub("|".join(map(re.escape, values)), " ", text) if values else text


def _leaves(value: Any) -> Iterable[Any]:
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from _leaves(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _leaves(inner)
    elif value is not None and not isinstance(value, bool):
        yield value


def _bounded(found: Sequence[Source]) -> tuple[Source, ...]:
    left, kept = CHARACTERS, dict[int, Source]()
    places = sorted(range(len(found)), key=lambda at: (found[at].kind != "system", -at))
    for at in places[:SOURCES]:
        if left > 0:
            text = found[at].text
            kept[at] = found[at] if len(text) <= left else replace(found[at], text=text[:left])
            left -= len(text)
    return tuple(kept[at] for at in sorted(kept))
