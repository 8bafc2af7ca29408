"""What of runs stays at home, as LangSmith's own client hides it: inputs, outputs, metadata."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

Run = dict[str, Any]
_COUNTED: Final = frozenset(
    {
        "ls_provider", "ls_model_name", "ls_model_type", "ls_temperature", "ls_max_tokens",
        "usage_metadata", "langgraph_node", "langgraph_step", "attempt", "guard", "status",
        "ending", "source", "original_start_time", "time_shift_s",
    }
)  # fmt: skip
"""Metadata that hold nothing of a user's, and that servers count and place runs by."""


class Hidden(NamedTuple):
    """What is not sent.

    Attributes:
        inputs: What went into runs.
        outputs: What came out of them.
        metadata: What the user says of them, the thread too.
    """

    inputs: bool = False
    outputs: bool = False
    metadata: bool = False

    def run(self, run: Run) -> Run:
        """Return a run without what is hidden; its error stays, as with LangSmith's client."""
        if not any(self):
            return run
        made = self._placed(run)
        if self.inputs:
            made["inputs"] = {}
        if self.outputs and run["outputs"] is not None:
            made["outputs"] = {}
        if self._content:
            made["events"] = [
                {**each, "kwargs": {}} if "kwargs" in each else each for each in run["events"]
            ]
        return made

    def verdict(self, run: Run) -> Run:
        """Return a verdict's run without the reason, which quotes what went in and came out."""
        if not any(self):
            return run
        made = self._placed(run)
        if self._content:
            made["outputs"] = _without(run["outputs"], "reason")
        return made

    def feedback(self, feedback: Run) -> Run:
        """Return feedback without the comment, which quotes what went in and came out."""
        return {**feedback, "comment": None} if self._content else feedback

    @property
    def _content(self) -> bool:
        return self.inputs or self.outputs

    def _placed(self, run: Run) -> Run:
        if not self.metadata:
            return dict(run)
        told = run["extra"].get("metadata") or {}
        kept = {key: value for key, value in told.items() if key in _COUNTED}
        return {**run, "extra": {**run["extra"], "metadata": kept}}


NOTHING: Final = Hidden()
"""Where all is sent."""


def _without(held: Mapping[str, Any], key: str) -> Run:
    return {name: value for name, value in held.items() if name != key}
