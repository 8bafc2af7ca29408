"""Know a prompt that was longer than the model's window, by its error and in the ledger."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

NAME = "ContextOverflowError"
"""LangChain's name for it; what the step of such a call begins with."""
COMPACTION = "compaction"
"""Who asks for summaries, in the ledger."""
_SAYS = re.compile(
    r"ContextOverflow|context_length_exceeded|maximum context length|prompt is too long"
    r"|exceeds? the (?:model's )?context|context window",
    re.IGNORECASE,
)
_READ = 600  # characters of an error that are looked at


def is_overflow(error: BaseException) -> bool:
    """Return whether an exception says that a prompt was too long for its model.

    LangChain's `ContextOverflowError` and what derives from it; of other errors, what they say.
    """
    names = " ".join(kind.__name__ for kind in type(error).__mro__)
    return NAME in names or bool(_SAYS.search(str(error)[:_READ]))


def overflows(ledger: Mapping[str, Any] | None) -> int:
    """Return how many of the last model calls in a row were too long; those of summaries apart."""
    count = 0
    for step in _asked(reversed((ledger or {}).get("recent") or ())):
        if step["error"] is None or not step["preview"].startswith(NAME):
            break
        count += 1
    return count


def _asked(steps: Iterable[Any]) -> Iterable[Any]:
    return (step for step in steps if step["kind"] == "model" and step["actor"] != COMPACTION)
