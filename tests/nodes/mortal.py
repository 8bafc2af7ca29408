"""A process that dies at a chosen moment, without a process: what is on disk then is all there is.

Each write of the checkpointer and each effect of a tool is a tick of a life; after its last tick
nothing is written any more, and nothing has an effect.
"""

from threading import Lock

from langgraph.checkpoint.memory import InMemorySaver


class DeadError(BaseException):
    """The process was killed; no code of it may catch this and go on."""


class Life:
    """Counts what happens, and ends after a number of ticks; None: never."""

    def __init__(self, ticks=None):
        self.ticks = ticks
        self.count = 0
        self.is_over = False
        self._lock = Lock()

    def tick(self):
        with self._lock:
            self.is_over = self.is_over or self.count == self.ticks
            self.check()
            self.count += 1

    def end(self):
        self.is_over = True

    def check(self):
        if self.is_over:
            raise DeadError


class MortalSaver(InMemorySaver):
    """Keeps what was written while its life lasted; give it a new one to go on."""

    life = Life()

    def put(self, *args, **kwargs):
        self.life.tick()
        return super().put(*args, **kwargs)

    def get_tuple(self, *args, **kwargs):
        self.life.check()
        return super().get_tuple(*args, **kwargs)

    def put_writes(self, *args, **kwargs):
        self.life.tick()
        return super().put_writes(*args, **kwargs)


class World:
    """What tools have really done."""

    def __init__(self):
        self.life = Life()
        self.done = []
        self.keys = []
        self.last = None

    def effect(self, what, key=""):
        self.life.tick()
        self.done.append(what)
        self.keys.append(key)
        if what == self.last:
            self.life.end()
        self.life.tick()  # between what it did and what it says of it
