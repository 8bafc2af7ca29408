"""Digests of recorded requests: what a replay finds a call by, computed when it is wanted.

To hash each request while it is recorded would cost every run what few need.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from ..store.model import RecordedCall
from .request import Requests
from .requested import Requested

if TYPE_CHECKING:
    from ..store import Store


def known(
    store: "Store", calls: Iterable[RecordedCall], requested: Requested
) -> Iterator[RecordedCall]:
    """Yield calls with the digests of what they asked; those that have one as they are."""
    requests = Requests(store.redaction.tree, store.redaction.may_find)
    for call in calls:
        if call.key.request or call.nested:
            yield call
            continue
        digest = requests.digest(requested.of(call.request))
        yield replace(call, key=call.key._replace(request=digest))
