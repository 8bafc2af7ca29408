"""The inside of a tool node: one round of calls, each a task, so that none runs twice."""

from collections.abc import Sequence
from dataclasses import dataclass
from inspect import signature
from typing import Any

from langchain_core.messages import ToolMessage
from langchain_core.runnables import RunnableConfig
from langchain_core.tools import BaseTool
from langgraph.graph import END, START, StateGraph
from langgraph.prebuilt import ToolNode
from langgraph.prebuilt.tool_node import ToolInvocationError
from langgraph.types import Command, Send
from typing_extensions import TypedDict

from ..guards.errors import GuardConfigError
from ..guards.facts import ToolSpec
from ..guards.failure import classify_error
from ..guards.ledger import Call, Step
from ..guards.message import MARK, text_of
from ..guards.messages import done_item, tool_step
from . import told
from .acting import Act, Failure, acting_node
from .breakers import Breakers
from .channels import Appended
from .recorded_calls import RecordedCalls
from .specs import spec_of
from .tool_gate import ToolGates

REVIEW = "review"
"""The node in which a person is asked about calls before they run."""


class Round(TypedDict, total=False):
    """One round of calls. What was judged before it is kept in it, and so survives a resume.

    Attributes:
        calls: The calls to run.
        verdicts: What the guards said of the proposals, and the breakers of the calls.
        messages: Answers to the calls.
        steps: What the calls add to the ledger.
        done: Which of them are completed state-changing calls.
        commands: What tools want of the graph beside their answer, as plain data.
        state: The outer state, for tools that ask for it, and for who judges again.
        rulings: What a person said of the calls.
        asks: Ids of the calls that need approval, with why they were rejected before, or nothing.
        asked: Unix time at which a person was asked about them.
    """

    calls: list[dict[str, Any]]
    verdicts: Appended
    messages: Appended
    steps: Appended
    done: Appended
    commands: Appended
    rulings: Appended
    state: Any
    asks: dict[str, str]
    asked: float


class OneCall(TypedDict, total=False):
    """What the task of one call is given."""

    call: dict[str, Any]
    state: Any


def tool_round(
    tools: Sequence[BaseTool],
    breakers: Breakers,
    messages: str = "messages",
    review: Any = None,
) -> StateGraph[Any, Any, Any, Any]:
    """Return the graph of a round: one task for each call, side by side.

    Args:
        tools: What can be called.
        breakers: What guards the services that they need.
        messages: The outer graph's channel of messages, which tools may write to.
        review: Asks a person about the calls that need approval, before any call runs.
    """
    wanting = {tool.name for tool in tools if wants_state(tool)}
    node = ToolNode(list(tools), handle_tool_errors=False, messages_key=messages) if tools else None
    task = CallTask({tool.name: (tool, spec_of(tool)) for tool in tools}, node, messages)
    graph: StateGraph[Any, Any, Any, Any] = StateGraph(Round)
    act = Act(task.prepare, task.call, task.acall, task.finish)
    recorded = RecordedCalls({name: spec for name, (_, spec) in task.tools.items()}, "graph")
    gated = recorded.around(act, ToolGates.of(tools, breakers).around)
    graph.add_node("call", acting_node("call", OneCall, gated))

    def each(state: Round) -> list[Send] | str:
        sends = [_send(call, state, wanting) for call in state["calls"]]
        return sends or END

    def first(state: Round) -> list[Send] | str:
        return REVIEW if state.get("asks") else each(state)

    if review is None:
        graph.add_conditional_edges(START, each, ["call", END])
    else:
        graph.add_node(REVIEW, review)
        graph.add_conditional_edges(START, first, [REVIEW, "call", END])
        graph.add_conditional_edges(REVIEW, each, ["call", END])
    graph.add_edge("call", END)
    return graph


_OWN_PARAMETERS = {"self", "args", "kwargs", "config", "run_manager", "callbacks"}


def wants_state(tool: BaseTool) -> bool:
    """Return whether a tool has parameters that the model is not shown: state, store, runtime."""
    function = getattr(tool, "func", None) or getattr(tool, "coroutine", None)
    function = function or tool._run  # noqa: SLF001 - where a tool class keeps its signature
    return bool(set(signature(function).parameters) - set(tool.args) - _OWN_PARAMETERS)


def _send(call: dict[str, Any], state: Round, wanting: set[str]) -> Send:
    shown = state["state"] if call["name"] in wanting else {}
    return Send("call", {"call": call, "state": shown})


@dataclass(frozen=True, slots=True)
class CallTask:
    """One call: run it, and say what came of it."""

    tools: dict[str, tuple[BaseTool, ToolSpec]]
    node: ToolNode | None
    messages: str

    def prepare(self, state: OneCall, config: RunnableConfig) -> dict[str, Any]:
        """Return what LangGraph's node of tools takes."""
        call = state["call"]
        request = {"type": "tool_call", **{key: call[key] for key in ("id", "name", "args")}}
        return {
            "__type": "tool_call_with_context",
            "tool_call": request,
            "state": state["state"],
        }

    def call(self, request: dict[str, Any], config: RunnableConfig) -> Any:
        """Run the tool.

        Raises:
            GuardConfigError: The tool is async only.
        """
        name = request["tool_call"]["name"]
        tool = self.tools[name][0] if name in self.tools else None
        if getattr(tool, "coroutine", None) and not getattr(tool, "func", None):
            raise GuardConfigError(
                f"tool {name!r} is an async function: run its graph with ainvoke or astream, or "
                "give it a sync form"
            )
        return self._node().invoke(request, config)

    async def acall(self, request: dict[str, Any], config: RunnableConfig) -> Any:
        """Run the tool, awaited."""
        return await self._node().ainvoke(request, config)

    def _node(self) -> ToolNode:
        if self.node is None:
            raise LookupError("there are no tools")
        return self.node

    def finish(self, state: OneCall, _: Any, outcome: Any, seconds: float) -> dict[str, Any]:
        """Return the answer to the call, and what it adds to the ledger."""
        call = Call(**state["call"])
        if isinstance(outcome, Failure):
            return self._failed(call, outcome.error, seconds)
        messages, commands = _sorted(outcome, self.messages)
        said = [*messages, *(m for command in commands for m in _said(command, self.messages))]
        answer = next((m for m in said if getattr(m, "tool_call_id", "") == call.id), None)
        text = text_of(answer.content) if answer is not None else ""
        bad = answer is not None and answer.status == "error"
        step = tool_step(call, text, failed=bad, seconds=seconds)
        marked = [_marked(message) for message in messages]
        return {
            "messages": marked,
            "steps": [step],
            "done": self._done(call, step),
            "commands": commands,
        }

    def _failed(self, call: Call, error: BaseException, seconds: float) -> dict[str, Any]:
        kind = classify_error(error)
        tool, spec = self.tools.get(call.name, (None, None))
        if _is_of_the_tool(error, tool):
            error, kind = error.source, "dependency"  # type: ignore[attr-defined]
        text = told.failed(call, error, kind, spec)
        message = ToolMessage(text, tool_call_id=call.id, name=call.name, status="error")
        step = tool_step(call, text, failed=True, seconds=seconds)
        return {"messages": [_marked(message)], "steps": [{**step, "error": kind}]}

    def _done(self, call: Call, step: Step) -> list[Any]:
        _, spec = self.tools.get(call.name, (None, None))
        if step["error"] is not None or spec is None or not spec.facts.effects:
            return []
        return [done_item(call, step)]


def _marked(message: Any) -> Any:
    """Mark a result that is in the ledger already."""
    return message.model_copy(
        update={"additional_kwargs": {**message.additional_kwargs, MARK: "ran"}}
    )


def _is_of_the_tool(error: BaseException, tool: BaseTool | None) -> bool:
    """Return whether what does not fit is data inside the tool, and not the model's arguments.

    LangGraph's `ToolNode` takes both for bad arguments; the name of the schema tells them apart.
    """
    if not isinstance(error, ToolInvocationError) or tool is None:
        return False
    schema = tool.get_input_schema()
    config = getattr(schema, "model_config", {})
    return error.source.title not in (schema.__name__, config.get("title"))


def _said(command: dict[str, Any], key: str) -> list[Any]:
    found = command["update"].get(key) if isinstance(command["update"], dict) else None
    return found if isinstance(found, list) else []


def _sorted(outcome: Any, key: str) -> tuple[list[Any], list[dict[str, Any]]]:
    """Return a tool's messages, and as plain data what it wants of the graph beside them.

    What it wants of a parent graph is for that graph, messages too.
    """
    messages: list[Any] = []
    commands: list[dict[str, Any]] = []
    for item in outcome if isinstance(outcome, list) else [outcome]:
        if not isinstance(item, Command):
            messages.extend(item[key] if isinstance(item, dict) else [item])
            continue
        wanted: Any = item.update
        if isinstance(wanted, dict) and item.graph is None:
            wanted = {name: value for name, value in wanted.items() if name != key}
            messages.extend(_said({"update": item.update}, key))
        commands.append({"update": wanted, "goto": item.goto, "graph": item.graph})
    return messages, commands
