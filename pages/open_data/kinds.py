"""Every public kind of thing with its fields: the list that all else is made from."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from operator import attrgetter

from django.conf import settings
from django.db.models import Count, Q, QuerySet, Value
from django.urls import reverse

from enquiries.routes import PATHS, routes_for
from faq.models import Question, QuestionTopic
from partners.models import Partner, Partnership
from people.models import Person, Role
from programmes.models import (
    Figure,
    Link,
    Participation,
    Programme,
    ProgrammeTopic,
    Testimonial,
)
from publishing.kept import while_unchanged
from publishing.models import SourceDocument
from publishing.provenance import Library
from topics.models import Topic

from ..models import Page, Passage
from .fields import (
    ADDRESS,
    BOOLEAN,
    BOTH,
    DATE,
    EMAIL,
    FROM_SOURCE,
    FROM_TEAM,
    HTML,
    ID_FIELD,
    INTEGER,
    NAMED,
    NOT_NAMED,
    NUMBER,
    POSITION,
    PROVENANCE,
    SLUG,
    SLUG_FIELD,
    SLUGS,
    TEXT,
    VACANT,
    WHOM_TO_ASK,
    Field,
    always,
    holder_state,
    html_of,
    slug_of,
    url_field,
    url_of,
)


@dataclass(frozen=True)
class Kind:
    """One kind of thing: a JSON file, a CSV file, and what describes them."""

    name: str  # of its files
    title: str
    description: str
    things: Callable  # returns the queryset of all that are public
    own_fields: list
    key: str = "slug"  # the field that names a row
    related: Callable = QuerySet.all  # takes that queryset, returns it with what the fields need
    asked_about: Callable | None = None  # takes a thing, returns what its route is about
    is_sourced: bool = True
    lists: dict = field(default_factory=dict)  # {attribute of slugs: takes things, returns pairs}
    shown_on: tuple = ()  # the names of the routes to the pages that show it

    @property
    def fields(self):
        route = WHOM_TO_ASK if self.asked_about else []
        provenance = PROVENANCE if self.is_sourced else []
        return [POSITION, *self.own_fields, *route, *provenance]

    def queryset(self):
        """Return the public things in the site's order, with what their fields need."""
        things = self.related(self.things())
        order = things.query.order_by or things.model._meta.ordering
        return things.order_by(*order, "pk")  # two of one place stand in the same order each time

    def rows(self, things, position):
        """Return {field: value} of each of ``things``; the first stands at ``position``.

        However many they are, it takes a query for their routes, for what they cite, and for each
        of their lists.
        """
        for number, thing in enumerate(things, position):
            thing.position = number
        for name, pairs in self.lists.items():
            add_list(things, name, pairs(things))
        if self.asked_about:
            self.add_routes(things)
        if self.is_sourced:
            add_provenance(things)
        return [{field.name: field.value(thing) for field in self.fields} for thing in things]

    def add_routes(self, things):
        """Add ``route`` to each."""
        routes = routes_for(self.asked_about(thing) for thing in things)
        for thing, (_, route) in zip(things, routes, strict=True):
            thing.route = route


def add_list(things, name, pairs):
    """Add to each, as ``name``, the second of those ``pairs`` whose first is its key."""
    found = defaultdict(list)
    for key, slug in pairs:
        found[key].append(slug)
    for thing in things:
        setattr(thing, name, found[thing.pk])


def add_provenance(things):
    """Add ``words_from`` to each."""
    cited = {citation.rpartition(":")[0] for thing in things for citation in thing.source}
    library = Library(SourceDocument.objects.filter(name__in=cited))
    for thing in things:
        thing.words_from = words_from(library.provenance([thing]))


def words_from(provenance):
    if provenance.from_source and provenance.from_team:
        return BOTH
    if provenance.from_source:
        return FROM_SOURCE
    return FROM_TEAM if provenance.from_team else None


def itself(thing):
    return thing


def nothing_in_particular(partnership):
    """The route of the partnership is the general one."""
    return


# Lists: getters of pairs (key of the thing, slug), since rows of models would take more memory


def topics_carried(model):
    """Return a getter of the public topics of things, by ``model``, the table between."""

    def pairs(things):
        items = model.objects.filter(content_object__in=things, tag__is_published=True)
        return items.order_by("tag__name").values_list("content_object", "tag__slug")

    return pairs


def carrying(model, public):
    """Return a getter of what carries topics, by ``model``, the table between."""

    def pairs(topics):
        items = model.objects.filter(tag__in=topics, content_object__in=public())
        return items.order_by("content_object__slug").values_list("tag", "content_object__slug")

    return pairs


def programmes_below(pages):
    items = Page.programmes.through.objects.filter(page__in=pages, programme__is_published=True)
    return items.order_by("programme__slug").values_list("page", "programme__slug")


def roles_shown():
    """Return the roles that pages show: of the team, of somebody, of a partner, or on a route."""
    shown = Q(is_in_team=True) | Q(holder__is_published=True) | Q(partner__is_published=True)
    for _, path, _ in PATHS:
        shown |= Q(pk__in=Role.objects.filter(**{f"{path}__is_published": True}).values("pk"))
    return Role.objects.public().filter(shown)


def role_url(role):
    """A role has no page of its own: it stands on its holder's, its partner's or in the team."""
    if page := role.named_holder or role.public_partner:
        return url_of(page)
    return f"{settings.BASE_URL}{reverse('people:list')}#part:team" if role.is_in_team else None


def lead_of(participation):
    """Return who leads at this university, where visitors may know both the post and the person."""
    lead = participation.lead
    return lead.named_holder if lead and lead.is_published else None


def passage_url(passage):
    """Without a heading a passage has no place of its own on its page."""
    return f"{url_of(passage.page)}{f'#{passage.slug}' if passage.heading else ''}"


KINDS = [
    Kind(
        "partnership",
        "The partnership",
        "One row: whose site this is, and what it says to anyone who does not know whom to ask.",
        Partnership.objects.all,
        [
            url_field(),
            always("name", TEXT, "Its name."),
            always("short_name", TEXT, "Its name as people say it."),
            Field("strapline", TEXT, "The sentence that opens the front page."),
            Field("description", TEXT, "What it is, in one sentence."),
            Field("founded", INTEGER, "The year."),
            Field("predecessor", TEXT, "What it grew out of."),
            Field(
                "host",
                SLUG,
                "The partner that hosts the team.",
                lambda one: one.host.slug if one.host and one.host.is_published else None,
                refers_to="partners",
            ),
            Field("handle", TEXT, "On social media, as the source writes it."),
            Field(
                "advisers",
                TEXT,
                "Whom the advice sends people to at their own university, in its words.",
            ),
            Field(
                "advice_html",
                HTML,
                "The advice to anyone who does not know whom to ask. It stands beside every route.",
                html_of("advice"),
            ),
            Field(
                "general_route",
                SLUG,
                "The question that this advice answers.",
                lambda one: one.general_route.slug if one.advice else None,
                refers_to="questions",
            ),
            Field(
                "licence",
                TEXT,
                "On what terms others may use the words and figures. Missing: it has stated none.",
            ),
            Field("licence_url", ADDRESS, "Where they stand.", attrgetter("licence_address")),
        ],
        key="url",
        related=lambda things: things.select_related("host", "general_route"),
        asked_about=nothing_in_particular,
        shown_on=("pages:home", "pages:about", "pages:contacts"),
    ),
    Kind(
        "partners",
        "Partners",
        "The universities of the partnership.",
        Partner.objects.public,
        [
            SLUG_FIELD,
            url_field(),
            Field("ror", ADDRESS, "Its identifier in the Research Organization Registry."),
            always("official_name", TEXT, "Its name."),
            always("short_name", TEXT, "Its name on maps and in tables."),
            Field("city", TEXT, "Where it is."),
            Field("latitude", NUMBER, "Of the city, in degrees north."),
            Field("longitude", NUMBER, "Of the city, in degrees east."),
            Field("website", ADDRESS, "Its own front page."),
            Field("text_html", HTML, "What is said of this partner alone.", html_of("text")),
        ],
        asked_about=itself,
        shown_on=("partners:list", "partners:detail", "pages:contacts"),
    ),
    Kind(
        "programmes",
        "Programmes",
        "Programmes, initiatives and shared resources. Who takes part, their links and their "
        "figures are in files of their own.",
        Programme.objects.public,
        [
            SLUG_FIELD,
            url_field(),
            always("name", TEXT, "Its name."),
            Field("short_name", TEXT, "What people call it, if that is something else."),
            always("kind", TEXT, "Its group on every list.", choices=tuple(Programme.Kind.values)),
            Field(
                "state",
                TEXT,
                "Whether it is running or has ended. Missing: not stated.",
                choices=tuple(filter(None, Programme.State.values)),
            ),
            Field(
                "succeeded_by",
                SLUG,
                "What followed it, where it has ended.",
                slug_of("public_successor"),
                refers_to="programmes",
            ),
            Field(
                "parent",
                SLUG,
                "What it is part of.",
                slug_of("public_parent"),
                refers_to="programmes",
            ),
            always("summary", TEXT, "What it is, in one sentence."),
            Field("body_html", HTML, "All that its page says.", html_of("body")),
            Field(
                "who_takes_part",
                TEXT,
                "The source’s own phrase for who takes part. Missing: it has none.",
            ),
            always(
                "partners_named",
                INTEGER,
                "How many partners the source says take part: the rows in the file participation. "
                "With 0 the source does not say which.",
            ),
            always("topics", SLUGS, "The topics it carries.", attrgetter("topic_slugs")),
            always("is_overdue", BOOLEAN, "Whether its page says that a review is due."),
        ],
        related=lambda things: things.with_participation().select_related("parent", "succeeded_by"),
        lists={"topic_slugs": topics_carried(ProgrammeTopic)},
        asked_about=itself,
        shown_on=("programmes:list", "programmes:detail", "pages:contacts"),
    ),
    Kind(
        "participation",
        "Participation",
        "Which partner takes part in which programme, as far as the source says so. A pair without "
        "a row is not known, which is not a no.",
        Participation.objects.public,
        [
            ID_FIELD,
            url_field(lambda thing: f"{url_of(thing.programme)}#part:who-takes-part"),
            always("programme", SLUG, "In what.", slug_of("programme"), refers_to="programmes"),
            always("partner", SLUG, "Who.", slug_of("partner"), refers_to="partners"),
            Field(
                "lead_person",
                SLUG,
                "Who leads there, where the university has named somebody.",
                lambda thing: getattr(lead_of(thing), "slug", None),
                refers_to="people",
            ),
            Field(
                "lead_role",
                SLUG,
                "In what post.",
                lambda thing: thing.lead.slug if lead_of(thing) else None,
                refers_to="roles",
            ),
        ],
        key="id",
        related=lambda things: things.select_related("partner", "programme", "lead__holder"),
        shown_on=("programmes:detail", "partners:detail", "pages:contacts"),
    ),
    Kind(
        "links",
        "Links",
        "Where programmes can be found elsewhere.",
        lambda: Link.objects.filter(programme__in=Programme.objects.public()),
        [
            ID_FIELD,
            url_field(lambda thing: f"{url_of(thing.programme)}#part:links"),
            always("programme", SLUG, "Whose it is.", slug_of("programme"), refers_to="programmes"),
            always("label", TEXT, "What is found there."),
            Field("address", ADDRESS, "Missing, without a handle too: the source has lost it."),
            Field("handle", TEXT, "On social media, as the source writes it."),
        ],
        key="id",
        related=lambda things: things.select_related("programme"),
        shown_on=("programmes:detail",),
    ),
    Kind(
        "people",
        "People",
        "Those who work for the partnership, or whom it quotes.",
        Person.objects.public,
        [
            SLUG_FIELD,
            url_field(),
            always("name", TEXT, "The whole name, as the site shows it.", str),
            Field("title", TEXT, "Before the name."),
            Field("given_name", TEXT, "Given name."),
            always("family_name", TEXT, "Family name."),
            Field("honours", TEXT, "After the name."),
            Field("email", EMAIL, "Missing: none is published."),
            Field("telephone", TEXT, "Missing: none is published."),
            Field("orcid", TEXT, "The ORCID identifier."),
            Field("biography_html", HTML, "What is said of the person.", html_of("biography")),
        ],
        asked_about=itself,
        shown_on=("people:list", "people:detail", "pages:contacts"),
    ),
    Kind(
        "roles",
        "Roles",
        "Posts. Contacts hang on them, not on people. Those of the team are in the order in which "
        "the site lists it. Who stands in for a holder is said where somebody asks: ask_person.",
        roles_shown,
        [
            SLUG_FIELD,
            Field(
                "url", ADDRESS, "Where it stands on this site. Missing: on routes only.", role_url
            ),
            always("title", TEXT, "What the post is called."),
            Field("holder", SLUG, "Who holds it.", slug_of("named_holder"), refers_to="people"),
            always(
                "holder_state",
                TEXT,
                "Whether the holder is named, not named here, or the post is vacant.",
                holder_state,
                choices=(NAMED, NOT_NAMED, VACANT),
            ),
            always("is_in_team", BOOLEAN, "Whether it is listed as one of the team."),
            Field(
                "partner",
                SLUG,
                "The university of the post. Missing: it is the partnership’s own.",
                slug_of("public_partner"),
                refers_to="partners",
            ),
        ],
        related=lambda things: things.with_people(),
        shown_on=("people:list", "people:detail", "pages:contacts"),
    ),
    Kind(
        "questions",
        "Questions",
        "Questions people ask, with their answers.",
        Question.objects.public,
        [
            SLUG_FIELD,
            url_field(),
            always("question", TEXT, "As somebody would ask it."),
            always(
                "section", TEXT, "The heading it stands under.", lambda thing: thing.section.name
            ),
            Field("answer_html", HTML, "Missing: a programme is the answer.", html_of("answer")),
            Field(
                "programme",
                SLUG,
                "The programme whose body_html is the answer.",
                slug_of("programme"),
                refers_to="programmes",
            ),
            always("lists_team", BOOLEAN, "Whether the team is listed below the answer."),
            always("topics", SLUGS, "The topics it carries.", attrgetter("topic_slugs")),
            always("is_overdue", BOOLEAN, "Whether its page says that a review is due."),
        ],
        related=lambda things: things.select_related("section", "programme").with_addresses(),
        lists={"topic_slugs": topics_carried(QuestionTopic)},
        asked_about=itself,
        shown_on=("faq:list", "faq:section", "faq:question"),
    ),
    Kind(
        "figures",
        "Figures",
        "Numbers that the sources give, with what each counts and how old it is.",
        Figure.objects.public,
        [
            SLUG_FIELD,
            url_field(),
            Field(
                "programme",
                SLUG,
                "Missing: it is of the partnership or its region.",
                slug_of("programme"),
                refers_to="programmes",
            ),
            always("as_written", TEXT, "Exactly as the source has it."),
            Field("qualifier", TEXT, "What the source says of its precision."),
            always("amount", NUMBER, "In full."),
            Field("unit", TEXT, "Missing: it is a plain number."),
            always("counts", TEXT, "What it counts, read after the number."),
            always(
                "kind",
                TEXT,
                "achievement: done and counted; aim: what somebody aims at; context: what is so "
                "around it.",
                choices=tuple(Figure.Kind.values),
            ),
            Field("aim_of", TEXT, "Whose aim it is."),
            Field("as_of", TEXT, "As the source dates it. Missing: undated."),
            Field("as_of_until", DATE, "The last day of that time."),
        ],
        related=lambda things: things.select_related("programme").with_addresses(),
        shown_on=("pages:figures", "pages:figure", "programmes:detail"),
    ),
    Kind(
        "topics",
        "Topics",
        "Fields of work and needs, with what carries them.",
        Topic.objects.public,
        [
            SLUG_FIELD,
            url_field(),
            always("name", TEXT, "Its name."),
            always(
                "programmes",
                SLUGS,
                "The programmes that carry it.",
                attrgetter("programme_slugs"),
            ),
            always(
                "questions",
                SLUGS,
                "The questions that carry it.",
                attrgetter("question_slugs"),
            ),
        ],
        lists={
            "programme_slugs": carrying(ProgrammeTopic, Programme.objects.public),
            "question_slugs": carrying(QuestionTopic, Question.objects.public),
        },
        asked_about=itself,
        shown_on=("topics:list", "topics:detail"),
    ),
    Kind(
        "testimonials",
        "Testimonials",
        "What people said, in their words.",
        Testimonial.objects.public,
        [
            SLUG_FIELD,
            url_field(),
            always("quotation", TEXT, "Without quotation marks."),
            always("person", SLUG, "Who said it.", slug_of("person"), refers_to="people"),
            always("role_as_quoted", TEXT, "What they were when they said it."),
            Field(
                "programme",
                SLUG,
                "The programme on whose page it stands as well.",
                slug_of("programme"),
                refers_to="programmes",
            ),
        ],
        related=lambda things: things.select_related("person", "programme"),
        shown_on=("people:detail",),
    ),
    Kind(
        "pages",
        "Pages",
        "Pages of prose, and the opening words of lists. Their text is in the file passages.",
        Page.objects.public,
        [
            SLUG_FIELD,
            url_field(),
            always("path", TEXT, "Its address on this site."),
            always("title", TEXT, "Its heading."),
            always("description", TEXT, "What it is, in one sentence."),
            always(
                "programmes",
                SLUGS,
                "The programmes below its text.",
                attrgetter("programme_slugs"),
            ),
            always("is_overdue", BOOLEAN, "Whether the page says that a review is due."),
        ],
        lists={"programme_slugs": programmes_below},
        shown_on=("pages:about", "pages:detail"),
    ),
    Kind(
        "passages",
        "Passages",
        "The parts of pages; those of one page in their order.",
        lambda: Passage.objects.filter(page__in=Page.objects.public()),
        [
            ID_FIELD,
            url_field(passage_url),
            always(
                "page", SLUG, "The page that it is part of.", slug_of("page"), refers_to="pages"
            ),
            Field("heading", TEXT, "Missing: the text follows on."),
            always("body_html", HTML, "Its text.", html_of("body")),
        ],
        key="id",
        related=lambda things: things.select_related("page"),
        shown_on=("pages:about", "pages:detail"),
    ),
    Kind(
        "sources",
        "Sources",
        "The texts and reference data that all this was made from. Line 51 of one stands at its "
        "url followed by #line-51.",
        lambda: SourceDocument.objects.defer("text"),
        [
            SLUG_FIELD,
            url_field(),
            always("name", TEXT, "What the field source calls it."),
            always("title", TEXT, "What it is."),
            Field("dated", TEXT, "As far as it says itself. Missing: undated."),
            Field("note", TEXT, "What else tells of its age or origin."),
            always("is_reference", BOOLEAN, "Whether it is reference data, not a text of our own."),
            Field("address", ADDRESS, "Where it can be found."),
            Field("licence", TEXT, "Missing: none is stated."),
        ],
        is_sourced=False,
        shown_on=("pages:sources", "pages:source"),
    ),
]

BY_NAME = {kind.name: kind for kind in KINDS}


@while_unchanged
def counts():
    """Return pairs of each kind and how many rows it has, by one query."""
    first, *others = [
        kind.things().order_by().values(of=Value(kind.name)).annotate(rows=Count("pk"))
        for kind in KINDS
    ]
    found = {row["of"]: row["rows"] for row in first.union(*others, all=True)}
    return [(kind, found.get(kind.name, 0)) for kind in KINDS]


def shown_on(route):
    """Return the kinds that the pages of ``route``, known by its name, show."""
    return [kind for kind in KINDS if route in kind.shown_on]
