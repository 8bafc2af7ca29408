import pytest
from holdfast.guards.reply import Reply, is_refusal
from langchain_core.messages import AIMessage


def ended(reason, key="finish_reason"):
    return AIMessage("x", response_metadata={key: reason})


@pytest.mark.parametrize(
    ("message", "finish"),
    [
        pytest.param(AIMessage("x"), "", id="no word of it"),
        pytest.param(ended("stop"), "", id="a good end"),
        pytest.param(ended("tool_calls"), "", id="calls"),
        pytest.param(ended("length"), "length", id="OpenAI's limit"),
        pytest.param(ended("max_tokens", "stop_reason"), "length", id="Anthropic's limit"),
        pytest.param(ended("FinishReason.MAX_TOKENS"), "length", id="Google's limit"),
        pytest.param(ended("max_tokens", "stopReason"), "length", id="Amazon's limit"),
        pytest.param(ended("length", "done_reason"), "length", id="Ollama's limit"),
        pytest.param(
            AIMessage(
                "x", response_metadata={"incomplete_details": {"reason": "max_output_tokens"}}
            ),
            "length",
            id="the limit of OpenAI's responses",
        ),
        pytest.param({"role": "assistant", "content": "x", "finish_reason": "length"}, "length",
            id="a plain dict"),
        pytest.param(ended("content_filter"), "filtered", id="OpenAI's filter"),
        pytest.param(ended("SAFETY"), "filtered", id="Google's filter"),
        pytest.param(ended("guardrail_intervened", "stopReason"), "filtered", id="Amazon's filter"),
        pytest.param(ended("refusal", "stop_reason"), "refused", id="Anthropic's refusal"),
        pytest.param(
            AIMessage("", additional_kwargs={"refusal": "No."}), "refused", id="OpenAI's refusal"
        ),
        pytest.param(
            AIMessage([{"type": "refusal", "refusal": "No."}]), "refused", id="a block that refuses"
        ),
        pytest.param(
            AIMessage([{"type": "non_standard", "value": {"type": "refusal", "refusal": "No."}}]),
            "refused",
            id="such a block of LangChain's",
        ),
        pytest.param(
            AIMessage("x", additional_kwargs={"refusal": None}), "", id="a refusal that is none"
        ),
    ],
)  # fmt: skip
def test_why_a_reply_ended_is_told_by_each_providers_word(message, finish):
    assert Reply.of(message).finish == finish


CALL = {"name": "f", "args": {"a": " x ", "b": 2.0}, "id": "1"}
CUT = {"type": "invalid_tool_call", "name": "f", "args": '{"a": ', "id": "2", "error": None}


@pytest.mark.parametrize(
    ("message", "text", "unreadable"),
    [
        pytest.param(AIMessage("words"), "words", 0, id="words"),
        pytest.param(
            AIMessage("words", tool_calls=[CALL]), '{"a": " x ", "b": 2.0}', 0, id="a call"
        ),
        pytest.param(AIMessage("", invalid_tool_calls=[CUT]), '{"a": ', 1, id="one that is cut"),
        pytest.param(
            AIMessage("", tool_calls=[{**CALL, "args": {}}] * 2), "[{},{}]", 0, id="two calls"
        ),
    ],
)
def test_the_arguments_of_a_call_are_what_is_read(message, text, unreadable):
    reply = Reply.of(message)
    assert (reply.text, reply.unreadable) == (text, unreadable)


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry, but I can't help with that.",
        "I can’t assist with that request.",
        "I cannot provide this information.",
        "Unfortunately, I am unable to help with this.",
        "As an AI language model, I cannot generate that.",
        "I apologize, but I'm not able to answer that.",
        "Sorry, I won't do that.",
        "I must decline to answer.",
    ],
)
def test_a_refusal_in_words_is_one(text):
    assert is_refusal(text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("I can't find any flights to Lisbon.", id="a finding"),
        pytest.param("I'm sorry to say that all is booked.", id="regret"),
        pytest.param("Sorry for the delay: TP 533 leaves at nine.", id="an apology with an answer"),
        pytest.param('I can\'t help more than this: {"id": "LH1"}', id="words around a value"),
        pytest.param("I can't help noticing. " + "It is a long answer. " * 40, id="a long answer"),
        pytest.param("She said: I can't help with that.", id="a quotation"),
        pytest.param("", id="nothing"),
    ],
)
def test_an_answer_is_no_refusal(text):
    assert not is_refusal(text)
