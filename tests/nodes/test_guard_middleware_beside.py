"""`GuardMiddleware` beside other middleware, behind breakers, and without its extra."""

import subprocess
import sys
from typing import Annotated

import pytest
from holdfast.drills import ScriptedModel, tool_call
from holdfast.guards import Breaker, Budget, GuardConfigError, tool_facts
from holdfast.nodes import Breakers, GuardMiddleware
from langchain.agents import create_agent
from langchain.agents.middleware import (
    AgentMiddleware,
    ModelFallbackMiddleware,
    SummarizationMiddleware,
    ToolRetryMiddleware,
)
from langchain_core.messages import ToolMessage
from langchain_core.tools import InjectedToolCallId, tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

from .agents import GO, answers, guarded, last, look, looking, run, spent


def test_a_summary_of_the_history_does_not_reset_a_limit(play):
    def middle():
        return SummarizationMiddleware(
            ScriptedModel(lambda _: "So far: nothing."), trigger=("messages", 4),
            keep=("messages", 2),
        )  # fmt: skip

    model = ScriptedModel(looking)
    state = play(guarded(model, Budget(model_calls=6), before=[middle()]), GO)
    assert spent(state)["model_calls"] <= 6
    assert len(model.calls) <= 6
    assert state["ledger"]["after"] == 0  # one run


def test_what_retries_tools_stands_behind_and_its_last_failure_becomes_a_message():
    tries = []

    def flaky(at: str) -> str:
        """Look at something."""
        tries.append(at)
        raise ConnectionError("token=abc123secret")

    retry = ToolRetryMiddleware(max_retries=2, initial_delay=0, jitter=False, on_failure="error")
    state = run(guarded([tool_call("flaky", at="x"), "No."], tools=[flaky], behind=[retry]))
    assert len(tries) == 3
    assert "ConnectionError" in answers(state)[0]
    assert "abc123secret" not in str(state["messages"])


def test_a_model_that_stands_in_is_charged():
    broken = ScriptedModel([TimeoutError("down")])
    agent = guarded(broken, before=[ModelFallbackMiddleware(ScriptedModel(["Hello."]))])
    state = run(agent)
    assert last(state) == "Hello."
    assert spent(state)["model_calls"] == 2


class Noting(AgentMiddleware):
    """Notes what reaches the tools."""

    def __init__(self):
        super().__init__()
        self.ran = []

    def wrap_tool_call(self, request, handler):
        self.ran.append(request.tool_call["name"])
        return handler(request)


@pytest.mark.parametrize("place", ["before", "behind"])
def test_a_blocked_call_reaches_no_other_middleware(place):
    noting = Noting()
    run(guarded([tool_call("lok", at="x"), tool_call("look", at="x"), "Done."],
        **{place: [noting]}))  # fmt: skip
    assert noting.ran == ["look"]


def test_a_message_that_other_middleware_puts_in_begins_no_new_run():
    class Reminder(AgentMiddleware):
        def before_model(self, state, runtime):
            return {"messages": [("user", "Go on.")]}

    state = run(guarded(looking, Budget(model_calls=4), before=[Reminder()]))
    assert spent(state)["model_calls"] <= 4
    assert state["ending"] == "budget_stopped"


def search(q: str) -> str:
    """Search the index."""
    raise ConnectionError("down")


def cached(q: str) -> str:
    """Search the cache."""
    return f"cached {q}"


SEARCH = tool_facts(search, effects=False, dependency="index", fallback=cached)


def test_a_tool_whose_service_is_down_is_no_longer_offered_and_its_stand_in_is(play):
    def policy(messages, tools):
        if messages[-1].type == "tool" and messages[-1].status == "success":
            return "Found."
        return tool_call("search" if "search" in tools else "cached", q=f"try {len(messages)}")

    model = ScriptedModel(policy)
    breakers = Breakers([Breaker("index", failures=2)])
    state = play(guarded(model, tools=[SEARCH, look], breakers=breakers), GO)
    offered = [call.tools for call in model.calls]
    assert offered[0] == ("search", "look")
    assert offered[2] == ("cached", "look")
    assert answers(state)[-1].startswith("cached")
    assert state["ending"] == "completed"


def test_a_run_with_no_tool_left_ends_as_breaker_open(play):
    lonely = tool_facts(lambda q: search(q), effects=False, dependency="index")
    lonely.__name__, lonely.__doc__ = "lonely", "Search."
    lonely.__annotations__ = {"q": str, "return": str}
    breakers = Breakers([Breaker("index", failures=2)])
    state = play(
        guarded(lambda m: tool_call("lonely", q=f"{len(m)}"), tools=[lonely], breakers=breakers,
            human=False), GO
    )  # fmt: skip
    assert state["ending"] == "breaker_open"
    assert spent(state)["model_calls"] == 2


def test_a_breaker_that_no_tool_needs_is_refused_at_first_use():
    with pytest.raises(GuardConfigError, match="no tool needs it"):
        run(guarded(["Hello."], breakers=[Breaker("gds")]))


def test_two_threads_of_one_agent_never_see_each_other():
    agent = guarded(looking, Budget(model_calls=3))
    app, endings = agent.compile(InMemorySaver()), []
    for thread in ("a", "b"):
        state = app.invoke(GO, {"configurable": {"thread_id": thread}})
        endings.append((state["ending"], spent(state)["model_calls"]))
    assert endings[0] == endings[1] == ("budget_stopped", 3)


def test_a_tool_may_be_made_at_run_time_by_middleware_before_the_guards():
    class Dynamic(AgentMiddleware):
        def wrap_model_call(self, request, handler):
            from holdfast.nodes.specs import as_tools

            return handler(request.override(tools=[*request.tools, *as_tools([cached])]))

        def wrap_tool_call(self, request, handler):
            from holdfast.nodes.specs import as_tools

            return handler(request.override(tool=request.tool or as_tools([cached])[0]))

    state = run(guarded([tool_call("cached", q="x"), "Done."], before=[Dynamic()]))
    assert answers(state) == ["cached x"]


def test_a_tool_may_write_state_and_its_command_is_kept():
    @tool
    def write(text: str, tool_call_id: Annotated[str, InjectedToolCallId]) -> Command:
        """Write."""
        answer = ToolMessage(f"wrote {text}", tool_call_id=tool_call_id)
        return Command(update={"messages": [answer]})

    state = run(guarded([tool_call("write", text="x"), "Done."], tools=[write]))
    assert answers(state) == ["wrote x"]
    assert spent(state)["tool_calls"] == 1


def test_the_package_imports_without_langchain_and_the_extra_is_named_when_it_is_missing():
    code = """
import sys
sys.modules["langchain"] = None
import holdfast.nodes
try:
    holdfast.nodes.GuardMiddleware
except holdfast.nodes.with_extras.GuardConfigError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == (
        "GuardMiddleware needs the package langchain: pip install 'holdfast[langchain]'"
    ), done.stderr


def test_importing_the_nodes_does_not_import_langchain():
    code = "import sys, holdfast.nodes; print('langchain' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "False"


def test_the_middleware_is_found_by_name():
    assert create_agent(ScriptedModel(["Hi."]), middleware=[GuardMiddleware()]).invoke(GO)
