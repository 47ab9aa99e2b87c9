"""What is deleted when its time has come. The timer calls purge()."""

from datetime import timedelta
from time import monotonic

from django.db import transaction
from django.utils import timezone

from outbox.models import OutgoingMessage
from timer import shutdown

from . import numbers
from .models import SPAM_DAYS, Enquiry

BATCH = 100  # enquiries in one transaction: others who write wait for no more than these
# Seconds between two of them. SQLite keeps no queue: whoever waits asks again, ten times a second.
PAUSE = 0.15
LETTER_DAYS = SPAM_DAYS  # for e-mails of no enquiry: time to see what became of them


def purge(seconds=30):
    """Delete the enquiries whose day has come; return how many. Their numbers stay.

    It takes about so many ``seconds``, since e-mail waits for it, and leaves the rest to the next
    time. It is safe to run twice at once: the second waits for the rows of the first, and finds
    them gone.
    """
    deleted = 0
    end = monotonic() + seconds
    while monotonic() < end and (batch := _purge_some()):
        deleted += batch
        if shutdown.requested.wait(PAUSE):
            break
    letters_of_nothing().delete()
    return deleted


@transaction.atomic
def _purge_some():
    due = Enquiry.objects.filter(purge_on__lte=timezone.localdate()).order_by("pk")
    pks = [enquiry.pk for enquiry in due.select_for_update()[:BATCH]]
    delete(Enquiry.objects.filter(pk__in=pks))
    return len(pks)


def delete(enquiries):
    """Delete ``enquiries`` with their history and their letters, in the transaction of the caller.

    What is left of them is that they were there.
    """
    numbers.keep(enquiries)
    OutgoingMessage.objects.filter(event__enquiry__in=enquiries).delete()
    enquiries.delete()


def letters_of_nothing():
    """Return the e-mails that belong to no enquiry and were sent, or given up, some time ago."""
    past = timezone.now() - timedelta(days=LETTER_DAYS)
    return OutgoingMessage.objects.filter(event=None, settled_at__lt=past)
