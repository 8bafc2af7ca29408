from types import SimpleNamespace

import pytest
from holdfast.guards import Breaker
from holdfast.guards.call_outcome import classify_tool_error, failed_event, result_event
from holdfast.guards.retry_after import retry_after_of

NOON = 1_789_905_600.0  # Sunday, 20 September 2026, 12:00:00 UTC


class AnyError(Exception):
    def __init__(self, **known):
        super().__init__("secret text")
        self.__dict__.update(known)


def answered(**headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return AnyError(response=SimpleNamespace(headers=named, status_code=503))


def caused_by(cause):
    error = AnyError()
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        pytest.param(AnyError(), 0, id="nothing said"),
        pytest.param(answered(Retry_After="120"), 120, id="seconds"),
        pytest.param(answered(retry_after="1.5"), 1.5, id="in any case of letters"),
        pytest.param(answered(Retry_After="Sun, 20 Sep 2026 12:01:00 GMT"), 60, id="an HTTP date"),
        pytest.param(answered(Retry_After="Sun, 20 Sep 2026 11:00:00 GMT"), 0, id="a past date"),
        pytest.param(answered(Retry_After="soon"), 0, id="neither"),
        pytest.param(answered(Retry_After="-5"), 0, id="below nothing"),
        pytest.param(answered(Retry_After="inf"), 0, id="for ever"),
        pytest.param(answered(retry_after_ms="1500", Retry_After="9"), 1.5, id="milliseconds"),
        pytest.param(AnyError(retry_after=7), 7, id="an attribute"),
        pytest.param(AnyError(headers={"Retry-After": "8"}), 8, id="headers of the error"),
        pytest.param(caused_by(answered(Retry_After="3")), 3, id="what caused it"),
        pytest.param(
            caused_by(caused_by(caused_by(caused_by(answered(Retry_After="3"))))),
            0,
            id="what caused it, too far back",
        ),
    ],
)
def test_the_rest_that_a_service_asks_for(error, seconds):
    assert retry_after_of(error, NOON) == seconds


@pytest.mark.parametrize(
    ("kind", "event", "at_once"),
    [
        ("dependency", "failure", False),
        ("auth", "failure", True),
        ("model_fixable", "neutral", False),
        ("cancelled", "neutral", False),
    ],
)
def test_what_an_exception_tells_by_its_class(kind, event, at_once):
    found = failed_event(AnyError(), kind, NOON)
    assert (found.kind, found.at_once) == (event, at_once)
    assert "secret" not in found.why


@pytest.mark.parametrize(
    ("text", "failed", "event", "at_once"),
    [
        ("all well", False, "success", False),
        ('{"error": "backend"}', False, "failure", False),
        ("503 Service Unavailable", True, "failure", False),
        ("401 Unauthorized", True, "failure", True),
        ("no such city", True, "neutral", False),
    ],
)
def test_what_a_result_tells(text, failed, event, at_once):
    breaker = Breaker("gds", is_failure=lambda said: '"error"' in said)
    found = result_event(breaker, text, failed=failed)
    assert (found.kind, found.at_once) == (event, at_once)


def test_nobody_is_at_fault_for_what_is_no_exception():
    assert classify_tool_error(KeyboardInterrupt()) == "cancelled"
