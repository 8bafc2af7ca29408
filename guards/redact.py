"""Blot out secrets in short pieces of text before anyone reads them."""

import re

_SECRET = re.compile(
    r"""
    (?P<pem>-----BEGIN[ A-Z]*(?:PRIVATE\ KEY|CERTIFICATE)[^-]*-----
      [\s\S]*?(?:-----END[^-]*-----|\Z))
  | (?P<jwt>\beyJ[\w-]{8,}\.[\w-]{4,}(?:\.[\w-]*)?)
  | (?P<key>\b(?:sk|pk|rk)[-_][\w-]{16,}|\bgh[pousr]_\w{16,}|\bgithub_pat_\w{16,}
      |\bAKIA[0-9A-Z]{12,}|\bxox[abprs]-[\w-]{8,}|\bAIza[\w-]{20,}|\bhf_\w{16,}|\blsv2_\w{8,})
  | (?P<url>(?<=://)[^\s/@:]{1,64}:[^\s/@]{1,128}(?=@))
  | (?P<header>(?i:\bauthorization["']?\s*[:=]\s*["']?(?:bearer|basic|token)?)\s*
      (?!\[redacted\](?:\W|\Z))[^\s"',;]{4,})
  | (?P<bearer>(?i:\bbearer)\s+[\w.~+/=-]{8,})
  | (?P<cookie>(?i:\bcookie)\\{0,8}["']?\s*:\s*\\{0,8}["']?[\w.-]{1,64}=[^"'\\\r\n]{3,})
  | (?P<told>(?i:passw(?:or)?d|passphrase|api[ _-]?key)\s{1,4}is:?\s{1,4}["']?
      (?=[^\s"',;\d]{0,64}\d)[^\s"',;]{6,})
  | (?P<named>(?i:passw(?:or)?d|\bpw\b|passphrase|secret|api[_-]?key|access[_-]?key|token(?!s\b)
      |credential)[\w-]{0,16}\\{0,8}["']?\s*[:=]\s*(?!\[redacted\](?:\W|\Z))
      (?:\\{0,8}"[^"]+"?|\\{0,8}'[^']+'?|[^\s"',;&)]{3,}))
    """,
    re.VERBOSE | re.ASCII,  # a key that stands right behind a word of another script is one, too
)
_NAME_OF = re.compile(r"^(?:[^:=\s]{1,64}?[\"']?\s*[:=]|[\w -]{1,16}?\s+is:?\s+)")
_NAMED = frozenset({"named", "header", "cookie", "told"})  # found by a name, which stays

# Most text holds none of these, and looking for them is fifty times cheaper than the pattern.
_HINTS = (
    "passw", "pw", "passphrase", "secret", "key", "token", "credential", "bearer", "authorization",
    "://", "eyj", "-----begin", "sk-", "sk_", "pk-", "pk_", "rk-", "rk_", "ghp_", "gho_", "ghu_",
    "ghs_", "ghr_", "github_", "akia", "xox", "aiza", "hf_", "lsv2", "cookie",
)  # fmt: skip


def _blot(match: re.Match[str]) -> str:
    if match.lastgroup not in _NAMED:
        return "[redacted]"
    name = _NAME_OF.match(match.group())
    return f"{name.group() if name else ''}[redacted]"


def redact(text: str) -> str:
    """Return the text with keys, tokens, passwords and URL credentials blotted out.

    Names stay, values go. Meant for short text: linear, 2 microseconds for 600 characters
    without any sign of a secret, 150 with one.

    >>> redact("login failed: password=hunter2 for https://ann:pw@db.local")
    'login failed: password=[redacted] for https://[redacted]@db.local'
    """
    lowered = text.lower()
    for hint in _HINTS:  # a loop: `any` over a generator takes half as long again
        if hint in lowered:
            return _SECRET.sub(_blot, text)
    return text
