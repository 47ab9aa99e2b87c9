"""How an enquiry comes in: stored, routed and queued in one transaction, and sent by the timer."""

from django.db import transaction

from . import handling
from .models import Enquiry, Event
from .routes import route_for


def take_in(subject, form_id, suspicion="", **typed):
    """Store an enquiry about ``subject`` and queue its letters; return it.

    ``form_id`` is that of the form it came by: a second submit of one form returns the enquiry of
    the first. ``typed`` are the fields name, email, university and text. With a ``suspicion`` it
    is kept as spam, and nothing is sent.
    """
    with transaction.atomic():
        route = route_for(subject.thing)
        about = {subject.kind: subject.thing} if subject.kind else {}
        enquiry, is_new = Enquiry.objects.get_or_create(
            form_id=form_id,
            defaults={
                **typed,
                **about,
                "about": subject.label,
                "page": subject.page,
                "query": subject.query,
                "role": route.role,
                "suspicion": suspicion,
            },
        )
        if is_new:
            enquiry.note(Event.Kind.RECEIVED)
            if suspicion:
                handling.take_for_spam(enquiry, suspicion)
            else:
                handling.send(enquiry, route)
    return enquiry
