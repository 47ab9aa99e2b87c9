"""Load on a server, by wrk: sixteen connections that stay open, from the other core."""

import json
import shutil
import subprocess
from pathlib import Path

from .machine import ASKER, on_core

SCRIPT = Path(__file__).with_name("report.lua")
CONNECTIONS = 16


def is_installed():
    return shutil.which("wrk") is not None


def start(url, seconds, headers=None, addresses=(), connections=CONNECTIONS):
    """Return the process of wrk that asks for ``url``, or for each of ``addresses`` in turn."""
    given = [
        option for name, value in (headers or {}).items() for option in ("-H", f"{name}: {value}")
    ]
    arguments = [
        *("wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "--latency"),
        *("-s", str(SCRIPT), *given, url, "--", *addresses),
    ]
    with on_core(ASKER):
        return subprocess.Popen(
            arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
        )


def told_by(process):
    """Return what wrk measured (report.lua)."""
    output, _ = process.communicate()
    measured = [line for line in output.splitlines() if line.startswith("{")]
    if not measured:
        raise RuntimeError(f"wrk measured nothing: {output}")
    return json.loads(measured[0])
