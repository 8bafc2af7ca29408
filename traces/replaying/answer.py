"""A recorded call with what it takes to answer it again."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..store.model import RecordedCall
from .tape import Outcome


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """A recorded call with what it takes to answer it.

    Attributes:
        call: The call.
        asked: Returns its request, decoded; requests share their messages, so nobody changes it.
        outcome: Returns what it came to, decoded anew at each call.
        is_cut: Tells whether that was too large to be kept whole.
    """

    call: RecordedCall
    asked: Callable[[], Mapping[str, Any]]
    outcome: Callable[[], Outcome]
    is_cut: Callable[[], bool] = lambda: False
