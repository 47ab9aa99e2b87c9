#!/bin/sh
# install.sh LOCK: makes .venv when there is no sound one, and installs what LOCK pins, each
# file checked against its hash. A copy of the lock in .venv tells make that it is done; a
# .venv without one was interrupted, and is made anew.
set -eu
lock=$1

stop() {
    echo "$*" >&2
    exit 1
}

find_python() {
    for python in python3 python3.14 python3.13 python3.12 python3.11; do
        if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            return
        fi
    done
    command -v python3 >/dev/null || stop "Python 3.11 or newer is needed, and there is no python3 here: install python3 and python3-venv."
    stop "Python 3.11 or newer is needed; python3 here is $(python3 -V 2>&1)."
}

if ! ls .venv/requirements*.txt >/dev/null 2>&1 || ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    find_python
    "$python" -c 'import ensurepip, venv' 2>/dev/null || stop "$python cannot make a virtual environment: install python3-venv."
    rm -rf .venv
    "$python" -m venv .venv || stop "The virtual environment .venv could not be made: see above."
fi

echo "Installing what $lock pins into .venv (once; about half a minute)."
rm -f .venv/requirements*.txt
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input --require-hashes -r "$lock" ||
    stop "The dependencies could not be installed: see above. They come over the network; when that is back, run make again."
cp requirements.txt .venv/  # which the other lock includes
cp "$lock" .venv/
