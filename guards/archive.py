"""The results that compaction took out of a conversation, kept where they can be fetched back."""

from collections.abc import Mapping, Sequence
from typing import Any

from typing_extensions import TypedDict

LONGEST = 100_000
"""Characters kept of one result."""
CHARACTERS = 500_000
"""Characters kept in all; the oldest go first. Chosen."""
PAGE = 8_000
"""Characters of a result that are fetched at a time."""


class Kept(TypedDict):
    """A result that was taken out.

    Attributes:
        tool: The tool.
        text: What it returned, at most 100,000 characters.
        length: How many characters it had.
    """

    tool: str
    text: str
    length: int


Archive = dict[str, Kept]
"""Results by the ids of their calls, oldest first."""


def kept(tool: str, text: str) -> Kept:
    """Return a result as it is kept."""
    return Kept(tool=tool, text=text[:LONGEST], length=len(text))


def add_kept(state: Archive | None, updates: Sequence[Mapping[str, Kept]]) -> Archive:
    """Return the archive with more results in it; the reducer of its channel.

    Folding updates one by one or all at once gives the same, as `DeltaChannel` asks.
    """
    new: Archive = dict(state or {})
    size = sum(len(one["text"]) for one in new.values())
    for update in updates:
        for call_id, one in update.items():
            if call_id in new:
                continue  # a result does not change
            new[call_id] = one
            size += len(one["text"])
        while size > CHARACTERS:
            size -= len(new.pop(next(iter(new)))["text"])
    return new


def page(archive: Mapping[str, Any] | None, call_id: str, start: int = 0) -> str | None:
    """Return a part of a result that was taken out, and where the next begins; None: not there."""
    one = (archive or {}).get(call_id)
    if one is None:
        return None
    start = min(max(start, 0), len(one["text"]))
    end = start + PAGE
    text = one["text"][start:end]
    if end < len(one["text"]):
        return f"{text}\n[{one['length']:,} characters in all; go on with start={end}]"
    lost = one["length"] - len(one["text"])
    return f"{text}\n[{lost:,} more characters were not kept]" if lost else text
