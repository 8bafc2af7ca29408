"""Payloads by their content: each is encoded, redacted, packed and written once."""

import time
from collections.abc import Callable, Sequence
from typing import Any

import orjson

from .apart import Apart, apart_from
from .bounds import Bounds
from .brief import Brief, brief_request
from .chunks import whole_chunks
from .codec import MARK, Tree, encode, encode_now, message_json, message_mark
from .fresh import Fresh
from .likeness import LIKE, Kept, Like
from .model import Held, Ref
from .objects import are_messages, is_message
from .pool import Pool
from .raw_text import mended, sayable
from .redaction import Redaction
from .references import CHAIN, INLINE, brief_bytes, ref_text
from .rests import Rest, Rests
from .sealing import Seal
from .talks import Talks, mark_of

_SHORT = 200  # bytes of a payload that packed takes no more than a row for it, and its index
_REMEMBERED = 5_000
_TEXTS = 2_000
_PLAIN_BYTES = 5_000  # of a message in which nothing is kept apart or cut
_BRIEF = frozenset((dict, Like))
_BRIEF_BYTES = 120  # with references in binary


def _itself(value: Any) -> Any:
    return value


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
        self._plain = min(_PLAIN_BYTES, self._bounds.longest_text)
        self.pool = Pool(seal)
        self.has_cut = False
        self._talks = Talks()
        self._hour = _hour()
        self._texts: dict[str, str] = {}
        self._apart = Apart(self._keep)
        self._messages: dict[int, tuple[Any, Any, bytes]] = {}
        self._brief = Brief(self._message, self._chain, self.clean_text)
        self._rests = Rests(self._put_apart)

    def put(self, value: Any) -> Ref:
        """Return the reference of a value."""
        return ref_text(self.put_kept(value)) or ""

    def put_kept(self, value: Any) -> Held:
        """Return the reference of a value as a row has it, which is quicker where that is brief."""
        brief = self._brief.squeezed(value) if type(value) in _BRIEF else None
        if brief is not None and len(brief) <= _BRIEF_BYTES:
            return brief_bytes(brief)
        return self._put_whole(value)

    def _put_whole(self, value: Any) -> Ref:
        tree = encode_now(value, self._swap)
        if type(tree) is dict and tree.get(MARK) == "chain":
            return CHAIN + str(tree["h"])
        tree, data = self._as_json(tree)
        is_short = len(data) <= _SHORT
        if is_short and (self.redaction.is_bare(tree) or not self.redaction.may_find(data)):
            return INLINE + data.decode()
        if len(data) > self._bounds.largest_payload:
            self.has_cut = True
            must_go = self.redaction.may_find(data)
            tree = self._bounds.cut(self._redacted(tree) if must_go else tree)
        data, original = self._written(self._apart.tree(tree))
        if len(data) <= _SHORT and original is None:
            return INLINE + data.decode()
        return self.pool.add(data, original).hex()

    def _put_apart(self, value: Any) -> bytes:
        """Return the digest of a value that is kept by itself, however short it is."""
        return self._keep(encode_now(value, self._swap))

    def put_request(self, messages: Any, rest: Rest, tell: Callable[[Any], Any] = _itself) -> Held:
        """Return the reference of a request as a row has it, of which the messages are new.

        Args:
            messages: The messages, or what is asked in their place.
            rest: Its other parts, by name.
            tell: Gives of such a part what is kept of it.
        """
        return self.put_kept(Like(self._rests.of(rest, tell), {"messages": messages}))

    def prompt(self, messages: Any) -> bytes | None:
        """Return what stands for a prompt, all of which is looked at; None: it is no messages."""
        if type(messages) is not list or not messages or not is_message(type(messages[0])):
            return None
        return self._brief.messages(messages)

    def put_prompt(self, prompt: bytes, rest: Rest, tell: Callable[[Any], Any] = _itself) -> Held:
        """Return the reference of a request with a prompt that `prompt` gave."""
        return brief_bytes(brief_request(self._rests.of(rest, tell).digest, prompt))

    def put_messages(self, messages: Sequence[Any]) -> Ref:
        """Return the reference of a list of messages, each kept once, as is each beginning.

        Args:
            messages: LangChain messages, or dicts that stand for some.
        """
        if messages and (found := self._tip(messages)) is not None:
            return CHAIN + found.hex()
        tip = b""
        for message in messages:
            tip = self.pool.link(tip, self._message(message))
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
        taken = self.pool.take()
        if (hour := _hour()) != self._hour:  # what is used is written anew, so that pruning sees it
            self._hour = hour
            self._forget()
        return taken

    def give_back(self, fresh: Fresh) -> None:
        """Take again what could not be written, and what of it memory has room for."""
        if self.pool.give_back(fresh):
            self._forget()

    def _forget(self) -> None:
        self.pool.forget()
        self._messages.clear()
        self._apart.forget()
        self._rests.clear()
        self._talks.clear()

    def _as_json(self, tree: Tree) -> tuple[Tree, bytes]:
        """Return a tree, mended where JSON cannot say it, and its JSON."""
        try:
            return tree, orjson.dumps(tree)
        except (TypeError, ValueError, RecursionError):
            tree = mended(tree, self._keep)
            return tree, orjson.dumps(tree)

    def _redacted(self, tree: Tree) -> Tree:
        """Return a tree without what must go; one that is too deep goes as a whole."""
        try:
            return self.redaction.tree(tree)
        except RecursionError as error:
            self.redaction.failures.append(type(error).__name__)
            return {MARK: "opaque", "c": "", "why": "too deep to be looked at"}

    def _swap(self, value: Any) -> Tree | None:
        kind = type(value)
        if kind is list:
            return self._swap_list(value)
        if is_message(kind):
            return {MARK: "ref", "h": self._message(value).hex()}
        if kind is Kept:
            return {MARK: "ref", "h": value.digest.hex()}
        if kind is Like:
            but = {name: encode_now(each, self._swap) for name, each in value.but.items()}
            return {MARK: LIKE, "of": self._swap(value.of), "but": but}
        return None

    def _swap_list(self, value: list[Any]) -> Tree | None:
        """Return the tree of a list of messages, or None of another."""
        first = value[0]
        if not is_message(type(first)):
            return None
        if len(value) == 1:  # a link would be longer
            return [{MARK: "ref", "h": self._message(first).hex()}]
        tip = self._chain(value)
        return None if tip is None else {MARK: "chain", "h": tip.hex()}

    def _chain(self, messages: list[Any]) -> bytes | None:
        """Return the last link of a list that begins with a message; None if others are in it."""
        if "tool_call_chunks" in vars(messages[0]) and are_messages(messages):
            messages = list(whole_chunks(messages, self.redaction))
        return self._tip(messages)

    def _message(self, value: Any) -> bytes:
        """Return the digest of a message; one that was changed in place since is read again."""
        if not is_message(type(value)):
            return self._keep(encode_now(value, self._swap))
        seen, mark = self._messages.get(id(value)), mark_of(value)
        if seen and seen[0] is value and seen[1] == mark:
            return seen[2]
        digest = self._keep_message(value)
        if len(self._messages) > _REMEMBERED:
            self._messages.clear()
        self._messages[id(value)] = (value, mark, digest)
        return digest

    def _keep_message(self, value: Any) -> bytes:
        """Keep a message; most are plain, short, and hold nothing that must go."""
        text = value.content
        if type(text) is not str or len(text) > apart_from(value.type):
            return self._keep(encode(value))
        fields = message_json(value)
        if fields is None or len(fields) > self._plain:
            return self._keep(encode(value))
        if self.redaction.may_find_in_message(fields):
            return self._keep(encode(value))
        return self.pool.add(message_mark(type(value)) + fields + b"}")

    def _tip(self, messages: Sequence[Any]) -> bytes | None:
        """Return the last link of a list of messages, beginning from what is known of it.

        None, where something in it is no message of LangChain's.
        """
        first = self._message(messages[0])
        with self._talks.lock:
            talk = self._talks.of(messages, first)
            same = talk.shared(messages)
            if same == len(messages):
                return talk.tips[same - 1]
            new = messages[same:]
            if not are_messages(new):
                return None
            talk.cut(same)
            tip = talk.tips[-1] if same else b""
            for message in new:
                tip = self.pool.link(tip, self._message(message))
                talk.add(message, tip)
        return tip

    def _keep(self, tree: Tree) -> bytes:
        return self.pool.add(*self._written(self._apart.tree(tree)))

    def _written(self, tree: Tree) -> tuple[bytes, bytes | None]:
        """Return a tree as redacted JSON; and as it was, where that is wanted and differs."""
        tree, data = self._as_json(tree)
        if not self.redaction.may_find(data):
            return self._within(tree, data), None
        found = self._redacted(tree)
        clean = self._within(found, orjson.dumps(found))
        original = self._within(tree, data) if self.pool.seal else clean
        return clean, original if original != clean else None

    def _within(self, tree: Tree, data: bytes) -> bytes:
        """Return the JSON of a tree without what is too long, and note that there was such."""
        made = self._bounds.within(tree, data)
        self.has_cut = self.has_cut or (made is not data and made != data)
        return made


def _hour() -> int:
    return int(time.time()) // 3_600
