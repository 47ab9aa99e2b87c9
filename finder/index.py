"""The index of this process, as fresh as the content.

Each process keeps one, beside the token of the content version it was built from, and builds it
anew when the token has moved. Whoever asks meanwhile waits: nobody gets an old answer.
"""

from threading import Lock

from publishing import version

from . import entries
from .matching import Index

_building = Lock()
_kept = (None, None)


def current():
    """Return the Index of the content as the database holds it now."""
    global _kept
    if version.may_lag():
        return build()
    # Read first: content that changes while the index is built makes it old, never wrongly new.
    token = version.current()
    if _kept[0] != token or _kept[1] is None:
        with _building:
            if _kept[0] != token or _kept[1] is None:
                _kept = (token, build())
    return _kept[1]


def build():
    return Index(entries.public(), entries.out_of_scope(), entries.filler())
