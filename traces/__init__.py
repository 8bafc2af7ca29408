"""Remembering: recorded runs, read from files and stores, and judged again."""

import typing

from ..guards import first_use
from .audit import Audited, Cut, audit_file, audit_run
from .compare import Compared, compare_file, compare_run
from .differences import Differences, print_differences
from .files import Placed, Progress, read_runs
from .lines import line_of, whole_file
from .page import Page
from .playback import Playback
from .recording import Recording, recordings_in
from .settings import guards_from, setting_names
from .terminal import print_totals
from .toolbook import NO_TOOLS, Toolbook, read_toolbook
from .totals import Share, Tally, Totals
from .values import Unread

if typing.TYPE_CHECKING:
    from .exporting import ExportConfigError, LangSmith, OpenTelemetry, evaluators_from
    from .importing import Imported, import_file
    from .recorder import Recorder, record, record_always
    from .replaying import (
        Divergence,
        Edit,
        Replayed,
        ReplayError,
        Stability,
        WrittenTest,
        effect,
        fork,
        recorded_context,
        replay,
        stability,
        to_test,
    )
    from .store import Redaction, Store
    from .viewing import TraceDiff, diff
    from .what_if_result import WhatIf
    from .what_if_runs import what_if
else:
    # What is imported where it is first asked for, and from where: SQLite, LangChain, LangGraph.
    __getattr__, __dir__ = first_use.names_of(
        __name__,
        {
            "exporting": ("ExportConfigError", "LangSmith", "OpenTelemetry", "evaluators_from"),
            "importing": ("Imported", "import_file"),
            "recorder": ("Recorder", "record", "record_always"),
            "replaying": (
                "Divergence",
                "Edit",
                "ReplayError",
                "Replayed",
                "Stability",
                "WrittenTest",
                "effect",
                "fork",
                "recorded_context",
                "replay",
                "stability",
                "to_test",
            ),
            "store": ("Redaction", "Store"),
            "viewing": ("TraceDiff", "diff"),
            "what_if_result": ("WhatIf",),
            "what_if_runs": ("what_if",),
        },
    )

__all__ = [
    "NO_TOOLS",
    "Audited",
    "Compared",
    "Cut",
    "Differences",
    "Divergence",
    "Edit",
    "ExportConfigError",
    "Imported",
    "LangSmith",
    "OpenTelemetry",
    "Page",
    "Placed",
    "Playback",
    "Progress",
    "Recorder",
    "Recording",
    "Redaction",
    "ReplayError",
    "Replayed",
    "Share",
    "Stability",
    "Store",
    "Tally",
    "Toolbook",
    "Totals",
    "TraceDiff",
    "Unread",
    "WhatIf",
    "WrittenTest",
    "audit_file",
    "audit_run",
    "compare_file",
    "compare_run",
    "diff",
    "effect",
    "evaluators_from",
    "fork",
    "guards_from",
    "import_file",
    "line_of",
    "print_differences",
    "print_totals",
    "read_runs",
    "read_toolbook",
    "record",
    "record_always",
    "recorded_context",
    "recordings_in",
    "replay",
    "setting_names",
    "stability",
    "to_test",
    "what_if",
    "whole_file",
]
