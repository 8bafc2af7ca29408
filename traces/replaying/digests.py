"""Digests of recorded requests: what a replay finds a call by, computed when it is wanted.

To hash each request while it is recorded would cost every run what few need.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..store.codec import decode
from ..store.model import RecordedCall
from .request import Requests

if TYPE_CHECKING:
    from ..store import Store
    from ..store.reading import Reading


def known(store: "Store", calls: Iterable[RecordedCall]) -> Iterator[RecordedCall]:
    """Yield calls with the digests of what they asked; those that have one as they are."""
    requests, reading = Requests(store.redaction.tree), store.reading()
    messages: dict[int, tuple[Any, Any]] = {}
    for call in calls:
        if call.key.request or call.nested:
            yield call
            continue
        digest = requests.digest(_decoded(reading, call.request, messages))
        yield replace(call, key=call.key._replace(request=digest))


def _decoded(
    reading: "Reading", request: str, messages: dict[int, tuple[Any, Any]]
) -> Mapping[str, Any]:
    """Return a request, decoded; a message of several requests is decoded once."""
    tree = reading.tree(request)
    asked = tree.get("messages")
    if not isinstance(asked, list):
        return decode(tree)  # type: ignore[no-any-return]
    rest = decode({name: each for name, each in tree.items() if name != "messages"})
    for each in asked:
        if id(each) not in messages:
            messages[id(each)] = (each, decode(each))
    return {"messages": [messages[id(each)][1] for each in asked], **rest}
