"""What workers are called, so that others can tell whether one is still there."""

import os
import socket
from pathlib import Path
from uuid import uuid4

_MACHINE = Path("/proc/sys/kernel/random/boot_id")


def new_owner() -> str:
    """Return a name for a worker that no other has: machine, process, and which of its workers."""
    return f"{_machine()} {os.getpid()} {uuid4().hex}"


def is_alive(owner: str) -> bool:
    """Return whether a worker's process may still run; of another machine's that is not known."""
    machine, _, rest = owner.partition(" ")
    number = rest.partition(" ")[0]
    if machine != _machine() or not number.isdigit():
        return True
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True  # it is there, and somebody else's
    return True


def _machine() -> str:
    """Return what tells this machine, since it was started, and this container from others."""
    try:
        started = _MACHINE.read_text("utf-8").strip()
    except OSError:
        started = "-"
    return f"{socket.gethostname()}/{started}".replace(" ", "_")
