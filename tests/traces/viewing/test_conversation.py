import pytest
from holdfast.traces import Recording, Store, record
from holdfast.traces.importing import import_file
from holdfast.traces.viewing.conversation import Conversation
from holdfast.traces.viewing.recordings import recordings, specs
from holdfast.traces.viewing.stored_trace import StoredTrace
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

from ..importing.runs import lines
from ..runs import calls as asks
from ..runs import gives, user
from ..runs import says as tells
from .recorded import agent, ask, calls, record_ticket, says


def told(messages):
    """What was said, in short: calls by their names, results by their call."""
    return [
        " ".join(call["name"] for call in message.get("tool_calls", ()))
        or f"{message.get('tool_call_id', '')} {message['content']}".strip()
        for message in messages
    ]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "traces.db"


def only(path):
    with Store(path) as store:
        (found,) = recordings(store)
    return found


def test_a_run_is_its_messages_in_order(path):
    with record(path):
        ask(agent(calls("look", "c1", what="7"), says("blue")), "what is 7?")
    found = only(path)
    assert told(found.messages) == ["what is 7?", "look", "c1 7 is blue", "blue"]
    assert (found.id, found.before, found.came_to) == (found.id, 0, "completed")


def test_a_thread_is_one_run_and_each_turn_is_in_it_once(path):
    app = agent(calls("look", "c1", what="7"), says("blue"), says("you are welcome"))
    with record(path):
        ask(app, "what is 7?")
        ask(app, "thanks")
    found = only(path)
    assert told(found.messages)[4:] == ["thanks", "you are welcome"]


def test_a_word_that_is_said_twice_stands_there_twice(path):
    with record(path):
        app = agent(says("1"), says("2"))
        ask(app, "go on")
        ask(app, "go on")
    assert told(only(path).messages) == ["go on", "1", "go on", "2"]


def test_an_interrupted_run_and_its_resume_are_one_run(path):
    with record(path):
        app = agent(calls("may_i", "c1", what="7"), says("done"))
        ask(app, "do 7")
        ask(app, Command(resume="yes"))
    found = only(path)
    assert told(found.messages) == ["do 7", "may_i", "c1 yes: 7", "done"]
    assert found.came_to == "completed"


def test_a_run_that_waits_says_so(path):
    with record(path):
        ask(agent(calls("may_i", "c1", what="7")), "do 7")
    assert only(path).came_to == "interrupted"


def test_a_result_that_is_an_error_is_one(path):
    with record(path):
        ask(agent(calls("broken", "c1"), says("sorry")), "try")
    message = only(path).messages[2]
    assert (message["status"], "the line is dead" in message["content"]) == ("error", True)


def test_what_was_said_before_the_recording_is_there_and_not_judged(path):
    app = agent(calls("look", "c1", what="7"), says("blue"), says("you are welcome"))
    ask(app, "what is 7?")
    with record(path):
        ask(app, "thanks")
    found = only(path)
    assert told(found.messages)[-2:] == ["thanks", "you are welcome"]
    assert told(found.messages[: found.before])[-1] == "blue"


def test_the_tools_are_those_the_models_were_offered(path):
    with record(path):
        ask(agent(says("hi")), "hi")
    assert set(only(path).tools) == {"look", "may_i", "broken"}


def test_a_task_that_an_agent_wrote_begins_no_run(path):
    record_ticket(path, 1)
    found = only(path)
    tasks = [m for m in found.messages if m.get("additional_kwargs", {}).get("holdfast") == "task"]
    users = [m for m in found.messages if m["type"] == "human" and "additional_kwargs" not in m]
    assert len(tasks) == 1
    assert len(users) == 1


def test_calls_are_announced_again_before_a_result_that_comes_late(path):
    record_ticket(path, 2)
    messages = only(path).messages
    marks = [message.get("additional_kwargs", {}).get("holdfast") for message in messages]
    late = marks.index("rest")
    assert messages[late + 1]["tool_call_id"] == messages[late]["tool_calls"][0]["id"]


def test_what_guards_found_is_beside(path):
    record_ticket(path, 1)
    found = [(one["guard"], one["kind"]) for one in only(path).recorded]
    assert ("tool_call", "unknown_tool") in found


MESSAGES = [user("what is 7?"), asks(("c1", "look", {"id": "7"})), gives("c1", "blue"), tells()]


@pytest.mark.parametrize(
    "messages",
    [
        pytest.param(MESSAGES, id="a run"),
        pytest.param([*MESSAGES, user("and 8?"), tells("no")], id="two turns"),
        pytest.param([tells("hello"), *MESSAGES], id="the agent speaks first"),
        pytest.param([*MESSAGES, user("what is 7?"), tells("blue")], id="asked twice"),
        pytest.param(MESSAGES[:3], id="it ends with a result"),
        pytest.param(MESSAGES[:2], id="it ends with a call"),
        pytest.param(
            [user(), asks(("a", "x", {}), ("b", "y", {})), gives("b", "2"), gives("a", "1")],
            id="results in another order",
        ),
    ],
)
def test_messages_that_were_imported_come_out_again(tmp_path, path, messages):
    import_file(lines(tmp_path / "run.jsonl", {"id": "r", "messages": messages}), path)
    found = told(only(path).messages)
    assert found == told([plain(message) for message in messages])


def plain(message):
    made = [{"name": one["function"]["name"]} for one in message.get("tool_calls", ())]
    return {**message, "tool_calls": made}


def test_costs_stand_beside_the_replies(path):
    with record(path):
        ask(agent(says("1")), "hi")
    found = only(path)
    assert len(found.usd) == len(found.messages)


def test_a_schema_that_is_none_is_left_out_and_a_tool_that_ran_is_known():
    found = specs([{"name": "a"}, {"no": "name"}, {"name": "b", "parameters": {"type": 7}}], {"c"})
    assert set(found) == {"a", "c"}


def test_without_any_schema_nobody_said_which_tools_there_are():
    assert specs([], {"c"}) is None


def test_reads_a_prompt_once_however_often_it_is_repeated(path):
    saver = InMemorySaver()
    with record(path):
        app = agent(*(says(str(n)) for n in range(20)), saver=saver)
        for n in range(20):
            ask(app, f"{n}?")
    with Store(path) as store:
        runs = [StoredTrace.of(store, trace) for trace in list(store.traces())[::-1]]
        said = Conversation.of(runs).said
    assert len(said) == 40
    assert isinstance(Recording("r", [one.message for one in said]), Recording)
