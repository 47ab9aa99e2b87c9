"""What the site writes by e-mail about an enquiry. Each letter is stored; the timer sends it."""

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from outbox.models import OutgoingMessage
from partners.models import Partnership

from .models import Event
from .recipients import mailbox_of_team, own_mailbox


def forward(enquiry, route):
    """Queue ``enquiry`` for whoever answers by ``route``, or note that no mailbox is known.

    Nothing is queued for a mailbox that has it already, or may have it.
    """
    own = own_mailbox(route)
    to = own or mailbox_of_team()
    if not to:
        return enquiry.note(Event.Kind.UNADDRESSED)
    if OutgoingMessage.objects.gone_out().filter(event__in=forwards_of(enquiry), to=to).exists():
        return None
    desk = reverse("admin:enquiries_enquiry_change", args=[enquiry.pk])
    message = write(
        enquiry,
        "forward",
        to=to,
        reply_to=reply_address(enquiry),
        route=route,
        is_for_team=not own,
        desk=f"{settings.BASE_URL}{desk}",
    )
    return enquiry.note(Event.Kind.FORWARDED, str(route.role or ""), message=message)


def forwards_of(enquiry):
    return enquiry.events.filter(kind=Event.Kind.FORWARDED)


def reply_address(enquiry):
    """Return who wrote ``enquiry`` as a header has it. Django encodes it when it is sent.

    Encoded already, a name of a hundred emoji would be longer than the field.
    """
    name = enquiry.name.replace("\\", "").replace('"', "")
    return f'"{name}" <{enquiry.email}>'


def acknowledge(enquiry, route):
    """Queue the reference for whoever wrote ``enquiry``."""
    message = write(enquiry, "acknowledgement", to=enquiry.email, route=route)
    return enquiry.note(Event.Kind.ACKNOWLEDGED, message=message)


def answer(enquiry, text, user):
    """Queue the answer ``text`` of ``user``, with a link that asks whether it helped."""
    message = post(enquiry.email, composed_answer(enquiry, text), is_automatic=False)
    return enquiry.note(Event.Kind.ANSWERED, text, user=user, message=message)


def composed_answer(enquiry, text):
    """Return the (subject, body) of an answer, as the preview shows it and as it goes out."""
    feedback = reverse("enquiries:feedback", args=[enquiry.key])
    return compose(enquiry, "answer", text=text, feedback=f"{settings.BASE_URL}{feedback}")


def write(enquiry, letter, to, reply_to="", **context):
    """Store the letter of that name and return it."""
    return post(to, compose(enquiry, letter, **context), reply_to)


def compose(enquiry, letter, **context):
    """Return the (subject, body) of the letter of that name: its first line is the subject."""
    words = render_to_string(
        f"enquiries/mail/{letter}.txt",
        {
            "enquiry": enquiry,
            "partnership": Partnership.objects.first(),
            "base_url": settings.BASE_URL,
            **context,
        },
    )
    subject, _, body = words.strip().partition("\n")
    return " ".join(subject.split())[:200], f"{body.strip()}\n"


def post(to, composed, reply_to="", is_automatic=True):
    """Store a ``composed`` letter for the timer to send, and return it."""
    subject, body = composed
    return OutgoingMessage.objects.enqueue(to, subject, body, reply_to, is_automatic)
