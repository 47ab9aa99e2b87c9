"""The sitemap: every public page, and when the last of what it prints was changed.

A page is as new as the newest of the rows whose words it prints, names and whom to ask included.
What frames all pages alike (the name of the partnership, its advice for everyone) dates only those
that are about the partnership or print what only it says. A part, such as a link or a passage, has no date of its own: whoever
edits it saves the whole. A page without any dated row has no date, and what was taken away leaves
none behind. A list that is shown in parts is one page here, as new as the newest of all its parts.
"""

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.db.models import Prefetch
from django.urls import resolve, reverse

from enquiries.routes import routes_for
from faq.models import Question
from pages.models import Page
from partners.models import Partner, Partnership
from people.models import Person, Role
from people.team import team
from programmes.models import Figure, Participation, Programme, Testimonial
from publishing import paging
from publishing.models import ContentVersion, SourceDocument, Update
from topics.models import Topic


@dataclass(frozen=True)
class PublicPage:
    """The address of a page, and the rows that it prints; None stands for what is missing."""

    address: str
    rows: list

    @property
    def changed_at(self):
        return max((row.changed_at for row in self.rows if row), default=None)


class PublicPages(Sitemap):
    """All public pages, at the addresses of BASE_URL whatever host was asked."""

    def items(self):
        return list(Site().public_pages())

    def location(self, page):
        return page.address

    def lastmod(self, page):
        return page.changed_at

    def get_protocol(self, protocol=None):
        return urlsplit(settings.BASE_URL).scheme

    def get_domain(self, site=None):
        return urlsplit(settings.BASE_URL).netloc


def is_prose(path):
    return resolve(path).view_name == "pages:detail"


class Site:
    """All that is public, loaded once: what a page prints is then found without a query."""

    def __init__(self):
        participations = Participation.objects.public().select_related("lead__holder")
        testimonials = Testimonial.objects.public()
        self.partnership = Partnership.objects.select_related("host").first()
        self.programmes = list(
            Programme.objects.public()
            .select_related("parent", "succeeded_by")
            .prefetch_related(
                Prefetch("figures", Figure.objects.public()),
                Prefetch("participations", participations),
                Prefetch("testimonials", testimonials),
                Prefetch("parts", Programme.objects.public()),
                "topic_items",
            )
        )
        self.partners = list(
            Partner.objects.public().prefetch_related(
                Prefetch("roles", Role.objects.public().with_people()),
                Prefetch("participations", participations),
            )
        )
        self.people = list(
            Person.objects.public()
            .with_roles()
            .prefetch_related(Prefetch("testimonials", testimonials))
        )
        self.topics = {topic.pk: topic for topic in Topic.objects.public()}
        self.questions = list(
            Question.objects.public()
            .select_related("programme", "section")
            .prefetch_related("topic_items")
        )
        self.figures = list(Figure.objects.public().select_related("programme"))
        self.team = team()
        self.pages = {
            page.path: page
            for page in Page.objects.public().prefetch_related(
                Prefetch("programmes", Programme.objects.public())
            )
        }
        things = [
            *self.programmes,
            *self.partners,
            *self.people,
            *self.topics.values(),
            *self.questions,
        ]
        self.routes = dict(routes_for(things))

    # Which pages there are

    def public_pages(self):
        """Yield each PublicPage once."""
        for name, rows in self.lists.items():
            yield PublicPage(reverse(name), [self.page_at(name), *rows])
        for things, printed in (
            (self.prose, self.of_prose),
            (self.programmes, self.of_programme),
            (self.partners, self.of_partner),
            (self.people, self.of_person),
            (self.topics.values(), self.of_topic),
            (SourceDocument.objects.public().defer("text"), self.of_source),
        ):
            for thing in things:
                yield PublicPage(thing.get_absolute_url(), printed(thing))
        yield from self.sections()
        yield from self.lists_of_their_own()

    def sections(self):
        """Yield the page of each section of questions, if they are too many for one page."""
        if not self.are_by_section:
            return
        by_section = defaultdict(list)
        for question in self.questions:
            by_section[question.section.slug].append(question)
        for slug, questions in by_section.items():
            yield PublicPage(reverse("faq:section", args=[slug]), self.answers(questions))

    def lists_of_their_own(self):
        """Yield the lists of what is too much for the page of a topic or partner."""
        for topic in self.topics.values():
            programmes, questions = self.carrying[topic.pk]
            rows = [row for programme in programmes for row in self.in_a_row(programme)]
            yield from self.list_of("topics:programmes", topic, programmes, rows)
            yield from self.list_of("topics:questions", topic, questions, questions)
        for partner in self.partners:
            roles, participations = partner.roles.all(), partner.participations.all()
            programmes = [one.programme for one in participations]
            yield from self.list_of("partners:people", partner, roles, self.placed(roles))
            yield from self.list_of("partners:programmes", partner, programmes, programmes)

    def list_of(self, name, thing, listed, rows):
        if len(listed) > paging.A_FEW:
            address = reverse(name, args=[thing.slug])
            yield PublicPage(address, [*self.asked_at_length(thing), *rows])

    @property
    def are_by_section(self):
        return len(self.questions) > Question.a_page

    def answers(self, questions):
        """Return what the answers to ``questions`` print."""
        team = self.held(self.team) if any(one.lists_team for one in questions) else []
        programmes = [question.programme for question in questions]
        return [*self.asked(questions), *programmes, *team]

    @property
    def lists(self):
        """What the pages of fixed addresses print, beside the words of their own Page."""
        about = self.of_prose(self.page_at("pages:about"))
        programmes = [*self.programmes, *self.asked(self.flagships)]
        return {
            "pages:home": [self.partnership, *programmes, *self.partners, *self.featured],
            "pages:about": [self.partnership, self.host, *about, *self.prose],
            "programmes:list": programmes,
            "partners:list": self.partners,
            "people:list": [*self.placed(self.team), *self.people_with_roles],
            "topics:list": self.topics.values(),
            "faq:list": [] if self.are_by_section else self.answers(self.questions),
            "pages:contacts": [
                *self.asked(self.programmes),
                *self.partners,
                *self.leads,
                *self.placed(self.team),
            ],
            "pages:figures": [*self.figures, *(figure.programme for figure in self.figures)],
            "pages:updates": [Update.objects.public().first()],  # the newest of them
            "finder:find": [*self.programmes, *self.topics.values(), *self.partners],
            "enquiries:form": [],
            "pages:sources": [],
            "pages:data": [ContentVersion.objects.first()],  # the “as of” that it prints
            # Beside the words of the software, whom to turn to.
            "pages:accessibility": [self.partnership],
            "pages:privacy": [self.partnership],
        }

    # What each kind of page prints

    def of_prose(self, page):
        if page is None:
            return []
        chosen = {programme.pk for programme in page.programmes.all()}
        programmes = [programme for programme in self.programmes if programme.pk in chosen]
        said = [one for programme in programmes for one in programme.testimonials.all()]
        return [page, *self.asked(programmes), *self.quoted(said)]

    def of_programme(self, programme):
        carried = {item.tag_id for item in programme.topic_items.all()}
        return [
            *self.asked_at_length(programme),
            programme.public_parent,
            programme.public_successor,
            *programme.parts.all(),
            *programme.figures.all(),
            *(self.topics[key] for key in carried & self.topics.keys()),
            *(one.partner for one in programme.participations.all()),
            *self.quoted(programme.testimonials.all()),
        ]

    def of_partner(self, partner):
        return [
            *self.asked_at_length(partner),
            self.page_at("partners:list"),  # what is said of all partners
            *self.placed(partner.roles.all()),
            *(one.programme for one in partner.participations.all()),
        ]

    def of_person(self, person):
        partners = [role.public_partner for role in person.public_roles]
        said = person.testimonials.all()
        return [*self.asked_at_length(person), *person.public_roles, *partners, *said]

    def of_topic(self, topic):
        programmes, questions = self.carrying[topic.pk]
        rows = [row for programme in programmes for row in self.in_a_row(programme)]
        return [*self.asked_at_length(topic), *rows, *questions]

    def of_source(self, document):
        return []  # as it was when the site began

    # What stands beside it

    def page_at(self, name):
        """Return the Page with the opening words of the page of that name, if there is one."""
        return self.pages.get(reverse(name))

    @cached_property
    def prose(self):
        """The Pages that are all there is at their address."""
        return [page for path, page in self.pages.items() if is_prose(path)]

    @cached_property
    def carrying(self):
        """The programmes and the questions that carry a topic, by its key."""
        found = defaultdict(lambda: ([], []))
        for number, things in enumerate((self.programmes, self.questions)):
            for thing in things:
                for item in thing.topic_items.all():
                    found[item.tag_id][number].append(thing)
        return found

    def asked(self, things):
        """Return ``things`` with those whom a line beside each says to ask."""
        routes = [self.routes[thing] for thing in things]
        return [*things, *(row for route in routes for row in (route.role, route.person))]

    def asked_at_length(self, thing):
        """Return ``thing`` with all that its own page says of whom to ask about it."""
        route = self.routes[thing]
        away = route.role.named_holder if route.stands_in else None
        return [*self.asked([thing]), route.unavailable, away]

    def in_a_row(self, programme):
        """Return ``programme`` with what a row of a list says that it is part of."""
        return [programme, None if programme.is_flagship else programme.public_parent]

    def held(self, roles):
        """Return ``roles`` with those who hold them."""
        return [row for role in roles for row in (role, role.named_holder)]

    def placed(self, roles):
        """Return ``roles`` with those who hold them and where."""
        return [*self.held(roles), *(role.public_partner for role in roles)]

    def quoted(self, testimonials):
        return [row for one in testimonials for row in (one, one.person)]

    @property
    def host(self):
        host = self.partnership and self.partnership.host
        return host if host and host.is_published else None

    @property
    def flagships(self):
        return [programme for programme in self.programmes if programme.is_flagship]

    @property
    def featured(self):
        return [figure for figure in self.figures if figure.is_featured]

    @property
    def leads(self):
        """Those who lead a programme at their university."""
        roles = [one.lead for thing in self.programmes for one in thing.participations.all()]
        return self.held([role for role in roles if role and role.is_published])

    @property
    def people_with_roles(self):
        roles = [role for person in self.people for role in person.public_roles]
        return [*self.people, *roles, *(role.public_partner for role in roles)]
