import gzip
import re
import socket
import subprocess
import sys
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import brotli
import pytest
from django.contrib.auth.models import Permission
from django.db import connection

from mi_site.management.commands import start
from publishing import version

from .running_site import manage, running_site, surroundings


def test_a_busy_port_is_one_clear_line(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other_program:
        port = other_program.getsockname()[1]
        assert_refuses(
            manage("start", data=tmp_path, PORT=str(port)),
            f"Port {port} is in use: stop the other program",
        )


@pytest.mark.parametrize("host", ["no.such.host.invalid", "192.0.2.1"])
def test_an_address_of_another_machine_is_one_clear_line(tmp_path, host):
    assert_refuses(manage("start", data=tmp_path, HOST=host), f"Cannot listen on {host}:8000")


def test_a_database_that_does_not_answer_is_one_clear_line(tmp_path):
    result = manage(
        "start",
        data=tmp_path,
        PORT="8999",
        DATABASE_URL="postgres://nobody@127.0.0.1:1/none",
    )
    assert_refuses(result, "The database cannot be used: ")
    assert_refuses(result, "Check DATABASE_URL, and that this machine can reach it.")


def test_a_database_that_does_not_answer_is_one_clear_line_in_other_commands(tmp_path):
    result = manage("migrate", data=tmp_path, DATABASE_URL="postgres://nobody@127.0.0.1:1/none")
    assert_refuses(result, "The database cannot be used: ")


def test_a_file_that_is_no_database_is_one_clear_line(tmp_path):
    (tmp_path / "db.sqlite3").write_text(
        "Not a database, and longer than the header of one would be. " * 20
    )
    assert_refuses(
        manage("start", data=tmp_path, PORT="8999"),
        "The database cannot be used: file is not a database",
    )


def test_the_site_starts_answers_and_leaves_nothing_behind(tmp_path, empty_database):
    home = tmp_path / "home"
    home.mkdir()
    site = running_site(tmp_path / "data", HOME=str(home), **empty_database)
    with site as (process, address), urllib.request.urlopen(address) as response:
        assert response.status == 200
        assert "Set-Cookie" not in response.headers
        assert list(home.rglob("*")) == []  # gunicorn would have a socket there
    assert process.returncode == 0
    port = int(address.rpartition(":")[2])
    socket.create_server(("127.0.0.1", port)).close()  # the port is free again


def test_static_files_are_kept_for_good_and_come_compressed(tmp_path):
    with running_site(tmp_path) as (_, address):
        [sheet] = re.findall(r'rel="stylesheet" href="([^"]+)"', read(address)[1].decode())
        headers, plain = read(f"{address}{sheet}")
        assert re.search(r"/site\.[0-9a-f]{12}\.css$", sheet)
        assert "immutable" in headers["Cache-Control"]
        for encoding, decode in ("br", brotli.decompress), ("gzip", gzip.decompress):
            headers, body = read(f"{address}{sheet}", **{"Accept-Encoding": encoding})
            assert headers["Content-Encoding"] == encoding
            assert decode(body) == plain
    static = tmp_path / "static"
    assert list(static.rglob("*.map"))
    assert list(static.rglob("*.map.*")) == []  # seconds of work, for what only a debugger asks for


def read(address, **headers):
    with urllib.request.urlopen(urllib.request.Request(address, headers=headers)) as response:
        return response.headers, response.read()


def test_two_that_start_at_once_both_serve(tmp_path, empty_database):
    def visit(_):
        site = running_site(tmp_path, **empty_database)
        with site as (_, address), urllib.request.urlopen(address) as response:
            return response.status

    with ThreadPoolExecutor() as threads:
        assert list(threads.map(visit, range(2))) == [200, 200]


def test_an_interrupted_collection_of_static_files_is_done_again(tmp_path):
    with running_site(tmp_path):
        pass
    (tmp_path / "static.stamp").unlink()
    manifest = tmp_path / "static" / "staticfiles.json"
    manifest.write_text("half a fi")
    with (
        running_site(tmp_path) as (_, address),
        urllib.request.urlopen(address) as response,
    ):
        assert response.status == 200
    assert manifest.read_text().endswith("}")


def test_static_files_are_collected_again_only_after_one_of_them_changed(tmp_path, settings):
    sheet, collected = tmp_path / "ours" / "sheet.css", tmp_path / "static" / "sheet.css"
    sheet.parent.mkdir()
    settings.DATA, settings.STATIC_ROOT = tmp_path, collected.parent
    settings.STATICFILES_DIRS = [sheet.parent]
    for words, has_changed in ("one", True), ("one", False), ("other", True):
        if has_changed:
            sheet.write_text(words)
        start.Command().collect_static()
        assert collected.read_text() == (words if has_changed else "as it was left")
        collected.write_text("as it was left")


def assert_refuses(result, advice):
    assert result.returncode != 0
    assert len(result.stderr.splitlines()) == 1, result.stderr
    assert advice in result.stderr


# Memory


def served(monkeypatch, settings, workers, **environment):
    """Return the arguments and the environment with which `make run` becomes gunicorn."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    settings.WORKERS = workers
    became = []
    monkeypatch.setattr(start.os, "execve", lambda *given: became.append(given))
    start.serve()
    [(_, arguments, environment)] = became
    return arguments, environment


def test_workers_share_what_is_loaded_and_a_single_one_has_nobody_to_share_it(
    monkeypatch, settings
):
    assert "--preload" in served(monkeypatch, settings, workers=2)[0]
    assert "--preload" not in served(monkeypatch, settings, workers=1)[0]


def test_memory_goes_back_to_the_system_unless_somebody_set_it_otherwise(monkeypatch, settings):
    _, environment = served(monkeypatch, settings, workers=2, MALLOC_ARENA_MAX="7")
    assert environment["MALLOC_ARENA_MAX"] == "7"
    assert environment["MALLOC_TRIM_THRESHOLD_"] == "131072"


LOADED = """
import gc, sys
import mi_site.wsgi
from django.db import connections
assert connections["default"].connection is None
assert mi_site.wsgi.application.freshness.cursor is None
assert connections["default"].vendor == "postgresql" or "psycopg2" not in sys.modules
assert "PIL" not in sys.modules
assert "mi_site.urls" in sys.modules
assert "pages.templatetags.pages" in sys.modules
assert gc.isenabled()
assert gc.get_freeze_count() > len(gc.get_objects())
"""


def test_the_site_is_loaded_for_all_workers_without_a_connection_that_they_would_share(
    tmp_path, empty_database
):
    """Frozen, since to look for garbage in it would copy it to each of them; without the driver of a
    database that the site is not on, and without what only draws social cards."""
    loaded = subprocess.run(
        [sys.executable, "-c", LOADED],
        **surroundings(tmp_path, empty_database),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert loaded.returncode == 0, loaded.stderr


ASKED_TWICE = """
from mi_site import wsgi
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import path
from mi_site import urls
words = iter(["first", "second"])
urls.urlpatterns.insert(0, path("words/", lambda request: HttpResponse(next(words))))
for _ in range(2):
    environ = RequestFactory().get("/words/", headers={"host": "localhost"}).environ
    print(b"".join(wsgi.application(environ, lambda *answer: None)).decode())
"""


def test_a_site_under_development_renders_each_page_anew(tmp_path, empty_database):
    """An edit of a template, which Django's own server reads at once, moves no content version."""
    asked = subprocess.run(
        [sys.executable, "-c", ASKED_TWICE],
        **surroundings(tmp_path, empty_database | {"DEBUG": "1"}),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert asked.stdout.split() == ["first", "second"], asked.stderr


# The database


def test_a_start_puts_back_what_an_interrupted_migration_left_out(committing_db):
    """Triggers of the content version and permissions of staff are made last, by no migration."""
    Permission.objects.all().delete()
    table = "partners_partner"
    [trigger, *_] = {
        "sqlite": version.sqlite_triggers,
        "postgresql": version.postgresql_triggers,
    }[connection.vendor](table)
    on = f'ON "{table}"' if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f'DROP TRIGGER "{trigger}" {on}')
    assert version.missing_triggers(connection)
    before = version.current()
    start.Command().prepare_database()
    assert version.missing_triggers(connection) == []
    assert version.current() != before, "what was written without them may have gone unseen"
    assert Permission.objects.filter(codename="publish_content").exists()
