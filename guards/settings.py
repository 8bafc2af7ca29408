"""What a setting must be: refused where it is given, in words that name it."""

from typing import Any

from .digest import preview
from .errors import GuardConfigError

_SHOWN = 60  # characters of a wrong value that an error quotes


def shown(given: Any) -> str:
    """Return a wrong value as an error quotes it: short, secrets blotted out."""
    return preview(repr(given), _SHOWN)


def check_switches(where: str, **given: Any) -> None:
    """Refuse what is neither True nor False; 'no' would count as true.

    Raises:
        GuardConfigError: One is neither.
    """
    for name, value in given.items():
        if not isinstance(value, bool):
            raise GuardConfigError(f"{where}({name}={shown(value)}): use True or False")


def check_clock(where: str, clock: Any) -> None:
    """Refuse a clock that cannot be read.

    Raises:
        GuardConfigError: It is no function.
    """
    if not callable(clock):
        raise GuardConfigError(
            f"{where}(clock={shown(clock)}): give a function that returns Unix time in seconds, "
            "such as time.time"
        )


def check_whole(where: str, least: int, **given: Any) -> None:
    """Refuse what is no whole number, or too small a one.

    Raises:
        GuardConfigError: One is.
    """
    for name, value in given.items():
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise GuardConfigError(
                f"{where}({name}={shown(value)}): use at least {least}, a whole number"
            )
