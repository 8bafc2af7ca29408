"""Tell sentences that claim something from those that ask, offer, promise, thank or greet."""

import re

_WORDS = (
    "please",
    "kindly",
    "let me know",
    "let['’]s",
    "feel free",
    "would you",
    "could you",
    "can you",
    "may i",
    "shall i",
    "thank",
    "hello",
    "hi",
    "you['’]re welcome",
    "have a",
    "i apologi[sz]e",
    "i(?:['’]m| am) (?:sorry|happy|glad)",
    "i(?:['’]ll| will|['’]d)",
    "we(?:['’]ll| will)",
)
_ACT = re.compile(rf"^\W*(?:(?:and|so|then|also)\W+)*(?:{'|'.join(_WORDS)})\b", re.IGNORECASE)


def claims_nothing(sentence: str) -> bool:
    """Return whether a sentence claims nothing that a source could support.

    >>> [claims_nothing(text) for text in ("Shall I go on?", "Please wait.", "It costs 5 euros.")]
    [True, True, False]
    """
    text = sentence.strip()
    return text.endswith("?") or _ACT.match(text) is not None
