"""The content version moves whenever what visitors see may have changed, whoever writes."""

import datetime
import re

import pytest
from django.core.checks import run_checks
from django.core.management import call_command
from django.db import connection, migrations, models, transaction
from django.db.migrations.executor import MigrationExecutor

from partners.models import Partner
from people.models import Departure, Person
from programmes.models import Programme, ProgrammeTopic
from publishing import version
from topics.models import Topic

from .site_map import addresses

WRITES = {
    "a save": lambda: Partner.objects.get(slug="keele").save(),
    "a bulk update": lambda: Partner.objects.update(city="Elsewhere"),
    "a bulk insert": lambda: Topic.objects.bulk_create([Topic(name="New", slug="new")]),
    "a deletion": lambda: Programme.objects.filter(slug="space").delete(),
    "a contact": lambda: (
        Programme.objects.get(slug="era").contacts.clear()
        or Programme.objects.get(slug="mi-health").contacts.clear()
    ),
    "a topic": lambda: ProgrammeTopic.objects.first().delete(),
    "a departure": lambda: Departure.objects.create(
        person=Person.objects.first(), leaves_on=datetime.date(2027, 3, 1)
    ),
    "raw SQL": lambda: execute("UPDATE pages_page SET title = 'Other'"),
}


def execute(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_any_write_to_content_moves_the_version(committing_db, write):
    before = version.current()
    write()
    assert version.current() != before


def test_reading_and_signing_in_leave_the_version(committing_db, admin_client, client):
    before = version.current()
    client.get("/programmes/")
    admin_client.get("/admin/")
    assert version.current() == before


def test_a_transaction_rolled_back_leaves_the_version(committing_db):
    before = version.current()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        Partner.objects.update(city="Elsewhere")
        raise ZeroDivisionError
    assert version.current() == before


def test_a_write_after_a_savepoint_rolled_back_moves_the_version(committing_db):
    before = version.current()
    with transaction.atomic():
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            Partner.objects.update(city="Elsewhere")
            if connection.vendor == "postgresql":
                execute("SET CONSTRAINTS ALL IMMEDIATE")  # as loaddata does
            raise ZeroDivisionError
        Partner.objects.update(city="Elsewhere")
    assert version.current() != before


def test_the_version_never_counts_the_same_twice(committing_db):
    seen = set()
    for city in ("One", "Two", "One", "Two"):
        Partner.objects.update(city=city)
        seen.add(version.current())
    assert len(seen) == 4


def test_the_version_of_an_edit_that_was_undone_never_comes_back(committing_db):
    """As by a restore, after which a counter would count the same again for other content."""

    def undone(city):
        with transaction.atomic():
            Partner.objects.update(city=city)
            if connection.vendor == "postgresql":
                execute("SET CONSTRAINTS ALL IMMEDIATE")
            moved = version.current()
            transaction.set_rollback(True)
        return moved

    before = version.current()
    assert len({before, undone("One"), undone("Other"), version.current()}) == 3


NO_CONTENT = {version.TABLE, "pragma_schema_version", "django_content_type"}


def test_every_table_that_a_page_reads_moves_the_version(db, client):
    read = set()

    def note(execute, sql, *others):
        read.update(re.findall(r'(?:FROM|JOIN) "?(\w+)', sql))
        return execute(sql, *others)

    with connection.execute_wrapper(note):
        for address in addresses():
            client.get(address)
    assert "people_departure" in read
    assert read - NO_CONTENT <= set(version.content_tables())


def test_every_model_of_ours_with_content_has_its_triggers(db):
    tables = version.content_tables()
    assert {"programmes_programme", "programmes_programme_contacts", "pages_passage"} <= set(tables)
    assert "publishing_contentversion" not in tables
    assert version.missing_triggers(connection) == []


def test_a_migration_that_rebuilds_a_table_keeps_its_triggers(committing_db):
    """SQLite drops the triggers of a table that it rebuilds, without a word."""
    narrower = models.CharField(max_length=90, blank=True)
    state = MigrationExecutor(connection).loader.project_state()
    operation = migrations.AlterField("partner", "city", narrower)
    changed = state.clone()
    operation.state_forwards("partners", changed)
    with connection.schema_editor() as editor:
        operation.database_forwards("partners", editor, state, changed)
    if connection.vendor == "sqlite":
        assert version.missing_triggers(connection), "this database no longer needs the remedy"
        assert [found.id for found in run_checks(databases=["default"])] == ["publishing.W001"]

    before = version.current()
    call_command("migrate", verbosity=0)

    assert version.missing_triggers(connection) == []
    if connection.vendor == "sqlite":
        assert version.current() != before, "what happened without triggers may have gone unseen"
    before = version.current()
    Partner.objects.update(city="Elsewhere")
    assert version.current() != before
    with connection.schema_editor() as editor:
        operation.database_backwards("partners", editor, changed, state)
    call_command("migrate", verbosity=0)


def test_truncating_moves_the_version_on_postgresql_and_deleting_on_sqlite(committing_db):
    before = version.current()
    execute(
        "TRUNCATE programmes_link"
        if connection.vendor == "postgresql"
        else "DELETE FROM programmes_link"
    )
    assert version.current() != before


def test_a_transaction_moves_the_version_once_however_much_it_writes(db):
    """SQLite moves it with each row, which costs it little."""
    if connection.vendor == "sqlite":
        return
    Partner.objects.update(city="Elsewhere")
    Programme.objects.update(summary="Something else")
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    Partner.objects.update(city="Somewhere")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT n_tup_ins + n_tup_upd FROM pg_stat_xact_user_tables WHERE relname = %s",
            [version.TABLE],
        )
        assert cursor.fetchone() == (1,)


def test_nobody_waits_for_the_open_transaction_of_another_editor(committing_db):
    """Nor can two of them wait for each other. SQLite has one writer, whatever its triggers do."""
    if connection.vendor == "sqlite":
        return
    other = connection.copy()
    with other.cursor() as cursor, transaction.atomic():
        cursor.execute("SET lock_timeout = '2s'")
        Partner.objects.filter(slug="keele").update(city="Elsewhere")
        before = version.current()
        cursor.execute("UPDATE partners_partner SET city = 'Elsewhere' WHERE slug = 'aston'")
        assert version.current() != before
    other.close()
