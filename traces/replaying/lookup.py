"""The recorded calls that are not made again yet, and how one is found that fits a call."""

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from ..store.model import CallKey, RecordedCall
from .answer import Answer
from .divergence import diff_of, nearest_of
from .forms import Form, Forms
from .ignoring import Ignore, cure_of, cure_text
from .request import Requests
from .tape import LeafCall

_COMPARED = 200  # recorded calls that a call is compared with, to name the nearest


class Lookup:
    """Finds the answers of calls, each once, in the order in which they were recorded."""

    def __init__(self, answers: Iterable[Answer], requests: Requests, ignore: Ignore) -> None:
        self._forms, self._ignore = Forms(requests, ignore), ignore
        self._waiting: dict[CallKey, deque[Answer]] = defaultdict(deque)
        self._given: dict[tuple[str, str], Answer] = {}
        self._recorded: dict[int, Form] = {}
        for answer in answers:
            self._waiting[answer.call.key].append(answer)

    @property
    def left(self) -> list[RecordedCall]:
        """The calls that are not made again, in the order they were recorded."""
        left = [answer.call for queue in self._waiting.values() for answer in queue]
        return sorted(left, key=lambda call: call.n)

    def exact(self, key: CallKey) -> Answer | None:
        """Return, once, what asked the same at the same place."""
        queue = self._waiting.get(key)
        return self._taken(queue.popleft()) if queue else None

    def alike(self, key: CallKey, request: Mapping[str, Any]) -> Answer | None:
        """Return, once, what asked the same but for what was redacted, or is ignored."""
        now = None
        here = [queue for other, queue in self._waiting.items() if queue and other[:3] == key[:3]]
        for queue in sorted(here, key=lambda queue: queue[0].call.n):
            recorded = self._form(queue[0])
            is_blotted = recorded.is_blotted
            if not (is_blotted or self._ignore.names):
                continue
            now = now or self._forms.of(request)
            if recorded.says(now) or (is_blotted and recorded.fits(now)):
                return self._taken(queue.popleft())
        return None

    def elsewhere(self, key: CallKey) -> Answer | None:
        """Return, once, what asked the same at another place."""
        found = (queue for other, queue in self._waiting.items() if queue and other[2:] == key[2:])
        queue = min(found, key=lambda queue: queue[0].call.n, default=None)
        return self._taken(queue.popleft()) if queue else None

    def next_of(self, call: LeafCall) -> Answer | None:
        """Return, once, the next of the same model or tool in the same node."""
        for left in self.left:
            if (left.node, left.key.name, left.kind) == (call.place.node, call.name, call.kind):
                return self.exact(left.key)
        return None

    def given(self, key: CallKey) -> Answer | None:
        """Return what was given to the newest call that asked the same, wherever."""
        return self._given.get(key[2:])

    def has_more(self, key: CallKey) -> bool:
        """Return whether a call at the same place is left."""
        return any(queue and other[:2] == key[:2] for other, queue in self._waiting.items())

    def nearest(
        self, call: LeafCall, key: CallKey, request: Mapping[str, Any]
    ) -> tuple[Answer | None, str, str]:
        """Return the call left that is most like one, the diff, and what to ignore, in words."""
        now = self._forms.of(request)
        near = {each.call.n: each for each in islice(self._named(call.name), _COMPARED)}
        for each in near.values():
            then = self._form(each)
            might = each.call.key[:2] == key[:2] and len(then) == len(now)
            if might and cure_of(*then.apart(now)) and (cure := cure_of(then.tree, now.tree)):
                return each, diff_of(then.tree, now.tree), cure_text(cure)
        lines = ((number, self._form(each).lines()) for number, each in near.items())
        number = nearest_of(now.lines(), lines)
        if number is None:
            return None, "", ""
        return near[number], diff_of(self._form(near[number]).tree, now.tree), ""

    def _named(self, name: str) -> Iterator[Answer]:
        return (queue[0] for key, queue in self._waiting.items() if queue and key.name == name)

    def _taken(self, answer: Answer) -> Answer:
        self._given[answer.call.key[2:]] = answer
        return answer

    def _form(self, answer: Answer) -> Form:
        """Return what a call asked, as it is compared: again and again."""
        form = self._recorded.get(answer.call.n)
        if form is None:
            form = self._recorded[answer.call.n] = self._forms.of(answer.asked())
        return form
