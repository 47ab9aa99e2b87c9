"""Links to a draft for people without an account: made and withdrawn by staff, good for days."""

import secrets
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from . import workflow

LASTS = timedelta(days=7)


@transaction.atomic
def share(thing, *, expected):
    """Give the draft of ``thing`` a link, in place of any that it had; return its Revision.

    ``expected`` is the newest revision that whoever decided had seen. Raises Outdated, or Refused
    where there is no draft.
    """
    revision = waiting(thing, expected)
    revision.token = secrets.token_urlsafe(32)
    revision.token_until = timezone.now() + LASTS
    revision.save(update_fields=["token", "token_until"])
    return revision


@transaction.atomic
def revoke(thing, *, expected):
    """Let the link to the draft of ``thing`` lead nowhere. Raises as ``share`` does."""
    revision = waiting(thing, expected)
    revision.token = revision.token_until = None
    revision.save(update_fields=["token", "token_until"])
    return revision


def waiting(thing, expected):
    row = workflow.locked(thing)
    if row is None or workflow.latest(row) != expected:
        raise workflow.Outdated
    revision = workflow.pending(row)
    if revision is None:
        raise workflow.Refused("There is no draft to share: the public page shows all of it.")
    return revision
