"""Read a field of any graph's state."""

from collections.abc import Mapping
from typing import Any


def read(state: Any, key: str) -> Any:
    """Return a field of a state, whether that is a mapping or an object; None where it has none."""
    return state.get(key) if isinstance(state, Mapping) else getattr(state, key, None)
