import json
import sys
from contextlib import suppress

import pytest
from holdfast.guards.repairs import RepairError, repair


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param(b'{"a": "\xc3\xa9"}', {"a": "é"}, id="bytes"),
        pytest.param('{"a": 1}'.encode("utf-16"), {"a": 1}, id="bytes in UTF-16"),
        pytest.param(b'{"a": "\xff"}', {"a": "\ufffd"}, id="bytes that are no text"),
        pytest.param("\ufeff{}", {}, id="a byte order mark"),
        pytest.param('["\\ud800"]', ["\ud800"], id="a lone surrogate is valid JSON"),
        pytest.param("[NaN, -Infinity]", [None, None], id="numbers that are none"),
        pytest.param('{"a": 1, "a": 2}', {"a": 2}, id="equal keys: the last"),
        pytest.param("{'a': 1, 'a': 2}", {"a": 2}, id="equal keys in broken text: the last"),
        pytest.param("9" * 400, int("9" * 400), id="400 digits"),
        pytest.param("[" + "9" * 5000 + "]", ["9" * 5000], id="more digits than an int may have"),
    ],
)
def test_odd_input_has_a_defined_reading(text, value):
    assert repair(text).value == value


@pytest.mark.parametrize("bomb", ["[", '{"a":', "(", "[{'a':", "f(a="])
def test_a_nesting_bomb_is_refused(bomb):
    with pytest.raises(RepairError) as caught:
        repair(bomb * 100_000)
    assert caught.value.why == "too_deep"


def test_nesting_that_a_value_may_have_is_read():
    assert json.dumps(repair("[" * 300 + "1," + "]" * 300).value) == "[" * 300 + "1" + "]" * 300


def test_a_text_beyond_the_limit_is_refused():
    with pytest.raises(RepairError) as caught:
        repair(" " * 20_000_001)
    assert caught.value.why == "too_long"


HOSTILE = [
    '"', '["a, "b ', '{"a": "x, ', '[{"a":1},', '"a"+', "`", "use { now ", "f(a=", "/*",
           "\\", '["x" y ', '{"k": "v" x ', "a\n", "[,", "{:", "<think>", '"""', '["{', "1 /",
]  # fmt: skip


def work(text):
    """Return how many calls reading a text takes: unlike time, the same on a busy machine."""
    made = 0

    def count(_frame, event, _arg):
        nonlocal made
        made += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        with suppress(RepairError):
            repair(text, allow_truncated=True)
    finally:
        sys.setprofile(None)
    return made


@pytest.mark.parametrize("piece", HOSTILE)
def test_work_grows_with_length_and_not_faster(piece):
    short, long = piece * (5_000 // len(piece)), piece * (40_000 // len(piece))
    # Eight times the text may cost eight times the work; 64 would be its square.
    assert work(long) < 12 * max(work(short), 1_000)
