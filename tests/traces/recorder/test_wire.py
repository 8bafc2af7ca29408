import asyncio
import io
import json

import httpx
import pytest
from holdfast.traces import Store, record
from holdfast.traces.viewing import (
    Blocks,
    StoredTrace,
    print_trace,
    seen_spans,
    trace_json,
    write_trace_page,
)
from langchain_openai import ChatOpenAI
from rich.console import Console

from tests.cli.openai_stub import served

KEY = "sk-" + "not-a-real-key-0123456789"


@pytest.fixture
def server():
    with served(lambda *_: "five words are said here") as (url, requests):
        yield url, requests


def model(url, **settings):
    return ChatOpenAI(model="gpt-x", base_url=url, api_key=KEY, max_retries=0, **settings)


async def aiterate(stream):
    return [each async for each in stream]


def exchange(path):
    with Store(path, read_only=True) as store:
        (span,) = [each for each in store.spans(store.trace("last").id) if each.kind == "model"]
        return span, store.decode(span.request), store.decode(span.response)


WAYS = {
    "invoke": lambda model: model.invoke("hi"),
    "stream": lambda model: list(model.stream("hi")),
    "ainvoke": lambda model: asyncio.run(model.ainvoke("hi")),
    "astream": lambda model: asyncio.run(aiterate(model.astream("hi"))),
}


@pytest.mark.parametrize("way", WAYS)
def test_the_bytes_of_a_models_call_are_kept_with_its_span(path, server, way):
    url, requests = server
    with record(path, wire=True) as recorder:
        WAYS[way](model(url, temperature=0.5))
    _, request, response = exchange(path)
    assert recorder.failures == 0
    assert json.loads(request["body"])["temperature"] == 0.5
    assert request["url"] == f"{url}/chat/completions"
    assert response["status"] == 200
    assert b"five" in response["body"]
    assert len(response["body"]) == response["bytes"]
    assert 0 <= response["first_byte_ns"] <= response["ns"]
    assert (b"data: " in response["body"]) == ("stream" in way)
    assert len(requests) == 1


def test_headers_that_hold_secrets_are_masked(path, server):
    url, requests = server
    with record(path, wire=True):
        model(url).invoke("hi")
    _, request, _ = exchange(path)
    assert request["headers"]["authorization"] == "[redacted]"
    assert requests[0]["key"] == f"Bearer {KEY}"
    assert KEY.encode() not in path.read_bytes()


def test_without_the_wish_no_bytes_are_kept(path, server):
    with record(path):
        model(server[0]).invoke("hi")
    with Store(path, read_only=True) as store:
        assert [span.request for span in store.spans(store.trace("last").id)] == [None]


def test_other_calls_are_left_alone_and_httpx_is_left_as_it_was(path, server):
    before = httpx.HTTPTransport.handle_request
    with record(path, wire=True):
        model(server[0]).invoke("hi")
        body = json.dumps({"model": "m", "messages": [{"role": "user", "content": "x"}]})
        httpx.post(f"{server[0]}/chat/completions", content=body, headers={"Authorization": "x"})
        assert httpx.HTTPTransport.handle_request is not before
    assert httpx.HTTPTransport.handle_request is before
    with Store(path, read_only=True) as store:
        assert len(list(store.traces())) == 1


def test_a_server_that_cannot_be_reached_leaves_the_request(path):
    with record(path, wire=True), pytest.raises(Exception, match="onnection"):
        model("http://127.0.0.1:9/v1").invoke("hi")
    span, request, response = exchange(path)
    assert span.status == "error"
    assert b"hi" in request["body"]
    assert response["body"] == b""


def test_what_went_over_the_wire_is_shown_escaped_with_names_of_headers_alone(path, server):
    with record(path, wire=True):
        model(server[0], default_headers={"x-desk": "seven"}).invoke("hi <script>\x1b[2J")
    tree, page = io.StringIO(), io.StringIO()
    with Store(path, read_only=True) as store:
        stored = StoredTrace.of(store, "last")
        seen = list(seen_spans(stored))
        console = Console(file=tree, width=100)
        print_trace(console, stored.trace, seen, [], blocks=Blocks(stored))
        write_trace_page(page, stored)
        (short,), (full,) = (trace_json(stored, full=each)["spans"] for each in (False, True))
    for text in (tree.getvalue(), page.getvalue()):
        for told in (
            "in · HTTP request",
            "POST http://127",
            "x-desk",
            "out · HTTP response",
            "200",
        ):
            assert told in text
        assert "seven" not in text
        assert "\x1b" not in text
    assert "<script>" not in page.getvalue()
    assert "request" not in short
    assert (full["request"]["method"], full["response"]["status"]) == ("POST", 200)
