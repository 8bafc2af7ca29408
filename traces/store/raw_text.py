"""Text that is no Unicode: halves of characters, as they come out of broken JSON."""

import base64

from .codec import MARK, Tree


def is_text(text: str) -> bool:
    """Tell whether a text can be written."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def raw_text(text: str) -> Tree:
    """Return the mark of a text that cannot be written as one."""
    data = text.encode("utf-8", "surrogatepass")
    return {MARK: "text", "v": base64.b64encode(data).decode()}
