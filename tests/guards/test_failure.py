import asyncio

import pytest
from holdfast.guards.failure import classify_error, classify_text
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError


class ToolException(Exception):  # noqa: N818
    """Named as LangChain's is; `guards` knows it by its name alone."""


class RateLimitError(Exception):
    """Named as the providers' are."""


class AuthenticationError(Exception):
    """Named as the providers' are."""


class StatusError(Exception):
    """An error that carries a status, as HTTP clients' do."""

    def __init__(self, **known):
        super().__init__("the server said no")
        self.__dict__.update(known)


class Response:
    def __init__(self, status_code):
        self.status_code = status_code


def invalid():
    try:
        TypeAdapter(int).validate_python("x")
    except ValidationError as error:
        return error


@pytest.mark.parametrize(
    ("error", "found"),
    [
        pytest.param(ValueError("no such seat"), "model_fixable", id="a wrong value"),
        pytest.param(KeyError("LH1"), "model_fixable", id="something not found"),
        pytest.param(ZeroDivisionError(), "model_fixable", id="arithmetic"),
        pytest.param(invalid(), "model_fixable", id="a failed validation"),
        pytest.param(ToolException("no"), "model_fixable", id="a tool's own exception"),
        pytest.param(FileNotFoundError("a.txt"), "model_fixable", id="a missing file"),
        pytest.param(TimeoutError(), "dependency", id="a time-out"),
        pytest.param(ConnectionResetError(), "dependency", id="a lost connection"),
        pytest.param(RateLimitError(), "dependency", id="too many requests, by name"),
        pytest.param(RuntimeError("?"), "dependency", id="what nobody can place"),
        pytest.param(PermissionError("a.txt"), "auth", id="a forbidden file"),
        pytest.param(AuthenticationError(), "auth", id="a wrong key, by name"),
        pytest.param(asyncio.CancelledError(), "cancelled", id="a cancelled task"),
        pytest.param(StatusError(status_code=503), "dependency", id="status 503"),
        pytest.param(StatusError(status_code=429), "dependency", id="status 429"),
        pytest.param(StatusError(status=408), "dependency", id="status 408"),
        pytest.param(StatusError(status=425), "dependency", id="status 425"),
        pytest.param(StatusError(status_code=599), "dependency", id="the last of the statuses"),
        pytest.param(StatusError(status_code=400), "model_fixable", id="the first of them"),
        pytest.param(StatusError(code=404), "model_fixable", id="status 404"),
        pytest.param(StatusError(status_code=401), "auth", id="status 401"),
        pytest.param(StatusError(status_code=403), "auth", id="status 403"),
        pytest.param(StatusError(response=Response(500)), "dependency", id="the response's status"),
        pytest.param(StatusError(status_code=200), "dependency", id="a status that is no failure"),
        pytest.param(StatusError(status_code="401"), "dependency", id="a status that is no number"),
    ],
)
def test_an_exception_calls_for(error, found):
    assert classify_error(error) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("", "model_fixable", id="nothing"),
        pytest.param("Error: no flight LH1", "model_fixable", id="a wrong value"),
        pytest.param("HTTP 401 Unauthorized", "auth", id="status 401"),
        pytest.param("Invalid API key given", "auth", id="a wrong key"),
        pytest.param("bash: Permission denied", "auth", id="no permission"),
        pytest.param("503 Service Unavailable", "dependency", id="status 503"),
        pytest.param("520 error from the gateway", "dependency", id="another status of a server"),
        pytest.param("Request timed out", "dependency", id="a time-out in two words"),
        pytest.param("Connection refused", "dependency", id="no connection"),
        pytest.param("rate limited, slow down", "dependency", id="a rate limit"),
        pytest.param("Too many requests", "dependency", id="too many requests"),
        pytest.param("flight 5031 is full", "model_fixable", id="a number that holds a status"),
        pytest.param("x" * 400 + " timeout", "model_fixable", id="a word past the beginning"),
    ],
)
def test_a_failed_result_calls_for(text, found):
    assert classify_text(text) == found


CLASSES = {"model_fixable", "dependency", "auth", "cancelled"}


@given(text=st.text())
def test_every_text_has_one_of_the_classes(text):
    assert classify_text(text) in CLASSES


@given(status=st.integers(400, 599))
def test_every_status_is_placed_and_every_server_error_is_the_server_s(status):
    found = classify_error(StatusError(status_code=status))
    assert found in CLASSES
    assert status < 500 or found == "dependency"


@given(head=st.text(alphabet="abc ", min_size=400), tail=st.text())
def test_only_the_beginning_of_a_result_tells(head, tail):
    assert classify_text(head + tail) == classify_text(head)
