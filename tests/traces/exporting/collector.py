"""An OpenTelemetry collector in this process: it takes OTLP over HTTP and reads it for real."""

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)


class Collector:
    """What has come in; `script` gives the status, headers and rejected spans of a request."""

    def __init__(self, script):
        self.requests, self.headers, self.paths, self.script = [], [], [], script

    @property
    def spans(self):
        return [
            span
            for request in self.requests
            for whole in request.resource_spans
            for scope in whole.scope_spans
            for span in scope.spans
        ]

    def take(self, path, headers, body):
        self.paths.append(path)
        self.headers.append(headers)
        request = ExportTraceServiceRequest.FromString(body)
        status, said, rejected = self.script(len(self.paths), request)
        answer = ExportTraceServiceResponse()
        if status == 200 and not rejected:
            self.requests.append(request)
        answer.partial_success.rejected_spans = rejected
        return status, said, answer.SerializeToString()


def fine(n, request):
    return 200, {}, 0


@contextmanager
def collector(script=fine):
    """Listen on a free port of loopback."""
    held = Collector(script)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, said, answer = held.take(self.path, dict(self.headers), body)
            self.send_response(status)
            for name, value in {**said, "Content-Length": str(len(answer))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = False
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    held.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield held
    finally:
        server.shutdown()
        thread.join(5)
        server.server_close()
