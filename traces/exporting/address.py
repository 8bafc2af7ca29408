"""The address of a server, checked before anything is sent there."""

from urllib.parse import urlsplit

from ...guards.digest import preview
from .errors import ExportConfigError

_SHOWN = 100  # characters of an address that is none


def check_address(given: str, what: str, example: str) -> None:
    """Refuse what is no address of a server.

    Args:
        given: The address.
        what: What it was given as: `LangSmith(url=...)`.
        example: One that would do.

    Raises:
        ExportConfigError: It has no http or https before it, no host, or no readable port.
    """
    try:
        parts = urlsplit(given)
        _ = parts.port  # read here: a port that is no number is refused when it is asked for
        is_one = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        is_one = False
    if not is_one:
        shown = preview(given.rpartition("@")[2], _SHOWN)
        raise ExportConfigError(f"{what}: {shown!r} is no address: give one as {example}")
