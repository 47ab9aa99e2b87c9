"""Who answers for a thing: the first of these that names somebody who is there.

1. the programme's contact (the deputy while its holder is away, or there is none),
2. the role whose remit covers the programme or its topics,
3. the partner's own contact,
4. the team.

The source's advice, to ask at one's own university, stands beside every route.
"""

from dataclasses import dataclass, replace

from django.db.models import F, Value

from faq.models import Question
from partners.models import Partner
from people.models import Person, Role
from programmes.models import Participation, Programme
from topics.models import Topic

CONTACT, REMIT, PARTNER, TEAM = "contact", "remit", "partner", "team"


@dataclass(frozen=True)
class Route:
    """Whom to ask, and how near they are to what was asked about."""

    level: str = TEAM
    role: Role | None = None  # none at the level of the team
    person: Person | None = None
    unavailable: Role | None = None  # a nearer role, which nobody fills at present
    at: Partner | None = None  # where the visitor works, if they said so
    inside: "Route | None" = None  # whom to ask at that university, if it has named somebody

    @property
    def stands_in(self):
        """Whether the person answers for somebody else, who is away or not yet there."""
        return self.role is not None and self.person != self.role.named_holder


def answering(role):
    """Return the person who answers for ``role`` at present, or None."""
    if role.named_holder and not role.is_away:
        return role.named_holder
    return role.named_deputy


def first_route(candidates):
    """Return the Route to the first of ``candidates``, pairs of level and role, who is there."""
    unavailable = None
    for level, role in candidates:
        if person := answering(role):
            return Route(level, role, person, unavailable)
        unavailable = unavailable or role
    return Route(unavailable=unavailable)


def route_for(thing=None, at=None):
    """Return the Route for one thing; for None, the general one."""
    [(_, route)] = routes_for([thing], at)
    return route


def routes_for(things, at=None):
    """Return [(thing, Route)] in the same order, with a number of queries that does not grow.

    A thing is a programme, question, topic, partner or person, or None for the general route.
    ``at`` is the visitor's own university: its own contacts stand beside the route.
    """
    things = list(things)
    programmes = {_programme(thing) for thing in things} - {None}
    roles = {
        **_roles(programmes, _programme_roles),
        **_roles({t for t in things if isinstance(t, Question)}, _question_roles),
        **_roles({t for t in things if isinstance(t, Topic)}, _topic_roles),
        **_roles({t for t in things if isinstance(t, Person)}, _person_roles),
        **_roles({t for t in [*things, at] if isinstance(t, Partner)}, _partner_roles),
    }
    leads = _leads(programmes, at)
    routes = []
    for thing in things:
        about = _programme(thing) or thing
        route = first_route(roles.get(about, []))
        if at:
            inside = first_route([*leads.get(about, []), *roles.get(at, [])])
            route = replace(route, at=at, inside=inside if inside.person else None)
        routes.append((thing, route))
    return routes


def _programme(thing):
    """Return the programme that ``thing`` is, or is answered by."""
    if isinstance(thing, Programme):
        return thing
    return thing.programme if isinstance(thing, Question) else None


def _roles(things, querysets):
    """Return {thing: [(level, role)]}, nearest first, for the roles that answer for ``things``."""
    if not things:
        return {}
    first, *others = (
        Role.objects.public()
        .with_people()
        .filter(**{f"{path}__in": things})
        .annotate(about=F(path), nearness=Value(nearness), level=Value(level))
        .order_by()
        for nearness, (path, level) in enumerate(querysets)
    )
    by_key = {thing.pk: thing for thing in things}
    rows = first.union(*others, all=True) if others else first
    found = {}
    for role in sorted(rows, key=lambda role: (role.nearness, role.order, role.title)):
        found.setdefault(by_key[role.about], []).append((role.level, role))
    return found


# What leads from a role to the thing it answers for, nearest first.
_programme_roles = [
    ("contact_for", CONTACT),
    ("remit_programmes", REMIT),
    ("remit_topics__programmetopics__content_object", REMIT),
]
_question_roles = [("remit_topics__questiontopics__content_object", REMIT)]
_topic_roles = [("remit_topics", REMIT)]
_person_roles = [("holder", CONTACT)]
_partner_roles = [("contact_for_partners", PARTNER)]


def _leads(programmes, at):
    """Return {programme: [(level, role)]} for those who lead ``programmes`` at one university."""
    if not (programmes and at):
        return {}
    participations = (
        Participation.objects.public()
        .filter(programme__in=programmes, partner=at, lead__is_published=True)
        .select_related("lead__holder", "lead__deputy", "lead__partner")
    )
    by_key = {programme.pk: programme for programme in programmes}
    return {by_key[p.programme_id]: [(PARTNER, p.lead)] for p in participations}
