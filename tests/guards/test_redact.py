import json

import pytest
from holdfast.guards import redact
from hypothesis import given
from hypothesis import strategies as st

SECRET = "s3cr3tValueThatNobodyMaySee0123456789"


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        pytest.param("", "", id="nothing"),
        pytest.param("Flight LH1 costs 100 EUR.", "Flight LH1 costs 100 EUR.", id="harmless"),
        pytest.param("the token count is 12", "the token count is 12", id="a word, no value"),
        pytest.param("password=hunter2", "password=[redacted]", id="a password"),
        pytest.param("PASSWD: hunter2", "PASSWD:[redacted]", id="another word for it"),
        pytest.param("pw: hunter2", "pw:[redacted]", id="in short"),
        pytest.param("pwd=/srv/app", "pwd=/srv/app", id="where a shell is"),
        pytest.param("passphrase = 'a b c'", "passphrase =[redacted]", id="in quotes"),
        pytest.param('{"api_key": "abc123"}', '{"api_key":[redacted]}', id="json"),
        pytest.param("client_secret=abc123&x=1", "client_secret=[redacted]&x=1", id="a form"),
        pytest.param("https://a:b@db.local/x", "https://[redacted]@db.local/x", id="a url"),
        pytest.param("https://db.local:80/a@b", "https://db.local:80/a@b", id="a port"),
        pytest.param("Authorization: Bearer abcdefgh", "Authorization:[redacted]", id="a header"),
        pytest.param("Cookie: a=b; session=c\nHost: x", "Cookie:[redacted]\nHost: x", id="cookies"),
        pytest.param('{"set-cookie": "s=abc; Path=/"}', '{"set-cookie":[redacted]"}', id="one set"),
        pytest.param("a cookie: dough = flour", "a cookie: dough = flour", id="one to eat"),
        pytest.param("my password is hunter2!", "my password is [redacted]", id="a password, said"),
        pytest.param("the API key is 'x9y8z7w6'", "the API key is [redacted]'", id="a key, said"),
        pytest.param("The password is wrong.", "The password is wrong.", id="of a password"),
        pytest.param("sent Bearer abcdefgh.ijk", "sent [redacted]", id="a bearer token"),
        pytest.param("sk-abcdefghijklmnop12", "[redacted]", id="an OpenAI key"),
        pytest.param("ghp_abcdefghijklmnop12", "[redacted]", id="a GitHub token"),
        pytest.param("github_pat_abcdefghijklmnop12", "[redacted]", id="a newer one"),
        pytest.param("AKIAABCDEFGHIJKLMNOP", "[redacted]", id="an AWS key"),
        pytest.param("xoxb-12345678-abc", "[redacted]", id="a Slack token"),
        pytest.param("AIzaabcdefghijklmnopqrstu", "[redacted]", id="a Google key"),
        pytest.param("hf_abcdefghijklmnop", "[redacted]", id="a Hugging Face token"),
        pytest.param("lsv2_abcdefgh", "[redacted]", id="a LangSmith key"),
        pytest.param("eyJhbGciOiJI.eyJzdWIi.sig", "[redacted]", id="a JSON web token"),
        pytest.param(
            "-----BEGIN RSA PRIVATE KEY-----\nab\n-----END RSA PRIVATE KEY----- ok",
            "[redacted] ok",
            id="a private key",
        ),
        pytest.param("-----BEGIN PRIVATE KEY-----\nabc", "[redacted]", id="a key cut short"),
        pytest.param(
            "-----BEGIN CERTIFICATE-----\nab\n-----END CERTIFICATE-----",
            "[redacted]",
            id="a certificate",
        ),
    ],
)
def test_secrets_go_and_names_stay(text, clean):
    assert redact(text) == clean


FORMS = [
    pytest.param("password={}", id="plain"),
    pytest.param('"api_key": "{}"', id="json"),
    pytest.param(json.dumps(json.dumps({"api_key": "{}"})), id="json within json"),
    pytest.param("'token': '{}'", id="python"),
    pytest.param("https://ann:{}@db.local/", id="a url"),
    pytest.param("Authorization: Basic {}", id="a header"),
    pytest.param("curl -H 'Authorization: Bearer {}'", id="a command"),
    pytest.param("sk-{}", id="a key"),
    pytest.param("Cookie: a=1; session={}", id="a cookie"),
    pytest.param(json.dumps(json.dumps({"set-cookie": "s={}"})), id="a cookie in json"),
    pytest.param("my password is {}", id="said"),
    pytest.param("AWS_SECRET_ACCESS_KEY={}", id="an environment variable"),
]


@pytest.mark.parametrize("form", FORMS)
@given(before=st.text(max_size=50), times=st.integers(1, 3))
def test_no_part_of_a_secret_is_left_whatever_stands_before_it(form, before, times):
    clean = redact(f"{before} {form.replace('{}', SECRET * times)}")
    assert SECRET[-8:] not in clean


@pytest.mark.parametrize("length", [10, 250, 260, 300, 5_000])
@pytest.mark.parametrize("form", [FORMS[0], FORMS[1], FORMS[3]])
def test_no_part_of_a_secret_is_left_however_long_it_is(form, length):
    assert "zzz" not in redact(form.replace("{}", "z" * length))


@pytest.mark.parametrize("form", FORMS)
def test_a_clean_form_stays_as_it_is(form):
    clean = redact(f"{{{form.replace('{}', SECRET)}}}")
    assert redact(clean) == clean


@given(text=st.text() | st.from_regex(r"(token|password|secret)\W{1,3}\w{3,9}(\W\w+)?"))
def test_what_is_clean_stays_as_it_is(text):
    clean = redact(text)
    assert redact(clean) == clean


@given(text=st.text(alphabet=" .,;!?\n0123456789ÄÖß"))
def test_text_without_a_sign_of_a_secret_is_left_alone(text):
    assert redact(text) == text


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("token=" * 4_000, id="names without values"),
        pytest.param("-----BEGIN " * 2_000, id="keys that never begin"),
        pytest.param("://" + "a" * 20_000, id="a long address"),
        pytest.param("eyJ" * 7_000, id="half a web token"),
        pytest.param("secret " + " " * 20_000, id="much white space"),
        pytest.param('password="' * 2_000, id="quotes that never close"),
    ],
)
def test_long_texts_come_to_an_end(text):
    """Each would take hours if time grew with its square."""
    long = text * 20
    assert len(redact(long)) < 3 * len(long)
