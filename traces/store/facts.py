"""Names under which a span's metadata hold what the recorder knows of it beside its fields."""

from typing import Final

WAITS_AT: Final = "holdfast_waits_at"
"""Of a graph that waits for a person: the checkpoint at which it was asked, and its namespace."""
WENT_ON_FROM: Final = "holdfast_went_on_from"
"""Of a graph that was resumed: the checkpoint from which it went on, and its namespace."""
PASSED: Final = "holdfast_passed"
"""Of a node: for each guard that judged there and passed, how often it passed what.

`calls` are judgements of proposed calls, `answers` of answers (by guards that judge answers),
`prompts` of prompts, `runs` of what was done until then; `score` is the guard's own measure, of the
last one.
"""
