"""What a process keeps of the content in memory, for as long as the content stays the same."""

from functools import update_wrapper
from threading import Lock, local

from . import version


class Asked(local):
    """Whether this thread answers a request that only reads, and the version it asked for then."""

    is_reading = False
    token = None


asked = Asked()


def current():
    """Return the token of the content as it is now, or was when this request last asked for it."""
    return (asked.is_reading and asked.token) or current_anew()


def current_anew():
    """Return the token of the content as it is now, and go on with that in this request."""
    asked.token = version.current()
    return asked.token


class OneVersionMiddleware:
    """A request that only reads asks for the version once, however much of what is kept it needs.

    A GET that writes content, to try something out, does so in a sandbox.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        asked.is_reading, asked.token = request.method in ("GET", "HEAD"), None
        try:
            return self.get_response(request)
        finally:
            asked.is_reading = False


class while_unchanged:
    """Keep what a function returns until the content version moves, and call it again then.

    The function takes nothing, reads content, and returns what all threads may share: nobody may
    change it. Each call asks the database for the version (a request that only reads, just once and
    before each reading), and whoever asks while the function runs waits: nobody gets what is old.
    """

    def __init__(self, read):
        update_wrapper(self, read)
        self.read = read
        self.lock = Lock()
        self.kept = (None, None)

    def __call__(self):
        if version.may_lag():
            return self.read()
        token = current()
        kept_of, found = self.kept
        if token and kept_of == token:
            return found
        with self.lock:
            # Content may have moved since the request asked, or while this waited for another thread.
            # Before it is read: what changes meanwhile makes this old, never wrongly new.
            token = current_anew()
            if not token or self.kept[0] != token:
                self.kept = (token, self.read())
            return self.kept[1]
