"""A service on loopback that is down for a while, and writes down who called it when."""

import socketserver
import threading
import time


class Dependency(socketserver.ThreadingTCPServer):
    """Answers `down` until its time has come, then `up`; opens its doors to all at once."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, workers, down_seconds, total_seconds, answer_seconds=0.005):
        super().__init__(("127.0.0.1", 0), _Answer)
        self.gate = threading.Barrier(workers, action=self._begin)
        self.down_seconds = down_seconds
        self.total_seconds = total_seconds
        self.answer_seconds = answer_seconds
        self.calls = []  # seconds since the beginning, and whether it was up
        self.began = 0.0

    def _begin(self):
        self.began = time.monotonic()

    @property
    def port(self):
        return self.server_address[1]


class _Answer(socketserver.StreamRequestHandler):
    def handle(self):
        server = self.server
        asked = self.rfile.readline().strip()
        if asked == b"ready":
            server.gate.wait(timeout=120)
            self.wfile.write(b"%f\n" % server.total_seconds)
            return
        at = time.monotonic() - server.began
        is_up = at >= server.down_seconds
        server.calls.append((at, is_up))
        time.sleep(server.answer_seconds)
        self.wfile.write(b"up\n" if is_up else b"down\n")
