"""The loopback server under the stub of LangSmith: threads that end when they are told to."""

import json
import socket
import struct
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from .langsmith_wire import TooLargeError, read_body

_IDLE_SECONDS = 60.0
_STOP_SECONDS = 5.0

Answer = Callable[[str, str, Mapping[str, str], bytes], Any]


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # waited for when it closes
    request_queue_size = 128

    def __init__(self, answer: Answer, hang_seconds: float) -> None:
        self.answer, self.hang_seconds = answer, hang_seconds
        self.closing = threading.Event()
        self._open: set[socket.socket] = set()
        self._guard = threading.Lock()
        super().__init__(("127.0.0.1", 0), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._guard:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._guard:
            self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """End the connections that clients keep open."""
        self.closing.set()
        with self._guard:
            for connection in self._open:
                _shut(connection)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients that go away are a part of what is tried."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = _IDLE_SECONDS
    server: _Server

    def do_POST(self) -> None:
        try:
            body = read_body(self.rfile, dict(self.headers))
        except TooLargeError:
            self._say(413, {}, {"detail": "too large"})
            return
        found = self.server.answer(self.command, self.path, dict(self.headers), body)
        if found == "hang":
            self.server.closing.wait(self.server.hang_seconds)
            self.close_connection = True
        elif found == "reset":
            _reset(self.connection)
            self.close_connection = True
        else:
            self._say(*found)

    do_GET = do_PATCH = do_DELETE = do_PUT = do_POST  # noqa: N815 - the library's names

    def _say(self, status: int, headers: Mapping[str, str], said: Any) -> None:
        body = json.dumps(said).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        """Say nothing."""


def _shut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it is closed already


def _reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


class Served:
    """A server on a free port of loopback."""

    def __init__(self, answer: Answer, hang_seconds: float) -> None:
        self._server = _Server(answer, hang_seconds)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def stop(self) -> None:
        """Stop listening, end what is open, and wait for its threads."""
        self._server.shutdown()
        self._thread.join(_STOP_SECONDS)
        self._server.hang_up()
        self._server.server_close()
