"""An agent's tools as guards see them, read once."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from langchain_core.tools import BaseTool

from ..guards.facts import ToolSpec
from .breakers import Breakers
from .specs import spec_of
from .stand_ins import with_stand_ins

Known = Mapping[str, tuple[BaseTool, ToolSpec]]
"""Tools by name, as such and as guards see them."""


def specs_in(known: Known) -> dict[str, ToolSpec]:
    """Return tools as guards see them."""
    return {name: spec for name, (_, spec) in known.items()}


class Toolbook:
    """Reads an agent's tools and their stand-ins, and remembers the last ones."""

    def __init__(self, breakers: Breakers, *, checked: bool) -> None:
        """Read for some breakers.

        Args:
            breakers: What guards the tools' services.
            checked: Whether each breaker must have a tool that needs it.
        """
        self._breakers = breakers
        self._checked = checked
        self._last: tuple[Sequence[BaseTool], Known] = ((), {})

    def known(self, given: Iterable[Any]) -> Known:
        """Return the tools among what a request holds.

        Raises:
            GuardConfigError: A breaker or a stand-in does not fit them.
        """
        tools = [tool for tool in given if isinstance(tool, BaseTool)]
        last, known = self._last
        if len(last) == len(tools) and all(map(_is_same, last, tools)):
            return known
        if self._checked:
            self._breakers.check(tools)
        taken = with_stand_ins(tools, self._breakers)
        known = {tool.name: (tool, spec_of(tool)) for tool in taken}
        self._last = (tools, known)
        return known


def _is_same(one: BaseTool, other: BaseTool) -> bool:
    return one is other
