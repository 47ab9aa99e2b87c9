"""Memory and cold start, of a site that runs alone; and what a page weighs with all it asks for."""

import re
from statistics import median
from urllib.parse import urljoin

from .machine import pss, tree
from .servers import fetch, gunicorn, site

WARM = 16  # times that each page is asked for, so that every worker has answered it
FINDER = "/find/?q=energy"


def measure(database, addresses, starts):
    """Return MiB of one worker with its master and of a further one, and seconds of a cold start."""
    cold, bare = [], []
    for _ in range(starts):
        with site(database) as server:
            cold.append(server.seconds)
        with gunicorn("mi_site.wsgi:application", database) as server:
            bare.append(server.seconds)
    one, two = (warm_memory(database, addresses, workers) for workers in (1, 2))
    return {
        "one worker": one,
        "a further worker": two - one if one is not None else None,
        "make run": median(cold),
        "gunicorn alone": median(bare),
    }


def warm_memory(database, addresses, workers):
    with site(database, workers) as server:
        for address in [*addresses, FINDER] * WARM:
            for encoding in ("br", "gzip", "identity"):
                fetch(server.address, address, {"Accept-Encoding": encoding})
        return pss(tree(server.process))


ASKED_FOR = re.compile(
    r"""<(?:link[^>]*rel="(?:stylesheet|icon|preload)"[^>]*|img[^>]*|use[^>]*|script[^>]*)\s(?:href|src)="(/[^"#]+)"""
)
IN_CSS = re.compile(r"""url\(["']?([^"')#]+)""")


def weight(address, page):
    """Return the bytes of HTML and style sheets, those of all that the page asks for, and how many."""
    _, _, html = fetch(address, page)
    _, _, plain = fetch(address, page, {})
    files = dict.fromkeys(ASKED_FOR.findall(plain.decode()))
    first = len(html)
    everything = len(html)
    sheets = [file for file in files if file.partition("?")[0].endswith(".css")]
    for sheet in sheets:
        _, _, css = fetch(address, sheet, {})
        files |= dict.fromkeys(urljoin(sheet, name) for name in IN_CSS.findall(css.decode()))
    for file in files:
        status, _, body = fetch(address, file)
        if status != 200:
            raise RuntimeError(f"{page} asks for {file}, which answered {status}")
        everything += len(body)
        first += len(body) if file in sheets else 0
    return {"page": page, "first": first, "all": everything, "requests": 1 + len(files)}
