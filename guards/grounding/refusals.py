"""Sentences that claim nothing because they decline: supported by definition."""

import re

_SOURCES = r"(?:passages?|documents?|sources?|context|texts?|articles?|information|materials?)"
_REFUSAL = re.compile(
    r"\b(?:unable|not able|not possible|impossible) to (?:answer|determine|say|provide|find)\b"
    r"|\b(?:can(?:no|['’])t|cannot|could ?n[o'’]t) (?:answer|determine|find|be answered)"
    rf"|\b{_SOURCES}\b[^.;,]{{0,40}}\b(?:do(?:es)?|did) ?n[o'’]t\s+(?:\w+\s+)?"
    r"(?:contain|mention|provide|specify|include|say|state|cover|answer|give)"
    rf"|\bnot (?:\w+ )?(?:in|mentioned in|found in|provided in|covered by) the (?:\w+ )?{_SOURCES}"
    r"|\bI (?:do not|don['’]t) (?:know|have (?:enough|sufficient|any|the) )"
    r"|\bno (?:information|mention|answer)\b[^.;,]{0,40}\b(?:in|about|is|was)\b",
    re.IGNORECASE,
)


def refuses(claim: str) -> bool:
    """Whether a sentence says that the sources, or the speaker, do not have the answer.

    >>> refuses("The documents do not mention a price."), refuses("The price is not low.")
    (True, False)
    """
    return _REFUSAL.search(claim) is not None
