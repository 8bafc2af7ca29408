import pytest
from holdfast.guards.repairs import RepairError, repair


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param('{"a": 1,}', {"a": 1}, id="a trailing comma"),
        pytest.param("[1 2, , 3]", [1, 2, 3], id="commas too few and too many"),
        pytest.param("{'a': True, 'b': None}", {"a": True, "b": None}, id="Python's literals"),
        pytest.param("{a: 1, b-c: x y}", {"a": 1, "b-c": "x y"}, id="nothing quoted"),
        pytest.param('{"a" 1, "b" = 2}', {"a": 1, "b": 2}, id="colons missing or wrong"),
        pytest.param('[{"a": [1, 2}, {"a": 3}]', [{"a": [1, 2]}, {"a": 3}], id="a list unclosed"),
        pytest.param('{"a": [1}, "b": 2}', {"a": [1], "b": 2}, id="a brace for a bracket"),
        pytest.param('{"a": 1}, "b": 2}', {"a": 1, "b": 2}, id="an object closed too early"),
        pytest.param('"a": 1, "b": [2]', {"a": 1, "b": [2]}, id="no braces at all"),
        pytest.param("(1, (2,), ())", [1, [2], []], id="tuples"),
        pytest.param("{'a', 'b'}", ["a", "b"], id="a set"),
        pytest.param('{"a": 1 // one\n, /* two */ "b": 2 # three\n}', {"a": 1, "b": 2}, id="notes"),
        pytest.param("[.5, 1., +2, 0x10, 1_000]", [0.5, 1.0, 2, 16, 1000], id="loose numbers"),
        pytest.param("[007, 1.2.3, 2024-05-01]", ["007", "1.2.3", "2024-05-01"], id="no numbers"),
        pytest.param("[NaN, Infinity, undefined]", [None, None, None], id="no JSON: null"),
        pytest.param('{"a": , "b": 2}', {"a": None, "b": 2}, id="a value left out is null"),
        pytest.param("[1, 2, ...]", [1, 2], id="an ellipsis"),
        pytest.param('{“a”: ‘b’, `c`: "d"}', {"a": "b", "c": "d"}, id="typographic quotes"),
        pytest.param("\"a\" + 'b'", "ab", id="strings joined"),
        pytest.param('{"a": """two "quoted"\nlines"""}', {"a": 'two "quoted"\nlines'}, id="triple"),
        pytest.param('[ObjectId("x"), f(3)]', ["x", 3], id="calls around a value"),
        pytest.param("callback({})", {}, id="JSONP"),
        pytest.param("f(a=1, b='x')", {"name": "f", "arguments": {"a": 1, "b": "x"}}, id="a call"),
        pytest.param("1\n2\n3", [1, 2, 3], id="a value on each line"),
        pytest.param('{"a": 1}\n{"a": 2}', [{"a": 1}, {"a": 2}], id="an object on each line"),
    ],
)
def test_what_is_nearly_json_is_read(text, value):
    assert repair(text).value == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param('{"a": "he said "hi" to me"}', 'he said "hi" to me', id="inner quotes"),
        pytest.param('{"a": "x, "y" z", "b": 1}', 'x, "y" z', id="an inner quote after a comma"),
        pytest.param('{"a": "x, "b": 1}', "x", id="the end quote forgotten before a key"),
        pytest.param('{"a": "x\n"b": 1}', "x", id="the end quote forgotten before a line"),
        pytest.param('{"a": "see {"k": "v"}, ok", "b": 1}', 'see {"k": "v"}, ok', id="inner JSON"),
        pytest.param('{"a": "C:\\data\\x"}', "C:\\data\\x", id="backslashes that escape nothing"),
        pytest.param("{'a': 'it\\'s'}", "it's", id="an escaped apostrophe"),
        pytest.param("{'a': 'it's'}", "it's", id="an apostrophe"),
        pytest.param('{"a": "one\ntwo"}', "one\ntwo", id="a line break"),
        pytest.param('{\\"a\\": \\"b\\"}', "b", id="the whole text escaped"),
        pytest.param('{"a": "\\ud83d\\ude00",}', "\U0001f600", id="a surrogate pair"),
        pytest.param("{a: https://x.y/z, b: 1}", "https://x.y/z", id="an address"),
    ],
)
def test_strings_end_where_they_were_meant_to(text, value):
    assert repair(text).value["a"] == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param('Sure:\n```json\n{"a": 1}\n```\nDone.', {"a": 1}, id="a fence in prose"),
        pytest.param('The answer is {"a": 1}. Bye', {"a": 1}, id="prose around"),
        pytest.param('See [1], use {"a": {"b": 2}}', [[1], {"a": {"b": 2}}], id="two in prose"),
        pytest.param('{"b": 1} but\n```\n{"a": 1}\n```', {"a": 1}, id="the fenced one is meant"),
        pytest.param('<think>{"x": 1}</think>{"a": 1}', {"a": 1}, id="thinking"),
        pytest.param('so {"x": 1}</think>{"a": 1}', {"a": 1}, id="thinking begun in the prompt"),
        pytest.param('{"a": "<think>x</think>"}', {"a": "<think>x</think>"}, id="a tag as data"),
        pytest.param('{"a": "```json\n{}\n```",}', {"a": "```json\n{}\n```"}, id="a fence as data"),
        pytest.param('The set {a, b} is {"a": 1}', {"a": 1}, id="braces in prose"),
        pytest.param('[{"a": 1}][{"a": 2}]', [{"a": 2}], id="begun again"),
        pytest.param("hello world", "hello world", id="a short text is a string"),
    ],
)
def test_the_value_is_found_in_what_surrounds_it(text, value):
    assert repair(text).value == value


@pytest.mark.parametrize(
    ("text", "why"),
    [
        pytest.param("", "empty", id="nothing"),
        pytest.param(" \n", "empty", id="white space"),
        pytest.param("I'm sorry, but I can't help with that.", "no_value", id="a refusal"),
        pytest.param("<think>hm", "no_value", id="thinking only"),
        pytest.param("}", "no_value", id="a bracket alone"),
        pytest.param("[1, 2", "truncated", id="cut off"),
    ],
)
def test_a_text_without_a_whole_value_is_refused(text, why):
    with pytest.raises(RepairError) as caught:
        repair(text)
    assert caught.value.why == why


def test_each_edit_says_what_was_changed_and_where():
    edits = [str(edit) for edit in repair('Ok: {"a": 1,} // end').edits]
    assert edits == [
        "at 0: text before the value left out",
        "at 13: text after the value left out",
        "at 11: trailing comma removed",
    ]
