"""Values shared by all processes that reach one Redis server."""

from collections.abc import Sequence
from random import uniform
from time import monotonic, sleep
from typing import Any, Self

from ..guards.errors import BackendError, GuardConfigError
from .backends import Change, Plain, decoded, encoded

_PAUSE_SECONDS = 0.002  # at most, after another process was quicker


class RedisBackend:
    """Values shared by all processes that reach one Redis server; needs the extra `redis`.

    A look costs one round trip, a change three (`WATCH`, `MULTI`, `EXEC`), and is begun anew where
    another process was quicker.
    """

    def __init__(
        self, client: Any, *, prefix: str = "holdfast:", timeout_seconds: float = 2.0
    ) -> None:
        """Take a client; `from_url` makes one with short timeouts.

        Args:
            client: A `redis.Redis`.
            prefix: What the keys begin with.
            timeout_seconds: How long a change may be begun anew.
        """
        self.client = client
        self.prefix = prefix
        self.timeout_seconds = timeout_seconds
        self._errors = _redis_errors()

    @classmethod
    def from_url(
        cls, url: str, *, prefix: str = "holdfast:", socket_timeout_seconds: float = 0.25
    ) -> Self:
        """Connect to a server, at first use.

        Args:
            url: `redis://host:port/0`, or `rediss://` for TLS.
            prefix: What the keys begin with.
            socket_timeout_seconds: How long to wait for the server before it counts as down.

        Raises:
            GuardConfigError: The extra is not installed.
        """
        _redis_errors()
        from redis import Redis

        client = Redis.from_url(
            url,
            socket_timeout=socket_timeout_seconds,
            socket_connect_timeout=socket_timeout_seconds,
        )
        return cls(client, prefix=prefix)

    def update(self, key: str, change: Change) -> Plain:
        """Change a value in one piece; see `Backend`.

        Raises:
            BackendError: The server cannot be reached, or others were quicker for too long.
        """
        connection_error, watch_error = self._errors
        give_up = monotonic() + self.timeout_seconds
        while True:
            try:
                return self._update(self.prefix + key, change)
            except watch_error as error:
                if monotonic() >= give_up:
                    raise self._unreachable(error) from error
            except connection_error as error:
                raise self._unreachable(error) from error
            sleep(uniform(0, _PAUSE_SECONDS))  # noqa: S311 - spreads processes, hides nothing

    def read(self, keys: Sequence[str]) -> list[Plain | None]:
        """Return some values; see `Backend`.

        Raises:
            BackendError: The server cannot be reached.
        """
        if not keys:
            return []
        try:
            found = self.client.mget([self.prefix + key for key in keys])
        except self._errors[0] as error:
            raise self._unreachable(error) from error
        return [decoded(text) for text in found]

    def close(self) -> None:
        """Close the connections; the next use opens new ones."""
        self.client.close()

    def _update(self, key: str, change: Change) -> Plain:
        old = decoded(self.client.get(key))
        new = change(old)
        if new == old:
            return new  # most asks change nothing, and need no transaction
        with self.client.pipeline() as pipe:
            pipe.watch(key)
            new = change(decoded(pipe.get(key)))
            pipe.multi()
            pipe.set(key, encoded(new))
            pipe.execute()
        return new

    def _unreachable(self, error: Exception) -> BackendError:
        return BackendError(f"the Redis server cannot be used: {type(error).__name__}")


def _redis_errors() -> tuple[type[Exception], type[Exception]]:
    """Return what the client raises: anything at all, and that another was quicker.

    Raises:
        GuardConfigError: The extra is not installed.
    """
    try:
        from redis.exceptions import RedisError, WatchError
    except ImportError as error:
        raise GuardConfigError(
            "RedisBackend needs the package redis: pip install 'holdfast[redis]'"
        ) from error
    return RedisError, WatchError
