"""Shorten the prompt of an agent that was too long for its model, for one more try."""

from collections.abc import Sequence
from typing import Any

from ..guards.compaction import Sizes, plan
from ..guards.message import read_message
from .summary import stub_of, summary_note
from .token_counts import counter_of, lengths_of

_SHARE = 0.6  # of a prompt that did not fit that the next one may have
_STUB = 100  # tokens of a reference, at most


def shortened(messages: Sequence[Any], model: Any, beside: str = "") -> list[Any]:
    """Return messages with results left out, then turns; the state keeps them all.

    A call and its result stay or go together; the user's last request and the last turn stay.

    Args:
        messages: The prompt, without the system message.
        model: Whose prompt it is.
        beside: The system message's text.
    """
    count = counter_of(model)
    lengths = lengths_of(messages, count)
    fixed = len(beside) // 4
    limit = int((fixed + sum(lengths)) * _SHARE)
    sizes = Sizes(limit, limit, fixed, _STUB, max(limit // 8, 150))
    chosen = plan([read_message(one) for one in messages], lengths, sizes, keep=1)
    gone = [messages[place] for place in chosen.gone]
    left: list[Any] = []
    for place, message in enumerate(messages):
        if place in chosen.stubs:
            left.append(stub_of(message, fetch=False))
        elif gone and place == chosen.gone[0]:
            most = sizes.summary * 3
            left.append(summary_note(None, gone, most=most, fetch=False, message_id=message.id))
        elif place not in chosen.gone:
            left.append(message)
    return left
