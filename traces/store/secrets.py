"""Secrets in texts of any length: what `guards.redact` knows, and more of what providers hand out.

A key's name beside it (`"password": "..."`) is looked at where the structure is known.
"""

import re
from collections.abc import Sequence
from typing import Final

from ...guards.redact import redact

BLOT: Final = "[redacted]"
_MORE = re.compile(
    r"""
    \b(?:glpat-|xapp-|pypi-|npm_|gsk_|xai-|r8_|dop_v1_|shpat_|tvly-|pplx-|nvapi-)[\w-]{16,}
  | \bls__\w{16,} | \bya29\.[\w-]{8,} | \bSG\.[\w-]{16,}\.[\w-]{16,}
  | \b(?:ASIA|ABIA|ACCA|A3T[A-Z0-9])[0-9A-Z]{16}\b
  | (?<=hooks\.slack\.com/services/)[\w/-]{8,}
  | (?<=[?&]sig=)[\w%+/=-]{16,}
    """,
    re.VERBOSE | re.ASCII,  # other scripts have no spaces: what stands right behind them counts
)
_HINTS: Final = (
    "passw", "passphrase", "secret", "key", "token", "credential", "bearer", "authorization",
    "cookie", "pw", "connection", "://", "eyj",
    "-----begin", "sk-", "sk_", "pk-", "pk_", "rk-", "rk_", "ghp_", "gho_",
    "ghu_", "ghs_", "ghr_", "github_", "akia", "xox", "aiza", "hf_", "lsv2", "glpat", "xapp-",
    "pypi-", "npm_", "gsk_", "xai-", "r8_", "dop_v1", "shpat_", "tvly-", "pplx-", "nvapi-", "ls__",
    "ya29.", "sg.", "asia", "abia", "acca", "a3t", "sig=",
)  # fmt: skip
_RARER: Final = 'etaoinsr"lhdcupm_,fg:{}-0123456789bvykw.xjqz=/'  # in JSON of text, lowered
_SHORTEST = 10  # bytes of JSON below which there is no room for a secret and what tells it
_COUNTERS = (b'_tokens":', b'"token_usage":', b'_token_details":', b'_tokens_details":')
_FEW = 8  # characters below which a text is no secret
_NAMES = re.compile(
    r"""(?x)
    passw(?:or)?d | passphrase | (?:^|[-_.])pwd?$ | secret | credential | authorization
  | (?:api|access|auth|private|signing|encryption|subscription|account)[-_ ]?key
  | (?:access|auth|refresh|id|session|bearer|api|security)[-_ ]?token | ^token$ | ^x-api-key$
  | (?:^|[-_])cookie | connection[-_]?string
    """,
    re.IGNORECASE,
)
_COUNTS = re.compile(r"tokens|_(?:count|length|type|name|id|at|expires?)$", re.IGNORECASE)
_TOKEN_CHARACTERS = 12  # of a value whose name is `token` alone: models give lists of words so
_BASE64 = re.compile(r"[A-Za-z0-9+/]{33,}={0,2}")  # a reference of ours has 32
_RUN = b"x" * 33
_RUNS = bytes(ord("x") if re.match("[A-Za-z0-9+/]", chr(each)) else 32 for each in range(256))


def _any_of(words: Sequence[str]) -> str:
    """Return a pattern of some words, each looked for by its rarest character."""
    found: dict[str, list[str]] = {}
    for word in words:
        at = max(range(len(word)), key=lambda n: _RARER.find(word[n]))
        before = f"(?<={re.escape(word[: at + 1])})" if at else ""
        found.setdefault(word[at], []).append(before + re.escape(word[at + 1 :]))
    return "|".join(f"{re.escape(rare)}(?:{'|'.join(rest)})" for rare, rest in found.items())


_ANY_HINT = re.compile(_any_of([each for each in _HINTS if each != "token"]).encode())


def without_secrets(text: str) -> str:
    """Return a text without secrets; 1 to 2 microseconds where nothing hints at one."""
    if len(text) < _FEW:
        return text
    lowered = text.lower()
    for hint in _HINTS:
        if hint in lowered:
            return _MORE.sub(BLOT, redact(text))
    return text


def may_hold_secrets(data: bytes) -> bool:
    """Tell whether anything in JSON hints at a secret; base64 may hide one."""
    if len(data) < _SHORTEST:
        return False
    lowered = data.lower()
    if _ANY_HINT.search(lowered):
        return True
    # every reply counts its tokens: those names alone are no reason to look at each of its texts
    if (found := lowered.count(b"token")) and found != sum(map(lowered.count, _COUNTERS)):
        return True
    return _RUN in data.translate(_RUNS)  # ten times as quick as a pattern


def names_secret(key: str, value: str) -> bool:
    """Tell whether a text is a secret because of the name it stands under."""
    found = _NAMES.search(key)
    if found is None or not value or _COUNTS.search(key):
        return False
    return found.group().lower() != "token" or len(value) >= _TOKEN_CHARACTERS


def base64_runs(text: str) -> "re.Pattern[str] | None":
    """Return the pattern of what may be base64 in a text, or None where there is none."""
    return _BASE64 if len(text) > 32 and _BASE64.search(text) else None
