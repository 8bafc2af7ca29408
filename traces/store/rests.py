"""What comes with every call of a conversation beside its messages: kept once."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from .likeness import Kept

_MOST: Final = 1_000  # models, each with its tools, that are remembered
_TOLD_BY_VALUE: Final = frozenset((str, int, float, bool, type(None)))

Rest = Mapping[str, Mapping[str, Any]]
"""Parts of a request by name, each with its settings: a model's, the parameters, the tools."""


class Rests:
    """Keeps the rests of requests; one that was seen before is not encoded again."""

    def __init__(self, keep: Callable[[Any], bytes]) -> None:
        self._keep = keep
        self._seen: dict[Any, tuple[Rest, Kept]] = {}

    def of(self, rest: Rest, tell: Callable[[Any], Any]) -> Kept:
        """Return what a rest is kept as.

        Args:
            rest: Its parts.
            tell: Gives of a part what is kept of it.
        """
        key = _key_of(rest)
        seen = self._seen.get(key) if key else None
        if seen is not None:
            return seen[1]
        made = Kept(self._keep({name: tell(part) for name, part in rest.items()}))
        if key:
            if len(self._seen) >= _MOST:
                self._seen.clear()
            self._seen[key] = (rest, made)  # kept, so that the numbers of its lists stay their own
        return made

    def clear(self) -> None:
        """Forget all."""
        self._seen.clear()


def _key_of(rest: Rest) -> tuple[Any, ...] | None:
    """Return what a rest is known by; None where something of it may change in place.

    The tools that are bound to a model come as the same list with every call.
    """
    key: list[Any] = []
    for part, settings in rest.items():
        key.append(part)
        for name, value in settings.items():
            kind = type(value)
            if kind in _TOLD_BY_VALUE:
                key += (name, kind, value)
            elif kind is list and name == "tools":
                key += (name, id(value), len(value))
            else:
                return None
    return tuple(key)
