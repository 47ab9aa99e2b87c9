"""One state of the database for all that is read in several queries."""

from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def snapshot():
    """Let every query within see the database as it was at the first one; no writer has to wait.

    Inside a transaction that is open already it is that one which decides what is seen.
    """
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
    else:
        # Not atomic(): on SQLite that begins as a writer here (settings.py) and would keep all
        # others out for as long as somebody reads. A reader's transaction sees one state of the
        # write-ahead log.
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")
            try:
                yield
            finally:
                cursor.execute("ROLLBACK")
