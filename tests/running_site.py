"""The real site, as `make run` starts it, for tests that need more than Django's client."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent


def manage(*arguments, data, **environment):
    """Run manage.py to its end, as in a shell where nothing is set but what is given."""
    return subprocess.run(
        command(*arguments),
        **surroundings(data, environment),
        capture_output=True,
        text=True,
        timeout=60,
    )


@contextmanager
def running_site(data, **environment):
    """Start the site on a free port, yield its process and its address, and stop it."""
    port = free_port()
    process = subprocess.Popen(
        command("start"), **surroundings(data, {"PORT": str(port)} | environment)
    )
    try:
        wait_for(f"http://127.0.0.1:{port}/healthz", process)
        yield process, f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)


def command(*arguments):
    return [sys.executable, PROJECT / "manage.py", *arguments]


def surroundings(data, environment):
    return {
        "env": {"PATH": os.environ["PATH"], "DATA": str(data)} | environment,
        "cwd": PROJECT,
        "stdin": subprocess.DEVNULL,
    }


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_for(address, process, seconds=60):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (urllib.error.URLError, TimeoutError):
            time.sleep(0.05)
    raise RuntimeError(f"No answer from {address}; the process says {process.poll()}.")
