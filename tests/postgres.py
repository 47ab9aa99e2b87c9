"""A PostgreSQL for the tests: in a temporary folder, without a port, gone when they end."""

import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

# Nothing here need survive a power cut.
OPTIONS = "-c listen_addresses='' -c fsync=off -c synchronous_commit=off -c full_page_writes=off"


def find_binaries():
    """The folder of initdb and pg_ctl, or None. Debian keeps it off the PATH."""
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).resolve().parent
    installed = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = max(installed, key=lambda initdb: float(initdb.parts[-3]), default=None)
    return newest and newest.parent


@contextmanager
def temporary_cluster():
    """Yields a DATABASE_URL."""
    binaries = find_binaries()
    # In /tmp, whatever TMPDIR says: the path of a socket may have 107 bytes at most.
    with tempfile.TemporaryDirectory(prefix="pg-", dir="/tmp") as folder:
        owner = {}
        if os.geteuid() == 0:  # initdb refuses to run as root
            owner = {"user": "postgres", "group": "postgres", "extra_groups": []}
            shutil.chown(folder, "postgres", "postgres")

        def run(program, *arguments):
            subprocess.run(
                [binaries / program, "-D", f"{folder}/data", *arguments],
                cwd=folder,
                check=True,
                **owner,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )

        run(
            "initdb",
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        )
        try:
            run(
                "pg_ctl",
                "start",
                "-w",
                "-l",
                f"{folder}/log",
                "-o",
                f"-k {folder} {OPTIONS}",
            )
            yield f"postgres://postgres@/{folder}/postgres"
        finally:
            run("pg_ctl", "stop", "-m", "immediate")
