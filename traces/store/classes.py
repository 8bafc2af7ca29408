"""Names of classes, by which another process finds them too."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

_SCRIPT: Final = ("__main__", "__mp_main__")


def module_of(kind: type) -> str:
    """Return the name of a class's module; of what a script defines, that which imports it."""
    return _script() if kind.__module__ in _SCRIPT else kind.__module__


def class_at(module: str, path: str) -> type | None:
    """Return a class by its module and qualified name, if that is imported; else None."""
    for found in _modules(module):
        for part in path.split("."):
            found = getattr(found, part, None)
        if isinstance(found, type):
            return found
    return None


def _modules(name: str) -> Iterator[Any]:
    """Yield the modules that a name may mean: a script's is known by its file alone."""
    yield sys.modules.get(name)
    if name == _script():
        yield sys.modules.get("__main__")
    if "." not in name:
        yield from [found for each, found in list(sys.modules.items()) if each.endswith(f".{name}")]


def _script() -> str:
    """Return the name under which the script that runs can be imported."""
    main: Any = sys.modules.get("__main__")
    named = getattr(getattr(main, "__spec__", None), "name", None)
    stem = Path(getattr(main, "__file__", None) or "").stem
    return str(named or (stem if stem.isidentifier() else "__main__"))
