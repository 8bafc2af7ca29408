"""What a run has seen is rebuilt from its messages, bounded, and only when asked for."""

import pytest
from holdfast.guards import Source, Sources
from holdfast.guards import sources as module

from .desk import makes, result, says, user


def texts(messages, **known):
    return [source.text for source in Sources(messages, **known)]


def note(text, mark):
    return {**user(text), "additional_kwargs": {"holdfast": mark}}


@pytest.mark.parametrize(
    ("message", "seen"),
    [
        pytest.param(user("hello"), ["hello"], id="the user"),
        pytest.param({"role": "system", "content": "rules"}, ["rules"], id="the system prompt"),
        pytest.param(result("found"), ["found"], id="a result"),
        pytest.param(says("I think so"), [], id="not the model"),
        pytest.param({**says("found"), "name": "search"}, [], id="not a named one, by default"),
        pytest.param(note("a nudge", "nudge"), [], id="not a nudge"),
        pytest.param(note("go on with W1", "human"), ["go on with W1"], id="a person's word"),
        pytest.param(user("  "), [], id="not an empty text"),
    ],
)
def test_the_models_own_words_and_holdfasts_are_no_sources(message, seen):
    assert texts([message]) == seen


def test_in_a_team_specialists_messages_are_results():
    messages = [{**says("two lamps"), "name": "search"}, says("So it is two.")]
    assert texts(messages, named=True) == ["two lamps"]


def test_sources_name_what_they_come_from():
    (source,) = Sources([makes("look", "c7"), result("found", "c7")])
    assert source == Source("c7", "found", "tool")


def test_an_errors_echo_of_its_own_arguments_is_taken_out():
    messages = [
        makes("look", "c", ids=["AB12", "CD34"]),
        result("no AB12 or XY", "c", x_error=True),
    ]
    assert texts(messages) == ["no   or XY"]


def test_the_newest_and_the_system_prompts_are_kept(monkeypatch):
    monkeypatch.setattr(module, "SOURCES", 3)
    messages = [{"role": "system", "content": "rules"}, *(user(f"{n}") for n in range(9))]
    assert texts(messages) == ["rules", "7", "8"]


def test_their_length_in_all_is_bounded(monkeypatch):
    monkeypatch.setattr(module, "CHARACTERS", 10)
    assert texts([user("old"), user("x" * 6), user("y" * 8)]) == ["xx", "y" * 8]


def test_nothing_is_read_before_somebody_looks():
    unread = Sources(iter("these are no messages"))
    assert isinstance(unread, Sources)
