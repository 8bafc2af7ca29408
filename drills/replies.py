"""Write down a model's replies as plain data."""

from typing import Any

from langchain_core.messages import AIMessage

from ..guards.errors import GuardConfigError


def tool_call(name: str, id: str | None = None, /, **args: Any) -> AIMessage:  # noqa: A002
    """Return the reply of a model that calls one tool.

    Both the tool's name and the call's id are given by position, so that any word can be the name
    of an argument.

    Args:
        name: The tool.
        id: Id of the call; None: `ScriptedModel` gives one when the reply is played, the same
            one in the same play.
        **args: The arguments.

    >>> tool_call("book", seat="4A", id="LH1").tool_calls[0]["args"]
    {'seat': '4A', 'id': 'LH1'}
    """
    return AIMessage(content="", tool_calls=[{"name": name, "args": args, "id": id}])


def tool_calls(*replies: AIMessage, text: str = "") -> AIMessage:
    """Return the reply of a model that calls several tools at once.

    Args:
        *replies: One reply for each call, as `tool_call` makes them.
        text: What the model says beside the calls.

    Raises:
        GuardConfigError: One of the replies calls no tool.

    >>> [call["name"] for call in tool_calls(tool_call("look"), tool_call("book")).tool_calls]
    ['look', 'book']
    """
    for reply in replies:
        if not isinstance(reply, AIMessage) or not reply.tool_calls:
            raise GuardConfigError(
                f"tool_calls({reply!r}): use replies that call a tool: tool_call('search', q='x')"
            )
    return AIMessage(
        content=text, tool_calls=[call for reply in replies for call in reply.tool_calls]
    )
