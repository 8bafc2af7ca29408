"""Tell parallel branches of a run apart."""

from langchain_core.runnables import RunnableConfig

_PUSHED = "__pregel_push"  # how LangGraph marks a task that a `Send` began


def branch_of(config: RunnableConfig) -> str:
    """Return the parallel branch that a node runs in: empty, unless a `Send` began it.

    The name is the node's and the `Send`'s place among its siblings, so it is the same after a
    resume.
    """
    metadata = config.get("metadata") or {}
    path = metadata.get("langgraph_path") or ()
    if not path or path[0] != _PUSHED:
        return ""
    places = ".".join(str(part) for part in path[1:] if isinstance(part, int | str))
    return f"{metadata.get('langgraph_node', '')}:{places}"
