import base64
import re

import orjson
import pytest
from holdfast.guards import GuardConfigError
from holdfast.traces import Redaction
from hypothesis import given
from hypothesis import strategies as st

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dBjftJeZ4CVPmB92K27uhbUJU1p1r"
SECRETS = [
    pytest.param("sk-proj-abcdefghijklmnopqrstuvwx", id="a provider's key"),
    pytest.param("sk-" + "ant-api03-abcdefghijklmnopqrst", id="another provider's"),
    pytest.param("lsv2_pt_0123456789abcdef0123456789abcdef_aa", id="a LangSmith key"),
    pytest.param("ghp_0123456789abcdefghijABCDEFGHIJ012345", id="a GitHub token"),
    pytest.param("glpat-abcdefghijklmnopqrst", id="a GitLab token"),
    pytest.param("ASIAIOSFODNN7EXAMPLE", id="a temporary AWS key"),
    pytest.param("npm_0123456789abcdefghijABCDEFGHIJ012345", id="a package registry's token"),
    pytest.param("gsk_0123456789abcdefghijABCDEF", id="a model host's key"),
    pytest.param("ya29.a0AfH6SMBx0123456789", id="a Google token"),
    pytest.param(JWT, id="a JWT"),
    pytest.param("https://hooks.slack.com/services/T000/B000/XXXXXXXXXXXX", id="a web hook"),
    pytest.param(
        "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA\n-----END RSA PRIVATE KEY-----", id="PEM"
    ),
    pytest.param("postgres://ann:correct-horse@db.local/x", id="a URL's password"),
    pytest.param("Authorization: Bearer abcdefghijklmnop", id="a header"),
    pytest.param("password=hunter2hunter2", id="an assignment"),
]


def told(text):
    """Return the part of a text that must not be told."""
    hidden = {"https://hooks": "XXXXXXXXXXXX", "postgres": "correct-horse", "-----": "MIIEow"}
    hidden |= {"Authorization": "abcdefghijklmnop", "password": "hunter2"}
    return next((part for begin, part in hidden.items() if text.startswith(begin)), text)


@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_goes_wherever_it_stands(secret):
    redaction = Redaction()
    for text in (secret, f"before {secret} after", f'{{"a": "{secret}"}}'):
        assert told(secret) not in redaction.text(text)
    deep = {"a": [[{"b": {"c": [secret]}}]], secret: 1}
    assert told(secret) not in str(redaction.tree(deep))


@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_goes_out_of_base64_too(secret):
    hidden = base64.b64encode(f"a file that holds {secret} in it".encode()).decode()
    made = Redaction().text(f"data:text/plain;base64,{hidden}")
    assert hidden not in made
    assert told(secret).encode() not in base64.b64decode(made.partition(",")[2])


@pytest.mark.parametrize(
    ("tree", "clean"),
    [
        ({"password": "x y z"}, {"password": "[redacted]"}),
        ({"Api-Key": "abc"}, {"Api-Key": "[redacted]"}),
        ({"x-api-key": "abc"}, {"x-api-key": "[redacted]"}),
        ({"set-cookie": "a=b"}, {"set-cookie": "[redacted]"}),
        ({"db_pwd": "a"}, {"db_pwd": "[redacted]"}),
        ({"connection_string": "a"}, {"connection_string": "[redacted]"}),
        ({"client_secret": "abc"}, {"client_secret": "[redacted]"}),
        ({"refresh_token": "abc"}, {"refresh_token": "[redacted]"}),
        ({"input_tokens": 3}, {"input_tokens": 3}),
        ({"total_tokens": "3"}, {"total_tokens": "3"}),
        ({"token": "Hello"}, {"token": "Hello"}),
        ({"token": "0123456789abcdef"}, {"token": "[redacted]"}),
        ({"password": None, "secret": ""}, {"password": None, "secret": ""}),
        ({"keyboard": "qwerty"}, {"keyboard": "qwerty"}),
    ],
)
def test_a_value_goes_because_of_the_name_it_stands_under(tree, clean):
    assert Redaction().tree(tree) == clean
    assert Redaction().may_find(orjson.dumps(tree)) or clean == tree


@pytest.mark.parametrize(
    ("kind", "text", "clean"),
    [
        ("email", "write to ann.b+c@mail.example.org.", "write to [email]."),
        ("email", "a@b is no address", "a@b is no address"),
        ("phone", "call +351 912 345 678 now", "call [phone] now"),
        ("phone", "(030) 1234-5678", "[phone]"),
        ("phone", "on 2026-03-01, order 12345", "on 2026-03-01, order 12345"),
        ("phone", "id 123456789012", "id 123456789012"),
        ("card", "4111 1111 1111 1111", "[card]"),
        ("card", "4111-1111-1111-1112", "4111-1111-1111-1112"),
        ("iban", "to PT50 0002 0123 1234 5678 9015 4.", "to [iban]."),
        ("iban", "DE89370400440532013000", "[iban]"),
        ("iban", "DE00370400440532013000", "DE00370400440532013000"),
    ],
)
def test_personal_data_go_where_their_form_is_sure(kind, text, clean):
    assert Redaction(pii=(kind,)).text(text) == clean
    assert Redaction().text(text) == text


def test_personal_data_stay_unless_asked_for():
    assert Redaction().tree(["ann@site.org"]) == ["ann@site.org"]


def test_rules_of_the_user_are_patterns_or_functions():
    rules = (r"ORD-\d+", re.compile("ann", re.IGNORECASE), lambda text: text.replace("x", "y"))
    assert Redaction(rules=rules).text("Ann: ORD-12 x") == "[redacted]: [redacted] y"


def test_a_text_that_a_rule_fails_on_goes_whole():
    redaction = Redaction(rules=(lambda text: 1 / 0,))
    assert redaction.tree({"a": ["the text"]}) == {
        "[redacted: a rule failed]": ["[redacted: a rule failed]"]
    }
    assert set(redaction.failures) == {"ZeroDivisionError"}


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"pii": ("name",)}, "use some of email"),
        ({"rules": ("(",)}, "is no pattern"),
        ({"rules": (3,)}, "no pattern, no function"),
    ],
)
def test_settings_that_cannot_work_are_refused(settings, said):
    with pytest.raises(GuardConfigError, match=said):
        Redaction(**settings)


def test_a_secret_right_behind_a_word_of_another_script_goes():
    assert Redaction().text("密钥sk-proj-abcdefghijklmnopqrstuvwx") == "密钥[redacted]"


def test_nothing_is_copied_where_nothing_must_go():
    tree = {"a": [{"b": "c"}], "n": 1}
    assert Redaction().tree(tree) is tree


def test_a_mark_is_left_readable():
    tree = {"$": "model", "c": "app.secrets:SecretToken", "v": {"password": "hunter2"}}
    assert Redaction().tree(tree) == {**tree, "v": {"password": "[redacted]"}}


PARTS = (
    "sk-", "abcdefghijklmnopqrstuvwx", "password", "=", ": ", "ann@site.org", "Bearer ", " ", "\n",
    "4111111111111111", "+351 912 345 678", "eyJhbGciOiJIUzI1NiJ9.", '"', "-----BEGIN ", "://a:b@",
)  # fmt: skip
words = st.sampled_from(PARTS)


@given(text=st.lists(words).map("".join))
def test_what_was_redacted_is_not_redacted_again(text):
    redaction = Redaction(pii=("email", "phone", "card", "iban"))
    once = redaction.text(text)
    assert redaction.text(once) == once


@given(text=st.lists(words).map("".join))
def test_a_quick_look_never_misses_what_a_long_one_finds(text):
    redaction = Redaction()
    if redaction.tree({"a": text}) != {"a": text}:
        assert redaction.may_find(orjson.dumps({"a": text}))
