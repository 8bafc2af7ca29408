"""Answers and arguments judged in a user's own graph, with scorers that call out."""

import sys

import pytest
from holdfast.drills import ScriptedModel, tool_call
from holdfast.guards import (
    Budget,
    ClaimedActionGuard,
    GroundingGuard,
    GuardConfigError,
    ToolCallGuard,
    tool_facts,
)
from holdfast.nodes import by_action, guard_node, tool_node
from holdfast.nodes.channels import GuardChannels
from holdfast.nodes.local_scorers import load_scorer, passages
from holdfast.nodes.model_judge import ModelJudge
from langgraph.graph import END, START, MessagesState, StateGraph

FOUND = "Order W1234567: two lamps, delivered on Monday to Oslo, paid by card."
TRUE = "Your order W1234567 holds two lamps."
FALSE = "Refunds take ninety business days in Norway."
LOOK = tool_call("look", order="W1234567")
GIVEN = {"messages": [("user", "What is in order W1234567?")]}


class State(MessagesState, GuardChannels):
    """A state whose ledger can be looked at from outside."""


def look(order: str) -> str:
    """Look up an order."""
    return FOUND


def graph(replies, *guards, tools=(look,), **settings):
    """Return the graph that the guides show: a guard before the end sends answers back."""
    model = ScriptedModel(list(replies)).bind_tools(list(tools))

    def agent(state):
        return {"messages": [model.invoke(state["messages"])]}

    async def aagent(state):
        return {"messages": [await model.ainvoke(state["messages"])]}

    def after(state):
        return "tools" if state["messages"][-1].tool_calls else "guard"

    builder = StateGraph(State)
    builder.add_node("agent", aagent if settings.pop("awaits", False) else agent)
    builder.add_node("tools", tool_node(tools, guards=[ToolCallGuard(grounded=True)]))
    builder.add_node("guard", guard_node(*guards, tools=tools, **settings))
    builder.add_edge(START, "agent")
    builder.add_conditional_edges("agent", after, ["tools", "guard"])
    builder.add_edge("tools", "agent")
    back = dict.fromkeys(("nudge", "block"), "agent")
    out = dict.fromkeys(("none", "wrap_up", "escalate", "stop"), END)
    builder.add_conditional_edges("guard", by_action, {**back, **out})
    return builder.compile()


async def play(app, way):
    return app.invoke(GIVEN) if way == "invoke" else await app.ainvoke(GIVEN)


@pytest.mark.parametrize("way", ["invoke", "ainvoke"])
async def test_an_unsupported_answer_goes_back_with_its_span_and_then_out(way):
    app = graph([LOOK, f"{TRUE} {FALSE}", TRUE], GroundingGuard(), awaits=way == "ainvoke")
    out = await play(app, way)
    assert f'"{FALSE}"' in out["messages"][-2].text
    assert (out["messages"][-1].text, out["rung"]) == (TRUE, "none")


@pytest.mark.parametrize("way", ["invoke", "ainvoke"])
async def test_an_answer_that_stays_unsupported_leaves_marked(way):
    out = await play(graph([LOOK, FALSE, FALSE], GroundingGuard()), way)
    assert (out["messages"][-1].text, out["rung"]) == (f"{FALSE} [unsupported]", "wrap_up")


def test_a_claimed_action_goes_back():
    out = graph([LOOK, "I have refunded it.", "I cannot refund it."], ClaimedActionGuard())
    assert out.invoke(GIVEN)["messages"][-1].text == "I cannot refund it."


def test_arguments_may_come_from_the_context():
    def refund(order: str) -> str:
        """Refund an order."""
        return "ok"

    call = tool_call("refund", order="W7654321")
    for context, status in (((), "error"), (("The demo order is W7654321.",), "success")):
        node = tool_node([refund], guards=[ToolCallGuard(grounded=True)], context=context)
        builder = StateGraph(MessagesState)
        model = ScriptedModel([call])
        builder.add_node(
            "agent", lambda state, m=model: {"messages": [m.invoke(state["messages"])]}
        )
        builder.add_node("tools", node)
        builder.add_edge(START, "agent")
        builder.add_edge("agent", "tools")
        assert builder.compile().invoke(GIVEN)["messages"][-1].status == status


@pytest.mark.parametrize(
    ("exists", "runs"),
    [
        pytest.param(lambda path: path == "/srv/a", True, id="it exists"),
        pytest.param(lambda path: False, False, id="it does not"),
        pytest.param(lambda path: 1 // 0, False, id="the lookup fails, and it was not seen"),
    ],
)
def test_what_must_exist_is_looked_up_before_the_tool_runs(exists, runs):
    opened = []

    def read(path: str) -> str:
        """Read a file."""
        opened.append(path)
        return "text"

    tool_facts(read, arguments={"path": exists})
    replies = [tool_call("read", path="/srv/a"), "Done."]
    graph(replies, ClaimedActionGuard(), tools=[read]).invoke(GIVEN)
    assert opened == (["/srv/a"] if runs else [])


MARKS = '[{"claim": 1, "support": %s}]'


@pytest.mark.parametrize(
    ("said", "asked", "answers"),
    [
        pytest.param([MARKS % 0.9], 1, [TRUE], id="supported"),
        pytest.param(["```json\n[{'claim': 1, support: 0.9,}]\n```"], 1, [TRUE], id="repaired"),
        pytest.param(["Yes!", MARKS % 0.9], 2, [TRUE], id="asked again"),
        pytest.param(["Yes!", "No!"], 2, [TRUE], id="never readable: not judged"),
        pytest.param([MARKS % 0.1, MARKS % 0.8], 2, [FALSE, TRUE], id="sent back"),
    ],
)
def test_a_model_can_be_the_judge_within_bounds_and_is_charged(said, asked, answers):
    judge = ScriptedModel(said)
    guard = GroundingGuard(scorer=ModelJudge(judge))
    out = graph([LOOK, *answers], guard).invoke(GIVEN)
    judge.assert_done()
    steps = [step for step in out["ledger"]["recent"] if step["actor"] == "judge"]
    assert (len(steps), out["messages"][-1].text) == (asked, TRUE)
    assert all(step["tokens_in"] > 0 for step in steps)


def test_a_judge_that_the_budget_refuses_is_not_asked_and_the_guard_says_so():
    judge = ScriptedModel([])
    guards = [GroundingGuard(scorer=ModelJudge(judge)), Budget(model_calls=2)]
    out = graph([LOOK, TRUE], *guards).invoke(GIVEN)
    reasons = [v["reason"] for v in out["verdicts"] if v["guard"] == "grounding"]
    assert reasons == ["the scorer 'judge' gave no scores"]


class Broken:
    name = "broken"

    def __call__(self, claims, sources):
        raise OSError("the disk is gone")


def test_a_scorer_that_fails_is_said_and_ends_no_run():
    out = graph([LOOK, TRUE], GroundingGuard(scorer=Broken())).invoke(GIVEN)
    assert [v["reason"] for v in out["verdicts"]] == ["the scorer 'broken' gave no scores"]


class Entails:
    """A cross-encoder that finds entailment where the claim's last word is in the passage."""

    class config:  # noqa: N801 - as transformers names it
        id2label = {0: "contradiction", 1: "entailment"}  # noqa: RUF012

    def __init__(self, path, **settings):
        assert settings == {"local_files_only": True}

    def predict(self, pairs):
        return [[0.0, 5.0 if c.rstrip(".").split()[-1] in p else -5.0] for p, c in pairs]

    def encode(self, texts):
        return [[float("lamps" in text), float("ninety" in text), 0.1] for text in texts]


@pytest.mark.parametrize("kind", ["nli", "embedding"])
def test_a_model_on_disk_scores_by_its_best_passage(kind, tmp_path):
    scorer = load_scorer(kind, tmp_path, make=Entails)
    near, far = scorer([TRUE, FALSE], ["Nothing of interest.", FOUND])
    assert near > scorer.threshold
    assert near > far


def test_a_scorer_is_never_downloaded(tmp_path):
    with pytest.raises(GuardConfigError, match="never downloaded"):
        load_scorer("nli", tmp_path / "absent")


def test_a_missing_library_is_said_with_its_cure(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(GuardConfigError, match=r"pip install 'holdfast\[grounding\]'"):
        load_scorer("nli", tmp_path)


def test_a_long_source_is_cut_into_passages_that_overlap():
    found = passages([" ".join(map(str, range(400))), ""])
    assert [len(each.split()) for each in found] == [180, 180, 180, 130]
