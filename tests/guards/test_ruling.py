import pytest
from holdfast.guards import Call, GuardConfigError, Ledger, ToolFacts
from holdfast.guards.channel import extend_ledger, view
from holdfast.guards.ledger import make_step
from holdfast.guards.ruling import RULINGS_KEPT, make_ruling, under_rulings
from holdfast.guards.verdict import tripped
from hypothesis import given
from hypothesis import strategies as st

PAY = Call("c1", "pay", {"eur": 7})


def after(*rulings, then=()):
    state = extend_ledger({}, [{"steps": [make_step("human", "reject")], "rulings": list(rulings)}])
    return view(extend_ledger(state, list(then)))


def trip(action, kind="same_call", guard="loop", calls=("c1",)):
    return tripped(guard, kind, action, "No.", calls=calls)


@pytest.mark.parametrize(
    ("says", "call", "found", "left"),
    [
        pytest.param("rejected", PAY, [], ["block"], id="a rejected call is blocked"),
        pytest.param(
            "rejected", Call("c9", "pay", {"eur": 7.0}), [], ["block"], id="under any other id"
        ),
        pytest.param(
            "rejected", Call("c9", "pay", {"eur": 8}), [], [], id="another call is judged anew"
        ),
        pytest.param(
            "rejected", PAY, [trip("escalate")], ["block", "wrap_up"], id="nobody is asked again"
        ),
        pytest.param("rejected", PAY, [trip("stop")], ["block", "stop"], id="a stop stays a stop"),
        pytest.param("approved", PAY, [trip("escalate")], [], id="an approved call runs"),
        pytest.param(
            "approved", Call("c9", "pay", {"eur": 7}), [trip("block", calls=["c9"])], ["block"],
            id="once, and not under another id",
        ),
        pytest.param(
            "approved", PAY, [trip("block", "invalid_arguments", "tool_call")], ["block"],
            id="what cannot run does not run",
        ),
        pytest.param(
            "approved", PAY, [trip("block", "tokens", "budget")], ["block"], id="nor what is unpaid"
        ),
        pytest.param(
            "approved", PAY, [trip("stop", calls=())], ["stop"], id="nor in a run that is to stop"
        ),
        pytest.param("open", PAY, [trip("block")], ["block"], id="a word that is taken back"),
    ],
)  # fmt: skip
def test_a_persons_word_on_a_call_stays_said(says, call, found, left):
    ledger = after(make_ruling(PAY, says, "too dear"))
    assert [verdict["action"] for verdict in under_rulings(ledger, call, found)] == left


def test_a_rejection_is_answered_with_its_reason_and_its_step():
    ledger = after(make_ruling(PAY, "rejected", "too dear, token=sk-12345678901234567890"))
    (verdict,) = under_rulings(ledger, PAY, [])
    assert "rejected this call of 'pay': too dear, token=[redacted]" in verdict["reason"]
    assert "sk-1234" not in verdict["reason"]
    assert verdict["steps"] == [1]


def test_a_later_word_replaces_an_earlier_one():
    ledger = after(make_ruling(PAY, "rejected"), make_ruling(PAY, "open"))
    assert under_rulings(ledger, PAY, []) == []


def test_a_rejection_outlives_a_new_run_and_all_steps():
    steps = [make_step("model", "m")] * 300
    ledger = after(make_ruling(PAY, "rejected"), then=[{"begin": {"at": 1.0}}, {"steps": steps}])
    assert under_rulings(ledger, PAY, [])


@given(many=st.integers(0, 40))
def test_rulings_are_bounded_and_the_newest_stay(many):
    rulings = [
        make_ruling(Call(str(n), "pay", {"eur": n}), "rejected") for n in range(RULINGS_KEPT + many)
    ]
    kept = extend_ledger({}, [{"rulings": rulings}])["rulings"]
    assert list(kept) == [ruling["key"] for ruling in rulings[many:]]


@pytest.mark.parametrize(
    ("approval", "arguments", "needed"),
    [
        pytest.param(True, {"eur": 1}, True, id="always"),
        pytest.param(False, {"eur": 1}, False, id="never"),
        pytest.param(lambda args: args["eur"] > 100, {"eur": 101}, True, id="by its arguments"),
        pytest.param(lambda args: args["eur"] > 100, {"eur": 100}, False, id="not by these"),
    ],
)
def test_facts_say_which_calls_need_approval(approval, arguments, needed):
    assert ToolFacts(approval=approval).needs_approval(arguments) is needed


def test_approval_is_yes_no_or_a_function():
    with pytest.raises(GuardConfigError, match="approval='yes': use True, False, or a function"):
        ToolFacts(approval="yes")


def test_a_view_of_nothing_holds_no_rulings():
    assert Ledger().rulings == {}
