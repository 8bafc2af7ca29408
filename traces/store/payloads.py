"""Payloads by their content: each is encoded, redacted, packed and written once."""

import time
from collections.abc import Sequence
from threading import Lock
from typing import Any, Final

import orjson

from .bounds import Bounds
from .chunks import whole_chunks
from .codec import MARK, Tree, encode
from .fresh import Fresh, Link
from .model import Ref
from .objects import MESSAGE, are_messages, is_message
from .packing import digest_of
from .raw_text import is_text, raw_text, sayable
from .redaction import Redaction
from .sealing import Seal
from .secrets import names_secret
from .talks import Talks, mark_of

CHAIN: Final = "~"
"""What the reference of a chain begins with."""
INLINE: Final = "="
"""What the reference of a short payload begins with: it is its own content."""
MOST_WAITING_BYTES: Final = 100_000_000
"""Bytes kept for a disk that takes none; older ones are lost, and counted in `lost`."""
_SHORT = 200  # bytes of a payload that packed takes no more than a row for it, and its index
_TEXT_APART = 200  # characters from which a text is kept on its own
_APART = 400  # bytes from which a part of a payload is kept on its own, to be kept once
_DEEP = 100  # levels after which the rest is kept on its own
_REMEMBERED = 5_000
_TEXTS = 2_000


class Kept:
    """Stands in a value for what is kept already."""

    __slots__ = ("ref",)

    def __init__(self, ref: Ref) -> None:
        self.ref = ref


class Payloads:
    """Makes references of values, and collects what of them is not written yet.

    Messages are remembered by identity, so a conversation costs what is new in it. Safe to share
    between threads.
    """

    def __init__(
        self, redaction: Redaction, seal: Seal | None = None, bounds: Bounds | None = None
    ) -> None:
        self.redaction = redaction
        self._bounds = bounds or Bounds()
        self.seal = seal
        self._lock = Lock()
        self._talks = Talks()
        self._hour = _hour()
        self._fresh = Fresh.none()
        self.lost = 0
        self._known: set[bytes] = set()
        self._texts: dict[str, str] = {}
        self._content_kept: tuple[str | None, Tree] = (None, None)
        self._messages: dict[int, tuple[Any, Any, bytes]] = {}

    def put(self, value: Any) -> Ref:
        """Return the reference of a value."""
        tree = encode(value, self._swap)
        if type(tree) is dict and tree.get(MARK) == "chain":
            return CHAIN + str(tree["h"])
        tree, data = self._as_json(tree)
        is_short = len(data) <= _SHORT
        if is_short and (self.redaction.is_bare(tree) or not self.redaction.may_find(data)):
            return INLINE + data.decode()
        if len(data) > self._bounds.largest_payload:
            must_go = self.redaction.may_find(data)
            tree = self._bounds.cut(self._redacted(tree) if must_go else tree)
        data, original = self._written(self._apart(tree))
        if len(data) <= _SHORT and original is None:
            return INLINE + data.decode()
        return self._kept(data, original).hex()

    def put_messages(self, messages: Sequence[Any], *, sure: bool = True) -> Ref:
        """Return the reference of a list of messages, each kept once, as is each beginning.

        Args:
            messages: LangChain messages, or dicts that stand for some.
            sure: Whether to look at all of them for changes in place, not only at the newest.
        """
        if messages and are_messages(messages):
            return CHAIN + self._tip(messages, sure=sure).hex()
        tip = b""
        for message in messages:
            tip = self._link(tip, self._message(message))
        return CHAIN + tip.hex()

    def clean(self, value: Any) -> Tree:
        """Return a value as a redacted tree that JSON can say."""
        tree = self.redaction.tree(encode(value))
        try:
            return self._bounds.cut_plain(tree)
        except (TypeError, ValueError, RecursionError):
            return self._bounds.cut_plain(sayable(tree))

    def clean_text(self, text: str) -> str:
        """Return a short text, redacted; names come again and again, so they are remembered."""
        found = self._texts.get(text)
        if found is None:
            found = self.redaction.text(text).encode("utf-8", "replace").decode()
            if len(self._texts) > _TEXTS:
                self._texts.clear()
            self._texts[text] = found
        return found

    def take_fresh(self) -> Fresh:
        """Return what is not written yet, and forget it."""
        with self._lock:
            taken, self._fresh = self._fresh, Fresh.none()
        if (hour := _hour()) != self._hour:  # what is used is written anew, so that pruning sees it
            self._hour = hour
            self._forget()
        return taken

    def give_back(self, fresh: Fresh) -> None:
        """Take again what could not be written, and what of it memory has room for."""
        with self._lock:
            fresh.blobs.update(self._fresh.blobs)
            fresh.links.update(self._fresh.links)
            fresh.originals.update(self._fresh.originals)
            self._fresh = fresh
            lost = fresh.drop_oldest(MOST_WAITING_BYTES)
        if lost:
            self.lost += lost
            self._forget()

    def _forget(self) -> None:
        self._known = set()
        self._messages.clear()
        self._content_kept = (None, None)
        self._talks.clear()

    @property
    def fresh(self) -> Fresh:
        """What is not written yet."""
        return self._fresh

    def _as_json(self, tree: Tree) -> tuple[Tree, bytes]:
        """Return a tree, mended where JSON cannot say it, and its JSON."""
        try:
            return tree, orjson.dumps(tree)
        except (TypeError, ValueError, RecursionError):
            tree = self._mended(tree, 0)
            return tree, orjson.dumps(tree)

    def _redacted(self, tree: Tree) -> Tree:
        """Return a tree without what must go; one that is too deep goes as a whole."""
        try:
            return self.redaction.tree(tree)
        except RecursionError as error:
            self.redaction.failures.append(type(error).__name__)
            return {MARK: "opaque", "c": "", "why": "too deep to be looked at"}

    def _swap(self, value: Any) -> Tree | None:
        if type(value) is list:
            if are_messages(value):
                value = whole_chunks(value, self.redaction)
                if len(value) == 1:  # a link would be longer
                    return [{MARK: "ref", "h": self._message(value[0]).hex()}]
                return {MARK: "chain", "h": self._tip(value, sure=False).hex()}
            return None
        if type(value) is Kept:
            return _mark_of(value.ref)
        if is_message(type(value)):
            return {MARK: "ref", "h": self._message(value).hex()}
        return None

    def _message(self, value: Any) -> bytes:
        """Return the digest of a message; one that was changed in place since is read again."""
        if not is_message(type(value)):
            return self._keep(encode(value, self._swap))
        seen, mark = self._messages.get(id(value)), mark_of(value)
        if seen and seen[0] is value and seen[1] == mark:
            return seen[2]
        digest = self._keep(encode(value))
        if len(self._messages) > _REMEMBERED:
            self._messages.clear()
        self._messages[id(value)] = (value, mark, digest)
        return digest

    def _tip(self, messages: Sequence[Any], *, sure: bool) -> bytes:
        """Return the last link of a list of messages, beginning from what is known of it."""
        with self._talks.lock:
            talk = self._talks.of(messages[0])
            same = talk.shared(messages, sure=sure)
            if same < len(messages):
                talk.cut(same)
            tip = talk.tips[same - 1] if same else b""
            for message in messages[same:]:
                tip = self._link(tip, self._message(message))
                talk.add(message, tip)
        return tip

    def _keep(self, tree: Tree) -> bytes:
        return self._kept(*self._written(self._apart(tree)))

    def _written(self, tree: Tree) -> tuple[bytes, bytes | None]:
        """Return a tree as redacted JSON; and as it was, where that is wanted and differs."""
        tree, data = self._as_json(tree)
        if not self.redaction.may_find(data):
            return self._bounds.within(tree, data), None
        found = self._redacted(tree)
        clean = self._bounds.within(found, orjson.dumps(found))
        original = self._bounds.within(tree, data) if self.seal else clean
        return clean, original if original != clean else None

    def _kept(self, data: bytes, original: bytes | None) -> bytes:
        mark = self.seal.mark(original) if self.seal and original is not None else b""
        digest = digest_of(data + mark)
        if digest not in self._known:
            with self._lock:
                self._fresh.blobs[digest] = data
                if self.seal and original is not None:
                    self._fresh.originals[digest] = self.seal.close(original, digest)
                self._know(digest)
        return digest

    def _link(self, before: bytes, item: bytes) -> bytes:
        digest = digest_of(before + item)
        if digest not in self._known:
            with self._lock:
                self._fresh.links[digest] = Link(digest, before, item)
                self._know(digest)
        return digest

    def _know(self, digest: bytes) -> None:
        if len(self._known) > _REMEMBERED * 16:
            self._known.clear()
        self._known.add(digest)

    def _apart(self, tree: Tree) -> Tree:
        """Keep the large parts of a dict, a state's channels, on their own.

        And the text of a message: the same message comes with an id and without one, and as the
        result of a call.
        """
        if type(tree) is not dict:
            return tree
        if MARK not in tree:
            return {key: self._large_apart(key, value) for key, value in tree.items()}
        if tree[MARK] != MESSAGE or type(text := tree["v"].get("content")) is not str:
            return tree
        if len(text) <= _TEXT_APART:
            return tree
        kept = self._content_kept
        if kept[0] is not text:  # the same reply comes without its id, then with it
            kept = self._content_kept = (text, self._large_apart("content", text))
        return {**tree, "v": {**tree["v"], "content": kept[1]}}

    def _large_apart(self, key: str, value: Tree) -> Tree:
        if type(value) is str:
            large = len(value) > _TEXT_APART and not names_secret(key, value)
        else:
            large = type(value) in (dict, list) and MARK not in value and _size(value) > _APART
        return {MARK: "ref", "h": self._keep(value).hex()} if large else value

    def _mended(self, tree: Tree, depth: int) -> Tree:
        """Return a tree that can be written: text that is no Unicode, and depth without end."""
        if type(tree) is str:
            return tree if is_text(tree) else raw_text(tree)
        if type(tree) not in (dict, list):
            return tree
        if depth == _DEEP:
            return {MARK: "ref", "h": self._keep(tree).hex()}
        if type(tree) is list:
            return [self._mended(each, depth + 1) for each in tree]
        if all(map(is_text, tree)):
            return {key: self._mended(each, depth + 1) for key, each in tree.items()}
        pairs = [[raw_text(key), self._mended(each, depth + 1)] for key, each in tree.items()]
        return {MARK: "dict", "v": pairs}


def _hour() -> int:
    return int(time.time()) // 3_600


def _mark_of(ref: Ref) -> Tree:
    if ref.startswith(INLINE):
        return orjson.loads(ref[1:])
    return {MARK: "chain" if ref.startswith(CHAIN) else "ref", "h": ref.removeprefix(CHAIN)}


def _size(tree: Tree) -> int:
    try:
        return len(orjson.dumps(tree))
    except (TypeError, ValueError, RecursionError):
        return _APART + 1
