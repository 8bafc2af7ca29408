"""The recorded calls that are not made again yet, and how one is found that fits a call."""

import re
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..store.model import CallKey, RecordedCall
from .answer import Answer
from .divergence import diff_of, nearest_of
from .ignoring import Ignore, cure_of, cure_text
from .request import Requests
from .tape import LeafCall

_BLOTS = re.compile(r"\[redacted[^\]]{0,80}\]")
_COMPARED = 200  # recorded calls that a call is compared with, to name the nearest


class Lookup:
    """Finds the answers of calls, each once, in the order in which they were recorded."""

    def __init__(self, answers: Iterable[Answer], requests: Requests, ignore: Ignore) -> None:
        self._requests, self._ignore = requests, ignore
        self._waiting: dict[CallKey, deque[Answer]] = defaultdict(deque)
        self._given: dict[tuple[str, str], Answer] = {}
        self._texts: dict[int, str] = {}
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
            recorded = self._text(queue[0])
            is_blotted = _BLOTS.search(recorded)
            if not (is_blotted or self._ignore.names):
                continue
            now = now or repr(self._shown(request))
            pattern = ".*?".join(map(re.escape, _BLOTS.split(recorded))) if is_blotted else ""
            if recorded == now or (pattern and re.fullmatch(pattern, now, re.DOTALL)):
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
        now = self._shown(request)
        near = list(self._named(call.name))[:_COMPARED]
        plain = {each.call.n: self._shown(each.asked()) for each in near}
        for each in near:
            then = plain[each.call.n]
            might = each.call.key[:2] == key[:2] and _length(then) == _length(now)
            if might and (cure := cure_of(then, now)):
                return each, diff_of(then, now), cure_text(cure)
        number = nearest_of(now, list(plain.items()))
        found = next((each for each in near if each.call.n == number), None)
        return found, "" if found is None else diff_of(plain[found.call.n], now), ""

    def _named(self, name: str) -> Iterator[Answer]:
        return (queue[0] for key, queue in self._waiting.items() if queue and key.name == name)

    def _taken(self, answer: Answer) -> Answer:
        self._given[answer.call.key[2:]] = answer
        return answer

    def _text(self, answer: Answer) -> str:
        """Return what a call asked, without what is ignored; it is compared again and again."""
        text = self._texts.get(answer.call.n)
        if text is None:
            text = repr(self._shown(answer.asked()))
            if self._ignore.names:
                self._texts[answer.call.n] = text
        return text

    def _shown(self, request: Mapping[str, Any]) -> Any:
        """Return a request as redacted JSON, without what is ignored."""
        return self._ignore.without(self._requests.plain(request))


def _length(request: Any) -> int:
    """Return of how many messages a request is; 0 for that of a tool."""
    messages = request.get("messages") if isinstance(request, dict) else None
    return len(messages) if isinstance(messages, list) else 0
