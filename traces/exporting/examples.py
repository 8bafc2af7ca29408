"""Recorded runs as the examples of a LangSmith dataset."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

from ...guards.redact import redact
from ..store import Event, Ref, Span, Store, StoreError, Trace
from .plain import Plain
from .verdicts import is_trip

if TYPE_CHECKING:
    from langsmith import Client

_NAMES = UUID("5a1c1f9e-1d7e-4b51-8a5b-6c2f5d0a9f30")
_FINE = ("", "completed")

Example = dict[str, Any]


def examples_from(
    store: Store, traces: Iterable[Trace], *, redact: Callable[[str], str] = redact
) -> Iterator[Example]:
    """Yield a LangSmith example for each trace: what its graph was given, and what it gave.

    A trace that failed or did not complete has no `outputs`: what it gave is no reference to
    compare with. The same trace always makes the same example, by its id.

    Args:
        store: Where the traces are.
        traces: Which of them.
        redact: What blots out secrets, on top of what the store did.
    """
    for trace in traces:
        root = next((span for span in store.spans(trace.id) if span.id == trace.id), None)
        yield _example(store, trace, root, store.events(trace.id), Plain(redact))


def _example(
    store: Store, trace: Trace, root: Span | None, events: Sequence[Event], plain: Plain
) -> Example:
    fine = trace.status == "ok" and trace.ending in _FINE
    given = _payload(store, root.outputs if root and fine else None, "output", plain)
    trips = Counter(event.name for event in events if is_trip(event))
    told = {
        "trace": trace.id,
        "graph": trace.name,
        "thread": trace.thread,
        "status": trace.status,
        "ending": trace.ending,
        "error": trace.error,
        "trips": dict(trips),
    }
    return {
        "id": str(uuid5(_NAMES, trace.id)),
        "inputs": _payload(store, root.inputs if root else None, "input", plain) or {},
        "outputs": given,
        "metadata": plain.value({key: value for key, value in told.items() if value}),
        "split": "passed" if fine else "failed",
    }


def _payload(store: Store, ref: Ref | None, key: str, plain: Plain) -> dict[str, Any] | None:
    if ref is None:
        return None
    try:
        return plain.mapping(store.load(ref), key)
    except StoreError:
        return None


def upload_examples(client: "Client", dataset: str, examples: Sequence[Example]) -> int:
    """Put examples into a dataset of LangSmith's, made if it is not there; return how many.

    Args:
        client: LangSmith's own client.
        dataset: Name of the dataset.
        examples: What `examples_from` gave.
    """
    if not client.has_dataset(dataset_name=dataset):
        client.create_dataset(dataset, description="Recorded by Holdfast")
    given = [
        {("reference_outputs" if key == "outputs" else key): value for key, value in each.items()}
        for each in examples
    ]
    client.create_examples(dataset_name=dataset, examples=given)
    return len(given)
