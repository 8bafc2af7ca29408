"""What sort of value an argument is: that decides what it means to have seen it."""

import re
from collections.abc import Mapping
from typing import Any, Literal

from .dates import as_date
from .vocabulary import word_set

Kind = Literal["identifier", "date", "amount", "name", "code", "expression"]

FREE = word_set(
    "summary thought thoughts message messages text body content contents note notes reason query"
    " description comment comments title subject prompt question answer command code script sql"
    " patch diff explanation instructions instruction feedback details input search task"
)
"""Names of arguments that hold a model's own words."""

_IDENTIFYING = word_set(
    "id ids uid uuid guid key email mail phone telephone mobile number no zip zipcode postcode"
    " postal account iban isbn sku ref reference token url uri link path file filename filepath"
    " username user login handle address1 address"
)
_NAMING = word_set("name names firstname lastname surname city town street")
_AMOUNTING = word_set(
    "amount price cost total quantity count limit size number_of max min gb days hours"
)
_WORLD = word_set(
    "origin destination airport airports iata icao from to country state province region currency"
    " language locale lang timezone tz departure arrival"
)
"""Arguments whose codes belong to the world, not to the run: a model may know JFK or USD."""
LONGEST = 4
"""A text of more words is the model's own."""
_PARTS = re.compile(r"[A-Z]?[a-z]+\d*|[A-Z]+(?![a-z])\d*|\d+")
_WORDS = re.compile(r"[^\s]+")
_EXPRESSION = re.compile(r"[\d\s.,$%()+*/xX×÷-]*[+*/×÷-][\d\s.,$%()+*/xX×÷-]*")
_NUMBER = re.compile(r"[-+]?[$€£]?\d[\d,]*(?:\.\d+)?%?")
_CODE = re.compile(r"[A-Z]{2,5}")
_CHOICE = re.compile(r"[a-z\d]*[a-z][a-z\d]*(?:[_ -][a-z\d]+)*")
_MARKS = re.compile(r"[\d@#/\\]|://|\w\.\w")


def kind_of(
    key: str, value: Any, schema: Mapping[str, Any], *, strict: bool = False
) -> Kind | None:
    """Return the kind of one value, or None where there is nothing to check.

    Nothing to check: an empty value, one the schema lists (enum, const, default, examples are
    not), the model's own words, and an ordinary lower-case word, which is a choice and not
    a fact of the run.

    Args:
        key: The nearest argument name, `date` in `flights[0].date`.
        value: A string or a number.
        schema: The value's own JSON Schema, empty when unknown.
        strict: Whether a policy asks for a check: then words and free text are checked too.
    """
    if _is_listed(value, schema):
        return None
    if isinstance(value, int | float):
        return "identifier" if _names(key, _IDENTIFYING) and abs(value) > 999 else "amount"
    text = str(value).strip()
    if not text or text.casefold() in ("yes", "no", "true", "false", "null", "none"):
        return None
    return _kind_of_text(key, text, strict=strict)


def _kind_of_text(key: str, text: str, *, strict: bool) -> Kind | None:
    if as_date(text) is not None:
        return "date"
    if _names(key, _IDENTIFYING):
        return "identifier"
    if _EXPRESSION.fullmatch(text) and any(map(str.isdigit, text)):
        return "expression"
    if _NUMBER.fullmatch(text):
        return "amount"
    if strict:
        return "identifier" if _MARKS.search(text) else "name"
    return None if _is_own_words(key, text) else _kind_of_words(key, text)


def _is_own_words(key: str, text: str) -> bool:
    return _names(key, FREE) or "\n" in text or len(_WORDS.findall(text)) > LONGEST


def _kind_of_words(key: str, text: str) -> Kind | None:
    if _CODE.fullmatch(text):
        return None if _names(key, _WORLD) else "code"
    if _CHOICE.fullmatch(text) and not re.search(r"\d{3}", text):
        return "name" if _names(key, _NAMING) else None
    if _MARKS.search(text):
        return "identifier"
    return "name" if _names(key, _NAMING) or text[0].isupper() else None


def _names(key: str, words: frozenset[str]) -> bool:
    parts = [part.lower() for part in _PARTS.findall(key)]
    return bool(parts) and (parts[-1] in words or key.lower() in words)


def _is_listed(value: Any, schema: Mapping[str, Any]) -> bool:
    listed = [schema.get("const"), schema.get("default"), *_list(schema.get("enum"))]
    for name in ("anyOf", "oneOf", "allOf"):
        for option in _list(schema.get(name)):
            if isinstance(option, Mapping) and _is_listed(value, option):
                return True
    return any(value == each for each in listed if each is not None)


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else []
