import pytest
from holdfast.guards.errors import GuardConfigError
from holdfast.guards.grounding import Scores, claims_of, ground, run_scorer
from hypothesis import given, settings
from hypothesis import strategies as st

SOURCES = [
    (
        "The Moorfield bridge opened on 3 May 1932. It was designed by Ada Lindqvist and cost $4.2"
        " million. The bridge has two towers and carries six lanes of traffic."
    ),
    "Tolls on the bridge were abolished in 1988. Cyclists may not use the upper deck at night.",
]

words = st.sampled_from(
    [
        "bridge",
        "tower",
        "toll",
        "lane",
        "deck",
        "night",
        "opened",
        "cost",
        "1932",
        "1988",
        "two",
        "never",
        "blue",
    ]
)
sentences = st.lists(words, min_size=3, max_size=12).map(
    lambda row: " ".join(row).capitalize() + "."
)
texts = st.lists(sentences, min_size=1, max_size=5).map(" ".join)
few = settings(max_examples=40, deadline=None)


def supported(answer, sources=SOURCES, **more):
    return [claim.supported for claim in ground(answer, sources, **more).claims]


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param("The bridge has two towers and carries six lanes of traffic.", id="a copy"),
        pytest.param(
            "Tolls on the bridge were abolished in 1988 [2].", id="a copy with its source"
        ),
        pytest.param("The sources do not mention who owns the bridge.", id="a refusal"),
        pytest.param("I am unable to answer based on the given passages.", id="a plain refusal"),
        pytest.param("", id="nothing"),
        pytest.param(" \n--- | ***\n", id="nothing but marks"),
    ],
)
def test_an_answer_that_adds_nothing_is_grounded(answer):
    found = ground(answer, SOURCES)
    assert (found.grounded, found.unsupported) == (True, ())


@pytest.mark.parametrize(
    ("claim", "told"),
    [
        pytest.param(
            "Visitors should book guided helicopter tours online two weeks beforehand.",
            "not in the sources: Visitors",
            id="a sentence of its own",
        ),
        pytest.param(
            "Tolls were abolished in 1988 [7].", "cites source 7 of 2", id="no such source"
        ),
        pytest.param(
            "The bridge has two towers [2].",
            "the source it cites does not say it",
            id="another source",
        ),
    ],
)
def test_a_claim_the_sources_do_not_make_is_marked_with_why(claim, told):
    copied = "The bridge has two towers and carries six lanes of traffic."
    found = ground(f"{copied} {claim}", SOURCES)
    assert [each.supported for each in found.claims] == [True, False]
    assert found.claims[1].why.startswith(told)


@pytest.mark.parametrize(
    ("claim", "kind"),
    [
        pytest.param("It opened on 3 May 1932.", "date", id="date"),
        pytest.param("It carries 6 lanes.", "number", id="number"),
        pytest.param("It was designed by Ada Lindqvist.", "name", id="name"),
        pytest.param('She called it "a bridge of dreams".', "quote", id="quote"),
        pytest.param("Tolls were abolished [2].", "citation", id="citation"),
        pytest.param("It has towers.", "statement", id="statement"),
    ],
)
def test_a_claim_says_what_sort_it_is(claim, kind):
    assert ground(claim, SOURCES).claims[0].kind == kind


def test_the_evidence_is_the_passage_nearest_to_the_claim():
    (claim,) = ground("It was designed by Ada Lindqvist.", SOURCES).claims
    passage = SOURCES[claim.evidence.source][claim.evidence.start : claim.evidence.end]
    assert passage == "It was designed by Ada Lindqvist and cost $4.2 million."


def test_without_sources_only_a_refusal_is_supported():
    assert supported("I don't know. The bridge is old.", []) == [True, False]


def test_words_of_the_question_are_not_held_against_the_answer():
    answer = "The Golden Viaduct has two towers."
    asked = ground(answer, SOURCES, "How many towers has the Golden Viaduct?")
    assert asked.claims[0].why == "" or "Golden" not in asked.claims[0].why


def test_an_invented_sentence_scores_less_than_a_copied_one():
    copied, invented = ground(
        "Tolls on the bridge were abolished in 1988. A ghost haunts its cellar since Christmas.",
        SOURCES,
    ).claims
    assert copied.score > invented.score


@pytest.mark.parametrize(
    ("answer", "claims"),
    [
        pytest.param("1. One tower.\n2. Two decks.", ["One tower.", "Two decks."], id="a list"),
        pytest.param(
            "| a | b |\n|---|---|\n| c | 4 |", ["a | b", "c | 4"], id="a table, without its rule"
        ),
        pytest.param("```py\nx = 1\n```", ["py", "x = 1"], id="a code block"),
        pytest.param("Dr. Li paid $3.50. Why?", ["Dr. Li paid $3.50.", "Why?"], id="a title"),
        pytest.param("桥很长。塔很高。", ["桥很长。", "塔很高。"], id="Chinese"),
        pytest.param("<p>Two <b>towers</b></p>", ["<p>Two <b>towers</b></p"], id="HTML"),
    ],
)
def test_an_answer_is_cut_into_claims_whatever_its_form(answer, claims):
    assert claims_of(answer) == claims


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("桥于1932年开放。它有两座塔。", id="Chinese"),
        pytest.param("สะพานเปิดในปี 1932", id="Thai"),
        pytest.param("افتتح الجسر عام 1932.", id="Arabic"),
        pytest.param(
            "İSTANBUL köprüsü 1932 yılında açıldı.", id="a letter that grows in lower case"
        ),
        pytest.param("| year | event |\n|---|---|\n| 1932 | opening |", id="a table"),
        pytest.param("```\nopen(1932)\n```", id="code"),
        pytest.param("<table><tr><td>1932</td></tr></table>", id="HTML"),
        pytest.param("no full stop " * 400, id="a sentence without end"),
        pytest.param("\ud800 bridge", id="half a character"),
    ],
)
def test_a_copy_is_grounded_in_any_script_and_form(text):
    assert ground(text, [text]).grounded


def test_a_megabyte_of_sources_is_judged():
    assert ground("The bridge has two towers.", [SOURCES[0] * 6_000]).claims[0].source == 0


def test_scores_from_elsewhere_take_the_place_of_the_lexical_ones():
    class Judge:
        name = "judge"

        def __call__(self, claims, sources):
            return [0.9, 0.2]

    answer = "It has towers. It is made of cheese."
    found = ground(answer, SOURCES, scores=run_scorer(Judge(), answer, SOURCES))
    assert (found.score, found.grounded, found.scorer) == (0.2, False, "judge")
    assert [claim.supported for claim in found.claims] == [True, False]


def test_scores_for_another_number_of_claims_are_refused():
    with pytest.raises(GuardConfigError, match="1 scores by judge for 2 claims"):
        ground("It has towers. It is old.", SOURCES, scores=Scores("judge", (0.5,)))


def test_scores_out_of_range_are_refused():
    with pytest.raises(GuardConfigError, match="from 0 to 1"):
        Scores("judge", (1.5,))


@few
@given(answer=texts, sources=st.lists(texts, max_size=3), more=texts)
def test_grounding_does_not_fall_when_a_source_is_added(answer, sources, more):
    before, after = ground(answer, sources), ground(answer, [*sources, more])
    assert after.score >= before.score - 1e-12
    assert all(b.score >= a.score - 1e-12 for a, b in zip(before.claims, after.claims, strict=True))


@few
@given(source=texts, others=st.lists(texts, max_size=2))
def test_an_answer_copied_from_a_source_is_grounded(source, others):
    assert ground(source, [*others, source]).score == 1.0


@few
@given(answer=st.text(max_size=120), sources=st.lists(st.text(max_size=60), max_size=2))
def test_spans_lie_within_their_texts_in_order(answer, sources):
    at = 0
    for claim in ground(answer, sources).claims:
        assert at <= claim.start < claim.end <= len(answer)
        assert claim.text == answer[claim.start : claim.end]
        if claim.evidence:
            assert claim.evidence.end <= len(sources[claim.evidence.source])
        at = claim.end


@few
@given(answer=texts, sources=st.lists(texts, max_size=2))
def test_an_ungrounded_answer_names_a_claim_and_a_score_is_a_share(answer, sources):
    found = ground(answer, sources)
    assert 0 <= found.score <= 1
    assert found.grounded or found.unsupported
