import pytest
from holdfast.guards import Call, GuardConfigError, Price, ToolSpec
from holdfast.guards.message import MARK
from holdfast.guards.messages import estimate_tokens, read_new, read_tools, tool_step
from langchain_core.messages import AIMessage, ToolMessage

from .talk import EFFECTS, human, makes, read, result, says, steps

# Calls and results


@pytest.mark.parametrize(
    ("messages", "found"),
    [
        pytest.param([makes("1:a"), result("1")], ["a"], id="by its id"),
        pytest.param([makes("1:a", "2:b"), result("2"), result("1")], ["b", "a"], id="any order"),
        pytest.param([makes(":a"), result(name="a")], ["a"], id="without an id, by its name"),
        pytest.param(
            [makes(":a", ":b"), result(name="b"), result(name="a")], ["b", "a"], id="two by name"
        ),
        pytest.param([makes(":a", ":b"), result(), result()], ["a", "b"], id="by their turn"),
        pytest.param([makes("1:a"), result("9", name="z")], ["z"], id="of an unknown call"),
        pytest.param([makes("1:a"), result("9")], ["tool"], id="of an unknown call without a name"),
        pytest.param([result("9", name="z")], ["z"], id="of no call at all"),
        pytest.param([makes("1:a"), makes("2:b"), result("1")], ["tool"], id="of a call given up"),
    ],
)
def test_a_result_belongs_to_its_call(messages, found):
    state = read([human(), *messages])
    assert [name for kind, name in steps(state) if kind == "tool"] == found


def test_a_result_read_later_belongs_to_its_call_too():
    messages = [human(), makes("1:a", "2:b"), result("1")]
    state = read(messages)
    state = read([*messages, result("2")], state)
    assert steps(state) == [("model", "model"), ("tool", "a"), ("tool", "b")]


def test_a_result_read_after_a_nudge_belongs_to_its_call_too():
    nudge = human("Hurry.", additional_kwargs={MARK: "nudge"})
    messages = [human(), makes("1:a"), nudge]
    state = read([*messages, result("1")], read(messages))
    assert steps(state)[1:] == [("tool", "a")]


def test_a_result_read_after_a_person_s_word_belongs_to_no_call():
    messages = [human(), makes("1:a"), human("Wait.")]
    state = read([*messages, result("1")], read(messages))
    assert steps(state)[1:] == [("tool", "tool")]


def test_a_result_without_an_id_read_later_belongs_to_the_next_call():
    messages = [human(), makes(":a", ":b"), result()]
    state = read([*messages, result()], read(messages))
    assert steps(state)[1:] == [("tool", "a"), ("tool", "b")]


@pytest.mark.parametrize(
    ("messages", "proposed"),
    [
        pytest.param([], [], id="no messages"),
        pytest.param([human()], [], id="a person's word"),
        pytest.param([human(), makes("1:a", "2:b")], ["1", "2"], id="two calls"),
        pytest.param([human(), makes("1:a"), result("1")], [], id="a call that was answered"),
        pytest.param([{**human(), **makes("1:a"), "role": "user"}], [], id="a user's own call"),
    ],
)
def test_what_is_proposed_is_what_the_last_message_calls(messages, proposed):
    state = read(messages)
    for known in (None, state):
        assert [call.id for call in read_new(messages, known)[1]] == proposed


def test_a_user_s_own_call_is_a_person_s_step():
    messages = [{**makes("1:unlock"), "role": "user"}, result("1")]
    assert steps(read(messages)) == [("human", "unlock")]


@pytest.mark.parametrize(
    ("known", "error"),
    [
        pytest.param({}, None, id="a success"),
        pytest.param({"status": "error", "content": "no seat"}, "model_fixable", id="a failure"),
        pytest.param({"status": "error", "content": "503"}, "dependency", id="a dead service"),
        pytest.param({"x_error": True, "content": "403"}, "auth", id="a closed door"),
        pytest.param({"additional_kwargs": {MARK: "block"}}, "blocked", id="a blocked call"),
        pytest.param({"additional_kwargs": {MARK: "unknown"}}, "unknown", id="one cut off"),
    ],
)
def test_a_result_tells_its_error(known, error):
    state = read([human(), makes("1:a"), {**result("1"), **known}])
    assert state["recent"][-1]["error"] == error


def test_a_tool_s_step_holds_digests_and_a_preview():
    step = tool_step(Call("1", "a", {"q": "x", "n": 1}, "agent"), "a\n\nresult", seconds=2.0)
    assert set(step["args"]) == {"q", "n"}
    assert (step["preview"], step["call_id"], step["seconds"]) == ("a result", "1", 2.0)


# Spend


def test_tokens_that_nobody_reported_are_estimated_from_the_conversation():
    state = read([human("12345678"), says("1234"), says("12345")])
    first, second = state["recent"]
    assert (first["tokens_in"], first["tokens_out"], first["estimated"]) == (2, 1, True)
    assert (second["tokens_in"], second["tokens_out"]) == (3, 2)


def test_an_estimate_goes_on_where_the_reading_was_left():
    messages = [human("12345678"), says("1234"), says("12345")]
    state = read(messages[2:], None)
    apart = read(messages, read(messages[:2]))
    assert state["recent"][0]["tokens_in"] == 0
    assert apart["recent"] == read(messages)["recent"]


@pytest.mark.parametrize(
    ("model", "usd", "unpriced"),
    [
        pytest.param("gpt-x", 3.0, 0, id="a model with a price"),
        pytest.param("other", 0.0, 3_000_000, id="a model without one"),
    ],
)
def test_tokens_cost_what_the_model_costs(model, usd, unpriced):
    usage = {"prompt_tokens": 1_000_000, "completion_tokens": 2_000_000}
    spent = read([says("Hi.", model=model, usage=usage)], prices={"gpt-x": Price(1, 1)})["spent"]
    assert (spent["usd"], spent["unpriced"]) == (usd, unpriced)


def test_a_run_is_charged_its_own_unpriced_tokens():
    usage = {"prompt_tokens": 6, "completion_tokens": 4}
    state = read([human(), says("Hi.", usage=usage), human("And?")])
    assert (state["spent"]["unpriced"], state["thread"]["unpriced"]) == (0, 10)


@pytest.mark.parametrize(("characters", "tokens"), [(0, 0), (1, 1), (4, 1), (5, 2), (400, 100)])
def test_four_characters_are_about_a_token(characters, tokens):
    assert estimate_tokens(characters) == tokens


# What is done


@pytest.mark.parametrize(
    ("known", "done"),
    [
        pytest.param({}, ["book"], id="a success"),
        pytest.param({"status": "error"}, [], id="a failure"),
        pytest.param({"additional_kwargs": {MARK: "block"}}, [], id="a blocked call"),
    ],
)
def test_a_state_changing_call_that_succeeded_is_done(known, done):
    messages = [human(), makes("1:book", "2:look"), {**result("1"), **known}, result("2")]
    state = read(messages, tools=EFFECTS)
    assert [item["tool"] for item in state.get("done", {}).values()] == done


def test_every_call_of_a_long_run_is_done_at_its_own_number():
    messages = [human()]
    for n in range(200):
        call = {"id": str(n), "name": "book", "args": {"n": n}}
        messages += [AIMessage("", tool_calls=[call]), ToolMessage("ok", tool_call_id=str(n))]
    done = read(messages, tools=EFFECTS)["done"]
    assert [item["n"] for item in done.values()] == list(range(2, 401, 2))


@pytest.mark.parametrize(
    ("tools", "names"),
    [
        pytest.param(None, None, id="nobody said"),
        pytest.param([], [], id="none"),
        pytest.param([{"name": "a"}, ToolSpec("b")], ["a", "b"], id="schemas and specs"),
        pytest.param({"x": ToolSpec("b")}, ["b"], id="by name"),
    ],
)
def test_tools_are_read_by_name(tools, names):
    found = read_tools(tools)
    assert names == (None if found is None else list(found))


def test_a_tool_that_is_no_schema_is_refused():
    with pytest.raises(GuardConfigError, match="needs a name"):
        read_tools(["book"])
