"""Several things that happen at the same moment, each in a thread with a connection of its own."""

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.db import OperationalError, connection


def at_once(*actions):
    """Do all ``actions`` at once; return what each returned, or the type of what it raised."""
    barrier = Barrier(len(actions))

    def do(action):
        barrier.wait()
        try:
            return patiently(action)
        except Exception as error:
            return type(error)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(actions)) as threads:
        return list(threads.map(do, actions))


def patiently(action):
    """Do ``action``; wait for the other writer where the database does not.

    The tests share a SQLite database in memory, whose lock nobody waits for.
    """
    deadline = time.monotonic() + 10
    while True:
        try:
            return action()
        except OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
