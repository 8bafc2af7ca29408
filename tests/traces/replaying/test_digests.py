import enum

import pytest
from holdfast.traces import Store, record, replay
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage
from langgraph.graph import END, START, MessagesState, StateGraph


class Mood(enum.StrEnum):
    KIND = "kind"


def chat(replies, times=None, **bound):
    """Return a graph that asks a model, with some parameters, as often as it has replies."""
    times = times or len(replies)
    model = GenericFakeChatModel(messages=iter([AIMessage(each) for each in replies]))
    asked = model.bind(**bound) if bound else model
    graph = StateGraph(MessagesState)
    graph.add_node("ask", lambda state: {"messages": [asked.invoke(state["messages"])]})
    graph.add_edge(START, "ask")
    graph.add_conditional_edges(
        "ask", lambda state: END if len(state["messages"]) > times else "ask"
    )
    return graph.compile()


def recorded(path, app, text):
    with record(path):
        return app.invoke({"messages": [("user", text)]})


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        ("hello", {}),
        ("my key is sk-proj-abcdefghijklmnopqrstuvwxyz, keep it", {}),
        ("hello", {"mood": Mood.KIND, "n": 2, "stop": ["x"]}),
        ("hello", {"options": {"nested": (1, 2)}, "api_key": "abcdefghijklmnop"}),
    ],
)
def test_a_request_is_found_by_what_it_asked(tmp_path, text, bound):
    path = tmp_path / "traces.db"
    state = recorded(path, chat(["one", "two", "three"], **bound), text)
    done = replay("last", chat([], times=3, **bound), store=path)
    assert done.divergence is None
    assert done.real_calls == 0
    told = [each.content for each in done.state["messages"]][1:]
    assert told == [each.content for each in state["messages"]][1:] == ["one", "two", "three"]


def test_no_request_is_hashed_while_it_is_recorded(tmp_path):
    path = tmp_path / "traces.db"
    recorded(path, chat(["one"]), "hello")
    with Store(path, read_only=True) as store:
        trace = next(store.traces())
        assert [call.key.request for call in store.calls(trace.id)] == [""]


def test_a_request_too_long_to_be_kept_is_hashed_at_once_and_found(tmp_path):
    path = tmp_path / "traces.db"
    text = "a word " * 1_000
    with record(path, longest_text=2_000):
        chat(["one", "two"]).invoke({"messages": [("user", text)]})
    with Store(path, read_only=True) as store:
        trace = next(store.traces())
        assert all(call.key.request for call in store.calls(trace.id))


def test_what_a_model_said_is_kept_as_it_said_it(tmp_path):
    path = tmp_path / "traces.db"
    recorded(path, chat(["one"]), "hello")
    with Store(path, read_only=True) as store:
        trace = next(store.traces())
        [call] = store.calls(trace.id)
        said = store.decode(call.outcome)["messages"][0]
        [span] = [each for each in store.spans(trace.id) if each.kind == "model"]
        told = store.decode(span.outputs)["message"]
    assert said.id is None  # as the model gave it: LangChain gives it an id after that
    assert told.id == f"lc_run--{span.id}-0"
    assert said.content == told.content == "one"
