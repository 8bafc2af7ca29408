"""Read runs as LangSmith exports them: one object a run, of many traces, in any order."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, get_args

from ...guards.errors import AuditInputError
from ..store.model import Event, EventKind, Span, SpanKind, Status, Usage
from .langsmith_payloads import (
    model_inputs,
    model_outputs,
    tool_inputs,
    tool_outputs,
    usage_of_reply,
)
from .parsed import Parsed
from .times import nanoseconds
from .usage import dollars, usage_in
from .verdicts import verdict_events

_KINDS: Mapping[str, SpanKind] = {
    "llm": "model",
    "tool": "tool",
    "retriever": "retriever",
    "prompt": "prompt",
    "parser": "parser",
}
_THREADS = ("thread_id", "session_id", "conversation_id")
_RAISED: Mapping[str, Status] = {
    "GraphInterrupt": "interrupt",
    "NodeInterrupt": "interrupt",
    "CancelledError": "cancelled",
    "KeyboardInterrupt": "cancelled",
}
_CLASS = re.compile(r"(?:[a-z_]\w*\.)*([A-Z]\w*)\s*[:(]")  # `ValueError('no')`, `a.b.NoError: no`
_EVENTS = get_args(EventKind)
_ERROR = 4_000  # characters of an error
_HIDDEN = "langsmith:hidden"
_MADE_TAGS = ("seq:step:", "graph:step:", _HIDDEN)
_MADE = ("langgraph_", "ls_", "lc_")  # what LangChain and LangGraph add
_TOLD = (
    "thread_id", "checkpoint_ns", "usage_metadata", "attempt", "ending", "source", "status",
    "original_start_time", "time_shift_s",
)  # fmt: skip


def is_run(data: Any) -> bool:
    """Return whether a value is a run of LangSmith's."""
    return isinstance(data, Mapping) and "run_type" in data and ("id" in data or "run_id" in data)


def flat_runs(data: Any) -> Iterator[Mapping[str, Any]]:
    """Yield a run and those that are written inside of it, each without the others."""
    for inner in data.get("child_runs") or ():
        if is_run(inner):
            with_parent = {"parent_run_id": _id(data), "trace_id": data.get("trace_id"), **inner}
            yield from flat_runs({key: value for key, value in with_parent.items() if value})
    yield data


def trace_id(run: Mapping[str, Any]) -> str:
    """Return the id of the trace that a run is a part of.

    Raises:
        AuditInputError: It names none, and is a part of another run.
    """
    if said := run.get("trace_id"):
        return str(said)
    if ordered := run.get("dotted_order"):
        return _ids(str(ordered))[0]
    if run.get("parent_run_id"):
        raise AuditInputError("an inner run without trace_id or dotted_order: export with them")
    return _id(run)


def parsed_run(run: Mapping[str, Any]) -> Parsed:
    """Return a run as a span.

    Raises:
        AuditInputError: It has no id, or no time at which it began.
    """
    start = nanoseconds(run.get("start_time"))
    if start is None:
        raise AuditInputError("a run without start_time: export the whole run")
    kind = _kind(run)
    inputs, outputs = _payloads(run, kind)
    metadata = _metadata(run)
    span = Span(
        id=_id(run),
        trace=trace_id(run),
        parent=_parent(run),
        seq=_depth(run),
        kind=kind,
        name=str(run.get("name") or run.get("run_type")),
        start=start,
        end=nanoseconds(run.get("end_time")),
        first_token=_first_token(run),
        call_id=_call_id(run, outputs) if kind == "tool" else "",
        **_place(metadata),
        **_result(run),
        **_labels(run),
        **(_called(run, metadata) if kind == "model" else {}),
    )
    thread = next((str(metadata[name]) for name in _THREADS if metadata.get(name)), "")
    events = [*(_verdicts(span, run) if kind == "guard" else ()), *_events(span, run)]
    ending = str(metadata.get("ending") or "")
    return Parsed(
        span=span, inputs=inputs, outputs=outputs, events=events, thread=thread, ending=ending
    )


def _verdicts(span: Span, run: Mapping[str, Any]) -> tuple[Event, ...]:
    """Return the verdict that a guard's run tells of, with the evidence among its inputs."""
    given, said = run.get("inputs"), run.get("outputs")
    if isinstance(given, Mapping) and isinstance(said, Mapping):
        said = {**given, **said}
    return verdict_events(span, said, _metadata(run).get("guard"))


def _events(span: Span, run: Mapping[str, Any]) -> Iterator[Event]:
    """Yield what else happened, as Holdfast exports it; LangChain's own events are times only."""
    for event in run.get("events") or ():
        said = event.get("kwargs") if isinstance(event, Mapping) else None
        time = nanoseconds(event.get("time")) if isinstance(said, Mapping) else None
        if isinstance(said, Mapping) and said.get("kind") in _EVENTS and time is not None:
            data = {key: value for key, value in said.items() if key != "kind"}
            yield Event(
                trace=span.trace, span=span.id, seq=0, time=time, kind=said["kind"],
                name=str(event.get("name") or ""), data=data,
            )  # fmt: skip


def _place(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return where in a graph a run was."""
    step, path = metadata.get("langgraph_step"), metadata.get("langgraph_path")
    return {
        "node": str(metadata.get("langgraph_node") or ""),
        "step": step if isinstance(step, int) else None,
        "path": json.dumps(path) if path else "",
        "namespace": namespace(metadata.get("langgraph_checkpoint_ns")),
        "attempt": attempt if isinstance(attempt := metadata.get("attempt"), int) else 1,
    }


def _result(run: Mapping[str, Any]) -> dict[str, Any]:
    """Return how a run ended."""
    error = str(run.get("error") or "")
    kind = error_class(error)
    said = error.removeprefix(f"{kind}: ") if kind else error
    return {
        "status": _status(run, error),
        "error_type": kind,
        "error": said[:_ERROR],
    }


def _labels(run: Mapping[str, Any]) -> dict[str, Any]:
    tags = _tags(run)
    own = tuple(tag for tag in tags if not tag.startswith(_MADE_TAGS))
    return {
        "tags": own,
        "metadata": {key: value for key, value in _metadata(run).items() if _is_own(key)},
        "hidden": _HIDDEN in tags,
    }


def _is_own(key: str) -> bool:
    """Return whether metadata are the user's: what has a field of its own is left out."""
    return key not in _TOLD and not key.startswith(_MADE)


def _called(run: Mapping[str, Any], metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a run called: a model."""
    provider = str(metadata.get("ls_provider") or "")
    return {"model": _model(run, metadata), "provider": provider, "usage": _usage(run)}


def _id(run: Mapping[str, Any]) -> str:
    return str(run.get("id") or run.get("run_id") or "")


def _ids(dotted_order: str) -> list[str]:
    return [part.partition("Z")[2] for part in dotted_order.split(".")]


def _parent(run: Mapping[str, Any]) -> str | None:
    if said := run.get("parent_run_id"):
        return str(said)
    above = _ids(str(run.get("dotted_order") or ""))[:-1]
    return above[-1] if above else None


def _depth(run: Mapping[str, Any]) -> int:
    """Return how deep a run lies: what began in one microsecond began from the outside in."""
    return str(run.get("dotted_order") or "").count(".")


def _kind(run: Mapping[str, Any]) -> SpanKind:
    if found := _KINDS.get(str(run["run_type"])):
        return found
    if "guardrail" in _tags(run):
        return "guard"
    if not _parent(run):
        return "graph"
    node = _metadata(run).get("langgraph_node")
    return "node" if node and node == run.get("name") else "chain"


def _tags(run: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(map(str, run.get("tags") or ()))


def _extra(run: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    extra = run.get("extra")
    found = extra.get(name) if isinstance(extra, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _metadata(run: Mapping[str, Any]) -> Mapping[str, Any]:
    return _extra(run, "metadata")


def namespace(given: Any) -> str:
    """Return a checkpoint namespace without its task ids.

    >>> namespace("team:4f1c|search:9a2e")
    'team|search'
    """
    return "|".join(part.partition(":")[0] for part in str(given or "").split("|"))


def _first_token(run: Mapping[str, Any]) -> int | None:
    if told := nanoseconds(run.get("first_token_time")):
        return told
    for event in run.get("events") or ():
        if isinstance(event, Mapping) and event.get("name") == "new_token":
            return nanoseconds(event.get("time"))
    return None


def error_class(error: str) -> str:
    """Return the class that an error's text begins with, or nothing."""
    found = _CLASS.match(error.lstrip())
    return found[1] if found else ""


def _status(run: Mapping[str, Any], error: str) -> Status:
    if error:
        return _RAISED.get(error_class(error), "error")
    if "interrupt" in str(run.get("status") or _metadata(run).get("status") or ""):
        return "interrupt"
    return "ok" if run.get("end_time") else "running"


def _model(run: Mapping[str, Any], metadata: Mapping[str, Any]) -> str:
    params = _extra(run, "invocation_params")
    said = (metadata.get("ls_model_name"), params.get("model"), params.get("model_name"))
    return next((str(name) for name in said if name), "")


def _usage(run: Mapping[str, Any]) -> Usage:
    usage = usage_in(_metadata(run).get("usage_metadata")) or usage_of_reply(run.get("outputs"))
    usage = usage or usage_in(run) or Usage()
    told = _metadata(run).get("usage_metadata")
    cost = told.get("total_cost") if isinstance(told, Mapping) else None
    return usage._replace(usd=dollars(run.get("total_cost") or cost))


def _call_id(run: Mapping[str, Any], outputs: Any) -> str:
    extra = run.get("extra")
    said = extra.get("tool_call_id") if isinstance(extra, Mapping) else None
    held = outputs.get("tool_call_id") if isinstance(outputs, Mapping) else None
    return str(said or held or "")


def _payloads(run: Mapping[str, Any], kind: SpanKind) -> tuple[Any, Any]:
    inputs, outputs = run.get("inputs"), run.get("outputs")
    if kind == "model":
        return model_inputs(inputs, _extra(run, "invocation_params")), model_outputs(outputs)
    if kind == "tool":
        return tool_inputs(inputs), tool_outputs(outputs)
    return inputs, outputs
