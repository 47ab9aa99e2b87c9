"""The version that the page cache reads is that of the last commit, whoever made it."""

import os
import socket
import sqlite3
import threading
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import psycopg2
import pytest
from django.db import connection, transaction
from environ import Env

from mi_site import freshness as module
from mi_site.freshness import PostgreSQLFreshness, SQLiteFreshness, Unreadable
from publishing.version import TABLE

from .running_site import manage, running_site

ENOUGH = 12  # requests, each by a connection of its own, to meet both workers


def execute(path, *statements):
    """Commit ``statements`` as another program would."""
    with sqlite3.connect(path) as database:
        for statement in statements:
            database.execute(statement)
    database.close()


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "content.sqlite3"
    execute(
        path,
        "PRAGMA journal_mode=WAL",
        f"CREATE TABLE {TABLE} (id INTEGER PRIMARY KEY, token TEXT)",
        "CREATE TABLE session (data TEXT)",
        f"INSERT INTO {TABLE} VALUES (1, 'first')",
    )
    return path


@pytest.fixture
def freshness(path):
    return SQLiteFreshness(path)


def move(path, word):
    execute(path, f"UPDATE {TABLE} SET token = '{word}'")


def token(freshness):
    """Return the word in the row, without the version of the schema that comes with it."""
    return freshness.current().partition(".")[0]


def test_a_commit_is_seen_at_once(path, freshness):
    for number in range(300):
        move(path, f"token {number}")
        assert token(freshness) == f"token {number}"


def test_what_is_not_committed_is_not_seen(path, freshness):
    freshness.current()
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("BEGIN IMMEDIATE")
    database.execute(f"UPDATE {TABLE} SET token = 'second'")
    assert token(freshness) == "first"
    database.execute("ROLLBACK")
    assert token(freshness) == "first"
    database.close()


def test_a_commit_of_something_else_leaves_the_version(path, freshness):
    assert token(freshness) == "first"
    execute(path, "INSERT INTO session VALUES ('x')")
    assert token(freshness) == "first"


def test_a_commit_while_the_version_is_read_is_seen_next(path, freshness):
    freshness.current()
    move(path, "second")
    connection = freshness.cursor.connection

    def after_the_row(statement):
        if statement == "PRAGMA schema_version":
            connection.set_trace_callback(None)
            move(path, "third")

    connection.set_trace_callback(after_the_row)
    assert token(freshness) == "second"
    assert token(freshness) == "third"


def test_a_database_that_is_locked_for_a_moment_is_waited_for(path, freshness):
    """As by each commit without a write-ahead log, such as in the file of a backup."""
    execute(path, "PRAGMA journal_mode=DELETE")
    assert token(freshness) == "first"
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN EXCLUSIVE")
    other.execute(f"UPDATE {TABLE} SET token = 'second'")
    done = threading.Timer(0.2, other.execute, ["COMMIT"])
    done.start()
    assert token(freshness) == "second"
    done.join()
    other.close()


def test_a_table_that_a_migration_rebuilds_is_seen_although_its_triggers_are_gone(path, freshness):
    before = freshness.current()
    execute(
        path,
        "CREATE TABLE new_session (data TEXT)",
        "DROP TABLE session",
        "ALTER TABLE new_session RENAME TO session",
    )
    assert freshness.current() != before


def test_a_restore_into_the_live_file_is_seen(path, freshness, tmp_path):
    assert token(freshness) == "first"
    copy = tmp_path / "copy.sqlite3"
    with sqlite3.connect(path) as live, sqlite3.connect(copy) as backup:
        live.backup(backup)
    move(copy, "restored")
    with sqlite3.connect(copy) as backup, sqlite3.connect(path) as live:
        backup.backup(live)
    assert token(freshness) == "restored"


def test_another_file_in_its_place_is_seen(path, freshness, tmp_path):
    assert token(freshness) == "first"
    other = tmp_path / "other.sqlite3"
    execute(other, f"CREATE TABLE {TABLE} (id, token)", f"INSERT INTO {TABLE} VALUES (1, 'other')")
    for ending in ("-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)
    other.replace(path)
    assert token(freshness) == "other"


def test_another_file_is_seen_although_both_have_moved_as_often(path, freshness, tmp_path):
    """PRAGMA data_version counts from the same number in each connection."""
    other = tmp_path / "other.sqlite3"
    move(path, "then")
    other.write_bytes(path.read_bytes())
    move(other, "other")
    move(path, "first")
    assert token(freshness) == "first"
    number = freshness.data_version
    other.replace(path)
    assert token(freshness) == "other"
    assert freshness.data_version == number, "these two files no longer test it"


def test_each_thread_asks_by_a_connection_of_its_own(path, freshness):
    freshness.current()
    seen = []
    thread = threading.Thread(
        target=lambda: seen.append((freshness.current(), freshness.cursor.connection))
    )
    thread.start()
    thread.join()
    [(version, connection)] = seen
    assert version == freshness.current()
    assert connection is not freshness.cursor.connection


def test_a_process_that_forked_opens_a_connection_of_its_own(path, freshness):
    freshness.current()
    before = freshness.cursor.connection
    pid = os.fork()
    if pid == 0:
        is_new = token(freshness) == "first" and freshness.cursor.connection is not before
        os._exit(0 if is_new else 1)
    assert os.waitpid(pid, 0)[1] == 0


def test_a_database_that_is_not_there_is_unreadable_and_is_not_made(tmp_path):
    missing = tmp_path / "missing.sqlite3"
    with pytest.raises(Unreadable):
        SQLiteFreshness(missing).current()
    assert not missing.exists()


def test_a_database_that_goes_while_it_is_opened_is_not_made(path, freshness):
    path.unlink()
    with pytest.raises(sqlite3.OperationalError):
        freshness.open(None)
    assert not path.exists()


def test_a_database_that_comes_back_is_read_again(path, freshness):
    freshness.current()
    away = path.rename(path.with_name("away"))
    with pytest.raises(Unreadable):
        freshness.current()
    away.rename(path)
    assert token(freshness) == "first"


# A server that falls silent, as PostgreSQL on a machine that was switched off.


def message(kind, words=b""):
    """Return a message of PostgreSQL's protocol."""
    return kind + (len(words) + 4).to_bytes(4, "big") + words


READY = message(b"Z", b"I")
WELCOME = [
    message(b"R", bytes(4)),  # anybody may
    message(b"S", b"server_version\x0015.0\0"),
    message(b"S", b"client_encoding\0UTF8\0"),
    message(b"S", b"DateStyle\0ISO\0"),
    message(b"S", b"standard_conforming_strings\0on\0"),
    READY,
]
DONE = [message(b"C", b"SET\0"), READY]


@pytest.fixture(params=[[], [WELCOME], [WELCOME, DONE]], ids=["at once", "welcomed", "connected"])
def silent(request):
    """How to connect to a server that says no more than ``request.param`` to each who comes."""
    held = []

    def serve():
        while True:
            try:
                held.append(listener.accept()[0])
            except OSError:
                return
            for answer in request.param:
                held[-1].recv(10_000)
                held[-1].sendall(b"".join(answer))

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, daemon=True).start()
        port = listener.getsockname()[1]
        yield {
            "host": "127.0.0.1",
            "port": port,
            "user": "x",
            "sslmode": "disable",
            "gssencmode": "disable",
        }
        listener.shutdown(socket.SHUT_RDWR)
        for one in held:
            one.close()


def test_a_server_that_falls_silent_is_unreadable_after_the_seconds_that_it_has(
    silent, monkeypatch
):
    monkeypatch.setattr(module, "SECONDS", 0.1)
    given_up = []

    def ask():
        with pytest.raises(Unreadable) as caught:
            PostgreSQLFreshness(psycopg2, silent).current()
        given_up.append(str(caught.value))

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(10)
    assert given_up == ["The database does not answer."]


# On PostgreSQL; what is asked of a file is tested above.


@pytest.fixture
def reader(db):
    if connection.vendor == "sqlite":
        yield None
        return
    reader = PostgreSQLFreshness(connection.Database, connection.get_connection_params())
    yield reader
    reader.cursor.connection.close()


def test_a_server_that_does_not_answer_makes_the_version_unreadable_before_long(
    reader, monkeypatch
):
    monkeypatch.setattr("mi_site.freshness.SECONDS", 0.1)
    if reader:
        before = reader.current()
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {TABLE} IN ACCESS EXCLUSIVE MODE")
            with pytest.raises(Unreadable, match="statement timeout"):
                reader.current()
            transaction.set_rollback(True)  # which unlocks it
        assert reader.current() == before


def test_the_connection_to_a_server_stands_in_no_bodys_way(reader):
    """Were a transaction open on it, no migration of the table that it reads could begin."""
    if reader:
        reader.current()
        assert not reader.cursor.connection.info.transaction_status


def test_each_thread_asks_a_server_by_a_connection_of_its_own(reader):
    if reader:
        reader.current()
        with ThreadPoolExecutor(1) as thread:
            thread.submit(reader.current).result()
            theirs = thread.submit(lambda: reader.cursor.connection).result()
        assert theirs is not reader.cursor.connection
        theirs.close()


# In the real site, on both databases: every worker shows an edit on its next request.


def pages(site, path="/partners/keele/"):
    for _ in range(ENOUGH):
        with urllib.request.urlopen(f"{site}{path}", timeout=20) as response:
            yield response.read().decode()


def in_a_shell(statement):
    def edit(tmp_path, database):
        done = manage("shell", "-c", statement, data=tmp_path, **database)
        assert done.returncode == 0, done.stderr

    return edit


def past_django(tmp_path, database):
    """Write as ``sqlite3`` or ``psql`` would."""
    if database:
        where = Env.db_url_config(database["DATABASE_URL"])
        other = psycopg2.connect(host=where["HOST"], user=where["USER"], dbname=where["NAME"])
    else:
        other = sqlite3.connect(tmp_path / "db.sqlite3")
    cursor = other.cursor()
    cursor.execute("UPDATE partners_partner SET city = 'Zyzzyva' WHERE slug = 'keele'")
    other.commit()
    other.close()


def hang_up_on_everybody(database):
    where = Env.db_url_config(database["DATABASE_URL"])
    other = psycopg2.connect(host=where["HOST"], user=where["USER"], dbname="postgres")
    other.autocommit = True
    other.cursor().execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [where["NAME"]]
    )
    other.close()


EDITS = {
    "a bulk update": in_a_shell(
        "from partners.models import Partner; Partner.objects.update(city='Zyzzyva')"
    ),
    "raw SQL": past_django,
    "a save": in_a_shell(
        "from partners.models import Partner; keele = Partner.objects.get(slug='keele'); "
        "keele.city = 'Zyzzyva'; keele.save()"
    ),
}


ITSELF = """
from mi_site.freshness import of_the_database
from topics.models import Topic

reader = of_the_database()
for name in ("One", "Two"):
    before = reader.current()
    Topic.objects.create(name=name, slug=name)
    assert reader.current() != before
"""


def test_what_the_very_process_commits_is_seen(tmp_path, empty_database):
    """PRAGMA data_version does not move for what its own connection commits."""
    for arguments in (["migrate"], ["shell", "-c", ITSELF]):
        done = manage(*arguments, data=tmp_path, **empty_database)
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_an_edit_is_on_the_next_answer_of_every_worker(tmp_path, empty_database, edit):
    with running_site(tmp_path, **empty_database) as (_, site):
        assert not any("Zyzzyva" in page for page in pages(site))
        edit(tmp_path, empty_database)
        assert all("Zyzzyva" in page for page in pages(site))


def test_another_file_is_on_the_next_answer_of_every_worker(tmp_path, empty_database):
    if empty_database:
        return  # PostgreSQL has no file that another could replace
    with running_site(tmp_path, TIMER="0") as (_, site):
        with (
            sqlite3.connect(tmp_path / "db.sqlite3") as live,
            sqlite3.connect(tmp_path / "copy.sqlite3") as copy,
        ):
            live.backup(copy)
        past_django(tmp_path, empty_database)
        assert all("Zyzzyva" in page for page in pages(site))
        # What is left of the old file's log is of no use to the new one.
        execute(tmp_path / "db.sqlite3", "PRAGMA wal_checkpoint(TRUNCATE)")
        (tmp_path / "copy.sqlite3").replace(tmp_path / "db.sqlite3")
        assert not any("Zyzzyva" in page for page in pages(site))


def test_a_connection_that_went_away_is_made_anew(tmp_path, empty_database):
    """As after a restart of PostgreSQL; SQLite has no connection that could go away."""
    with running_site(tmp_path, **empty_database) as (_, site):
        assert all("Keele" in page for page in pages(site))
        if empty_database:
            hang_up_on_everybody(empty_database)
        past_django(tmp_path, empty_database)
        assert all("Zyzzyva" in page for page in pages(site))
