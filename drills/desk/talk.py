"""What a model can know: a conversation, read from the messages it is shown and nothing else.

The functions below decide what a text tells its reader. They look for the information itself (a
name that exists, a number of repetitions, what is wrong with an answer), in whatever words, so it
does not matter whose words they are.
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage

from ...guards.message import text_of

_REPEATED = re.compile(r"\b(\d+) times\b")
_CUT = re.compile(r"\b(?:cut off|truncated|incomplete)\b", re.IGNORECASE)
_NO_JSON = re.compile(r"\b(?:invalid json|not (?:valid )?json|trailing comma)\b", re.IGNORECASE)
_OTHER_WAY = re.compile(r"\buse (\w+)")


@dataclass(frozen=True, slots=True)
class Turn:
    """A call that was made in the conversation.

    Attributes:
        name: The tool.
        args: The arguments.
        answer: What came back.
    """

    name: str
    args: dict[str, Any]
    answer: str


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation as a model reads it.

    Attributes:
        task: What it was asked first.
        turns: Its calls, oldest first, each with what came back.
        told: All that it was told since it began: results, errors, notes.
    """

    task: str
    turns: Sequence[Turn]
    told: Sequence[str]

    @classmethod
    def of(cls, messages: Sequence[BaseMessage]) -> "Talk":
        """Read a list of messages."""
        asked = [m for m in messages if isinstance(m, HumanMessage)]
        answers = {
            m.tool_call_id: text_of(m.content) for m in messages if isinstance(m, ToolMessage)
        }
        turns = [
            Turn(call["name"], call["args"], answers.get(call["id"] or "", ""))
            for m in messages
            if isinstance(m, AIMessage)
            for call in m.tool_calls
        ]
        told = [
            text_of(m.content)
            for m in messages
            if not isinstance(m, AIMessage | SystemMessage) and m not in asked[:1]
        ]
        return cls(text_of(asked[0].content) if asked else "", turns, told)

    def result(self, tool: str) -> Any:
        """Return the newest readable result of a tool, or None."""
        for turn in reversed(self.turns):
            if turn.name == tool and (value := read_json(turn.answer)) is not None:
                return value
        return None

    def count(self, tool: str) -> int:
        """Return how often a tool was called."""
        return sum(turn.name == tool for turn in self.turns)

    def knows(self, tells: Any, *about: Any) -> Any:
        """Return the first thing that one of the texts tells, or a false value."""
        return next(filter(None, (tells(text, *about) for text in self.told)), None)


def repeats_itself(text: str) -> bool:
    """Return whether a text tells its reader how often it has done the same already."""
    found = _REPEATED.search(text)
    return found is not None and int(found.group(1)) > 1


def name_instead(text: str, wrong: str, known: Iterable[str]) -> str | None:
    """Return the known name that a text, which is about a wrong one, offers in its place."""
    words = set(re.findall(r"\w+", text))
    if wrong not in words:
        return None
    return next(iter(get_close_matches(wrong, words & set(known), n=1, cutoff=0.5)), None)


def was_cut_off(text: str) -> bool:
    """Return whether a text tells its reader that its answer ended too early."""
    return _CUT.search(text) is not None


def is_no_json(text: str) -> bool:
    """Return whether a text tells its reader that its answer was not JSON."""
    return _NO_JSON.search(text) is not None


def other_way(text: str, known: Iterable[str]) -> str | None:
    """Return the tool that a text tells its reader to use."""
    return next((name for name in _OTHER_WAY.findall(text) if name in set(known)), None)


def read_json(text: str) -> Any:
    """Return the JSON in a text, read as kindly as a person would, or None."""
    begin = min((i for i in (text.find("{"), text.find("[")) if i >= 0), default=-1)
    end = max(text.rfind("}"), text.rfind("]")) + 1
    if begin < 0 or end <= begin:
        return None
    try:
        return json.loads(re.sub(r",\s*([}\]])", r"\1", text[begin:end]))
    except ValueError:
        return None
