"""How the site grows: every page, uncached, and the finder, with many times the content.

    python -m tests.bench.growth TIMES…

It copies the content of its database in place, up to each number of times in turn, and tells what
it measured before and after. What is copied is what a partnership gets more of: programmes, people
with their roles, questions, and all that hangs on them; each copy relates to the copies of what its
original relates to. Partners, topics, sections and pages stay, and so gather ever more. What editors
mark in a few only (flagships, the team, figures on the front page) is not marked in a copy.

All is in one process, without a server: Django's own client, which passes by the page cache.
"""

import json
import random
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
PAGE_SECONDS, FINDER_SECONDS = 5, 60  # the most that is spent on a page, and on the questions


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
    with transaction.atomic():
        for model, rows in originals.items():
            copies = (copy_of(row, number, originals) for number in numbers for row in rows)
            model._base_manager.bulk_create(copies, batch_size=500)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ANALYZE")  # which it would do by itself within a minute


def timed(ask):
    began = time.perf_counter()
    ask()
    return 1000 * (time.perf_counter() - began)


def measured(client, address):
    """Return how many queries the page takes, and its milliseconds: the median of up to ten."""
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        client.get(address)
    # Now: the next request forgets them. The ends of a transaction are no queries.
    queries = sum(not each["sql"].startswith(ENDS) for each in captured)
    ends = time.monotonic() + PAGE_SECONDS
    taken = [timed(lambda: client.get(address))]
    while len(taken) < 10 and time.monotonic() < ends:
        taken.append(timed(lambda: client.get(address)))
    return {"queries": queries, "ms": median(taken)}


def measured_finder(client):
    """Return the milliseconds of the finder over all graded queries, or as many as there is time for."""
    lines = [
        line for file in sorted(QUERIES.glob("*.jsonl")) for line in file.open() if line.strip()
    ]
    questions = [json.loads(line)["q"] for line in lines]
    index = timed(lambda: client.get("/find/", {"q": questions[0]}))
    ends = time.monotonic() + FINDER_SECONDS
    taken = []
    random.Random(0).shuffle(questions)  # of all sets, should there be no time for the whole
    for question in questions:
        if time.monotonic() > ends:
            break
        taken.append(timed(lambda: client.get("/find/", {"q": question})))  # noqa: B023
    taken.sort()
    return {
        "first": index,
        "questions": len(taken),
        "p50": median(taken),
        "p99": taken[int(0.99 * (len(taken) - 1))],
    }


def main(times):
    client = Client(SERVER_NAME="127.0.0.1")
    models = [apps.get_model(label) for label in COPIED]
    originals = {model: list(model._base_manager.all()) for model in models}
    told, there = [], 1
    for number in times:
        copying = timed(lambda: grow(originals, range(there, number)))  # noqa: B023
        there = number
        told.append(
            {
                "times": number,
                "copying s": copying / 1000,
                "rows": {model._meta.label: model._base_manager.count() for model in models},
                "finder": measured_finder(client),
                "pages": {address: measured(client, address) for address in PAGES},
            }
        )
    return told


if __name__ == "__main__":
    django.setup()
    json.dump(main([int(times) for times in sys.argv[1:]]), sys.stdout)
