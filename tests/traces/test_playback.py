import dataclasses

from holdfast.guards import Price, ToolFacts, ToolSpec
from holdfast.guards.channel import extend_ledger, view
from holdfast.guards.message import read_message
from holdfast.guards.messages import Reader
from holdfast.traces import Playback
from hypothesis import given
from hypothesis import strategies as st

TOOLS = {"book": ToolSpec("book", facts=ToolFacts(effects=True)), "look": ToolSpec("look")}
PRICES = {"m": Price(1.0, 2.0)}

tool = st.sampled_from(["book", "look"])
args = st.fixed_dictionaries({"id": st.sampled_from(["1", "2"])})


@st.composite
def turn(draw):
    kind = draw(st.sampled_from(["user", "says", "calls"]))
    if kind != "calls":
        role = "user" if kind == "user" else "assistant"
        return [{"role": role, "content": draw(st.text(max_size=5)), "model": "m"}]
    made = draw(st.lists(st.tuples(tool, args), min_size=1, max_size=3))
    made = [{"id": f"c{n}", "name": name, "args": given} for n, (name, given) in enumerate(made)]
    failed = draw(st.booleans())
    return [
        {"role": "assistant", "content": "", "tool_calls": made},
        *(
            {"role": "tool", "tool_call_id": c["id"], "content": "x", "x_error": failed}
            for c in made
        ),
    ]


def by_the_reducer(messages):
    """The views as the channel of a graph would give them, folded message by message."""
    reader, state = Reader(TOOLS, PRICES), None
    for item in messages:
        message = read_message(item)
        update = reader.read(message)
        state = extend_ledger(state, [update])
        if update.get("steps"):
            yield view(state, proposed=message.calls)


def facts(ledger):
    names = ("steps", "done", "spent", "thread", "proposed")
    return {name: list(v) if isinstance(v := getattr(ledger, name), tuple) else v for name in names}


@given(st.lists(turn(), max_size=8))
def test_a_played_back_run_is_seen_as_the_reducer_would_have_kept_it(turns):
    messages = [message for one in turns for message in one]
    played = (dataclasses.replace(one) for one in Playback(TOOLS, PRICES).views(messages))
    for mine, kept in zip(played, by_the_reducer(messages), strict=True):
        assert facts(mine) == facts(kept)


def test_a_long_run_is_seen_by_its_last_256_steps():
    messages = [{"role": "assistant", "content": str(n)} for n in range(300)]
    playback = Playback()
    *_, last = playback.views(messages)
    assert [last.steps[0]["n"], last.steps[-1]["n"], len(last.steps)] == [45, 300, 256]
    assert last.thread["model_calls"] == 300


def test_calls_are_proposed_before_their_results_and_not_after():
    messages = [
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [{"id": "a", "name": "look", "args": {}}],
        },
        {"role": "tool", "tool_call_id": "a", "content": "x"},
        {"role": "assistant", "content": "well"},
    ]
    seen = [([c.id for c in v.proposed], v.answer) for v in Playback().views(messages)]
    assert seen == [(["a"], None), ([], None), ([], "well")]
