"""Long talks: a specialist that looks at places, and a model that makes summaries."""

from holdfast.drills import ScriptedModel
from holdfast.guards import LoopGuard, tool_facts
from langchain_core.messages import AIMessage

RULE = "Never spend more than 300 EUR, all in; ask before you do."
GOAL = "Get me to Lisbon by Friday noon."
TEXT = "There is nothing to be seen here but hills. " * 12  # some 130 tokens
SUMMARY = '{"happened": "Places were looked at.", "facts": ["Rome is full"], "open_questions": []}'


def look(at: str) -> str:
    """Look at a place."""
    return f"{at}: {TEXT}"


def book(flight: str) -> str:
    """Book a flight."""
    return f"booked {flight}"


tool_facts(book, effects=True)


def is_summary(messages):
    return messages[0].text.startswith("You shorten the record")


def prompts(model):
    return [
        "\n".join(message.text for message in call.messages)
        for call in model.calls
        if not is_summary(call.messages)
    ]


def summaries(model):
    return [call for call in model.calls if is_summary(call.messages)]


def script(replies):
    """Return a model that plays replies, and makes a summary whenever it is asked for one."""
    left = iter(replies)

    def policy(messages):
        return SUMMARY if is_summary(messages) else next(left)

    return ScriptedModel(policy)


def whole(messages):
    """Check that each result stands behind its call, and each call has its result."""
    open_calls = set()
    for message in messages:
        if isinstance(message, AIMessage):
            assert not open_calls
            open_calls = {call["id"] for call in message.tool_calls}
        elif message.type == "tool":
            assert message.tool_call_id in open_calls
            open_calls.discard(message.tool_call_id)
    assert not open_calls


FREE = [LoopGuard(nudge=90, block=91, wrap_up=92, last=93, stale=90)]
