"""Whether a Postgres address can be read, and whether a server answers there; no password told."""

import time
from typing import Any

from ..guards.digest import preview
from ..guards.errors import BackendError, GuardConfigError
from .postgres_pool import psycopg_modules

_PAUSE_SECONDS = 0.2
_COMING = ("starting up", "shutting down", "recovery")  # what a server says that will be back


def read_address(url: str) -> dict[str, Any]:
    """Return the parts of an address, as libpq names them: host, port, dbname, user.

    Raises:
        GuardConfigError: It can never be used, or the extra is not installed.
    """
    psycopg, _ = psycopg_modules()
    try:
        parts: dict[str, Any] = psycopg.conninfo.conninfo_to_dict(url)
    except (psycopg.Error, AttributeError, TypeError, ValueError):
        raise _wrong(url, "it cannot be read") from None  # what is wrong may be the password
    if "@" in str(parts.get("host", "")):
        raise _wrong(url, "its user or password holds a bare '@'")
    ports = str(parts.get("port", "5432")).split(",")
    if not all(port.isdigit() or not port for port in ports):
        raise _wrong(url, "its port is no number")
    return parts


def check_reachable(url: str, timeout_seconds: float) -> None:
    """Return as soon as a server lets us in.

    One that is being restarted is waited for; one that refuses us is not.

    Raises:
        BackendError: None did in time, or it refused; the error names host and port.
        GuardConfigError: The address cannot be read.
    """
    parts = read_address(url)
    psycopg, _ = psycopg_modules()
    until = time.monotonic() + timeout_seconds
    while True:
        left = until - time.monotonic()
        try:
            psycopg.connect(url, connect_timeout=max(int(left), 2)).close()
            return
        except psycopg.OperationalError as error:
            refused = "FATAL" in str(error) and not any(word in str(error) for word in _COMING)
            if refused or until - time.monotonic() < _PAUSE_SECONDS:
                raise _unreachable(parts, error) from None
        time.sleep(_PAUSE_SECONDS)


def _wrong(url: str, why: str) -> GuardConfigError:
    text = str(url)
    is_secret = "@" in text or "pass" in text.lower()
    given = "the Postgres address" if is_secret else f"the Postgres address {preview(text, 80)!r}"
    return GuardConfigError(
        f"{given}: {why}; use postgresql://user:password@host:5432/database (special characters "
        "percent-encoded: %40 for @), or host=... port=... dbname=..."
    )


def _unreachable(parts: dict[str, Any], error: Exception) -> BackendError:
    place = f"{parts.get('host') or 'the local socket'}:{parts.get('port') or 5432}"
    said = str(error).splitlines()[0] if str(error) else type(error).__name__
    if secret := parts.get("password"):
        said = said.replace(str(secret), "[redacted]")
    return BackendError(
        f"no Postgres server lets us in at {place}, database {parts.get('dbname', '')!r}: "
        f"{preview(said, 300)}; look whether it runs there, or correct the address"
    )
