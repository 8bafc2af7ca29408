import pytest
from holdfast.guards import ContextGuard, GuardConfigError, Ledger, Prompt, pin
from holdfast.guards.context import missing_pins
from holdfast.guards.overflow import is_overflow
from holdfast.guards.pins import add_pins
from holdfast.guards.remembered import remembered
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.exceptions import ContextOverflowError


@pytest.mark.parametrize(
    ("settings", "prompt", "said"),
    [
        pytest.param({}, None, ("pass", "none", ""), id="no prompt to judge"),
        pytest.param({}, Prompt(900, 1_000), ("pass", "none", ""), id="at the share"),
        pytest.param({}, Prompt(901, 1_000), ("trip", "wrap_up", "window"), id="above it"),
        pytest.param({"window": 800}, Prompt(800, 9_000), ("trip", "wrap_up", "window"), id="own"),
        pytest.param({"share": 0.5}, Prompt(501, 1_000), ("trip", "wrap_up", "window"), id="half"),
        pytest.param(
            {"action": "escalate"}, Prompt(999, 1_000), ("trip", "escalate", "window"), id="asks"
        ),
        pytest.param({}, Prompt(5), ("skip", "none", ""), id="nobody says how long"),
        pytest.param({}, Prompt(5, 9, ("x",)), ("trip", "nudge", "missing_pin"), id="a lost pin"),
        pytest.param({}, Prompt(5, None, ("x",)), ("trip", "nudge", "missing_pin"), id="lost too"),
        pytest.param({"pins": False}, Prompt(5, 9, ("x",)), ("pass", "none", ""), id="not asked"),
        pytest.param({}, Prompt(9, 9, ("x",)), ("trip", "wrap_up", "window"), id="both"),
    ],
)
def test_a_prompt_is_judged_by_its_window_and_its_pins(settings, prompt, said):
    verdict = ContextGuard(**settings).check(Ledger(prompt=prompt))
    assert (verdict["outcome"], verdict["action"], verdict["kind"]) == said


def test_the_reasons_say_the_numbers_and_the_pins():
    guard = ContextGuard(window=1_000)
    assert guard.check(Ledger(prompt=Prompt(950)))["reason"] == (
        "The prompt has 950 tokens, 95% of the 1,000 that the model reads; 90% are allowed."
    )
    lost = guard.check(Ledger(prompt=Prompt(5, None, tuple("abcde"))))
    assert lost["reason"].endswith(
        "still holds: <pinned>a</pinned> <pinned>b</pinned> <pinned>c</pinned> (2 more)"
    )


@pytest.mark.parametrize(
    "wrong", [{"window": 0}, {"share": 0}, {"share": 1.1}, {"action": "nudge"}, {"action": "no"}]
)
def test_settings_that_judge_nothing_are_refused(wrong):
    with pytest.raises(GuardConfigError):
        ContextGuard(**wrong)


words = st.text(min_size=1, max_size=20).filter(str.strip)


@given(words, st.lists(words, max_size=3), st.lists(words, max_size=3))
def test_nothing_is_missing_from_a_prompt_that_says_what_is_pinned(goal, rules, decisions):
    pins = add_pins({}, pin(goal=goal, constraint=rules)["pins"])
    for one in decisions:
        pins = add_pins(pins, pin(decision=one)["pins"])
    assert missing_pins(pins, ["You travel.", remembered(pins)]) == ()


def test_what_is_not_in_the_prompt_is_missing():
    pins = add_pins({}, pin(goal="a goal", constraint="a rule", decision="a choice")["pins"])
    assert missing_pins(pins, ["This has a rule in it."]) == ("a goal", "a choice")
    assert missing_pins(None, []) == ()


class TooLongError(ContextOverflowError):
    pass


@pytest.mark.parametrize(
    ("error", "known"),
    [
        pytest.param(TooLongError("x"), True, id="LangChain's"),
        pytest.param(
            ValueError("This model's maximum context length is 8192 tokens"), True, id="OpenAI's"
        ),
        pytest.param(ValueError("prompt is too long: 200,001 tokens"), True, id="Anthropic's"),
        pytest.param(ValueError("the argument is too long"), False, id="another"),
        pytest.param(TimeoutError(), False, id="no words"),
    ],
)
def test_a_prompt_that_was_too_long_is_known_by_its_error(error, known):
    assert is_overflow(error) is known
