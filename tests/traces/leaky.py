"""Graphs with a secret at every place that a run has, to be recorded and shown."""

import base64
import contextlib
import dataclasses
from typing import Any

from holdfast.drills import ScriptedModel
from langchain_core.callbacks import dispatch_custom_event
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode, tools_condition
from langgraph.types import Command, interrupt
from pydantic import BaseModel
from typing_extensions import TypedDict

KEY = "sk-" + "proj-PLANTED0123456789abcdefghij"
MAIL = "planted.person@mail.example.org"
URL = "https://ann:PLANTEDpassword9@db.local/x?a=1"
BEARER = "Authorization: Bearer PLANTEDabcdefgh12345678"
ALL = f"{KEY} {MAIL} {URL} {BEARER}"
PICTURE = base64.b64encode(b"\x89PNG\xff\xfe" + f"comment {ALL} ".encode() + b"\xff\x00").decode()
USAGE = {"input_tokens": 10, "output_tokens": 4, "total_tokens": 14}


class Person(BaseModel):
    name: str
    notes: dict[str, Any] = {}


@dataclasses.dataclass
class Card:
    holder: str
    parts: tuple[str, ...]


def deep(value, levels):
    for n in range(levels):
        value = {"in": value} if n % 2 else [value]
    return value


def places():
    """Return a state with a secret in each kind of value."""
    return {
        "text": ALL,
        "under_a_name": {"password": "PLANTEDhunter2", "nested": {"api_key": "PLANTEDk1"}},
        "keys": {ALL: 1, KEY: {MAIL: 2}},
        "tuple": (ALL, (ALL,)),
        "set": {ALL},
        "frozen": frozenset((ALL,)),
        "bytes": ALL.encode(),
        "raw": b"\xff\xfe" + ALL.encode(),
        "base64": base64.b64encode(ALL.encode()).decode(),
        "model": Person(name=ALL, notes={ALL: [ALL]}),
        "dataclass": Card(ALL, (ALL,)),
        "deep": deep(ALL, 200),
        "deeper": deep({ALL: ALL}, 90),
        "bad": "\ud800" + ALL,
        "error": ValueError(ALL),
        "long": f"{'x' * 4_000} {ALL} {'y' * 4_000}",
        "many": [ALL] * 2_000,
        "object": lambda: ALL,
    }


class State(TypedDict, total=False):
    values: Any
    ending: str
    decision: str
    verdicts: list[Any]


def work(state):
    dispatch_custom_event("holdfast.repair", {"preview": ALL, ALL: ALL, "guard": ALL})
    dispatch_custom_event(ALL, ALL)
    dispatch_custom_event("told", places())
    verdict = {"guard": ALL, "outcome": "trip", "action": "nudge", "reason": ALL, "kind": ALL}
    return {"values": places(), "ending": ALL, "decision": ALL, "verdicts": [verdict]}


def fail(state):
    try:
        raise KeyError(ALL)
    except KeyError as cause:
        error = ValueError(ALL, {"headers": BEARER})
        error.add_note(ALL)
        raise error from cause


def ask(state):
    return {"values": interrupt({"may I": ALL, "call": {"args": {"k": ALL}}})}


def one(node, name="node", checkpointer=None):
    graph = StateGraph(State)
    graph.add_node(name, node)
    graph.add_edge(START, name)
    graph.add_edge(name, END)
    return graph.compile(checkpointer=checkpointer)


@tool(response_format="content_and_artifact")
def look_up(query: str, options: dict[str, Any]) -> tuple[str, Any]:
    """Look something up."""
    return f"found {ALL}", {"rows": [(ALL,)], ALL: ALL, "file": PICTURE}


def replies():
    return [
        AIMessage(
            [
                {"type": "thinking", "thinking": ALL, "signature": base64.b64encode(ALL.encode())},
                {"type": "text", "text": ALL},
            ],
            tool_calls=[
                {"name": "look_up", "args": {"query": ALL, "options": {ALL: deep(ALL, 20)}},
                 "id": "c1", "type": "tool_call"},
            ],
            additional_kwargs={"reasoning_content": ALL},
            response_metadata={"headers": {"set-cookie": "PLANTEDcookie", "x": ALL}},
            usage_metadata=USAGE,
        ),
        AIMessage(f"it is {ALL}", usage_metadata=USAGE),
    ]  # fmt: skip


def answer(state):
    reply = replies()[state["messages"][-1].type == "tool"]
    return {"messages": [ScriptedModel([reply]).invoke(state["messages"])]}


def build():
    graph = StateGraph(MessagesState)
    graph.add_node("agent", answer)
    graph.add_node("tools", ToolNode([look_up]))
    graph.add_edge(START, "agent")
    graph.add_conditional_edges("agent", tools_condition)
    graph.add_edge("tools", "agent")
    return graph.compile()


agent = build()
ASKED = {
    "messages": [
        SystemMessage(ALL),
        HumanMessage(
            [
                {"type": "text", "text": ALL},
                {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PICTURE}"}},
                {
                    "type": "image",
                    "source_type": "base64",
                    "data": PICTURE,
                    "mime_type": "image/png",
                },
                {"type": "file", "url": URL},
            ],
            id=KEY,
            name="ann",
        ),
    ]
}


def config(**more):
    """Return a run's config with secrets in all of its parts."""
    return {
        "tags": [ALL],
        "metadata": {"k": ALL, ALL: 1, "tenant": ALL, "password": "PLANTEDp"},
        "run_name": ALL,
        "configurable": {
            "thread_id": f"thread {ALL}",
            "tenant": ALL,
            "api_key": "PLANTEDconf",
            **more,
        },
    }


def run_all():
    """Run everything once; what raises raises nothing out of here."""
    agent.invoke(ASKED, config())
    build().invoke(ASKED, config())
    one(work).invoke({"values": places()}, config())
    one(work, f"node of {KEY}").invoke({"values": 1}, config())
    with contextlib.suppress(ValueError):
        one(fail).invoke({"values": 1}, config())
    asking = one(ask, checkpointer=InMemorySaver())
    asking.invoke({"values": 1}, config())
    plain = {name: places()[name] for name in ("text", "under_a_name", "keys", "tuple", "bytes")}
    asking.invoke(Command(resume={"yes": ALL, "values": plain}), config())
    list(ScriptedModel([AIMessage(ALL)]).stream(ALL, config=config()))
