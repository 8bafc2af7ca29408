import time

from holdfast.guards.timekeeping import listen
from holdfast.nodes.clock import now, running


def test_the_time_is_the_machines():
    before, ran = time.time(), time.monotonic()
    assert before <= now() <= time.time()
    assert ran <= running() <= time.monotonic()


def test_whoever_listens_is_told_of_each_reading_and_may_give_another_time():
    told = []
    stop = listen(lambda clock, read: told.append((clock, read() > 0)) or 17.5)
    try:
        assert (now(), running()) == (17.5, 17.5)
    finally:
        stop()
    assert told == [("now", True), ("running", True)]
    assert now() > 17.5
