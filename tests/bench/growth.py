"""How the site grows: every page, uncached, and the finder, with many times the content.

    python -m tests.bench.growth TIMES…

It copies the content of its database in place, up to each number of times in turn, and tells what
it measured before and after. What is copied is what a partnership gets more of: programmes, people
with their roles, questions, and all that hangs on them; each copy relates to the copies of what its
original relates to. Partners, topics, sections and pages stay, and so gather ever more. What editors
mark in a few only (flagships, the team, figures on the front page) is not marked in a copy.

All is in one process, without a server: Django's own client, which passes by the page cache. What
takes longer than it may is given up, and told as None.
"""

import json
import random
import resource
import signal
import sys
import time
import uuid
from pathlib import Path
from statistics import median

import django
from django.apps import apps
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from .addresses import PAGES

QUERIES = Path(__file__).resolve().parent.parent / "queries"

COPIED = (
    "people.Person",
    "people.Role",
    "programmes.Programme",
    "programmes.Programme_contacts",
    "people.Role_remit_topics",
    "people.Role_remit_programmes",
    "programmes.ProgrammeTopic",
    "programmes.Participation",
    "programmes.Link",
    "programmes.Figure",
    "programmes.Testimonial",
    "faq.Question",
    "faq.QuestionTopic",
)
UNMARKED = {
    "people.Role": {"is_in_team": False},
    "programmes.Figure": {"is_featured": False},
    "faq.Question": {"lists_team": False},
}
# What tells a copy from its original, and what stands before its number.
NAMES = {"slug": "-", "name": " ", "family_name": " ", "question": " "}
ENDS = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "PRAGMA")
STEP = 10_000  # between the keys of a thing and of its next copy
BATCH = 50  # copies that are in memory at once
PAGE_SECONDS, FINDER_SECONDS = 5, 60  # in which a page, and the finder, is asked as often as can be
# Seconds after which it is given up; the first answer reads what is kept.
MOST = {"page": 30, "question": 10, "first": 600}


def key(value, copy):
    """Return the key of a numbered copy of the thing with the key ``value``."""
    if isinstance(value, uuid.UUID):
        return uuid.UUID(int=(value.int + copy * STEP) % 2**128)
    return value if value is None else value + copy * STEP


def copy_of(row, number, copied):
    """Return copy ``number`` of a row, related to the copies with that number."""
    values = {}
    for field in row._meta.concrete_fields:
        value = getattr(row, field.attname)
        if field.primary_key or field.related_model in copied:
            value = key(value, number)
        elif field.name in NAMES:
            value = f"{value}{NAMES[field.name]}{number}"
        values[field.attname] = value
    values |= UNMARKED.get(row._meta.label, {})
    if values.get("kind") == "flagship":
        values["kind"] = "research"
    return type(row)(**values)


def grow(originals, numbers):
    """Add the copies with these numbers of all ``originals`` ({model: rows})."""
    for first in range(0, len(numbers), BATCH):
        batch = numbers[first : first + BATCH]
        with transaction.atomic():
            for model, rows in originals.items():
                copies = [copy_of(row, number, originals) for number in batch for row in rows]
                model._base_manager.bulk_create(copies, batch_size=500)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ANALYZE")  # which it would do by itself within a minute


class GivenUp(BaseException):
    """It took too long. Not an Exception, of which Django would make an answer."""


def within(seconds, ask):
    """Return what ``ask`` returns; None if it takes longer. (A statement of PostgreSQL ends first.)"""

    def give_up(*_):
        raise GivenUp

    signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        return ask()
    except GivenUp:
        return None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def memory():
    """Return the most MiB that this process has taken so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def timed(ask):
    began = time.perf_counter()
    ask()
    return 1000 * (time.perf_counter() - began)


def reference():
    """Do what takes a few milliseconds, always the same: what a machine's moods do to a page, they do
    to this."""
    return [f"{number}-{len(str(number))}".partition("-") for number in range(10_000)]


def measured(client, address):
    """Return how many queries the page takes, its milliseconds, and how many times those of the
    reference they are: medians of up to ten, asked and done in turn."""
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        client.get(address)
    # Now: the next request forgets them. The ends of a transaction are no queries.
    queries = sum(not each["sql"].startswith(ENDS) for each in captured)
    ends = time.monotonic() + PAGE_SECONDS
    taken, beside = [], []
    while not taken or (len(taken) < 10 and time.monotonic() < ends):
        taken.append(timed(lambda: client.get(address)))
        beside.append(timed(reference))
    return {
        "queries": queries,
        "ms": median(taken),
        "of reference": median(taken) / median(beside),
    }


def first_answer(client, address):
    """Return the milliseconds of the first answer since content has changed."""
    return within(MOST["first"], lambda: timed(lambda: client.get(address)))


def measured_finder(client):
    """Return the milliseconds of the finder over all graded queries, or as many as there is time for."""
    lines = [
        line for file in sorted(QUERIES.glob("*.jsonl")) for line in file.open() if line.strip()
    ]
    questions = [json.loads(line)["q"] for line in lines]
    first = first_answer(client, "/find/?q=energy")
    ends = time.monotonic() + FINDER_SECONDS
    taken, given_up = [], 0
    random.Random(0).shuffle(questions)  # of all sets, should there be no time for the whole
    for question in questions:
        if first is None or time.monotonic() > ends:
            break
        took = within(
            MOST["question"],
            lambda: timed(lambda: client.get("/find/", {"q": question})),  # noqa: B023
        )
        given_up += took is None
        taken.append(1000 * MOST["question"] if took is None else took)
    taken.sort()
    return {
        "first": first,
        "questions": len(taken),
        "given up": given_up,
        "p50": median(taken) if taken else None,
        "p99": taken[int(0.99 * (len(taken) - 1))] if taken else None,
    }


def measured_all(client):
    """Return what is measured of the content as it is now."""
    return {
        "first": first_answer(client, "/"),
        "finder": measured_finder(client),
        "pages": {
            address: within(MOST["page"], lambda: measured(client, address))  # noqa: B023
            for address in PAGES
        },
        "memory": memory(),
        "given up after s": MOST,
    }


def main(times):
    client = Client(SERVER_NAME="127.0.0.1")
    models = [apps.get_model(label) for label in COPIED]
    originals = {model: list(model._base_manager.all()) for model in models}
    told, there = [], 1
    for number in times:
        copying = timed(lambda: grow(originals, range(there, number)))  # noqa: B023
        there = number
        rows = {model._meta.label: model._base_manager.count() for model in models}
        told.append(
            {"times": number, "copying s": copying / 1000, "rows": rows} | measured_all(client)
        )
    return told


if __name__ == "__main__":
    django.setup()
    json.dump(main([int(times) for times in sys.argv[1:]]), sys.stdout)
