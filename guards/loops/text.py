"""Find an agent that says the same again."""

import re
from collections.abc import Sequence

from ..digest import PREVIEW_LENGTH, likeness
from ..ledger import Step

_LETTERS = re.compile(r"[^\W\d_]+")
_FEWEST = 3  # words that make a sentence; a label that many inputs share has fewer
_SAME = 0.9  # likeness of texts longer than their previews
_DIGITS = 12  # characters by which numbers and punctuation can tell two previews apart


def repeated_texts(steps: Sequence[Step], most: int) -> list[Step]:
    """Return the newest texts of the newest model step's actor that all say the same.

    Newest first. A call, a hand-off or a person's answer between two of them ends the row: the
    agent did something. Texts that differ in numbers and punctuation alone say the same. Labels
    and JSON are what programs ask a model for, input after input, and are no talk.

    Args:
        steps: Steps of a run or of a thread, oldest first, that end in a model step.
        most: Texts beyond which nobody asks.
    """
    newest = steps[-1]
    if not newest["result"] or newest["preview"][:1] in ("{", "["):
        return []
    found: list[Step] = []
    for step in reversed(steps):
        if step["kind"] == "human":
            break
        if (step["actor"], step["branch"]) != (newest["actor"], newest["branch"]):
            continue
        if step["kind"] != "model" or not _says_the_same(step, newest):
            break
        found.append(step)
        if len(found) == most:
            break
    return found if len(_words(newest["preview"])) >= _FEWEST else []


def _words(text: str) -> list[str]:
    return _LETTERS.findall(text.lower())


def _says_the_same(step: Step, newest: Step) -> bool:
    if step["result"] == newest["result"]:
        return True
    one, other = step["preview"], newest["preview"]
    if abs(len(one) - len(other)) > _DIGITS or _words(one) != _words(other):
        return False
    whole = max(len(one), len(other)) < PREVIEW_LENGTH
    return whole or likeness(step["sketch"], newest["sketch"]) >= _SAME
