"""Repair: what leaves a model is a valid value, or an error that says what is wrong with it."""

from .public import Repair, repair
from .report import Edit, FieldError, Repaired, RepairError, patched
from .stream import RepairStream, Update

__all__ = [
    "Edit",
    "FieldError",
    "Repair",
    "RepairError",
    "RepairStream",
    "Repaired",
    "Update",
    "patched",
    "repair",
]
