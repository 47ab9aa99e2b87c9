"""How long the history is kept, and what is taken out of it when somebody is erased."""

from datetime import timedelta

from django.db import models, transaction
from django.utils import timezone

from . import state
from .addresses import known_by
from .models import Gone, Plan, Publishable, Revision, Update

YEARS = 2  # for all but what visitors saw, which is kept for ever
DAYS_A_YEAR = 365.25
TOKEN_DAYS = 30  # so long after its last day a shared link still tells that it has ended

ERASED = "[erased]"


# What time deletes


@transaction.atomic
def purge():
    """Delete the revisions that were kept long enough; return how many.

    What visitors saw stays, and what something still rests on: a draft that waits, the state that a
    draft was begun from, what is planned.
    """
    old = Revision.objects.filter(
        is_pending=False,
        was_public=False,
        created_at__lt=timezone.now() - timedelta(days=YEARS * DAYS_A_YEAR),
    )
    old = old.exclude(pk__in=Plan.objects.filter(revision__isnull=False).values("revision"))
    drafts, _ = old.filter(base__isnull=False).delete()
    begun_from = Revision.objects.filter(base__isnull=False).values("base")
    rows, _ = old.exclude(pk__in=begun_from).delete()
    return drafts + rows


def clear_tokens():
    """Forget the links that have ended some time ago; return how many."""
    ended = Revision.objects.filter(token_until__lt=timezone.now() - timedelta(days=TOKEN_DAYS))
    return ended.update(token=None, token_until=None)


# What staff erase


@transaction.atomic
def erase(thing, clean, addresses):
    """Take ``thing``, which is somebody, out of the whole history; what happened, and when, stays.

    Its own revisions, and those of what is deleted with it, lose every text. From all other texts
    ``clean``, which takes and returns one, takes the name out. ``addresses`` are those that it ever
    had: what was said there is forgotten.
    """
    for one in [thing, *deleted_with(thing)]:
        texts = texts_of(type(one))
        for revision in Revision.objects.of(one):
            revision.data = without_texts(revision.data, texts)
            revision.title = ERASED
            revision.save(update_fields=["data", "title"])
    Gone.objects.filter(address__in=[known_by(address) for address in addresses]).delete()
    for address in addresses:
        Gone.objects.filter(leads_to__startswith=address).update(leads_to="")
        Plan.objects.filter(leads_to__startswith=address).update(leads_to="")
    clean_rows(Revision, ["title", "note", "public_note", "data"], clean)
    clean_rows(Plan, ["note", "public_note", "reason", "problem"], clean)
    clean_rows(Update, ["title", "note"], clean)
    clean_rows(Gone, ["reason"], clean)


def deleted_with(thing):
    """Return what is deleted when ``thing`` is, and has a history."""
    return [
        one
        for relation in thing._meta.related_objects
        if relation.on_delete is models.CASCADE and issubclass(relation.related_model, Publishable)
        for one in relation.related_model._base_manager.filter(**{relation.field.name: thing})
    ]


def texts_of(model):
    """Return the names of the fields of ``model`` that hold words, whatever they are about."""
    wordy = (models.CharField, models.TextField, models.JSONField)
    return {field.name for field in state.fields_of(model) if isinstance(field, wordy)}


def without_texts(data, texts):
    """Return the State ``data`` with what it says in the fields ``texts`` replaced."""
    return {key: erased(value) if key in texts else value for key, value in data.items()}


def erased(value):
    if isinstance(value, list):
        return []
    return ERASED if value else value


def clean_rows(model, fields, clean):
    """Pass the texts of ``fields`` of every row through ``clean``, and write those that it changes."""
    for row in model._base_manager.only("pk", *fields).iterator():
        changed = {
            name: cleaned
            for name in fields
            if (cleaned := cleaned_all(getattr(row, name), clean)) != getattr(row, name)
        }
        if changed:
            model._base_manager.filter(pk=row.pk).update(**changed)


def cleaned_all(value, clean):
    """Return ``value``, a text or JSON, with every text in it passed through ``clean``."""
    if isinstance(value, dict):
        return {key: cleaned_all(one, clean) for key, one in value.items()}
    if isinstance(value, list):
        return [cleaned_all(one, clean) for one in value]
    return clean(value) if isinstance(value, str) else value
