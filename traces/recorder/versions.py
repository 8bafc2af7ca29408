"""Which versions of what a run was made with."""

import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version

_PACKAGES = ("holdfast", "langgraph", "langchain-core", "langchain")


@cache
def versions() -> dict[str, str]:
    """Return the versions of Python and of what a run depends on."""
    found = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
