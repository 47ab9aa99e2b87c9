"""The servers that are measured, and what they are asked."""

import http.client
import json
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from ..running_site import command, free_port, surroundings, wait_for
from .machine import SERVER, on_core

THREADS = 4  # of a gunicorn worker, as the site has them
BROWSER = {"Accept-Encoding": "br"}


@dataclass
class Database:
    """A database with content, and the folder of a site on it."""

    name: str
    data: Path
    url: str = ""

    @property
    def environment(self):
        return {"DATABASE_URL": self.url} if self.url else {}


@dataclass
class Server:
    process: int
    address: str
    seconds: float  # from its start to its first good answer


@contextmanager
def running(arguments, data, environment, port, core=SERVER):
    """Run a server on its core until it is no longer needed; yield the Server."""
    address = f"http://127.0.0.1:{port}"
    began = time.perf_counter()
    with on_core(core):
        process = subprocess.Popen(
            arguments, **surroundings(data, environment), stdout=subprocess.DEVNULL
        )
    try:
        wait_for(f"{address}/", process)
        yield Server(process.pid, address, time.perf_counter() - began)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)


def site(database, workers=1, core=SERVER):
    """The site, as `make run` starts it, but without its timer, which is another process."""
    port = free_port()
    settings = {"PORT": str(port), "WORKERS": str(workers), "TIMER": "0"} | database.environment
    return running(command("start"), database.data, settings, port, core)


def gunicorn(application, database, **environment):
    """One gunicorn worker for any application, told what `make run` tells it."""
    port = free_port()
    arguments = [
        *(sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}"),
        *("--worker-class", "gthread", "--workers", "1", "--threads", str(THREADS)),
        *("--log-level", "warning", "--no-control-socket", application),
    ]
    return running(arguments, database.data, database.environment | environment, port)


def granian(database):
    """The site's own callable on granian, with as many threads."""
    port = free_port()
    arguments = [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws"),
        *("--workers", "1", "--blocking-threads", str(THREADS)),
        *("--host", "127.0.0.1", "--port", str(port), "--log-level", "warning"),
        "mi_site.wsgi:application",
    ]
    return running(arguments, database.data, database.environment, port)


def fetch(site, address, headers=BROWSER):
    """Return (status, headers, body) of an answer, on a connection of its own."""
    connection = http.client.HTTPConnection(urlsplit(site).netloc, timeout=60)
    try:
        connection.request("GET", address, headers=headers)
        response = connection.getresponse()
        return response.status, response.headers, response.read()
    finally:
        connection.close()


def in_django(module, database, *arguments):
    """Start a module of this package in a process of its own, with Django on ``database``.

    What it writes on its standard output is JSON.
    """
    return subprocess.Popen(
        [sys.executable, "-m", f"tests.bench.{module}", *map(str, arguments)],
        **surroundings(
            database.data, {"DJANGO_SETTINGS_MODULE": "mi_site.settings"} | database.environment
        ),
        stdout=subprocess.PIPE,
        text=True,
    )


def told_by(process):
    """Wait for the end of a process of ``in_django``, and return what it told."""
    output, _ = process.communicate()
    if process.returncode:
        sys.exit(f"{' '.join(map(str, process.args))} failed: see above.")
    return json.loads(output)
