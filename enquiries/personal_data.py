"""What the site holds of one person who wrote, found by their e-mail address: shown, given, erased."""

from dataclasses import dataclass

from django.contrib.admin.models import DELETION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core import serializers
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from outbox.models import OutgoingMessage

from . import purging
from .models import Enquiry


@dataclass(frozen=True)
class Held:
    """What is held under one address."""

    enquiries: QuerySet
    letters: QuerySet  # of these enquiries, or of none
    others: QuerySet  # letters to the address about what somebody else wrote

    def __bool__(self):
        return self.enquiries.exists() or self.letters.exists()


def held_under(email):
    """Return what is Held under ``email``; capitals make no difference."""
    email = email.strip()
    enquiries = Enquiry.objects.from_address(email)
    addressed = Q(to__iexact=email) | Q(reply_to__iexact=email)
    addressed |= Q(reply_to__icontains=f"<{email}>")
    letters = Q(event__enquiry__in=enquiries) | (addressed & Q(event=None))
    return Held(
        enquiries,
        OutgoingMessage.objects.filter(letters),
        OutgoingMessage.objects.filter(addressed, event__isnull=False).exclude(letters),
    )


def export(email):
    """Return all that is held under ``email``, as data for JSON."""
    held = held_under(email)
    return {
        "address": email.strip(),
        "exported_at": timezone.now(),
        "enquiries": [
            fields_of(enquiry) | {"history": [fields_of(event) for event in enquiry.events.all()]}
            for enquiry in held.enquiries.prefetch_related("events__user")
        ],
        "letters": [fields_of(letter) for letter in held.letters],
    }


def fields_of(thing):
    """Return every field of ``thing``, so that a new one can't be forgotten."""
    [row] = serializers.serialize("python", [thing], use_natural_foreign_keys=True)
    return {"id": row["pk"], **row["fields"]}


@transaction.atomic
def erase(email, user):
    """Delete all that is held under ``email``; return how many enquiries and letters.

    The log of the desk keeps that ``user`` did it, and never whose they were.
    """
    held = held_under(email)
    pks = [enquiry.pk for enquiry in held.enquiries.order_by("pk").select_for_update()]
    letters = held.letters.count()
    purging.delete(Enquiry.objects.filter(pk__in=pks))
    held.letters.delete()
    if pks or letters:
        LogEntry.objects.create(
            user=user,
            content_type=ContentType.objects.get_for_model(Enquiry),
            object_repr=f"Erased for one person: {len(pks)} enquiries, {letters} letters",
            action_flag=DELETION,
        )
    return len(pks), letters
