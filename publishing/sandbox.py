"""Do something to the database, look at it, and undo it: how a draft is seen before it is public.

All that is read while a sandbox is open, and in it, may be a draft. So nothing that outlives the
block may keep it: ``is_open`` tells those who keep copies. The block must render its response.
"""

from contextlib import contextmanager
from contextvars import ContextVar

from django.db import connection, transaction

_open = ContextVar("sandbox", default=False)

# Below the second after which PostgreSQL looks for a deadlock: it is the one who only looks that
# gives way to those who write.
PATIENCE = "500ms"


def is_open():
    """Whether a draft may be what the database shows."""
    return _open.get()


@contextmanager
def sandbox():
    """Undo whatever the block does to the database. What it raises comes through.

    Inside a transaction it is a savepoint: locks that were taken outside stay.
    """
    token = _open.set(True)
    try:
        with transaction.atomic():
            yield
            transaction.set_rollback(True)
    finally:
        _open.reset(token)


def give_way():
    """In a transaction that only looks: wait shortly for others, then raise OperationalError."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{PATIENCE}'")
