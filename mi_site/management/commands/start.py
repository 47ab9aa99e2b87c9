import errno
import fcntl
import hashlib
import os
import shutil
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.core.management.sql import emit_post_migrate_signal
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

LOCAL = {"localhost", "127.0.0.1", "[::1]"}

# The same number for every process of this site: PostgreSQL's advisory locks have no names.
STARTING = 20_261_121

SECONDS_BETWEEN_TICKS = 10

# How the C library keeps memory: one heap for all threads instead of one for each, and what is free
# goes back to the system. (musl and others know neither.)
FRUGAL = {"MALLOC_ARENA_MAX": "1", "MALLOC_TRIM_THRESHOLD_": "131072"}


class Command(BaseCommand):
    help = "Prepares the database and the static files, and serves the site: what `make run` does."

    def handle(self, **options):
        check_port()
        try:
            with one_at_a_time():
                self.prepare_database()
                self.collect_static()
        finally:
            connection.close()
        self.welcome()
        if settings.TIMER:
            start_timer()
        serve()

    def prepare_database(self):
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            self.say("Preparing the database.")
            call_command("migrate", verbosity=0, interactive=False)
        else:
            # What migrate ends with, and takes thrice as long to find out: the database's triggers
            # and staff's permissions may be missing, if it was interrupted.
            emit_post_migrate_signal(verbosity=0, interactive=False, db=connection.alias)
        call_command("load_content")

    def collect_static(self):
        """Some seconds of collecting and compressing, so only when something changed."""
        stamp = settings.DATA / "static.stamp"
        fingerprint = static_fingerprint()
        if stamp.exists() and stamp.read_text() == fingerprint:
            return
        self.say("Collecting the static files.")
        # Away with the stamp and then with all that is there: nothing that an
        # interrupted collection left may be taken for done.
        stamp.unlink(missing_ok=True)
        shutil.rmtree(settings.STATIC_ROOT, ignore_errors=True)
        call_command("collectstatic", verbosity=0, interactive=False)
        stamp.write_text(fingerprint)

    def welcome(self):
        self.say(f"The site:  {settings.BASE_URL}/")
        self.say(f"The admin: {settings.BASE_URL}/admin/  (make staff makes an account)")
        if settings.TIMER:
            self.say(
                f"The timer: sends e-mail and clears up every {SECONDS_BETWEEN_TICKS} seconds."
            )
        else:
            self.say("The timer: off (TIMER=0); nothing is sent until manage.py tick runs.")
        if settings.HOST not in LOCAL and LOCAL.issuperset(settings.ALLOWED_HOSTS):
            self.say(
                "Other machines are refused until ALLOWED_HOSTS names what they call this one."
            )

    def say(self, line):
        self.stdout.write(line)
        self.stdout.flush()  # through a pipe, what waits in the buffer would be lost by exec


def check_port():
    """gunicorn would try a busy port five times and then show its log."""
    host, port = settings.HOST, settings.PORT
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host.strip("[]"), port, type=socket.SOCK_STREAM
        )[0]
        with socket.socket(family, kind, protocol) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise CommandError(
                f"Port {port} is in use: stop the other program, "
                f"or choose another port: make run PORT={port % 65535 + 1}"
            ) from error
        raise CommandError(
            f"Cannot listen on {host}:{port} ({error.strerror}): set another HOST or PORT."
        ) from error


@contextmanager
def one_at_a_time():
    """Of several that start at once, on one folder or one PostgreSQL, each waits its turn."""
    with (settings.DATA / "start.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            connection.ensure_connection()
        except DatabaseError as error:
            reason = " ".join(str(error).split())
            raise CommandError(
                f"The database cannot be used: {reason.rstrip('.?')}. "
                "Check DATABASE_URL, and that this machine can reach it."
            ) from error
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_advisory_lock(%s)", [STARTING]
                )  # until the connection closes
        yield


def static_fingerprint():
    """A word that changes when any static file does, or how they are stored."""
    files = []
    for finder in get_finders():
        for path, storage in finder.list(ignore_patterns=[]):
            stat = Path(storage.path(path)).stat()
            files.append((storage.path(path), stat.st_size, stat.st_mtime_ns))
    how = (
        settings.STORAGES["staticfiles"],
        settings.STATIC_URL,
        settings.WHITENOISE_SKIP_COMPRESS_EXTENSIONS,
    )
    return hashlib.sha256(repr((how, sorted(files))).encode()).hexdigest()


def start_timer():
    """Start the timer as a process of its own. It ends with this one, however this one ends."""
    subprocess.Popen(
        [
            *(sys.executable, settings.BASE_DIR / "manage.py", "tick"),
            *("--every", str(SECONDS_BETWEEN_TICKS)),
            *("--parent", str(os.getpid())),
        ],
        stdin=subprocess.DEVNULL,
    )


def serve():
    """Become gunicorn, so that Ctrl-C and signals reach it. Its configuration is here and in server.py."""
    environment = FRUGAL | os.environ
    environment.pop("GUNICORN_CMD_ARGS", None)
    arguments = [
        *("--bind", f"{settings.HOST}:{settings.PORT}"),
        *("--workers", str(settings.WORKERS)),
        *("--worker-class", "gthread"),
        *("--threads", "4"),
        *("--chdir", str(settings.BASE_DIR)),
        *("--log-level", "warning"),
        *(
            "--forwarded-allow-ips",
            "",
        ),  # which proxies to trust is Django's to know: TRUSTED_PROXIES
        *("--config", "python:mi_site.server"),
        "--no-control-socket",  # it would be made in HOME
        # Loaded once, workers share much of the site; a single one would only hold it twice. It opens
        # no connection before they begin: one that two processes hold is broken by both.
        *(["--preload"] if settings.WORKERS > 1 else []),
        "mi_site.wsgi:application",
    ]
    os.execve(sys.executable, [sys.executable, "-m", "gunicorn", *arguments], environment)
