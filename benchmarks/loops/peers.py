"""Four peers' rules, re-implemented from their published descriptions; none of their code is here.

Where a description leaves something open, the reading is said below, and is the kinder one. All
read the same messages, one at a time; `see` returns the rung, `nudge` or `block`, and the repeats
that led to it. What halts, refuses or stops a run counts as its block.
"""

import json
import re
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any

from holdfast.guards.message import Message

Seen = tuple[str, int]
NOTHING: Seen = ("none", 0)


def severest(found: list[Seen]) -> Seen:
    order = ("none", "nudge", "block")
    return max(found, key=lambda one: order.index(one[0]), default=NOTHING)


def signature(call: Any) -> str:
    """Return a call with sorted keys."""
    return f"{call.name}:{json.dumps(call.args, sort_keys=True, default=str)}"


def is_person(message: Message) -> bool:
    return message.role == "user" and not message.mark and not message.calls


@dataclass
class OpenHands:
    """The SDK's StuckDetector: the last 20 events since the last word of the user.

    Stuck (block): the same call with the same observation 4 times, the same call with an error 4
    times (nudge at 3), 3 messages of the agent in a row, or two calls with their observations
    alternating for 6. The text that comes with a call is part of the call.
    """

    window: deque[tuple[str, str]] = field(default_factory=lambda: deque(maxlen=20))

    def see(self, message: Message) -> Seen:
        if is_person(message):
            self.window.clear()
        elif message.role == "assistant":
            self._add(message)
        elif message.role == "tool":
            self.window.append(("error" if message.failed else "observation", message.text))
        return self._judge()

    def _add(self, message: Message) -> None:
        for call in message.calls:
            self.window.append(("action", f"{signature(call)} {message.text}"))
        if not message.calls and message.text:
            self.window.append(("message", message.text))

    def _judge(self) -> Seen:
        actions = [text for kind, text in self.window if kind == "action"]
        seen = [one for one in self.window if one[0] in ("observation", "error")]
        same = len(actions) >= 4 and len(set(actions[-4:])) == 1
        if same and len(seen) >= 4 and len(set(seen[-4:])) == 1:
            return "block", 4
        errors = _tail(kind == "error" for kind, _ in seen)
        repeats = min(errors, _tail(one == actions[-1] for one in actions)) if actions else 0
        if repeats >= 3:
            return ("block" if repeats > 3 else "nudge"), repeats
        if len(self.window) >= 3 and all(kind == "message" for kind, _ in list(self.window)[-3:]):
            return "block", 3
        pairs = _alternates(actions[-6:]) and _alternates(seen[-6:])
        return ("block", 3) if pairs else NOTHING


def _tail(flags: Any) -> int:
    count = 0
    for flag in reversed(list(flags)):
        if not flag:
            break
        count += 1
    return count


def _alternates(items: list[Any]) -> bool:
    return len(items) == 6 and all(items[n] == items[n + 2] for n in range(4))


@dataclass
class Cline:
    """The same tool with the same sorted arguments in a row: told at 3, stopped at 5.

    Results are not looked at. A word of the user begins the row anew (a kind reading).
    """

    last: str = ""
    row: int = 0

    def see(self, message: Message) -> Seen:
        if is_person(message):
            self.last, self.row = "", 0
        found = [self._call(signature(call)) for call in message.calls if call.actor != "user"]
        return severest(found)

    def _call(self, call: str) -> Seen:
        self.row = self.row + 1 if call == self.last else 1
        self.last = call
        return ("block" if self.row >= 5 else "nudge" if self.row == 3 else "none"), self.row


_STRUCTURE = re.compile(r"^\s*(```|\||[-*+] |\d+\. |#{1,6} |>)", re.MULTILINE)
_CHUNK, _TIMES, _KEPT = 50, 10, 5_000


@dataclass
class GeminiCli:
    """A call, or a cycle of up to 5 of them, 5 times over; or one piece of text 10 times.

    Results are not looked at, and the order of keys counts. The first find is told to the model
    (nudge), the second halts (block). Text: pieces of 50 characters, one of them 10 times with a
    mean distance of at most 250; code fences, tables, lists, headings and calls begin anew. A word
    of the user begins all anew. The judge that is a model is left out.
    """

    calls: list[str] = field(default_factory=list)
    text: str = ""
    fenced: bool = False
    places: dict[str, list[int]] = field(default_factory=dict)
    finds: int = 0

    def see(self, message: Message) -> Seen:
        if is_person(message):
            self.calls, self.finds = [], 0
            self._anew()
        if message.role != "assistant":
            return NOTHING
        found = self._said(message.text)
        for call in message.calls:
            self._anew()
            self.calls = [*self.calls, f"{call.name}:{json.dumps(call.args)}"][-25:]
            found = max(found, max(self._laps(size) for size in range(1, 6)))
        return self._found(found)

    def _found(self, repeats: int) -> Seen:
        if not repeats:
            return NOTHING
        self.finds += 1
        return ("block" if self.finds > 1 else "nudge"), repeats

    def _laps(self, size: int) -> int:
        tail = self.calls[-size * 5 :]
        whole = len(tail) == size * 5 and tail == tail[:size] * 5
        return 5 if whole else 0

    def _anew(self) -> None:
        self.text, self.places = "", {}

    def _said(self, text: str) -> int:
        if text.count("```") % 2:
            self.fenced = not self.fenced
        if _STRUCTURE.search(text) or self.fenced:
            self._anew()
            return 0
        if len(self.text) > _KEPT:
            self._anew()
        begin = max(0, len(self.text) - _CHUNK + 1)
        self.text += text
        return max((self._chunk(at) for at in range(begin, len(self.text) - _CHUNK + 1)), default=0)

    def _chunk(self, at: int) -> int:
        places = self.places.setdefault(self.text[at : at + _CHUNK], [])
        places.append(at)
        if len(places) < _TIMES:
            return 0
        mean = (places[-1] - places[-_TIMES]) / (_TIMES - 1)
        return _TIMES if mean <= 5 * _CHUNK else 0


_MUTATES = re.compile(
    r"(?:^|_)(book|cancel|update|modify|exchange|return|send|transfer|toggle|set|reset|enable"
    r"|disable|refuel|resume|pay|create|delete|write|edit|add|remove|change|reseat|make)(?:_|$)"
)
_TOLERANT = ("bash", "terminal", "run", "run_ipython", "shell", "execute")
_POLLS = ("_poll", "_get_result")


@dataclass
class Hermes:
    """The same failing call (2 / 5), one tool failing (3 / 8), a look-up without news (2 / 5).

    Also a row of one call with one result (told at 3), and a cycle of 2 to 4 with the same results
    (told at 3 laps). Tools for polling are exempt, a change that succeeded begins failures anew,
    and a shell is not halted for other arguments. Which tools change something is theirs to list;
    here their names say it. Counts begin anew at a word of the user.
    """

    waiting: dict[str, Any] = field(default_factory=dict)
    failures: Counter[str] = field(default_factory=Counter)
    results: dict[str, tuple[str, int]] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)

    def see(self, message: Message) -> Seen:
        if is_person(message):
            self.failures.clear()
            self.results.clear()
            self.done.clear()
        self.waiting |= {call.id: call for call in message.calls if call.actor != "user"}
        call = self.waiting.pop(message.call_id, None) if message.role == "tool" else None
        if call is None or call.name.endswith(_POLLS):
            return NOTHING
        return severest([*self._failing(call, message), self._no_news(call, message), self._row()])

    def _failing(self, call: Any, message: Message) -> list[Seen]:
        key = signature(call)
        self.done = [*self.done, f"{key} -> {message.text}"][-12:]
        if not message.failed:
            self.failures.pop(key, None)
            self.failures.pop(call.name, None)
            if _MUTATES.search(call.name):
                self.failures.clear()
            return []
        self.failures[key] += 1
        self.failures[call.name] += call.name not in _TOLERANT
        same, tool = self.failures[key], self.failures[call.name]
        return [_rung(same, 2, 5), _rung(tool, 3, 8)]

    def _no_news(self, call: Any, message: Message) -> Seen:
        if message.failed or _MUTATES.search(call.name) or call.name in _TOLERANT:
            return NOTHING
        key = signature(call)
        before, count = self.results.get(key, ("", 0))
        count = count + 1 if before == message.text else 1
        self.results[key] = (message.text, count)
        return _rung(count, 2, 5)

    def _row(self) -> Seen:
        for size in range(1, 5):
            tail = self.done[-size * 3 :]
            if len(tail) == size * 3 and tail == tail[:size] * 3:
                return "nudge", 3
        return NOTHING


def _rung(count: int, warn: int, hard: int) -> Seen:
    return ("block" if count >= hard else "nudge" if count >= warn else "none"), count


PEERS = {
    "OpenHands SDK": OpenHands,
    "gemini-cli": GeminiCli,
    "Cline": Cline,
    "hermes-agent": Hermes,
}
