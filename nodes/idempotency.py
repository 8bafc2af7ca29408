"""A key for each tool call, by which a service knows it when it is made again."""

from hashlib import sha256
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.config import get_config

_KEY = "__holdfast_call"  # LangGraph keeps names that begin so out of metadata


def idempotency_key(config: RunnableConfig | None = None) -> str:
    """Return the key of the tool call that this code runs in: 35 characters, letters and digits.

    It is the same when the call is made again after a crash or an interrupt, in another process
    too, and another one for each new call. Hand it to a service that honours such keys (payment
    services do), and say `tool_facts(tool, effects=True, unknown="retry")`. It is in the metadata
    of the tool's run, too.

    Args:
        config: What the tool was given as its parameter of type `RunnableConfig`; None: the one
            that LangGraph keeps for the code that runs.

    Raises:
        LookupError: No call runs here that `tool_node`, a `Specialist` or `GuardMiddleware` made.
    """
    try:
        known: Any = (config or get_config()).get("configurable") or {}
    except RuntimeError:
        known = {}
    place, key = known.get(_KEY) or ("", "")
    if not key or place != known.get("checkpoint_ns"):
        raise LookupError(
            "idempotency_key(): there is no tool call here; use it in a tool that tool_node, a "
            "Specialist or GuardMiddleware runs, or give it the config of the tool"
        )
    return str(key)


def lend_key(config: RunnableConfig, scope: str, call_id: str) -> None:
    """Put the key of a call into the config of its task, for the tool.

    Args:
        config: The task's.
        scope: What the call's id is the only one of its kind in, and that a resume keeps.
        call_id: The call's id.
    """
    known = config.setdefault("configurable", {})
    said = "\n".join((str(known.get("thread_id", "")), scope, call_id))
    key = f"hf-{sha256(said.encode()).hexdigest()[:32]}"
    known[_KEY] = (known.get("checkpoint_ns"), key)
    config.setdefault("metadata", {})["idempotency_key"] = key
