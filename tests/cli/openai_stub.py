"""A server on loopback that speaks OpenAI's chat completions, with a policy for a model."""

import json
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from langchain_core.messages import AIMessage, convert_to_messages


@contextmanager
def served(policy):
    """Yield the base URL of a server, and the requests that it got."""
    requests = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(policy, requests))
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1", requests
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def handler_of(policy, requests):
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            requests.append({"path": self.path, "key": self.headers["Authorization"], **body})
            reply = reply_of(policy, body)
            if body.get("stream"):
                self.send(stream_of(body, reply), "text/event-stream")
            else:
                self.send(json.dumps(whole(body, reply)).encode(), "application/json")

        def send(self, data, kind):
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_):
            pass

    return Handler


def reply_of(policy, body):
    tools = {tool["function"]["name"]: tool["function"] for tool in body.get("tools") or []}
    reply = policy(convert_to_messages(body["messages"]), tools)
    return AIMessage(reply) if isinstance(reply, str) else reply


def message_of(reply, turn):
    calls = [
        {
            "id": f"call_{turn}_{n}",
            "type": "function",
            "function": {"name": call["name"], "arguments": json.dumps(call["args"])},
        }
        for n, call in enumerate(reply.tool_calls)
    ]
    message = {"role": "assistant", "content": reply.content or None}
    return {**message, "tool_calls": calls} if calls else message


def finish_of(reply):
    told = reply.response_metadata.get("finish_reason", "stop")
    return "tool_calls" if reply.tool_calls else told


def frame(body, **parts):
    return {"id": "chatcmpl-1", "created": 1, "model": body["model"], **parts}


def usage_of(body):
    words = sum(len(str(message.get("content")).split()) for message in body["messages"])
    return {"prompt_tokens": words, "completion_tokens": 5, "total_tokens": words + 5}


def whole(body, reply):
    choice = {
        "index": 0,
        "finish_reason": finish_of(reply),
        "message": message_of(reply, len(body["messages"])),
    }
    return frame(body, object="chat.completion", choices=[choice], usage=usage_of(body))


def stream_of(body, reply):
    message = message_of(reply, len(body["messages"]))
    for n, call in enumerate(message.get("tool_calls", [])):
        call["index"] = n
    deltas = [(message, None), ({}, finish_of(reply))]
    chunks = [
        frame(
            body,
            object="chat.completion.chunk",
            choices=[{"index": 0, "delta": delta, "finish_reason": finish}],
        )
        for delta, finish in deltas
    ]
    chunks.append(frame(body, object="chat.completion.chunk", choices=[], usage=usage_of(body)))
    lines = [f"data: {json.dumps(chunk)}\n\n" for chunk in chunks]
    return "".join([*lines, "data: [DONE]\n\n"]).encode()
