"""Words as grounding compares them: numbers whole, endings off, any script.

A word is a number with its separators, a run of letters and digits, or one character of a
script that does not put spaces between words.
"""

import re
from functools import lru_cache

from .vocabulary import word_list, word_set

UNSPACED = "\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff"
WORD = re.compile(rf"\d+(?:[.,]\d+)*|[{UNSPACED}]|[^\W_{UNSPACED}]+(?:['’][^\W\d_]+)?")
_ASCII_WORD = re.compile(r"\d+(?:[.,]\d+)*|[a-zA-Z0-9]+(?:'[a-zA-Z]+)?", re.ASCII)


def word_pattern(text: str) -> re.Pattern[str]:
    """Return what finds the words of a text: `WORD`, or the same for ASCII, which is faster."""
    return _ASCII_WORD if text.isascii() else WORD


STOP = word_set("""
    a about above after again all also am an and any are as at be because been before being below
    between both but by can could did do does doing down during each for from further had has have
    having he her here hers him his how i if in into is it its itself just may me might more most
    must my of off on once one only or other our out over own s same shall she should so some such t
    than that the their theirs them then there these they this those through to too under until up
    us very was we were what when where which while who whom whose why will with within would you
    your yours yes however therefore thus additionally furthermore moreover overall
    passage passages source sources document documents context information provided given based
    according answer question mention mentioned mentions state states stated text article""")
"""Words that carry no fact of their own: grammar, connectives, and talk about the sources."""

NEGATIONS = word_set(
    "not no never none neither nor without cannot cant can't don't dont doesn't didn't isn't aren't"
    " wasn't weren't won't wouldn't shouldn't couldn't hasn't haven't unable fail failed fails"
    " unlike lack lacks"
)

STRONG = word_set(
    "all always only every never most least best worst first last largest smallest highest lowest"
    " more less fewer greater higher"
    " lower better worse increase increased decrease decreased before"
    " after unlike significantly significant rarely often usually typically generally commonly"
)
"""Quantifiers, comparatives, superlatives: a small word that changes a claim."""
HEDGES = word_set(
    "may might could can possible possibly likely perhaps"
    " seems appears suggests implied imply"
    " important note essential crucial recommended advisable consult ensure consider"
)
META = word_set("passage passages source sources document documents context text article")
ADVICE = word_set("you your please i we my our me hope")
OPENERS = word_set(
    "therefore however overall additionally furthermore moreover thus so in it this based also"
    " alternatively if for to while as"
)

_THOUSANDS = re.compile(r",(?=\d{3}(?!\d))")
_NUMBER_WORDS = {
    word: str(value)
    for value, word in enumerate(
        word_list(
            "zero _ two three four five six seven eight nine ten eleven twelve thirteen fourteen"
            " fifteen sixteen seventeen eighteen nineteen twenty"
        )
    )
    if word != "_"
} | {"thirty": "30", "forty": "40", "fifty": "50", "sixty": "60", "ninety": "90", "hundred": "100"}
_ENDINGS = {
    "s": ("ations", "ments", "ings", "ions", "ies", "es", "s"),
    "n": ("ation", "ion"),
    "t": ("ment",),
    "g": ("ing",),
    "d": ("ied", "ed"),
    "y": ("ingly", "edly", "ly", "y"),
    "e": ("e",),
}
"""Endings taken off a word, by their last letter, longest first."""


@lru_cache(maxsize=1 << 15)
def stem(word: str) -> str:
    """Return the stem of a lower-case word.

    >>> stem("cancelled") == stem("cancelling") == stem("cancels")
    True
    >>> stem("1,200"), stem("twelve")
    ('1200', '12')
    """
    if word[0].isdigit():
        return number(word)
    if word in _NUMBER_WORDS:
        return _NUMBER_WORDS[word]
    if word.endswith(("'s", "’s")):
        word = word[:-2]
    size = len(word)
    for ending in _ENDINGS.get(word[-1:], ()):
        if size >= len(ending) + 3 and word.endswith(ending):
            word = word[: -len(ending)]
            break
    if len(word) > 3 and (word[-1] == word[-2] or word[-1] == "e"):
        word = word[:-1]
    return word


def number(text: str) -> str:
    """Return one spelling of a number: no thousands separators, no trailing zeros.

    >>> number("1,200.50"), number("3.0"), number("007"), number("5th")
    ('1200.5', '3', '007', '5th')
    """
    plain = _THOUSANDS.sub("", text) if "," in text else text
    if "." in plain and plain.count(".") == 1 and plain.replace(".", "").isdigit():
        return plain.rstrip("0").rstrip(".")
    return plain


STOP_STEMS = frozenset(map(stem, STOP))
