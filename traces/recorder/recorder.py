"""The callback handler that records: what LangChain and LangGraph tell of a run, as spans."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

from ...guards.prices import Prices
from ..exporting.export import Export
from ..store.bounds import LARGEST, LONGEST
from ..store.errors import StoreError
from ..store.model import SpanKind
from ..store.redaction import Redaction
from ..store.store import Store
from .calls import Calls
from .exports import begun
from .graph_listener import GraphListener
from .journal import Journal
from .live import LiveSpan
from .quietly import quietly as _quietly
from .replies import NO_USAGE, reply_of, used_by
from .told import Asked, name_of, parameters_of
from .tracking import Tracking, is_router
from .wiring import Wiring

_CHUNKS_TIMED = 1_000
_CHAIN_KINDS: Mapping[str | None, SpanKind] = {
    "prompt": "prompt",
    "parser": "parser",
    "retriever": "retriever",
    "tool": "tool",
    "llm": "model",
}


class Recorder(GraphListener):
    """Records what runs under it into a store, as a callback: `callbacks=[Recorder("traces.db")]`.

    Every graph, node, model and tool call becomes a span, with what went in and came out. Writing
    is done in the background; before an error, a block, an interrupt or a root's end goes on, all
    is on the disk. A failure to record never reaches the run: see `failures` and `lost`.
    """

    run_inline = True
    raise_error = False

    def __init__(
        self,
        store: Store | str | Path,
        *,
        redaction: Redaction | None = None,
        key: bytes | str | None = None,
        prices: Prices | None = None,
        export: Export | None = None,
        wire: bool = False,
        longest_text: int = LONGEST,
        largest_payload: int = LARGEST,
    ) -> None:
        """Open the store.

        Args:
            store: The store, or its file, which is made where there is none.
            redaction: What is blotted out before anything is written; None: secrets.
            key: Key of the encrypted originals of what is blotted out; None keeps none.
            prices: What models cost; None: costs are 0.
            export: Where traces go besides, as they end: `LangSmith(...)`; None: nowhere.
            wire: Whether to keep the bytes of models' HTTP calls, of clients built on httpx.
            longest_text: Characters kept of a text; see `record`.
            largest_payload: Bytes kept of a payload; see `record`.

        Raises:
            StoreError: The file cannot be opened, or is no store.
            ExportConfigError: The export cannot work as it is set.
        """
        bounds: dict[str, Any] = {"longest_text": longest_text, "largest_payload": largest_payload}
        if not isinstance(store, Store):
            store = Store(store, redaction=redaction, key=key, **bounds)
        self.store = store
        self.prices = prices
        self.journal = Journal(store)
        self.tracking = Tracking(store, self.journal)
        self.calls = Calls(self.tracking)
        self._wiring = Wiring(self.tracking) if wire else None
        self._exporting = begun(export, store)
        if self._exporting:
            self.tracking.on_end = self._exporting.finished

    @property
    def failures(self) -> int:
        """How often something could not be recorded or written."""
        return self.journal.failures

    @property
    def lost(self) -> int:
        """How many spans, events and payloads were lost; after `close`, also what still waited."""
        return self.journal.lost + self.store.lost

    def flush(self) -> None:
        """Write all that waits, now."""
        self.journal.flush()

    def close(self) -> None:
        """Write all that waits, send it for a few seconds if it is exported, close the store."""
        self.calls.close()
        if self._wiring:
            self._wiring.close()
        self.journal.close()
        if self._exporting:
            self._exporting.close()
        try:
            self.store.close()
        except StoreError as error:
            self.journal.failed(error)

    def on_chain_start(
        self,
        serialized: Any,
        inputs: Any,
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        tags: list[str] | None = None,
        metadata: dict[str, Any] | None = None,
        run_type: str | None = None,
        name: str | None = None,
        **told: Any,
    ) -> None:
        """Open a graph's, a node's or another runnable's span."""
        try:  # not `quietly`: two of these come with every step
            kind = _CHAIN_KINDS.get(run_type, "chain")
            called = name or name_of(serialized, told)
            span = self.tracking.begin(run_id, parent_run_id, kind, called, tags, metadata)
            if not is_router(span):  # its input is the state, which the next node has
                span.inputs = self.store.put_kept(inputs)
            self._began_with(span)
            if span.parent is None and getattr(inputs, "resume", None) is not None:
                self.tracking.event(span, "answer", "resume", {"resume": inputs.resume})
        except Exception as error:  # noqa: BLE001 - nothing of a graph's own is raised in here
            self.journal.failed(error)

    def on_chain_end(self, outputs: Any, *, run_id: UUID, **told: Any) -> None:
        """Close it."""
        try:
            self._end(run_id, outputs)
        except Exception as error:  # noqa: BLE001 - nothing of a graph's own is raised in here
            self.journal.failed(error)

    @_quietly
    def on_chain_error(self, error: BaseException, *, run_id: UUID, **told: Any) -> None:
        """Close it as failed, interrupted or cancelled."""
        self._fail(run_id, error)

    @_quietly
    def on_chat_model_start(self, serialized: Any, messages: list[Any], **told: Any) -> None:
        """Open a model call's span, with the exact messages and parameters."""
        given = messages[0] if len(messages) == 1 else messages
        self._begin("model", serialized, Asked(given, parameters_of(told)), told)

    @_quietly
    def on_llm_start(self, serialized: Any, prompts: list[str], **told: Any) -> None:
        """Open the span of a call of a model that takes text."""
        self._begin("model", serialized, {"prompts": prompts, **parameters_of(told)}, told)

    @_quietly
    def on_llm_new_token(self, token: Any, *, run_id: UUID, **told: Any) -> None:
        """Note when a chunk came."""
        if (span := self.tracking.find(run_id)) is None:
            return
        now = time.time_ns()
        if span.first_token is None:
            span.first_token = now
        if isinstance(span.chunks, tuple):
            span.chunks = []
        if len(span.chunks) < _CHUNKS_TIMED:
            span.chunks.append(now - span.start)

    @_quietly
    def on_llm_end(self, response: Any, *, run_id: UUID, **told: Any) -> None:
        """Close a model call's span, with the reply before any parsing."""
        if (span := self.tracking.find(run_id)) is None:
            return
        model, span.usage = used_by(response, span.model, self.prices)
        span.model = self.store.clean_text(model)
        if span.usage is not NO_USAGE and any(span.usage):
            span.trace.charge(span.usage)
            self.journal.add(span.trace)
        self._tell_chunks(span)
        self._end(run_id, reply_of(response))

    @_quietly
    def on_llm_error(self, error: BaseException, *, run_id: UUID, **told: Any) -> None:
        """Close it as failed, with what had come until then."""
        if span := self.tracking.find(run_id):
            self._tell_chunks(span)
            if (response := told.get("response")) is not None:
                span.outputs = self.store.put_kept(reply_of(response))
        self._fail(run_id, error)

    @_quietly
    def on_tool_start(self, serialized: Any, input_str: str, **told: Any) -> None:
        """Open a tool call's span, with its arguments."""
        inputs = told.get("inputs")
        span = self._begin("tool", serialized, input_str if inputs is None else inputs, told)
        span.call_id = self.store.clean_text(str(told.get("tool_call_id") or ""))

    @_quietly
    def on_tool_end(self, output: Any, *, run_id: UUID, **told: Any) -> None:
        """Close it, with its result."""
        self._end(run_id, output)

    @_quietly
    def on_tool_error(self, error: BaseException, *, run_id: UUID, **told: Any) -> None:
        """Close it as failed, or interrupted."""
        self._fail(run_id, error)

    @_quietly
    def on_retriever_start(self, serialized: Any, query: str, **told: Any) -> None:
        """Open a search's span."""
        self._begin("retriever", serialized, {"query": query}, told)

    @_quietly
    def on_retriever_end(self, documents: Any, *, run_id: UUID, **told: Any) -> None:
        """Close it, with the documents found."""
        self._end(run_id, list(documents))

    @_quietly
    def on_retriever_error(self, error: BaseException, *, run_id: UUID, **told: Any) -> None:
        """Close it as failed."""
        self._fail(run_id, error)

    @_quietly
    def on_retry(self, retry_state: Any, *, run_id: UUID, **told: Any) -> None:
        """Note that a call is tried again."""
        if span := self.tracking.find(run_id):
            attempt = getattr(retry_state, "attempt_number", None)
            self.tracking.event(span, "retry", span.name, {"attempt": attempt})

    def _begin(
        self, kind: SpanKind, serialized: Any, inputs: Any, told: Mapping[str, Any]
    ) -> LiveSpan:
        metadata = told.get("metadata")
        span = self.tracking.begin(
            told["run_id"],
            told.get("parent_run_id"),
            kind,
            name_of(serialized, told),
            told.get("tags"),
            metadata,
        )
        if kind == "model" and metadata:
            span.model = self.store.clean_text(str(metadata.get("ls_model_name") or ""))
            span.provider = self.store.clean_text(str(metadata.get("ls_provider") or ""))
        if kind == "model" and self._wiring:
            self._wiring.begin(span)
        if type(inputs) is Asked:
            self._ask(span, inputs)
        else:
            span.inputs = self.store.put_kept(inputs)
        self._began_with(span)
        return span

    def _began_with(self, span: LiveSpan) -> None:
        """Have a span that is complete shown, and the calls in it kept."""
        self.journal.wake()
        if not self.calls.listens:
            self.calls.listen(everywhere=True)  # given as a callback, in no block

    def _ask(self, span: LiveSpan, asked: Asked) -> None:
        prompt = self.store.prompt(asked.messages)
        if prompt is None:
            span.inputs = self.store.put_request(asked.messages, asked.rest)
        else:
            span.inputs = self.store.put_prompt(prompt, asked.rest)
            span.prompt = asked.messages, prompt

    def _tell_chunks(self, span: LiveSpan) -> None:
        if span.chunks:
            data = {"count": len(span.chunks), "after_ns": span.chunks}
            self.tracking.event(span, "chunk", span.name, data)

    def _end(self, run_id: UUID, outputs: Any) -> None:
        if span := self.tracking.find(run_id):
            span.outputs = self.store.put_kept(outputs)
            self._last_calls(span)
            self.tracking.ended(span, run_id, outputs)

    def _fail(self, run_id: UUID, error: BaseException) -> None:
        if span := self.tracking.find(run_id):
            self._last_calls(span)
            self.tracking.failed(span, run_id, error)

    def _last_calls(self, span: LiveSpan) -> None:
        if span.kind == "model" and self._wiring:
            self._wiring.end()
        span.finished()
        if span.parent is None:
            self.calls.ended(span.trace.id)
