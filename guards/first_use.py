"""Names that a package imports where they are first asked for, so that importing it is quick."""

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any


def names_of(
    package: str, modules: Mapping[str, Sequence[str]]
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return a package's `__getattr__` and `__dir__`.

    Type checkers see neither, but the imports that stand in their place.

    Args:
        package: The package's `__name__`; its `__all__` names all there is.
        modules: Modules of the package, each with the names that come from there.
    """
    places = {name: module for module, names in modules.items() for name in names}

    def found(name: str) -> Any:
        if name not in places:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(f".{places[name]}", package), name)

    def listed() -> list[str]:
        held = vars(sys.modules[package])
        return sorted({*held, *held["__all__"]})

    return found, listed
