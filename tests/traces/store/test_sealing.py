import secrets

import pytest
from holdfast.guards import GuardConfigError
from holdfast.traces import Store
from holdfast.traces.store import StoreError
from langchain_core.messages import HumanMessage

KEY = bytes(range(32))
TALK = [HumanMessage("password=hunter2 please"), HumanMessage("and password=hunter3 please")]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "traces.db"


def test_with_the_key_a_payload_is_the_original_and_without_it_is_redacted(path):
    with Store(path, key=KEY) as store:
        ref, talk = store.put({"password": "hunter2"}), store.put_messages(TALK)
        assert store.decode(ref) == {"password": "hunter2"}
    with Store(path, key=KEY) as store:
        assert store.decode(ref) == {"password": "hunter2"}
        assert store.decode(talk) == TALK
        assert store.load(ref) == {"password": "[redacted]"}
    with Store(path) as store:
        assert store.decode(ref) == {"password": "[redacted]"}
    assert b"hunter" not in path.read_bytes()


def test_originals_that_look_alike_when_redacted_are_kept_apart(path):
    with Store(path, key=KEY) as store:
        refs = [store.put({"password": each}) for each in ("one", "two")]
        assert [store.decode(ref)["password"] for ref in refs] == ["one", "two"]
        assert store.put({"password": "one"}) == refs[0]


def test_another_key_is_refused(path):
    with Store(path, key=KEY) as store:
        ref = store.put({"password": "hunter2"})
    with (
        Store(path, key=secrets.token_urlsafe(32)) as store,
        pytest.raises(StoreError, match="use the key it was made with"),
    ):
        store.decode(ref)


@pytest.mark.parametrize("key", [b"short", "not base64 !", "", "YWJj"])
def test_what_is_no_key_is_refused(path, key):
    with pytest.raises(GuardConfigError, match="no key"):
        Store(path, key=key)
