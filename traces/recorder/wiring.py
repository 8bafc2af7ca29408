"""HTTP exchanges joined to the model calls that made them."""

from contextlib import ExitStack
from functools import partial

from .exchange import Exchange
from .live import LiveSpan
from .tracking import Tracking
from .wire import intercepted, listen


class Wiring:
    """Keeps the bytes of the HTTP calls that are made in model calls."""

    def __init__(self, tracking: Tracking) -> None:
        self._tracking = tracking
        self._until_closed = ExitStack()
        self._until_closed.enter_context(intercepted())

    def begin(self, span: LiveSpan) -> None:
        """Join what is sent from here on in this context to a model call."""
        listen(partial(self._take, span))

    def end(self) -> None:
        """Join nothing any more."""
        listen(None)

    def close(self) -> None:
        """Leave httpx as it was."""
        listen(None)
        self._until_closed.close()

    def _take(self, span: LiveSpan, exchange: Exchange) -> None:
        """Keep an exchange; of several, attempts of the client's own, the last, and each status."""
        try:
            if span.request is not None:
                said = {"status": exchange.response.get("status"), "by": "the HTTP client"}
                self._tracking.event(span, "retry", span.name, said)
            span.request = self._tracking.store.put(exchange.request)
            span.response = self._tracking.store.put(exchange.outcome())
            self._tracking.journal.add(span)
        except Exception as error:  # noqa: BLE001 - it runs inside of the user's HTTP client
            self._tracking.journal.failed(error)
