"""How well the finder answers: graded queries asked of the real site, over HTTP.

    python -m tests.finder_eval [FILE…]

A file holds one query a line, as JSON: ``q`` as typed, ``kind``, ``expected`` (slug: grade),
``need``. An answer of grade 1 is right as the first one, one of grade 2 acceptable among three.
With ``need: all`` every answer of grade 1 should be among the first three. What a page of general
advice answers is expected as GENERAL: where nothing fits, the page leads with it.

Measures, each with the interval in which the true value lies with a chance of 95 % (Wilson's):

s@1               the first answer is right
s@3               a right or acceptable answer is among the first three
MRR               the mean of 1/rank of the first right answer, among ten
all@3             every right answer is among the first three, where all are needed
false confidence  nothing fits, and yet a wrong answer leads
false fallback    an answer exists, and yet the general route leads
"""

import http.client
import json
import math
import sys
import tempfile
import time
from pathlib import Path
from statistics import fmean, median
from urllib.parse import urlencode, urlsplit

from .page_audit import say
from .running_site import running_site

# In the order in which they were written; the last was asked once, when all else was done.
NAMES = ("developed", "first", "second", "third", "unseen")
FILES = [Path(__file__).parent / "queries" / f"{name}.jsonl" for name in NAMES]
GENERAL = "who-to-contact-at-my-university"
NOTHING_FITS = "nothing-fits"
ROW = "{:<18}{:>5}  {:<17}{:<17}{:>6}"


def read_queries(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


def judge(query, answer):
    """Return what is to be said of ``answer``, the finder's JSON, to ``query``.

    None stands where a measure does not apply.
    """
    slugs = [result["slug"] for result in answer["results"]]
    shown = list(dict.fromkeys([GENERAL, *slugs] if answer["fallback"] else slugs))
    grades = query["expected"]
    right = {slug for slug, grade in grades.items() if grade == 1}
    ranks = [rank for rank, slug in enumerate(shown[:10], start=1) if slug in right]
    nothing_fits = query["kind"] == NOTHING_FITS
    return {
        "s@1": bool(ranks) and ranks[0] == 1,
        "s@3": any(slug in grades for slug in shown[:3]),
        "MRR": 1 / ranks[0] if ranks else 0.0,
        "all@3": right <= set(shown[:3]) if query["need"] == "all" else None,
        "false confidence": 1 not in ranks and not answer["fallback"] if nothing_fits else None,
        "false fallback": (
            None if nothing_fits else answer["fallback"] and grades.get(GENERAL) != 1
        ),
        "dead end": not shown,
        "shown": shown[:3],
    }


def measure(judged, name):
    """Return the mean of measure ``name`` and how many queries it applies to."""
    values = [float(one[name]) for one in judged if one[name] is not None]
    return (fmean(values) if values else math.nan), len(values)


def interval(share, number):
    """Return the 95 % interval of a share of ``number``, after Wilson (1927)."""
    z = 1.96
    middle = (share + z * z / (2 * number)) / (1 + z * z / number)
    half = z / (1 + z * z / number)
    half *= math.sqrt(share * (1 - share) / number + z * z / (4 * number * number))
    return max(0.0, middle - half), min(1.0, middle + half)


def written(judged, name):
    """Return a measure with its interval as text."""
    share, number = measure(judged, name)
    if not number:
        return "-"
    low, high = interval(share, number)
    return f"{share:.2f} ({low:.2f}-{high:.2f})"


def report(queries, judged, seconds):
    """Print the table of one file."""
    say(ROW.format("kind", "n", "s@1", "s@3", "MRR"))
    kinds = dict.fromkeys(query["kind"] for query in queries)
    for kind in [*kinds, "all"]:
        of_kind = [
            one
            for query, one in zip(queries, judged, strict=True)
            if kind in (query["kind"], "all")
        ]
        measures = [written(of_kind, "s@1"), written(of_kind, "s@3")]
        say(ROW.format(kind, len(of_kind), *measures, f"{measure(of_kind, 'MRR')[0]:.2f}"))
    for name in ("all@3", "false confidence", "false fallback", "dead end"):
        say(f"{name:<18}{measure(judged, name)[1]:>5}  {written(judged, name)}")
    slowest = sorted(seconds)[math.ceil(0.99 * len(seconds)) - 1]
    say(
        f"over HTTP, a connection each: median {1000 * median(seconds):.1f} ms, "
        f"p99 {1000 * slowest:.1f} ms"
    )
    for query, one in zip(queries, judged, strict=True):
        if not one["s@1"] or one["all@3"] is False:
            say(f"  {query['kind']}: “{query['q']}” gave {', '.join(one['shown']) or 'nothing'}")


def ask(site, question):
    """Return the answer to ``question`` and how many seconds it took."""
    connection = http.client.HTTPConnection(urlsplit(site).netloc, timeout=30)
    began = time.perf_counter()
    connection.request("GET", f"/find/?{urlencode({'q': question, 'format': 'json'})}")
    answer = json.loads(connection.getresponse().read())
    took = time.perf_counter() - began
    connection.close()
    return answer, took


def main(files):
    with tempfile.TemporaryDirectory() as data, running_site(data) as (_, site):
        for _ in range(8):  # each worker builds its index when it is first asked
            ask(site, "energy")
        for path in files:
            queries = read_queries(path)
            answers, seconds = zip(*(ask(site, query["q"]) for query in queries), strict=True)
            judged = [judge(*pair) for pair in zip(queries, answers, strict=True)]
            say(f"\n{path.name}: {len(queries)} queries\n")
            report(queries, judged, seconds)


if __name__ == "__main__":
    main([Path(name) for name in sys.argv[1:]] or FILES)
