"""Words for actions, grouped by what is done, so that "reserved" is matched by `book_flight`."""

import re

from .vocabulary import word_set

_GROUPS: dict[str, str] = {
    "book": "book booked booking, reserve reserved reservation, schedule scheduled",
    "cancel": "cancel cancelled canceled cancellation, void voided",
    "refund": "refund refunded, reimburse reimbursed",
    "send": "send sent sending, email emailed, mail mailed, notify notified, forward forwarded",
    "change": "update updated, modify modified, change changed, edit edited, adjust adjusted,"
    " switch switched, upgrade upgraded, downgrade downgraded, move moved,"
    " reschedule rescheduled, rename renamed, replace replaced, correct corrected",
    "add": "add added, attach attached, insert inserted",
    "create": "create created, open opened, generate generated, register registered,"
    " write written wrote",
    "submit": "submit submitted, file filed, post posted, publish published",
    "remove": "remove removed, delete deleted, erase erased, drop dropped",
    "return": "return returned, exchange exchanged, swap swapped",
    "transfer": "transfer transferred, escalate escalated, connect connected",
    "pay": "pay paid, purchase purchased, order ordered, buy bought",
    "run": "run ran, execute executed, test tested, deploy deployed, build built,"
    " install installed, restart restarted, reboot rebooted",
    "commit": "commit committed, push pushed, merge merged",
    "enable": "enable enabled, activate activated, unlock unlocked, resume resumed,"
    " restore restored, refuel refueled refuelled, grant granted",
    "disable": "disable disabled, deactivate deactivated, suspend suspended, lock locked,"
    " block blocked, close closed",
    "reset": "reset",
    "save": "save saved, store stored, upload uploaded",
    "process": "process processed, complete completed, finalize finalized finalised, place placed,"
    " initiate initiated, issue issued, apply applied, charge charged, credit credited,"
    " deduct deducted, record recorded",
}
_ALSO: dict[str, str] = {
    "book": "create pay",
    "cancel": "remove",
    "refund": "return cancel change send pay create",
    "send": "create submit",
    "change": "add enable disable reset remove return cancel",
    "add": "change book return refund",
    "create": "add save submit book send change return",
    "submit": "create send return change transfer",
    "remove": "change cancel disable",
    "return": "change refund",
    "pay": "book change add create return",
    "enable": "change add run",
    "disable": "change cancel",
    "reset": "change run",
    "save": "create change add submit",
}
"""What else, done by a tool, brings it about: a cancelling tool refunds, a booking tool charges."""

_READING = word_set(
    "get find list search look lookup read fetch check calculate think retrieve view show query"
    " describe count compare verify validate estimate"
)
_ALSO["process"] = " ".join(name for name in _GROUPS if name not in ("run", "transfer"))

_FAMILY_OF = {
    form: family for family, words in _GROUPS.items() for form in words.replace(",", " ").split()
}
_PAST = re.compile(r"(?:ed|nt|ran|built|bought|paid|wrote|written|reset)$")
FORMS: dict[str, frozenset[str]] = {
    form: frozenset((family, *_ALSO.get(family, "").split()))
    for form, family in _FAMILY_OF.items()
    if _PAST.search(form)
}
"""Each past form, and the kinds of tool that would bring it about; the first is its own."""
PLAIN = word_set("booked cancelled canceled refunded reimbursed sent emailed transferred")
"""Actions that are claimed even where no tool could do them: they are never idle talk."""
_WORD = re.compile(r"[a-z]+")


def families_of(text: str) -> set[str]:
    """Return the kinds of action a text names.

    >>> sorted(families_of("Cancel a reservation"))
    ['book', 'cancel']
    """
    words = _WORD.findall(text.lower())
    return {_FAMILY_OF[word] for word in words if word in _FAMILY_OF}


def kind_of_tool(name: str, description: str) -> str:
    """Return what a tool does, by the first telling word of its name, else of its description.

    Empty for one that only looks.

    >>> kind_of_tool("cancel_pending_order", ""), kind_of_tool("find_user_by_email", "")
    ('cancel', '')
    """
    words = _WORD.findall(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower())
    if not _READING.isdisjoint(words[:1]):
        return ""
    first = _WORD.findall(description.lower())[:1]
    told = [*words, *first, *(word.removesuffix("s") for word in first)]
    return next((_FAMILY_OF[word] for word in told if word in _FAMILY_OF), "")


def family_of(verb: str) -> str:
    """Return the kind of action one word names, empty when none."""
    return _FAMILY_OF.get(verb, "")
