"""Agents of LangChain's, bare and guarded, for the tests of `GuardMiddleware`."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from holdfast.drills import ScriptedModel, tool_call
from holdfast.nodes import GuardMiddleware
from langchain.agents import create_agent
from langchain_core.messages import AIMessage, HumanMessage

GO = {"messages": [HumanMessage("Go.", id="go")]}
UNREADABLE = {"type": "invalid_tool_call", "name": "look", "args": "{", "id": "u", "error": None}


def look(at: str) -> str:
    """Look at something."""
    return f"nothing at {at}"


def looking(model_messages):
    """Say again and again that one place after the other is to be looked at."""
    return tool_call("look", at=f"place {len(model_messages)}")


@dataclass
class Agent:
    """An agent that `play` can compile; its middleware is made anew each time."""

    model: Any
    tools: list[Any] = field(default_factory=lambda: [look])
    middleware: Callable[[], list[Any]] = list
    settings: dict[str, Any] = field(default_factory=dict)

    def compile(self, saver=None, *, store=None, interrupt_before=None):
        return create_agent(
            self.model,
            self.tools,
            middleware=self.middleware(),
            checkpointer=saver,
            store=store,
            interrupt_before=interrupt_before,
            **self.settings,
        )


def bare(replies, *, tools=(look,), beside=(), **settings):
    """Return an agent without guards."""
    return Agent(scripted(replies), list(tools), lambda: list(beside), settings)


def guarded(replies, *guards, tools=(look,), before=(), behind=(), response_format=None, **given):
    """Return an agent with guards, and other middleware before and behind them."""
    settings = {"response_format": response_format} if response_format else {}

    def middleware():
        return [*before, GuardMiddleware(guards or None, **given), *behind]

    return Agent(scripted(replies), list(tools), middleware, settings)


def scripted(replies):
    return replies if isinstance(replies, ScriptedModel) else ScriptedModel(replies)


def run(agent, thread=None, given=GO, saver=None, limit=60):
    """Run an agent straight through."""
    config = {"recursion_limit": limit, "configurable": {"thread_id": thread or "1"}}
    return agent.compile(saver).invoke(given, config)


def said(state):
    """Return the texts of the messages by kind: who said what."""
    return [(message.type, message.text) for message in state["messages"]]


def last(state):
    message = state["messages"][-1]
    assert isinstance(message, AIMessage)
    assert not message.tool_calls
    return message.text


def answers(state):
    """Return what the calls were answered, by the call's place."""
    return [message.text for message in state["messages"] if message.type == "tool"]


def spent(state):
    return state["ledger"]["spent"]
