"""Looking at recorded traces: as a list, a tree, a page, and as messages that guards judge."""

from .blocks import Blocks
from .conversation import Conversation
from .listing import Listed, listed, print_list
from .recordings import recording, recordings
from .seen import Seen, seen_spans, trace_json
from .stored_trace import StoredTrace
from .trace_diff import TraceDiff, diff
from .trace_page import write_trace_page
from .tree import print_trace

__all__ = [
    "Blocks",
    "Conversation",
    "Listed",
    "Seen",
    "StoredTrace",
    "TraceDiff",
    "diff",
    "listed",
    "print_list",
    "print_trace",
    "recording",
    "recordings",
    "seen_spans",
    "trace_json",
    "write_trace_page",
]
