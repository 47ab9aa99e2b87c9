"""What a process keeps of the content in memory, for as long as the content stays the same."""

from functools import update_wrapper
from threading import Lock

from . import version


class while_unchanged:
    """Keep what a function returns until the content version moves, and call it again then.

    The function takes nothing, reads content, and returns what all threads may share: nobody may
    change it. Each call asks the database for the version, and whoever asks while the function
    runs waits: nobody gets what is old.
    """

    def __init__(self, read):
        update_wrapper(self, read)
        self.read = read
        self.lock = Lock()
        self.kept = (None, None)

    def __call__(self):
        if version.may_lag():
            return self.read()
        # Read first: content that changes while it is read makes this old, never wrongly new.
        token = version.current()
        kept_of, found = self.kept
        if token and kept_of == token:
            return found
        with self.lock:
            if not token or self.kept[0] != token:
                self.kept = (token, self.read())
            return self.kept[1]
