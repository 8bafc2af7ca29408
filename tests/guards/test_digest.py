import json

import pytest
from holdfast.guards.digest import (
    PREVIEW_LENGTH,
    canonical,
    digest,
    digest_arguments,
    likeness,
    preview,
    sketch,
)
from hypothesis import given
from hypothesis import strategies as st

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
words = st.lists(st.sampled_from(["red", "green", "blue", "black", "white"]), min_size=1).map(
    " ".join
)


def nested(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param({"a": 1, "b": 2}, {"b": 2, "a": 1}, id="keys in another order"),
        pytest.param({"n": 2}, {"n": 2.0}, id="a whole number as a float"),
        pytest.param({"n": 0.0}, {"n": -0.0}, id="two zeros"),
        pytest.param({"q": "x"}, {"q": " x\n"}, id="white space around a text"),
        pytest.param(["a", ["b"]], ("a", ("b",)), id="lists and tuples"),
        pytest.param({"ids": {"b", "a"}}, {"ids": {"a", "b"}}, id="sets"),
        pytest.param({1: "a"}, {"1": "a"}, id="a key that is a number"),
    ],
)
def test_equal_forms_of_a_value_have_one_digest(one, other):
    assert digest(one) == digest(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param({"a": 1}, {"a": 2}, id="another value"),
        pytest.param({"a": 1}, {"b": 1}, id="another name"),
        pytest.param(["a", "b"], ["b", "a"], id="another order of a list"),
        pytest.param({"a": True}, {"a": 1}, id="true and one"),
        pytest.param({"a": None}, {}, id="nothing and missing"),
        pytest.param({"a": "x y"}, {"a": "x  y"}, id="white space within a text"),
        pytest.param("Ab", "ab", id="upper case"),
    ],
)
def test_different_values_have_different_digests(one, other):
    assert digest(one) != digest(other)


@pytest.mark.parametrize("depth", [100, 20_000])
def test_however_deep_a_value_is_it_has_a_digest(depth):
    assert len(digest(nested(depth))) == 16


def test_a_set_has_the_same_text_in_every_process():
    assert canonical({"ids": {"b", "a", "c"}}) == '{"ids":["a","b","c"]}'


@given(value=plain)
def test_a_digest_is_sixteen_hexadecimal_characters(value):
    assert len(digest(value)) == 16
    assert int(digest(value), 16) >= 0


@given(value=plain)
def test_what_was_sent_as_json_and_read_again_has_the_same_digest(value):
    assert digest(json.loads(json.dumps(value))) == digest(value)


@given(items=st.dictionaries(st.text(), plain))
def test_the_order_of_keys_never_counts(items):
    assert canonical(dict(reversed(items.items()))) == canonical(items)


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        pytest.param({}, [], id="none"),
        pytest.param(None, [], id="nothing"),
        pytest.param("", [], id="an empty text"),
        pytest.param({"a": 1, "b": None}, ["a", "b"], id="an object"),
        pytest.param("not json", [""], id="a text"),
        pytest.param([1], [""], id="a list"),
        pytest.param(0, [""], id="a zero"),
        pytest.param({1: "a"}, ["1"], id="a name that is a number"),
    ],
)
def test_arguments_have_one_digest_for_each_name(arguments, names):
    assert list(digest_arguments(arguments)) == names


@given(items=st.dictionaries(st.text(), plain, min_size=2))
def test_leaving_an_argument_out_leaves_the_other_digests_alone(items):
    first, *_ = items
    rest = {name: value for name, value in items.items() if name != first}
    assert digest_arguments(rest).items() <= digest_arguments(items).items()


# Previews

KEY = "sk-abcdefghijklmnop1234"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("", "", id="nothing"),
        pytest.param(" a\n\n b\t\tc ", "a b c", id="several lines"),
        pytest.param("a\x00\x1b[31mb", "a [31mb", id="control characters"),
        pytest.param("a\u2028b", "a b", id="a line separator"),
        pytest.param("x" * 200, "x" * 200, id="as long as it may be"),
        pytest.param("x" * 201, "x" * 199 + "…", id="one too long"),
        pytest.param(f"key {KEY}", "key [redacted]", id="a secret"),
        pytest.param("x" * 190 + f" {KEY}", "x" * 190 + " [redacte…", id="a secret at the end"),
        pytest.param(" " * 590 + KEY, "…", id="a secret behind much white space"),
        pytest.param("\n" * 590 + f"ok {KEY}", "ok …", id="a secret behind many lines"),
    ],
)
def test_a_preview_is_one_short_line_without_secrets(text, shown):
    assert preview(text) == shown


@given(text=st.text(), length=st.integers(1, 300))
def test_a_preview_is_never_longer_than_asked(text, length):
    assert len(preview(text, length)) <= length


@given(text=st.text())
def test_a_preview_is_printable_and_encodes(text):
    shown = preview(text + "\ud800\x00")
    assert len(shown) <= PREVIEW_LENGTH
    assert shown.encode("utf-8").decode("utf-8") == shown
    assert shown.isprintable() or not text.isprintable()
    assert "\x00" not in shown


@given(before=st.text(alphabet="ab \n", max_size=700), after=st.text(alphabet="ab \n"))
def test_a_preview_never_shows_half_a_secret(before, after):
    assert "sk-" not in preview(f"{before} {KEY} {after}")


# Sketches


@pytest.mark.parametrize(
    ("one", "other", "least", "most"),
    [
        pytest.param("the cat sat on a mat", "the cat sat on a mat", 1, 1, id="equal"),
        pytest.param("The cat sat!", "the  cat, sat", 1, 1, id="other case and punctuation"),
        pytest.param("", "", 1, 1, id="both empty"),
        pytest.param("", "a cat", 0, 0, id="one empty"),
        pytest.param("cat", "cat", 1, 1, id="one word"),
        pytest.param("red green blue black", "one two three four", 0, 0, id="nothing in common"),
        pytest.param(
            "we found no flight to Rome today sorry about that my friend",
            "we found no flight to Rome today sorry about that my dear",
            0.6,
            0.99,
            id="one word of twelve changed",
        ),
    ],
)
def test_likeness_tells_how_much_two_texts_share(one, other, least, most):
    assert least <= likeness(sketch(one), sketch(other)) <= most


@given(text=st.text())
def test_a_sketch_is_small_and_like_itself(text):
    assert len(sketch(text)) <= 64
    assert likeness(sketch(text), sketch(text)) == 1.0


@given(one=words, other=words)
def test_likeness_is_a_share_and_knows_no_order(one, other):
    alike = likeness(sketch(one), sketch(other))
    assert 0.0 <= alike <= 1.0
    assert alike == likeness(sketch(other), sketch(one))
