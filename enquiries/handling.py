"""What becomes of an enquiry: each step changes its state and is noted in its history.

Every step locks the enquiry to the end of its transaction. Whoever acts from a page tells the
newest event that they have ``seen``: if there is one since, nothing is done and Outdated is raised.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from outbox.models import OutgoingMessage

from . import letters, spam
from .models import SPAM_DAYS, Enquiry, Event, answer_day, purge_day
from .routes import route_for


class Outdated(Exception):
    """Something became of the enquiry that whoever acts has not seen: its newer ``events``."""

    def __init__(self, events):
        super().__init__("The enquiry has changed since it was looked at.")
        self.events = events


def lock(enquiry, seen=None):
    """Lock ``enquiry``, and read it anew, for a step from a page that showed the event ``seen``.

    Raise Enquiry.DoesNotExist when it was deleted meanwhile.
    """
    enquiry.refresh_from_db(from_queryset=Enquiry.objects.select_for_update())
    if seen is not None:
        since = list(enquiry.events.filter(pk__gt=seen).select_related("user"))
        if since:
            raise Outdated(since)


def change(enquiry, **fields):
    for name, value in fields.items():
        setattr(enquiry, name, value)
    enquiry.save(update_fields=fields)


# What comes in


def send(enquiry, route):
    """Queue what goes out for a new ``enquiry``: to whoever answers, and to whoever wrote."""
    letters.forward(enquiry, route)
    letters.acknowledge(enquiry, route)


@transaction.atomic
def take_for_spam(enquiry, why="", user=None):
    """Keep ``enquiry`` as spam: what is not yet sent of it never is."""
    lock(enquiry)
    soon = timezone.localdate() + timedelta(days=SPAM_DAYS)
    change(enquiry, state=Enquiry.State.SPAM, purge_on=min(soon, purge_day(enquiry.received_at)))
    withdraw_letters(enquiry)
    enquiry.note(Event.Kind.SPAM, why, user=user)


@transaction.atomic
def accept(enquiry, user=None, why=""):
    """Take ``enquiry`` out of the spam and treat it as if it had just come."""
    lock(enquiry)
    change(
        enquiry,
        state=waiting_state(enquiry),
        answer_due=answer_day(),
        purge_on=purge_day(enquiry.received_at),
    )
    enquiry.note(Event.Kind.NOT_SPAM, why, user=user)
    reroute(enquiry)
    if not was_acknowledged(enquiry):
        letters.acknowledge(enquiry, route_for(enquiry.subject))


@transaction.atomic
def reroute(enquiry, route=None):
    """Send ``enquiry`` to whoever answers for its subject now, in place of who did before.

    By ``route``, where that is not the one that its subject leads to.
    """
    withdraw_letters(enquiry, Event.Kind.FORWARDED)
    route = route or route_for(enquiry.subject)
    change(enquiry, role=route.role)
    letters.forward(enquiry, route)


def withdraw_letters(enquiry, *kinds):
    """Withdraw the letters of ``enquiry`` that no mail server has been given; return how many."""
    events = enquiry.events.filter(message__isnull=False)
    if kinds:
        events = events.filter(kind__in=kinds)
    return OutgoingMessage.objects.filter(pk__in=events.values("message")).withdraw()


def was_acknowledged(enquiry):
    """Whether a letter with the reference went to whoever wrote, or is on its way."""
    acknowledgements = enquiry.events.filter(kind=Event.Kind.ACKNOWLEDGED)
    return acknowledgements.exclude(message__state=OutgoingMessage.State.WITHDRAWN).exists()


# What the visitor says


def may_be_excused(enquiry):
    """Whether ``enquiry`` is held for a sign that people give too, and nobody has looked at it."""
    return (
        enquiry.state == Enquiry.State.SPAM
        and enquiry.suspicion in spam.EXCUSABLE
        and enquiry.events.filter(kind=Event.Kind.SPAM).count() == 1
    )


@transaction.atomic
def excuse(enquiry):
    """Pass ``enquiry`` on after all, if whoever wrote it may say that they are a person."""
    lock(enquiry)
    if may_be_excused(enquiry):
        accept(enquiry, why="The visitor says that they are a person.")


@transaction.atomic
def hear(enquiry, helped):
    """Note whether the answer to ``enquiry`` helped. One that did not opens it again.

    The last word counts. To say the same twice adds nothing; but a second answer may not help either.
    """
    lock(enquiry)
    if not enquiry.was_answered:
        return  # taken for spam meanwhile
    if enquiry.helped is helped and (helped or enquiry.is_waiting):
        return
    takes_back = helped and enquiry.helped is False and enquiry.is_waiting
    change(enquiry, helped=helped)
    enquiry.note(Event.Kind.HELPED if helped else Event.Kind.NOT_HELPED)
    if takes_back:
        change(enquiry, state=Enquiry.State.ANSWERED)
    elif not helped:
        change(enquiry, state=waiting_state(enquiry), answer_due=answer_day())


# What staff do


def waiting_state(enquiry):
    return Enquiry.State.ASSIGNED if enquiry.assigned_to_id else Enquiry.State.NEW


@transaction.atomic
def update(enquiry, user, assigned_to, note="", seen=None):
    """Give ``enquiry`` to ``assigned_to``, or to nobody, and keep the ``note`` of ``user``.

    Return whether there was anything to keep.
    """
    lock(enquiry, seen)
    is_moved = assigned_to != enquiry.assigned_to
    if is_moved:
        assign(enquiry, user, assigned_to)
    if note:
        enquiry.note(Event.Kind.NOTE, note, user=user)
    return is_moved or bool(note)


@transaction.atomic
def assign(enquiry, user, assigned_to):
    """Say who answers ``enquiry``: a colleague, or nobody for now."""
    lock(enquiry)
    enquiry.assigned_to = assigned_to
    state = waiting_state(enquiry) if enquiry.is_waiting else enquiry.state
    change(enquiry, assigned_to=assigned_to, state=state)
    to = f"to {name_of(assigned_to)}" if assigned_to else "to nobody for now"
    enquiry.note(Event.Kind.ASSIGNED, to, user=user)


def give_back(sender, instance, **signal):
    """Let what waits for ``instance``, a user about to be deleted, be nobody's, and note that."""
    for enquiry in instance.assigned_enquiries.waiting().order_by("pk"):
        assign(enquiry, None, None)


def name_of(user):
    return user.get_full_name() or user.get_username()


@transaction.atomic
def answer(enquiry, user, text, seen=None):
    """Queue the answer ``text``; ``enquiry`` belongs to ``user`` if it was nobody's."""
    lock(enquiry, seen)
    _be_answered(enquiry, user)
    letters.answer(enquiry, text, user)


@transaction.atomic
def mark_answered(enquiry, user):
    """Say that ``enquiry`` was answered without this site: by e-mail, or by telephone."""
    lock(enquiry)
    _be_answered(enquiry, user)
    enquiry.note(Event.Kind.ANSWERED, "not from here: by e-mail, or otherwise", user=user)


def _be_answered(enquiry, user):
    change(
        enquiry,
        state=Enquiry.State.ANSWERED,
        answered_at=timezone.now(),
        assigned_to=enquiry.assigned_to or user,
    )


@transaction.atomic
def close(enquiry, user):
    """Say that nothing more is to be done."""
    lock(enquiry)
    change(enquiry, state=Enquiry.State.CLOSED)
    enquiry.note(Event.Kind.CLOSED, user=user)


@transaction.atomic
def reopen(enquiry, user):
    """Say that ``enquiry`` waits for an answer again, by a day that is counted from today."""
    lock(enquiry)
    change(enquiry, state=waiting_state(enquiry), answer_due=answer_day())
    enquiry.note(Event.Kind.REOPENED, user=user)


@dataclass(frozen=True)
class Step:
    """What staff do with one press of a button, and from which states it leads on."""

    label: str
    done: str  # follows the reference of an enquiry
    states: frozenset
    verb: Callable


State = Enquiry.State
STEPS = {
    "take": Step(
        "Assign to me",
        "is yours",
        frozenset(Enquiry.WAITING),
        lambda enquiry, user: assign(enquiry, user, user),
    ),
    "answered": Step(
        "Mark as answered elsewhere", "is answered", frozenset(Enquiry.WAITING), mark_answered
    ),
    "close": Step("Close", "is closed", frozenset([*Enquiry.WAITING, State.ANSWERED]), close),
    "reopen": Step(
        "Open again", "is open again", frozenset([State.ANSWERED, State.CLOSED]), reopen
    ),
    "spam": Step(
        "Mark as spam",
        "is spam",
        frozenset(State) - {State.SPAM},
        lambda enquiry, user: take_for_spam(enquiry, user=user),
    ),
    "not-spam": Step("Not spam", "is no spam after all", frozenset([State.SPAM]), accept),
}


@transaction.atomic
def take(step, enquiry, user, seen=None):
    """Take ``step``; return whether the state of ``enquiry`` allowed it."""
    lock(enquiry, seen)
    if enquiry.state not in step.states:
        return False
    step.verb(enquiry, user)
    return True
