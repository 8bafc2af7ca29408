"""What a recorder asks of an export, whichever it is: to begin, to be told, to close."""

from pathlib import Path
from typing import Protocol


class Exporting(Protocol):
    """A delivery under way, in a thread of its own."""

    def finished(self, trace: str) -> None:
        """Say that a trace has ended and is in the store; returns at once, and never raises."""
        ...

    def close(self, seconds: float = 5.0) -> None:
        """Send what is left for at most so many seconds, then stop; the rest stays in the store."""
        ...


class Export(Protocol):
    """Where recorded traces go besides the store: `LangSmith(...)`, `OpenTelemetry(...)`."""

    def begin(self, store: Path) -> Exporting:
        """Start to deliver what is recorded from now on.

        Args:
            store: The store's file; it is there already.

        Raises:
            ExportConfigError: If it cannot work as it is set: no key, or the same runs are sent
                to the same place by somebody else.
        """
        ...
