import json

import httpx
import openai
import pytest
from holdfast.traces.replaying.failure import failure_of, rebuilt
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError


class OverloadedError(RuntimeError):
    """Has a constructor of its own, and an attribute."""

    def __init__(self, message, *, wait):
        super().__init__(message)
        self.wait = wait


def limited():
    request = httpx.Request("POST", "https://api.example")
    headers = {"retry-after": "7", "set-cookie": "secret"}
    response = httpx.Response(429, headers=headers, request=request)
    return openai.RateLimitError("slow down", response=response, body={"code": "rate"})


def again(error):
    """Return an exception as another process would have it."""
    return rebuilt(json.loads(json.dumps(failure_of(error))))


def invalid():
    class Wanted(BaseModel):
        number: int

    try:
        Wanted(number="x")
    except ValidationError as error:
        return error


ERRORS = [
    ValueError("no", 3),
    KeyError("k"),
    TimeoutError(),
    FileNotFoundError(2, "No such file", "a.txt"),
    OverloadedError("busy", wait=3),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_exception_is_of_its_class_again_and_says_the_same(error):
    made = again(error)
    assert (type(made), str(made)[:20]) == (type(error), str(error)[:20])


def test_its_attributes_are_there_again():
    assert again(OverloadedError("busy", wait=3)).wait == 3


def test_a_providers_refusal_still_says_how_long_to_wait():
    made = again(limited())
    assert isinstance(made, openai.RateLimitError)
    assert (made.code, made.response.status_code) == ("rate", 429)
    assert dict(made.response.headers) == {"retry-after": "7"}


def test_a_class_that_cannot_be_made_is_made_as_what_it_inherits_from():
    made = again(invalid())
    assert type(made) is ValueError
    assert str(made).startswith("1 validation error for Wanted")


def test_a_class_that_is_not_loaded_is_not_imported():
    written = failure_of(ValueError("no"))
    written["classes"].insert(0, ["antigravity", "Fly"])
    assert type(rebuilt(written)) is ValueError


def test_a_name_that_is_no_exception_is_never_called():
    written = failure_of(ValueError("no"))
    written["classes"] = [["os", "system"], ["subprocess", "Popen"]]
    assert type(rebuilt(written)) is RuntimeError


@given(
    st.lists(st.none() | st.text() | st.integers() | st.lists(st.text(), max_size=3), max_size=4)
)
def test_plain_arguments_come_back_as_they_were(args):
    assert again(ValueError(*args)).args == tuple(args)
