"""Which calls of a replay are really made."""

from dataclasses import dataclass
from typing import Final, Literal, NamedTuple, get_args

from ..store.model import CallKind
from .recorded_run import ReplayError

What = bool | Literal["models", "tools"]
"""What is called really: all, the models alone, or the tools alone."""

_ALL: Final[frozenset[CallKind]] = frozenset(get_args(CallKind))
_KINDS: Final[dict[What, frozenset[CallKind]]] = {
    True: _ALL,
    "models": frozenset(("model",)),
    "tools": frozenset(("tool",)),
}


@dataclass(frozen=True, slots=True)
class Live:
    """Which calls of a replay are really made.

    Attributes:
        first: The first super-step of the outermost graph in which they are.
        kinds: Of what kind they are.
    """

    first: int = 0
    kinds: frozenset[CallKind] = _ALL

    @classmethod
    def read(cls, live: What, from_step: int | None) -> "Live | None":
        """Return what `live` and `from_step` say; None where nothing is called.

        Raises:
            ReplayError: `live` is none of its values.
        """
        if live is False:
            return None
        if not isinstance(live, bool | str) or live not in _KINDS:
            raise ReplayError(f'live={live!r:.80}: use False, True, "models" or "tools"')
        return cls(from_step or 0, _KINDS[live])

    @property
    def is_partial(self) -> bool:
        """Whether calls of another kind are still answered from the record."""
        return self.kinds != _ALL

    def makes(self, kind: CallKind, step: int | None) -> bool:
        """Return whether a call in a super-step of the outermost graph is made."""
        return kind in self.kinds and (step is None or step >= self.first)


class Asked(NamedTuple):
    """How far a run goes as it was recorded: the one that is named; those before it, to the end.

    Attributes:
        until: The super-step to stop after, or None.
        live: What is called really, or None.
    """

    until: int | None = None
    live: Live | None = None


AS_RECORDED = Asked()
