"""One of several processes that call one dependency behind one shared breaker.

python worker.py KIND PLACE PORT, where KIND is sqlite, redis or pybreaker, and PLACE the file or
the URL that the processes share.
"""

import socket
import sys
import time
from contextlib import suppress

LIMIT, RESET_SECONDS, PAUSE_SECONDS = 5, 1.0, 0.01


class DownError(ConnectionError):
    """The dependency says that it is down."""


def ask(port, what):
    with socket.create_connection(("127.0.0.1", port), timeout=130) as line:
        line.sendall(what + b"\n")
        return line.makefile("rb").readline().strip()


def call(port):
    if ask(port, b"call") != b"up":
        raise DownError


def of_holdfast(backend, port):
    from holdfast.guards import Breaker, BreakerOpenError
    from holdfast.nodes import Breakers

    one = Breaker("gds", failures=LIMIT, open_seconds=RESET_SECONDS, growth=1)
    breakers = Breakers([one], backend=backend)

    def attempt():
        with suppress(DownError, BreakerOpenError), breakers.calling("gds"):
            call(port)

    return attempt


def of_pybreaker(url, port):
    import pybreaker
    from redis import Redis

    storage = pybreaker.CircuitRedisStorage(pybreaker.STATE_CLOSED, Redis.from_url(url), "gds")
    breaker = pybreaker.CircuitBreaker(
        fail_max=LIMIT, reset_timeout=RESET_SECONDS, state_storage=storage
    )

    def attempt():
        with suppress(DownError, pybreaker.CircuitBreakerError):
            breaker.call(call, port)

    return attempt


def make(kind, place, port):
    if kind == "pybreaker":
        return of_pybreaker(place, port)
    from holdfast.nodes import RedisBackend, SqliteBackend

    backend = SqliteBackend(place) if kind == "sqlite" else RedisBackend.from_url(place)
    return of_holdfast(backend, port)


def main(kind, place, port):
    attempt = make(kind, place, port)
    seconds = float(ask(port, b"ready"))
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        attempt()
        time.sleep(PAUSE_SECONDS)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
