"""Whether a page is ever stale: edits by another process, and visitors straight after each commit.

    python -m tests.bench.freshness SITE ANSWERS

Six visitors come at once on new connections, half of them with the ETag of what they saw last.
"""

import json
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import django
from django.urls import reverse

from .editing import Editor
from .servers import fetch

VISITORS = 6
USUAL = ("bulk_update", "raw_sql", "admin", "loaddata")
SELDOM = {25: "migration", 0: "restore"}  # of fifty edits, the one with this number


def way(number):
    return SELDOM.get(number % 50, USUAL[number % len(USUAL)])


def is_stale(site, address, seen, city):
    """Ask as one visitor; return whether the answer is stale, or the status of an error, and the ETag."""
    headers = {"If-None-Match": seen} if seen else {}
    # Not compressed, so that it can be read here.
    status, given, body = fetch(site, address, headers)
    if status == 304:
        return True, given["ETag"]
    if status != 200:
        return status, None
    return f">{city}<".encode() not in body, given["ETag"]


def trial(site, least):
    """Edit and ask until there were ``least`` answers; return what was counted."""
    edits, stale, errors = Counter(), Counter(), Counter()
    answers = 0
    began = time.monotonic()
    with (
        tempfile.TemporaryDirectory() as folder,
        ThreadPoolExecutor(VISITORS) as visitors,
    ):
        editor = Editor(site, Path(folder))
        addresses = [editor.partner.get_absolute_url(), reverse("partners:list")]
        seen = dict.fromkeys(addresses)
        for number in count(1):
            name, address = way(number), addresses[number % len(addresses)]
            city = getattr(editor, name)(f"City {number}")
            asked = [
                visitors.submit(is_stale, site, address, seen[address] if n % 2 else None, city)
                for n in range(VISITORS)
            ]
            edits[name] += 1
            for each in asked:
                found, etag = each.result()
                answers += 1
                stale[name] += found is True
                errors[name] += found not in (True, False)
                seen[address] = etag or seen[address]
            if answers >= least:
                break
    return {
        "answers": answers,
        "stale": stale.total(),
        "errors": errors.total(),
        "edits": edits,
        "stale after": +stale,
        "errors after": +errors,
        "seconds": time.monotonic() - began,
    }


if __name__ == "__main__":
    django.setup()
    json.dump(trial(sys.argv[1], int(sys.argv[2])), sys.stdout)
