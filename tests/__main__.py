"""What `make test` runs: every test on SQLite, then all but those in a browser on PostgreSQL.

    python -m tests [arguments for pytest]

What this machine cannot run is left out, and named at the end; with CI=true that is a failure.
"""

import os
import signal
import subprocess
import sys

from .chromium import find_chromium
from .postgres import find_binaries, temporary_cluster

NOTHING_COLLECTED = 5  # pytest's exit code; no failure when only some tests were asked for


def main(arguments):
    # A kill, too, must stop and delete the temporary cluster.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    left_out = []

    if find_chromium():
        failed = pytest("SQLite", "", arguments)
    else:
        left_out.append(
            "the browser tests: there is no Chromium. "
            "Install it (apt install chromium), or set CHROMIUM to its path."
        )
        failed = pytest("SQLite, without a browser", "", [*arguments, "--ignore=tests/browser"])

    if find_binaries():
        with temporary_cluster() as database_url:
            failed |= pytest("PostgreSQL", database_url, [*arguments, "--ignore=tests/browser"])
    else:
        left_out.append("PostgreSQL: it is not installed (apt install postgresql).")

    for what in left_out:
        print(f"Left out: {what}", flush=True)
    return failed or (bool(left_out) and os.environ.get("CI") == "true")


def pytest(database, database_url, arguments):
    print(f"Tests on {database}", flush=True)
    environment = os.environ | {"DATABASE_URL": database_url}
    code = subprocess.run([sys.executable, "-m", "pytest", *arguments], env=environment).returncode
    return code != 0 and not (arguments and code == NOTHING_COLLECTED)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
