"""Ids and references as rows have them, in binary where they can be, and back."""

from functools import lru_cache
from typing import Final

from .errors import StoreError
from .model import Held, Ref
from .packing import SHORT, SMALL, pack, pack_squeezed, unpack, whole_brief

CHAIN: Final = "~"
"""What the reference of a chain begins with."""
INLINE: Final = "="
"""What the reference of a short payload begins with: it is its own content."""
_DIGEST = 16  # bytes
_INLINE: Final = {SHORT: b"=", SMALL: b"#"}
_FORMS: Final = {mark: form for form, mark in _INLINE.items()}


@lru_cache(maxsize=4_096)
def id_bytes(text: str | None) -> bytes | str | None:
    """Return an id as it is kept: a UUID in 16 bytes, anything else as text."""
    if not text:
        return None
    if len(text) == 36:
        try:
            found = bytes.fromhex(text.replace("-", ""))
        except ValueError:
            return text
        return found if len(found) == 16 and id_text(found) == text else text
    return text


def id_text(kept: bytes | str | None) -> str | None:
    """Return an id that was kept by `id_bytes`."""
    if isinstance(kept, bytes):
        found = kept.hex()
        return f"{found[:8]}-{found[8:12]}-{found[12:16]}-{found[16:20]}-{found[20:]}"
    return kept


def ref_bytes(ref: Held | None) -> Held | None:
    """Return a reference as it is kept: a digest's 16 bytes, else with a byte that says what."""
    if type(ref) is bytes:
        return ref
    return _ref_bytes(ref) if ref else None


def brief_bytes(squeezed: bytes) -> Held:
    """Return the reference of a short payload that is squeezed already."""
    form, data = pack_squeezed(squeezed)
    kept = _INLINE[form] + data
    return kept if len(kept) != _DIGEST else INLINE + whole_brief(squeezed).decode()


@lru_cache(maxsize=1_024)
def _ref_bytes(ref: Ref) -> Held:
    if ref[0] == "=":
        form, data = pack(ref[1:].encode())
        kept = _INLINE[form] + data
        return kept if len(kept) != _DIGEST else ref  # as version 2 has it
    return b"~" + bytes.fromhex(ref[1:]) if ref[0] == "~" else bytes.fromhex(ref)


def ref_text(kept: Held | None) -> Ref | None:
    """Return a reference that was kept by `ref_bytes`."""
    if kept is None or isinstance(kept, str):
        return kept
    if len(kept) != _DIGEST and kept[:1] in _FORMS:
        try:
            return "=" + unpack(_FORMS[kept[:1]], kept[1:]).decode()
        except ValueError as error:
            raise StoreError(f"a row has a damaged payload of {len(kept)} bytes") from error
    return kept.hex() if len(kept) == 16 else "~" + kept[1:].hex()
