import pytest
from holdfast.drills import ScriptedModel
from holdfast.guards import GuardConfigError
from holdfast.nodes.token_counts import checked_window, counter_of, prompt_tokens, window_of
from langchain_core.messages import AIMessage, HumanMessage
from langchain_openai import ChatOpenAI

WORDS = [HumanMessage("one two three four five six")]  # 27 characters


class Counting(ScriptedModel):
    """A model with a tokenizer of its own: a word is a token."""

    def get_num_tokens(self, text):
        return len(text.split())


class Broken(ScriptedModel):
    def get_num_tokens(self, text):
        raise OSError("no tokenizer")


@pytest.mark.parametrize(
    ("model", "tokens"),
    [
        pytest.param(ScriptedModel([]), 7, id="none of its own"),
        pytest.param(Counting([]), 7, id="its class's"),
        pytest.param(Counting([]).bind_tools([]), 7, id="bound to tools"),
        pytest.param(
            ScriptedModel([], custom_get_token_ids=lambda text: [0] * 50), 50, id="one it was given"
        ),
        pytest.param(Broken([]), 7, id="one that raises"),
        pytest.param(object(), 7, id="no chat model"),
    ],
)
def test_messages_are_counted_by_the_models_own_counter_where_it_has_one(model, tokens):
    assert counter_of(model)(WORDS) == tokens


def test_its_own_counter_sees_words_and_not_characters():
    assert counter_of(Counting([]))([HumanMessage("a b c d")]) == 5  # with the speaker's name
    assert prompt_tokens([HumanMessage("a b c d")]) == 2


def test_tiktoken_is_asked_only_once_its_files_are_there(monkeypatch, tmp_path):
    model = ChatOpenAI(model="gpt-4o", api_key="none")
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    assert counter_of(model) is prompt_tokens
    (tmp_path / "encoding").write_text("x")
    assert counter_of(model) is not prompt_tokens


class Remote(ScriptedModel):
    __module__ = "langchain_anthropic.chat_models"

    def get_num_tokens_from_messages(self, messages, tools=None):
        raise AssertionError("unreachable")


def test_a_counter_that_asks_its_service_is_not_used():
    assert counter_of(Remote([])) is prompt_tokens


def test_calls_count_as_they_are_written():
    call = {"name": "look", "args": {"at": "Rome"}, "id": "1"}
    assert prompt_tokens([AIMessage("", tool_calls=[call])]) == 5


def test_a_window_is_what_was_said_or_a_share_of_the_profiles():
    model = ScriptedModel([], profile={"max_input_tokens": 1_000})
    assert window_of(model) == 1_000
    assert checked_window(model, None, 0.8, "here") == 800
    assert checked_window(model, 500, 0.8, "here") == 500
    with pytest.raises(GuardConfigError, match="here: ScriptedModel has no profile"):
        checked_window(ScriptedModel([]), None, 0.8, "here")
