"""What needs an extra is imported when it is first asked for."""

from importlib import import_module
from typing import Any

from ..guards.errors import GuardConfigError

_PLACES = {"GuardMiddleware": ("guard_middleware", "langchain")}


def made_at_first_use(name: str) -> Any:
    """Return a name of `holdfast.nodes` that needs an extra; the package's `__getattr__`.

    Raises:
        AttributeError: There is no such name.
        GuardConfigError: The extra is not installed.
    """
    if name not in _PLACES:
        raise AttributeError(f"module 'holdfast.nodes' has no attribute {name!r}")
    module, extra = _PLACES[name]
    try:
        return getattr(import_module(f"{__package__}.{module}"), name)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != extra:
            raise
        raise GuardConfigError(
            f"{name} needs the package {extra}: pip install 'holdfast[{extra}]'"
        ) from error
