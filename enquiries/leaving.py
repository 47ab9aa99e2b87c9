"""Somebody leaves, or comes back: roles, what waits for them and their name move in one step."""

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from people.models import Departure, Person, Role
from programmes.models import Testimonial
from publishing import workflow

from . import handling
from .models import Enquiry, Event
from .routes import CONTACT, first_route, route_for


@transaction.atomic
def carry_out(departure):
    """Hand over the roles of whoever leaves, move what waits for them, and take down their name.

    Return [(enquiry, Route)] of the enquiries that moved; [] if it was carried out already.
    """
    departure = Departure.objects.select_for_update().ahead().filter(pk=departure.pk).first()
    if departure is None:
        return []
    person = departure.person
    enquiries = waiting_for(person)  # before the roles have somebody else
    hand_over_roles(departure)
    take_down(person)
    moved = [(enquiry, move(enquiry, person)) for enquiry in enquiries]
    departure.carried_out_at = timezone.now()
    departure.save(update_fields=["carried_out_at"])
    return moved


def waiting_for(person):
    """Lock the enquiries that ``person`` is to answer, by name or by a role, and return them."""
    roles = Role.objects.filter(Q(holder=person) | Q(deputy=person))
    mine = Q(person=person) | Q(role__in=roles)
    # By their number, as all lock them who lock many: so no two wait for each other.
    return list(Enquiry.objects.waiting().filter(mine).order_by("pk").select_for_update())


def hand_over_roles(departure):
    """Give each role of whoever leaves to its successor, or to nobody; nobody has them as deputy.

    A role that somebody else was given meanwhile stays theirs, and one that came later is vacant.
    """
    person = departure.person
    chosen = departure.hand_overs.exclude(successor__in=Person.objects.gone())
    taken_over = {one.role_id: one for one in chosen.select_related("successor")}
    roles = Role.objects.filter(Q(holder=person) | Q(deputy=person)).order_by("pk")
    for role in roles.select_for_update(no_key=True):
        with workflow.noted(role, departure.entered_by, "Handed over by somebody who left.") as row:
            if row.deputy_id == person.pk:
                row.deputy = None
            else:
                hand_over(row, taken_over.get(row.pk))
            row.save()


def hand_over(role, chosen):
    """Let ``role`` be held as ``chosen`` says, a HandOver or None for nobody."""
    role.holder = chosen.successor if chosen else None
    role.away_until = None
    if chosen:
        role.mailbox = chosen.mailbox
    if role.holder_id and role.holder_id == role.deputy_id:
        role.deputy = None  # nobody deputises for themselves


def take_down(person):
    """Take the page of ``person`` and what they are quoted with off the site, to stay off it."""
    for thing in [person, *Testimonial.objects.filter(person=person)]:
        workflow.withdraw(thing, "Taken down because they left.")


def move(enquiry, person):
    """Send ``enquiry`` to whoever answers now that ``person`` has left; return the Route."""
    route = new_route(enquiry, person)
    handling.reroute(enquiry, route=route)
    enquiry.note(Event.Kind.MOVED, f"To {route.role or 'the team'}, because somebody left.")
    return route


def new_route(enquiry, person):
    """Return the Route of ``enquiry``: one to ``person`` by name stays with the role they held."""
    if enquiry.person_id == person.pk and enquiry.role:
        return first_route([(CONTACT, enquiry.role)])
    return route_for(enquiry.subject)


def carry_out_due():
    """Carry out the departures whose day has come, for the timer; return how many."""
    due = list(Departure.objects.due())
    failures = []
    for departure in due:
        try:
            carry_out(departure)
        except Exception as failure:  # of one: the others leave all the same
            failures.append(failure)
    if failures:
        raise ExceptionGroup("Departures that could not be carried out", failures)
    return len(due)


def end_absences():
    """Let those answer again whose last day away has passed, for the timer; return how many."""
    today = timezone.localdate()
    back = list(Role.objects.filter(away_until__lt=today).values_list("pk", flat=True))
    if not back:
        return 0
    return Role.objects.filter(pk__in=back, away_until__lt=today).update(
        away_until=None, changed_at=timezone.now()
    )
