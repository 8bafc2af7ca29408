"""Originals of what was blotted out, encrypted with the user's key, so that a replay is exact."""

import base64
import binascii
import os
from hashlib import blake2b
from typing import Any

from ...guards.errors import GuardConfigError

_SIZES = (16, 24, 32)
_NONCE_BYTES = 12


class Seal:
    """Encrypts and opens originals (AES-GCM); each is bound to the payload it belongs to."""

    def __init__(self, key: bytes | str) -> None:
        """Take a key.

        Args:
            key: 16, 24 or 32 random bytes, or as many in URL-safe base64: `Fernet.generate_key()`
                or `secrets.token_urlsafe(32)` make one.

        Raises:
            GuardConfigError: It is no key, or the extra `encrypted` is not installed.
        """
        raw = _bytes_of(key)
        self._cipher = _cipher(raw)
        self._mark = blake2b(raw, digest_size=32, person=b"holdfast seal").digest()

    def mark(self, original: bytes) -> bytes:
        """Return what tells originals apart whose redacted forms are equal; useless without key."""
        return blake2b(original, digest_size=16, key=self._mark).digest()

    def close(self, original: bytes, digest: bytes) -> bytes:
        """Return an original encrypted."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + bytes(self._cipher.encrypt(nonce, original, digest))

    def open(self, sealed: bytes, digest: bytes) -> bytes:
        """Return an original.

        Raises:
            ValueError: The key is another one, or the bytes are damaged.
        """
        from cryptography.exceptions import InvalidTag

        try:
            nonce, rest = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
            return bytes(self._cipher.decrypt(nonce, rest, digest))
        except InvalidTag as error:
            raise ValueError(
                "an original cannot be opened: use the key it was made with"
            ) from error


def _bytes_of(key: bytes | str) -> bytes:
    if isinstance(key, bytes) and len(key) in _SIZES:
        return key
    text = key if isinstance(key, str) else key.decode("ascii", "replace")
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) not in _SIZES:
        raise GuardConfigError(
            f"key: {len(key)} characters that are no key; give 16, 24 or 32 random bytes, or as "
            "many in URL-safe base64 (secrets.token_urlsafe(32))"
        )
    return raw


def _cipher(raw: bytes) -> Any:
    try:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    except ImportError as error:
        raise GuardConfigError(
            "key=... needs the package cryptography: pip install 'holdfast[encrypted]'"
        ) from error
    return AESGCM(raw)
