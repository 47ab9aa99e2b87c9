"""Who answers for a thing: the first of these that names somebody who is there.

1. the programme's contact (the deputy while its holder is away, or there is none); of a person,
   the role they hold,
2. the role whose remit covers the programme or its topics,
3. the partner's own contact,
4. the team.

The source's advice, to ask at one's own university, stands beside every route.
"""

from collections import defaultdict
from dataclasses import dataclass, replace

from django.db.models import F, Q, Value

from faq.models import Question
from partners.models import Partner
from people.models import Person, Role
from programmes.models import Programme
from programmes.participation import participation
from publishing import version
from publishing.kept import while_unchanged
from topics.models import Topic

CONTACT, REMIT, PARTNER, TEAM = "contact", "remit", "partner", "team"


@dataclass(frozen=True)
class Route:
    """Whom to ask, and how near they are to what was asked about."""

    level: str = TEAM
    role: Role | None = None  # none at the level of the team
    person: Person | None = None
    unavailable: Role | None = None  # the nearest role, where nobody fills it at present
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
    """Return [(thing, Route)] in the same order, by one query, and one more with ``at``.

    A thing is a programme, question, topic, partner or person, or None for the general route.
    ``at`` is the visitor's own university: its own contacts stand beside the route.
    """
    things = list(things)
    subjects = [_subject(thing) for thing in things]
    roles = _roles({*subjects, at} - {None})
    leads = _leads(subjects, at)
    routes = []
    for thing, subject in zip(things, subjects, strict=True):
        route = first_route(roles.get(subject, []))
        if isinstance(subject, Person) and not route.person and has_address(subject):
            route = replace(route, level=CONTACT, person=subject)
        if at:
            # Whoever leads this programme there, else the university's own contact.
            inside = first_route([*leads.get(subject, []), *roles.get(at, [])])
            route = replace(route, at=at, inside=inside if inside.person else None)
        routes.append((thing, route))
    return routes


def has_address(person):
    """Whether anybody can write to ``person``, without a role that leads to them."""
    return person.is_published and bool(person.email)


def _subject(thing):
    """Return what a route to ``thing`` is about: the programme that answers a question, or it."""
    return (isinstance(thing, Question) and thing.programme) or thing


# What leads from a role to the things it answers for, by the names of its relations, nearest
# first.
PATHS = [
    (Programme, "contact_for", CONTACT),
    (Programme, "remit_programmes", REMIT),
    (Programme, "remit_topics__programmetopics__content_object", REMIT),
    (Question, "remit_topics__questiontopics__content_object", REMIT),
    (Topic, "remit_topics", REMIT),
    (Partner, "contact_for_partners", PARTNER),
    (Person, "holder", CONTACT),
]


# What a route tells of a role and of those it names: the rest is not read. A page may name a route in
# each of its lines, and a role may answer for hundreds of things.
READ = [
    *("title", "slug", "holder", "deputy", "partner", "is_in_team", "mailbox", "away_until"),
    *("order", "is_published", "changed_at"),
    *(
        f"{who}__{field}"
        for who in ("holder", "deputy")
        for field in (
            *("title", "given_name", "family_name", "honours", "slug", "email"),
            *("is_published", "changed_at"),
        )
    ),
]


def _roles(subjects):
    """Return {subject: [(level, role)]}, nearest first, for the roles that answer for each."""
    answering_for = _answering_for(subjects) if version.may_lag() else _answering_for_all()
    return {subject: answering_for.get(_key(subject), []) for subject in subjects}


@while_unchanged
def _answering_for_all():
    """Return what ``_answering_for`` does, of all things: by two queries, so that a role which
    answers for hundreds is read once."""
    roles = _told(Role.objects.public()).in_bulk()
    steps = _steps(Role.objects.public())
    rows = [step.values_list("path", "subject", "pk") for step in steps]
    found = rows[0].union(*rows[1:], all=True).iterator()
    # One that was published in between is known by the next version.
    return _arranged((path, subject, roles[pk]) for path, subject, pk in found if pk in roles)


def _answering_for(subjects):
    """Return {key of a thing: [(level, role)]}, nearest first, of the things in ``subjects``.

    One UNION with a branch for each path that leads to any of them. A role comes once for each
    thing it answers for; the branches can't be ordered, so the rows are, afterwards.
    """
    first, *others = _steps(_told(Role.objects.public()), subjects) or [Role.objects.none()]
    rows = first.union(*others, all=True) if others else first
    return _arranged((row.path, row.subject, row) for row in rows)


def _told(roles):
    """Read of ``roles`` no more than a route tells."""
    return roles.select_related("holder", "deputy").only(*READ)


def _steps(roles, subjects=None):
    """Return ``roles`` by each path that leads to anything, or to one of ``subjects``."""
    return [
        roles.filter(wanted).annotate(subject=F(path), path=Value(number)).order_by()
        for number, (model, path, _) in enumerate(PATHS)
        if (wanted := _leading_to(model, path, subjects))
    ]


def _arranged(steps):
    """Return {key of a thing: [(level, role)]} of triples: the path, the thing it leads to, the role."""
    paths = defaultdict(set)
    for path, subject, role in steps:
        model, _, _ = PATHS[path]
        paths[model, subject].add((path, role))
    return {
        thing: [(PATHS[path][2], role) for path, role in sorted(leading, key=_nearest_first)]
        for thing, leading in paths.items()
    }


def _nearest_first(step):
    path, role = step
    return path, role.order, role.title, role.pk


def _leading_to(model, path, subjects):
    """Return the condition that ``path`` leads to one of ``subjects``; None if it never does."""
    if subjects is None:
        return Q(**{f"{path}__isnull": False})
    wanted = [subject.pk for subject in subjects if isinstance(subject, model)]
    return Q(**{f"{path}__in": wanted}) if wanted else None


def _key(subject):
    return subject._meta.model, subject.pk


def _leads(subjects, at):
    """Return {programme: [(level, role)]} for those who lead programmes at one university."""
    programmes = [subject for subject in subjects if isinstance(subject, Programme)]
    if not (programmes and at):
        return {}
    known = participation(programmes)
    return {
        programme: [(PARTNER, lead)]
        for programme in programmes
        if (lead := known.get(programme.pk, {}).get(at.pk))
    }
