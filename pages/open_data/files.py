"""The files, written while they are sent: one chunk of rows at a time is in memory, not the content.

All of a file shows the content at one moment, however long it takes to send (``snapshot``).
"""

import csv
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import islice
from uuid import UUID

from django.conf import settings
from django.urls import reverse

from partners.models import Partnership
from publishing.models import ContentVersion
from publishing.snapshot import snapshot

from .fields import LIST_SEPARATOR, SLIPS

CHUNK = 50  # rows


def json_file(kind):
    """Yield the JSON file of ``kind``: what it is, and a row on each line of ``items``."""
    with snapshot():
        yield f'{as_json(envelope(kind))[:-1]}, "items": [\n'
        separator = ""
        for rows in chunks(kind):
            lines = [as_json({name: plain(row[name]) for name in row}) for row in rows]
            yield separator + ",\n".join(lines)
            separator = ",\n"
        yield "\n]}\n"


def csv_file(kind):
    """Yield the CSV file of ``kind`` (RFC 4180), with a row of names first.

    It begins with a byte order mark: without one Excel takes UTF-8 for the local code page.
    """
    writer = csv.writer(Echo())
    with snapshot():
        yield "\ufeff" + writer.writerow([field.name for field in kind.fields])
        for rows in chunks(kind):
            yield "".join(
                writer.writerow([cell(plain(row[field.name]), field.type) for field in kind.fields])
                for row in rows
            )


def chunks(kind):
    """Yield lists of rows. The queries of each are as many, however many chunks there are."""
    things = kind.queryset().iterator(chunk_size=CHUNK)
    position = 1
    while chunk := list(islice(things, CHUNK)):
        yield kind.rows(chunk, position)
        position += len(chunk)


class Echo:
    """The file that ``csv.writer`` wants: it hands each line back."""

    def write(self, line):
        return line


def envelope(kind):
    """Return what a JSON file says before its rows."""
    return {
        "$schema": f"{address_of('data_schema')}#/$defs/{kind.name}",
        "kind": kind.name,
        "description": kind.description,
        "url": address_of("data_json", kind.name),
        "as_of": plain(as_of()),
        **licence(),
        "count": kind.things().count(),
    }


def as_of():
    """Return when anything on the site last changed, None before there is anything."""
    return ContentVersion.objects.values_list("moved_at", flat=True).first()


NO_LICENCE = "The partnership has stated none for these words and figures."
REFERENCE_DATA = "Reference data have licences of their own: see the file sources."


def licence():
    """Return on what terms the content may be used: as far as the partnership says."""
    partnership = Partnership.objects.first()
    stated = partnership.licence if partnership else ""
    return {
        "licence": stated or None,
        "licence_url": (partnership and partnership.licence_address) or None,
        "licence_note": REFERENCE_DATA if stated else f"{NO_LICENCE} {REFERENCE_DATA}",
    }


def address_of(name, *args):
    return f"{settings.BASE_URL}{reverse(f'pages:{name}', args=args)}"


def as_json(value):
    return json.dumps(value, ensure_ascii=False)


def plain(value):
    """Return ``value`` as JSON has it: None where there is nothing, numbers, texts, lists."""
    if value == "":
        return None
    if isinstance(value, Decimal):
        return int(value) if value == int(value) else float(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


# What a spreadsheet takes for the beginning of a formula (OWASP, "CSV Injection"): also after
# white space, and in full width. An apostrophe is in the list so that a reader can undo it.
ACTIVE = tuple("=+-@\t\r\n'\uff1d\uff0b\uff0d\uff20")


def cell(value, type):
    """Return ``value`` as a cell of CSV has it: no text that a spreadsheet would run.

    Numbers stay as they are, negative ones too.
    """
    if value is None or value == []:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        value = as_json(value) if type is SLIPS else LIST_SEPARATOR.join(value)
    if isinstance(value, str) and value.startswith(ACTIVE):
        return f"'{value}"
    return value
