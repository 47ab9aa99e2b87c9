"""The content version, read as cheaply as it can be on every request, past Django's connections.

Each thread has a connection of its own, in autocommit, opened when it first asks: one that is
shared would have to be locked, and one opened before the process forked would be its parent's too.
"""

import os
import select
import sqlite3
import threading
from pathlib import Path

from django.core.signals import request_started
from django.db import connections
from django.db.backends.signals import connection_created

from publishing.models import ContentVersion

TOKEN = f"SELECT token FROM {ContentVersion._meta.db_table}"
SECONDS = 5  # that the database has to answer


class Unreadable(Exception):
    """The database can't say which version its content is."""


class SQLiteFreshness(threading.local):
    """``PRAGMA data_version`` moves with every commit of others, whatever they wrote; the row says
    whether it was content. It does not move when another file takes the place of this one, which
    the number of the file tells.

    SQLite drops the triggers of a table that a migration rebuilds, and they come back at its end
    only. Until then the version of the schema, which a migration moves, stands in for them.
    """

    cursor = file = data_version = token = None

    def __init__(self, path):
        self.path = str(Path(path).absolute())

    def current(self):
        """Return the token of the content as committed now, or raise Unreadable."""
        try:
            stat = os.stat(self.path)  # noqa: PTH116 pathlib takes longer, and this is on every request
            file = (stat.st_dev, stat.st_ino, os.getpid())
            if file != self.file:
                self.open(file)
            [data_version] = self.cursor.execute("PRAGMA data_version").fetchone()
            if data_version != self.data_version:
                # Remembered after the row was read: a commit in between moves it once more.
                [token] = self.cursor.execute(TOKEN).fetchone() or [None]
                [schema_version] = self.cursor.execute("PRAGMA schema_version").fetchone()
                self.token = f"{token}.{schema_version}"
                self.data_version = data_version
            return self.token
        except (OSError, sqlite3.Error) as error:
            self.cursor = self.file = None
            raise Unreadable(error) from error

    def open(self, file):
        self.cursor = sqlite3.connect(
            f"{Path(self.path).as_uri()}?mode=rw",
            uri=True,
            timeout=SECONDS,
            isolation_level=None,
        ).cursor()
        self.file, self.data_version = file, None


class PostgreSQLFreshness(threading.local):
    """One row by its own connection. A NOTIFY would be cheaper, and sometimes late."""

    cursor = None

    def __init__(self, psycopg2, parameters):
        self.psycopg2, self.parameters = psycopg2, parameters

    def current(self):
        """Return the token of the content as committed now, or raise Unreadable."""
        try:
            if self.cursor is not None:
                return self.ask()
        except self.psycopg2.Error:
            self.cursor = None  # perhaps it was only this connection that went away
        try:
            return self.ask()
        except self.psycopg2.Error as error:
            self.cursor = None
            raise Unreadable(" ".join(str(error).split())) from error

    def ask(self):
        if self.cursor is None:
            connection = self.psycopg2.connect(**self.parameters, async_=True)
            self.wait_for(connection)
            cursor = connection.cursor()
            cursor.execute("SET statement_timeout = %s", [SECONDS * 1000])
            self.wait_for(connection)
            self.cursor = cursor
        self.cursor.execute(TOKEN)
        self.wait_for(self.cursor.connection)
        [token] = self.cursor.fetchone() or [None]
        return token

    def wait_for(self, connection):
        """Wait until ``connection`` has done what it was told to, or raise OperationalError: for a
        machine that was switched off libpq would wait a quarter of an hour.
        """
        states = self.psycopg2.extensions
        while (state := connection.poll()) != states.POLL_OK:
            ready = select.poll()
            ready.register(
                connection, select.POLLIN if state == states.POLL_READ else select.POLLOUT
            )
            # A second more, so that a server that is only busy gives up first: it would go on for nobody.
            if not ready.poll((SECONDS + 1) * 1000):
                raise self.psycopg2.OperationalError("The database does not answer.")


def file_of(connection):
    """Return what tells the file of an SQLite database from any other in its place, None without."""
    try:
        stat = Path(connection.settings_dict["NAME"]).stat()
    except OSError:
        return None
    return stat.st_dev, stat.st_ino


def remember_file(connection, **kwargs):
    connection.file = file_of(connection)


def let_go_of_replaced_file(**kwargs):
    """Close what Django would go on reading for a minute, after another file has taken its place."""
    for connection in connections.all(initialized_only=True):
        opened = getattr(connection, "file", None)  # not known of one from before there was a cache
        if opened and file_of(connection) not in (None, opened):
            connection.close()


def of_the_database():
    """Return what reads the version from the database of the settings."""
    database = connections["default"]
    if database.vendor == "sqlite":
        connection_created.connect(remember_file)
        request_started.connect(let_go_of_replaced_file)
        return SQLiteFreshness(database.settings_dict["NAME"])
    # Django's own module of its driver: no site on SQLite needs to load it.
    return PostgreSQLFreshness(database.Database, database.get_connection_params())
