"""Somebody is deleted: their values and their name go from the history of everything."""

import re

from publishing import retention
from publishing.models import Revision

from .models import Person
from .names import REMOVED, patterns_of, without_names

NAMED_BY = ["title", "given_name", "family_name", "honours"]
REACHED_BY = ["email", "telephone", "orcid"]


def erase(instance, **signal):
    """Before ``instance``, a Person, is deleted: take out of the history all that it says of them.

    By all that they were ever called there, as names are taken out of the sources.
    """
    known_as = [instance, *former(instance)]
    patterns = patterns_of(known_as)
    addresses = {one.get_absolute_url() for one in known_as}
    values = {getattr(one, name) for one in known_as for name in REACHED_BY} - {""}
    written = [re.escape(value) for value in values]
    # Not of somebody whose address only begins alike.
    written += [rf"{re.escape(address.rstrip('/'))}(?![\w-])/?" for address in addresses]
    reached_by = re.compile("|".join(written), re.IGNORECASE)

    def clean(text):
        return without_names(reached_by.sub(REMOVED, text), patterns)

    retention.erase(instance, clean, addresses)


def former(person):
    """Return ``person`` as each different state in the history has them, as rows that are unsaved."""
    fields = [*NAMED_BY, *REACHED_BY, "slug"]
    states = Revision.objects.of(person).values_list("data", flat=True)
    values = {tuple(data.get(name, "") for name in fields) for data in states if data.get("slug")}
    return [Person(**dict(zip(fields, one, strict=True))) for one in values]
