import json

import pytest
from holdfast.guards import AuditInputError
from holdfast.guards.message import read_message
from holdfast.traces import recordings_in
from langchain_core.load import dumpd
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage, messages_to_dict
from langchain_core.prompt_values import ChatPromptValue

CALL = {"name": "look", "args": {"id": "7"}, "id": "c1", "type": "tool_call"}
LANGCHAIN = [
    HumanMessage("find 7"),
    AIMessage("", tool_calls=[CALL]),
    ToolMessage("no 7", tool_call_id="c1", status="error"),
    AIMessage("there is none"),
]
OPENAI = [
    {"role": "user", "content": "find 7"},
    {
        "role": "assistant",
        "content": None,
        "tool_calls": [
            {
                "id": "c1",
                "type": "function",
                "function": {"name": "look", "arguments": '{"id": "7"}'},
            }
        ],
    },
    {"role": "tool", "tool_call_id": "c1", "content": "no 7", "x_error": True},
    {"role": "assistant", "content": "there is none"},
]
DUMPED = [message.model_dump() for message in LANGCHAIN]


def told(messages):
    read = [read_message(item) for item in messages]
    return [(m.role, m.text, [(c.name, c.args) for c in m.calls], m.failed) for m in read]


@pytest.mark.parametrize(
    "dump",
    [
        pytest.param(OPENAI, id="a list of OpenAI's messages"),
        pytest.param({"messages": OPENAI}, id="an object with messages"),
        pytest.param([{"messages": OPENAI}], id="a list of objects"),
        pytest.param([OPENAI], id="a list of lists"),
        pytest.param({"runs": [{"messages": OPENAI}]}, id="an object with runs"),
        pytest.param(DUMPED, id="model_dump"),
        pytest.param(messages_to_dict(LANGCHAIN), id="messages_to_dict"),
        pytest.param(dumpd(LANGCHAIN), id="dumpd of messages"),
        pytest.param(dumpd(ChatPromptValue(messages=LANGCHAIN)), id="dumpd of a prompt value"),
        pytest.param({"values": {"messages": DUMPED}}, id="a state's snapshot"),
        pytest.param(
            {"inputs": {"messages": OPENAI[:1]}, "outputs": {"messages": OPENAI}},
            id="a root run of LangSmith, whose outputs hold its inputs",
        ),
        pytest.param(
            {"inputs": {"messages": OPENAI[:1]}, "outputs": {"messages": OPENAI[1:]}},
            id="a root run of LangSmith, whose outputs go on from its inputs",
        ),
        pytest.param(
            {
                "inputs": {"messages": [dumpd(LANGCHAIN[:3])]},
                "outputs": {"generations": [[{"message": dumpd(LANGCHAIN[3])}]]},
            },
            id="a model's run of LangSmith",
        ),
        pytest.param(
            {
                "inputs": {"messages": OPENAI[:3]},
                "outputs": {"choices": [{"message": OPENAI[3]}]},
            },
            id="a chat completion",
        ),
        pytest.param(
            {"inputs": {"messages": [["user", "find 7"]]}, "outputs": {"messages": OPENAI[1:]}},
            id="a pair of role and text",
        ),
    ],
)
def test_a_run_reads_the_same_in_every_form(dump):
    (run,) = recordings_in(json.loads(json.dumps(dump, default=str)))
    assert told(run.messages) == told(OPENAI)


@pytest.mark.parametrize(
    ("extra", "known"),
    [
        pytest.param({}, ("", None, ""), id="nothing"),
        pytest.param({"id": "a", "task_id": "b"}, ("a", None, ""), id="its id first"),
        pytest.param({"task_id": 7}, ("7", None, ""), id="a number for an id"),
        pytest.param({"id": ["a"], "run_id": "b"}, ("b", None, ""), id="an id that is none"),
        pytest.param({"reward": 1}, ("", 1.0, ""), id="a reward"),
        pytest.param({"reward": False}, ("", 0.0, ""), id="a reward that says yes or no"),
        pytest.param({"reward": "high"}, ("", None, ""), id="a reward that is none"),
        pytest.param({"reward_info": {"reward": 0.5}}, ("", 0.5, ""), id="a reward inside"),
        pytest.param({"domain": "retail"}, ("", None, "retail"), id="a domain"),
    ],
)
def test_what_is_known_of_a_run_comes_with_it(extra, known):
    (run,) = recordings_in({"messages": OPENAI, **extra})
    assert (run.id, run.reward, run.domain) == known


@pytest.mark.parametrize(
    ("data", "said"),
    [
        pytest.param(7, "a JSON number is no run", id="a number"),
        pytest.param("hello", "a JSON string is no run", id="a text"),
        pytest.param(None, "a JSON null is no run", id="null"),
        pytest.param([], "an empty list holds no messages", id="an empty list"),
        pytest.param({}, "an object with nothing holds no messages", id="an empty object"),
        pytest.param({"a": 1, "b": 2}, "an object with a, b holds no messages", id="other keys"),
        pytest.param(
            {"messages": []}, "an object with messages holds no messages", id="no message"
        ),
        pytest.param({"resourceSpans": []}, "`holdfast trace import FILE", id="OTLP"),
        pytest.param([[[[[[]]]]]], "lists within lists hold no messages", id="many lists"),
    ],
)
def test_what_is_no_run_is_refused_with_what_was_found(data, said):
    with pytest.raises(AuditInputError, match=said):
        list(recordings_in(data))


def test_an_id_is_bounded_and_stays_on_one_line():
    (run,) = recordings_in({"messages": OPENAI, "id": "a\n\x1b[31m" + "b" * 900})
    assert len(run.id) == 120
    assert run.id.isprintable()
