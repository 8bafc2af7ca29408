"""What tests of the scripted model share: ways to call it, and what stays the same in each."""

from langchain_core.messages import HumanMessage

HELLO = [HumanMessage("Hello?")]


async def play(model, way, messages=HELLO):
    """Return the reply of a model called in one of four ways."""
    if way == "invoke":
        return model.invoke(messages)
    if way == "ainvoke":
        return await model.ainvoke(messages)
    if way == "stream":
        return whole(list(model.stream(messages)))
    return whole([chunk async for chunk in model.astream(messages)])


def whole(chunks):
    return sum(chunks[1:], chunks[0])


def plain(message):
    """A message without what differs between two plays: the id LangChain gives it."""
    return message.model_dump(exclude={"id", "type", "tool_call_chunks", "chunk_position"})


def echo(messages):
    return f"You said {messages[-1].content}"


def search(query: str) -> str:
    """Search the web."""
    return f"results for {query}"
