import io

from holdfast.guards import LoopGuard, ToolCallGuard
from holdfast.traces import Recording, Totals, audit_run, print_totals
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from .runs import repeated, says

CALM = LoopGuard(nudge=3, block=5)

laps = st.integers(1, 9)
reward = st.sampled_from([None, 0.0, 0.5, 1.0])


def totals_of(runs):
    totals = Totals()
    for n, given_reward in runs:
        run = Recording("r", [*repeated(n), says()], given_reward)
        totals.add(audit_run(run, (CALM, ToolCallGuard())))
    return totals


def printed(totals, **options):
    text = io.StringIO()
    console = Console(file=text, width=80, **options)
    print_totals(console, totals, seconds=1.0)
    return text.getvalue()


def test_runs_and_trips_are_counted_by_kind_and_reward():
    totals = totals_of([(1, 1.0), (3, 1.0), (5, 0.0), (9, None)])
    (tally,) = totals.tallies()
    assert (tally.label, tally.action, tally.runs, tally.trips) == (
        "loop: same_call",
        "escalate",
        3,
        15,
    )
    assert [tuple(share) for share in totals.rewarded(tally)] == [(1, 2), (1, 1)]
    assert totals.endings == {"completed": 3, "loop_stopped": 1}
    assert totals.severest == "escalate"


@given(st.lists(st.tuples(laps, reward), max_size=6))
def test_the_parts_add_up_to_the_whole(runs):
    totals = totals_of(runs)
    assert totals.runs == len(runs) == sum(totals.endings.values())
    assert totals.succeeded + totals.failed == sum(r is not None for _, r in runs)
    assert all(
        t.succeeded + t.failed <= t.runs <= totals.tripped <= t.trips for t in totals.tallies()
    )


def test_the_report_has_a_table_and_bars_within_80_columns():
    text = printed(totals_of([(1, 1.0), (3, 1.0), (5, 0.0)]))
    assert max(map(len, text.splitlines())) <= 80
    assert "same_call" in text
    assert "1 50.0%" in text
    assert "██" in text
    assert "nobody said which tools there are" in " ".join(text.split())


def test_the_report_says_when_nothing_tripped():
    assert "No guard tripped" in printed(totals_of([(1, None)]))


def test_the_report_takes_nothing_for_markup():
    totals = totals_of([(1, None)])
    totals.endings["[red]\x1b[31mx[/red]"] += 1
    text = printed(totals, force_terminal=True)
    assert "[red]" in text
    assert "\x1b[31mx" not in text
