"""Edits of the city of one partner, committed in every way in which content is ever written.

    python -m tests.bench.editing every_second SECONDS   tells how many there were
    python -m tests.bench.editing WAY SITE FOLDER CITY   one, in a way that Editor has

A way takes what the city is to be. It returns what the page must show after its commit, which for
a restore is what was there before.
"""

import importlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from contextlib import closing
from http.cookiejar import Cookie, CookieJar
from pathlib import Path

import django
import psycopg2
from django.apps import apps
from django.conf import settings
from django.core import serializers
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from lxml import html

from ..postgres import find_binaries

MIGRATION = """
from django.db import migrations, models


def rename(apps, schema_editor):
    apps.get_model("partners", "Partner").objects.filter(pk={pk}).update(city={city!r})


class Migration(migrations.Migration):
    dependencies = [("partners", "{after}")]
    operations = [
        migrations.AlterField("partner", "city", models.CharField(max_length={length}, blank=True)),
        migrations.RunPython(rename),
    ]
"""


def cookie(name, value):
    """Return a cookie for this machine, as a browser keeps it."""
    where = {"domain": "127.0.0.1", "domain_specified": False, "domain_initial_dot": False}
    kept = {"secure": False, "expires": None, "discard": True, "rest": {}}
    path = {"path": "/", "path_specified": True, "port": None, "port_specified": False}
    about = {"comment": None, "comment_url": None}
    return Cookie(version=0, name=name, value=value, **where, **kept, **path, **about)


class NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *arguments, **named):
        return None


class Editor:
    """Somebody, or some program, that edits the first public partner."""

    def __init__(self, site=None, folder=None):
        self.site = site
        self.folder = folder
        self.partners = apps.get_model("partners", "Partner").objects
        self.partner = self.partners.public().first()
        self.row = self.partners.filter(pk=self.partner.pk)
        self.browser = None

    def bulk_update(self, city):
        self.row.update(city=city)
        return city

    def raw_sql(self, city):
        if connection.vendor == "sqlite":
            other, mark = sqlite3.connect(connection.settings_dict["NAME"], timeout=20), "?"
        else:
            other, mark = psycopg2.connect(**connection.get_connection_params()), "%s"
        cursor = other.cursor()
        cursor.execute(
            f"UPDATE partners_partner SET city = {mark} WHERE id = {mark}", [city, self.partner.pk]
        )
        other.commit()
        other.close()
        return city

    def admin(self, city):
        """As staff do: a draft, which is then published."""
        if self.browser is None:
            self.browser = self.signed_in()
        desk = f"{self.site}/admin/partners/partner/{self.partner.pk}"
        self.press(f"{desk}/change/", "_draft", city=city)
        self.press(f"{desk}/publish/", "_now")
        return city

    def press(self, address, button, **typed):
        """Open a page of the desk, fill in the form that has ``button``, and press it."""
        page = html.fromstring(self.browser.open(address).read())
        [form] = page.xpath(f"//form[.//*[@name='{button}']]")
        for name, value in typed.items():
            form.fields[name] = value
        filled_in = urllib.parse.urlencode([*form.form_values(), (button, "yes")]).encode()
        try:
            self.browser.open(address, filled_in)
        except urllib.error.HTTPError as answer:
            if answer.code == 302:
                return
            raise
        raise RuntimeError(f"{button} at {address} did not take the form")

    def signed_in(self):
        """Return a browser of a new member of staff."""
        from django.contrib.auth import get_user_model
        from django.test import Client

        staff = get_user_model().objects.create_superuser(f"bench-{time.time_ns()}")
        client = Client()
        client.force_login(staff)
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        jar = CookieJar()
        jar.set_cookie(cookie(settings.SESSION_COOKIE_NAME, session))
        return urllib.request.build_opener(NoRedirects, urllib.request.HTTPCookieProcessor(jar))

    def loaddata(self, city):
        self.partner = self.row.get()
        self.partner.city = city
        fixture = self.folder / "partner.json"
        fixture.write_text(
            serializers.serialize(
                "json",
                [self.partner],
                use_natural_foreign_keys=True,
                use_natural_primary_keys=True,
            )
        )
        call_command("loaddata", fixture, verbosity=0)
        return city

    def migration(self, city):
        """An ordinary one, which changes a column and its content."""
        self.write_migration(city)
        call_command("migrate", "partners", verbosity=0)
        return city

    def unfinished_migration(self, city):
        """The same, but killed before `migrate` has come to its end, which puts triggers back."""
        name = self.write_migration(city)
        MigrationExecutor(connection).migrate([("partners", name)])
        return city

    def write_migration(self, city):
        """Write the next migration of partners into the folder, and return its name."""
        package = self.folder / "bench_migrations"
        if not package.exists():
            theirs = importlib.import_module("partners.migrations")
            shutil.copytree(Path(theirs.__file__).parent, package)
            sys.path.insert(0, str(self.folder))
            settings.MIGRATION_MODULES = {"partners": package.name}
        last = max(file.stem for file in package.glob("[0-9]*.py"))
        number = int(last.partition("_")[0]) + 1
        name = f"{number:04}_trial_{time.time_ns()}"  # no other folder has had it
        (package / f"{name}.py").write_text(
            MIGRATION.format(pk=self.partner.pk, city=city, after=last, length=100 + number)
        )
        importlib.invalidate_caches()
        return name

    def restore(self, city):
        """Back to what was there before ``city``, which visitors have seen by then."""
        before = self.row.values_list("city", flat=True).get()
        if connection.vendor == "sqlite":
            self.restore_sqlite(city)
        else:
            self.restore_postgresql(city)
        return before

    def restore_and_edit(self, city):
        """A restore and then an edit, before anybody has asked: as many as before it."""
        self.restore(f"{city}, lost")
        return self.raw_sql(city)

    def another_file(self, city):
        """A file that another program wrote, moved to where the one of the site was."""
        live = Path(connection.settings_dict["NAME"])
        new = self.folder / "new.sqlite3"
        with closing(sqlite3.connect(live)) as old, closing(sqlite3.connect(new)) as copy:
            old.backup(copy)
            copy.execute(
                "UPDATE partners_partner SET city = ? WHERE id = ?", [city, self.partner.pk]
            )
            copy.commit()
            copy.execute("PRAGMA journal_mode=DELETE")  # all of it in one file
        connection.close()
        for ending in "-wal", "-shm":
            live.with_name(live.name + ending).unlink(missing_ok=True)
        new.replace(live)
        return city

    def restore_sqlite(self, city):
        live = sqlite3.connect(connection.settings_dict["NAME"], timeout=20)
        backup = sqlite3.connect(self.folder / "backup.sqlite3")
        live.backup(backup)
        self.shown(city)
        connection.close()
        backup.backup(live)
        live.close()
        backup.close()

    def restore_postgresql(self, city):
        given = connection.get_connection_params()
        names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD"}
        where = {names[name]: str(value) for name, value in given.items() if name in names}
        dump, binaries = self.folder / "backup.dump", find_binaries()

        def run(program, *arguments):
            subprocess.run(
                [binaries / program, "--dbname", given["dbname"], *arguments],
                env=os.environ | where,
                check=True,
            )

        run("pg_dump", "--format=custom", "--file", dump)
        self.shown(city)
        connection.close()
        run("pg_restore", "--clean", "--if-exists", "--single-transaction", dump)

    def shown(self, city):
        self.row.update(city=city)
        for _ in range(8):
            urllib.request.urlopen(self.site + self.partner.get_absolute_url()).close()


def once(way, site, folder, city):
    editor = Editor(site, Path(folder))
    shown = getattr(editor, way)(city)
    return {"address": editor.partner.get_absolute_url(), "shown": shown}


def every_second(seconds):
    editor = Editor()
    ends = time.monotonic() + float(seconds)
    number = 0
    while time.monotonic() < ends:
        number += 1
        editor.bulk_update(f"City {number}")
        time.sleep(1)
    return {"edits": number}


if __name__ == "__main__":
    django.setup()
    way, *arguments = sys.argv[1:]
    told = every_second(*arguments) if way == "every_second" else once(way, *arguments)
    json.dump(told, sys.stdout)
