"""Repair: what leaves a model is a valid value, or an error that says what is wrong with it."""

from .public import repair
from .report import Edit, FieldError, Repaired, RepairError, patched

__all__ = ["Edit", "FieldError", "RepairError", "Repaired", "patched", "repair"]
