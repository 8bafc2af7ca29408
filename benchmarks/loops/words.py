"""What the report says around its tables."""

HEAD = """# Loops

`python benchmarks/loops/scoreboard.py`: each detector judges each case and each recorded run after
every step, with its default settings and no facts about any tool. *Recall* is over confident cases
that hold a loop; *look-alikes* are confident cases that hold none; *successful runs* are all
recorded runs with reward 1, each a false alarm when it is reached. *Repeats* is the median count
at which a loop reached the rung, the call that was not run among them. Intervals are Wilson's, 95
%. Cases from suites of tests ask once, of the whole history: their look-alikes are judged at their
end. A harness's messages in a run without a person begin no new run. The peers' rules are
re-implemented from their published descriptions (`peers.py`), not their code; what halts, refuses
or stops counts as their block. Times are on shared cores, and comparable only with each other."""

SECTIONS = (
    "## Confident cases, and real runs that succeeded",
    "## Does a peer's rule dominate?",
    "## By what repeats (LoopGuard(), confident cases)",
    "## Made runs: what the recorded ones hold too little of (LoopGuard(), 20 of each)",
    "## Apart: labels of low confidence, calls without results, text in chunks",
    "## Each successful run that was nudged or blocked",
    "## What was missed, and look-alikes taken for loops",
    "## Cost and the length of the history",
)

CHOICES = """## Why the defaults are what they are

- `nudge=2`: two equal calls in a row with one result are seen in 1.5 % of the successful runs, and
  a note costs forty tokens. At 3, a loop has cost a call more, and no look-alike of the real runs
  is spared but that 1 %.
- `block=3`: three are seen in 2 of the 395, both of which hand a customer over three and eight
  times; the labelled loops hold several of the same form, cut after the third call, so no rule can
  block those and spare these. A blocked call is answered with what it returned before, which for
  a look-up loses nothing. Who polls says so (`poller=True`), or names the tool for it.
- `wrap_up=7`, `last=8`: four blocked calls in a row are a model that does not read its answers.
- `longest=8`: asked for; the cost is bounded by it.
- `stale=6`: no successful run but one labelled loop brings no news four times in a row.
- Edits (`near_call`): one rung later, two for the block; numbers, ids, dates and codes must be the
  same, since look-ups of one thing after another differ in those and may well all find nothing.
- Over several turns: texts one later, failing calls one and two later and never above a block: a
  person may ask to try again. Repeated look-ups that succeed are never counted over turns."""
