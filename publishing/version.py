"""The content version: one row that says whether anything a visitor sees has changed.

Triggers of the database move it inside the editing transaction, so it makes no difference who
writes: the admin, a bulk update, a shell, ``psql`` or ``sqlite3``. Each move writes a token never
used before. A counter would do until the day of a restore: it would count its old numbers again,
for other content.

SQLite drops the triggers of a table whenever a migration rebuilds it, so they are installed after
every ``migrate``, and ``manage.py check --database default`` reports any that are missing.

PostgreSQL moves the row at the end of the transaction, by a deferred trigger that acts once:
moved any earlier, its lock would make every other editor wait.
"""

from django.apps import apps
from django.core import checks
from django.db import connections, transaction

from . import sandbox
from .models import ContentVersion, MovesVersion

ROW = 1
TABLE = ContentVersion._meta.db_table
EVENTS = ("insert", "update", "delete")
SQLITE_TOKEN = "token || '.' || (SELECT schema_version FROM pragma_schema_version)"


def current(using="default"):
    """Return the token of the content as the database holds it now, None before there is any.

    While a migration goes on, SQLite is without the triggers of a table that it rebuilt. Until they
    are back the version of the schema, which the migration moves, stands in for them.
    """
    connection = connections[using]
    token = SQLITE_TOKEN if connection.vendor == "sqlite" else "token"
    with connection.cursor() as cursor:  # asked on every page, more than once
        cursor.execute(f'SELECT {token} FROM "{TABLE}" WHERE id = {ROW}')
        return next(iter(cursor.fetchone() or ()), None)


def may_lag(using="default"):
    """Say whether content may be ahead of its token here, changed by the transaction that is open:
    PostgreSQL moves the token at its end. A draft in a sandbox never gets one that lasts."""
    connection = connections[using]
    return sandbox.is_open() or (connection.vendor == "postgresql" and connection.in_atomic_block)


def content_tables():
    """Return the tables that public pages read, those between two models included."""
    models = [model for model in apps.get_models() if issubclass(model, MovesVersion)]
    links = [field.remote_field.through for model in models for field in model._meta.many_to_many]
    return sorted({model._meta.db_table for model in [*models, *links] if model._meta.managed})


SQLITE_MOVE = f"""
    INSERT INTO {TABLE} (id, token, moved_at)
    VALUES ({ROW}, lower(hex(randomblob(16))), strftime('%Y-%m-%d %H:%M:%f', 'now'))
    ON CONFLICT (id) DO UPDATE SET token = excluded.token, moved_at = excluded.moved_at"""

POSTGRESQL_MOVE = f"""
    INSERT INTO {TABLE} (id, token, moved_at)
    VALUES ({ROW}, replace(gen_random_uuid()::text, '-', ''), clock_timestamp())
    ON CONFLICT (id) DO UPDATE SET token = excluded.token, moved_at = excluded.moved_at"""

# Once a transaction: the setting is local to it, and a savepoint rolled back forgets it too.
POSTGRESQL_FUNCTION = f"""
CREATE OR REPLACE FUNCTION content_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('publishing.moved', true) IS DISTINCT FROM pg_current_xact_id()::text THEN
        PERFORM set_config('publishing.moved', pg_current_xact_id()::text, true);
        {POSTGRESQL_MOVE};
    END IF;
    RETURN NULL;
END $$"""


def sqlite_triggers(table):
    """Return {name: statement} of the triggers that ``table`` needs."""
    return {
        f"{table}_content_{event}": f'CREATE TRIGGER "{table}_content_{event}" '
        f'AFTER {event.upper()} ON "{table}" BEGIN {SQLITE_MOVE}; END'
        for event in EVENTS
    }


def postgresql_triggers(table):
    """Return {name: statement} of the triggers that ``table`` needs."""
    return {
        f"{table}_content_row": f'CREATE CONSTRAINT TRIGGER "{table}_content_row" '
        f'AFTER INSERT OR UPDATE OR DELETE ON "{table}" DEFERRABLE INITIALLY DEFERRED '
        "FOR EACH ROW EXECUTE FUNCTION content_moved()",
        # TRUNCATE fires no row trigger.
        f"{table}_content_all": f'CREATE TRIGGER "{table}_content_all" '
        f'AFTER TRUNCATE ON "{table}" FOR EACH STATEMENT EXECUTE FUNCTION content_moved()',
    }


INSTALLED = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
}


def missing_triggers(connection):
    """Return the statements that would create the triggers ``connection`` lacks.

    They are known by name: a trigger that is to do something else needs another one.
    """
    triggers = {"sqlite": sqlite_triggers, "postgresql": postgresql_triggers}[connection.vendor]
    with connection.cursor() as cursor:
        present = set(connection.introspection.table_names(cursor))
        cursor.execute(INSTALLED[connection.vendor])
        installed = {name for (name,) in cursor.fetchall()}
    return [
        statement
        for table in content_tables()
        if table in present
        for name, statement in triggers(table).items()
        if name not in installed
    ]


def install_triggers(using="default", **kwargs):
    """Create what is missing, and move the version: a change may have slipped by meanwhile."""
    connection = connections[using]
    if TABLE not in connection.introspection.table_names():
        return
    statements = missing_triggers(connection)
    if not statements and current(using):
        return
    with transaction.atomic(using=using), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(POSTGRESQL_FUNCTION)
            cursor.execute(POSTGRESQL_MOVE)
        else:
            cursor.execute(SQLITE_MOVE)
        for statement in statements:
            cursor.execute(statement)


def check_triggers(databases=None, **kwargs):
    """Report a database whose content can change unseen (``check --database default``).

    As an error it would keep the very command that mends it from running.
    """
    warnings = []
    for using in databases or []:
        connection = connections[using]
        if TABLE in connection.introspection.table_names() and missing_triggers(connection):
            warnings.append(
                checks.Warning(
                    "Triggers that move the content version are missing.",
                    hint="Run manage.py migrate, which installs them.",
                    id="publishing.W001",
                )
            )
    return warnings
