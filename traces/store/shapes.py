"""Which table of a store a row belongs to, told by its values alone."""

from collections.abc import Sequence
from typing import Any, Final

_LETTERS: Final = {type(None): "n", int: "i", float: "f", str: "t", bytes: "b"}
_TABLES: Final = {
    (True, "trace"): "n t nt ni nt ni nt nt nt nt nt ni ni nfi ni nt nt",
    (True, "blob"): "n b i i b",
    (True, "word"): "n t",
    (False, "span"): "i bt i nbt it it i ni it nbt nbt nbt nbt nit ni nt ni nb",
    (False, "event"): "i i i t t nbt nb",
    (False, "call"): "i i nt nt it bt it it bt nit ni i nbt nbt",
    (False, "link"): "b b b i",
    (False, "sealed"): "b b",
    (False, "export_place"): "t ni i i t",
    (False, "export_trace"): "t t i t i i i t i ni ni i t",
    (False, "export_dead"): "t t t nt ni nt nt ni",
}
"""Tables, whether their rows have numbers, and what each of their columns may hold."""
_DIGESTS: Final = {"blob": (1,), "link": (0, 2), "sealed": (0,)}
_DIGEST_BYTES: Final = 16
_SHAPES: Final = [(*key, tuple(shape.split())) for key, shape in _TABLES.items()]


def table_of(*, is_numbered: bool, row: Sequence[Any]) -> str | None:
    """Return the table of a row, or None: an index, the schema, or nothing of a store's."""
    for numbered, table, shape in _SHAPES:
        if (
            numbered == is_numbered
            and len(shape) == len(row)
            and all(_LETTERS[type(each)] in may for each, may in zip(row, shape, strict=True))
            and all(len(row[at]) == _DIGEST_BYTES for at in _DIGESTS.get(table, ()))
        ):
            return table
    return None
