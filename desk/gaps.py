"""What the public site lacks, worked out from its content whenever somebody looks.

A kind of gap is a function from the public content to its gaps. Nothing is listed by hand, so a
gap goes when it is filled in and comes when it opens, whoever's site this is.
"""

import datetime
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain

from django.contrib.admin.utils import quote
from django.db.models import Model, Prefetch
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone

from enquiries.recipients import mailbox_of_team
from faq.models import Question
from pages.models import Page
from partners.models import Partner, Partnership
from people.models import Person, Role
from people.names import REMOVED, pattern_of
from programmes.models import Figure, Participation, Programme, Testimonial
from publishing.addresses import path_of
from publishing.models import Gone, Redirect, SourceDocument, Update
from publishing.rich_text import blocks
from topics.models import Topic

FIGURES_AGE_AFTER = datetime.timedelta(days=2 * 365)

# How an editor says of a slip, in its why, that it is not put right yet.
LOST = re.compile(r"\b(lost|cut off)\b", re.IGNORECASE)


class PublicContent:
    """All that visitors may see, read once: as many queries however much there is."""

    def __init__(self):
        self.partnership = Partnership.objects.select_related("general_route").first()
        self.partners = list(Partner.objects.public().select_related("contact"))
        self.people = list(Person.objects.public())
        self.roles = list(
            Role.objects.public().with_people().prefetch_related("remit_topics").order_by("title")
        )
        self.programmes = list(
            Programme.objects.public().prefetch_related(
                Prefetch("contacts", Role.objects.public()),
                Prefetch("participations", Participation.objects.public()),
                "links",
                "topic_items",
            )
        )
        self.figures = list(Figure.objects.public().with_addresses())
        self.testimonials = list(Testimonial.objects.public())
        self.questions = list(
            Question.objects.public().with_addresses().prefetch_related("topic_items")
        )
        self.pages = list(Page.objects.public().prefetch_related("passages"))
        self.topics = list(Topic.objects.public())
        self.documents = list(SourceDocument.objects.defer("text"))
        self.redirects = list(Redirect.objects.all())
        self.taken_down = list(Gone.objects.all())
        self.updates = list(Update.objects.public())
        self.gone = list(Person.objects.gone())

    def addresses(self):
        """Return the addresses of all these, without the places on a page."""
        things = [*self.publishables(), *self.documents]
        return {
            path_of(thing.get_absolute_url())
            for thing in things
            if hasattr(thing, "get_absolute_url")
        }

    def publishables(self):
        """Return everything that is published by itself."""
        return [
            *filter(None, [self.partnership]),
            *self.partners,
            *self.people,
            *self.roles,
            *self.programmes,
            *self.figures,
            *self.testimonials,
            *self.questions,
            *self.pages,
            *self.topics,
        ]

    def parts(self):
        """Return (part, whose it is, the id of its place on that form) of all that are sourced."""
        found = [
            (passage, page, "passages-group")
            for page in self.pages
            for passage in page.passages.all()
        ]
        for programme in self.programmes:
            found += [(link, programme, "links-group") for link in programme.links.all()]
            found += [
                (participation, programme, "participations-group")
                for participation in programme.participations.all()
            ]
        return found


@dataclass(frozen=True)
class Gap:
    """One thing that is missing."""

    about: Model  # the row whose form in the admin fills it
    place: str  # the id on that form
    what: str  # what is missing there, or what is known of it


@dataclass(frozen=True)
class Kind:
    """A kind of gap, and why it matters."""

    title: str
    meanwhile: str  # what visitors see until it is filled
    find: Callable[[PublicContent], list[Gap]]


@dataclass(frozen=True)
class Entry:
    """A gap, with the address of the form for those who may change it."""

    gap: Gap
    address: str


def gaps_for(request, site):
    """Return [(Kind, its Entries)] for the gaps that the user of ``request`` may see on ``site``."""
    content = PublicContent()
    found = []
    for kind in KINDS:
        gaps = [gap for gap in kind.find(content) if may("view", gap, request, site)]
        if gaps:
            found.append((kind, [Entry(gap, address_of(gap, request, site)) for gap in gaps]))
    return found


def may(action, gap, request, site):
    admin = site.get_model_admin(type(gap.about))
    return getattr(admin, f"has_{action}_permission")(request)


def address_of(gap, request, site):
    """Return where the gap is filled in, or "" for those who may only look."""
    if not may("change", gap, request, site):
        return ""
    options = gap.about._meta
    route = f"admin:{options.app_label}_{options.model_name}_change"
    form = reverse(route, args=[quote(gap.about.pk)], current_app=site.name)
    return f"{form}#{gap.place}"


def empty(things, *names):
    """Return a Gap for each of the named fields that is empty on each of ``things``."""
    return [
        Gap(thing, f"id_{name}", str(thing._meta.get_field(name).verbose_name))
        for thing in things
        for name in names
        if getattr(thing, name) in ("", None)
    ]


# The partnership


def facts_of_the_owner(content):
    """What only those who run the site can say of it in law."""
    names = ("controller", "privacy_contact", "accessibility_contact", "licence")
    return empty(filter(None, [content.partnership]), *names)


def general_advice(content):
    """A public answer for whoever does not know whom to ask."""
    if content.partnership and not content.partnership.advice:
        return [Gap(content.partnership, "id_general_route", "a public answer")]
    return []


def partners_without_contact(content):
    """Universities that have not named whom to ask there."""
    return [
        Gap(partner, "id_contact", "a contact who is public")
        for partner in content.partners
        if not (partner.contact and partner.contact.is_published)
    ]


def facts_of_partners(content):
    """What the site shows of every university, and lacks of one."""
    return empty(content.partners, "city", "website", "ror", "latitude")


def mailbox_of_the_team(content):
    """Where messages go for which no nearer mailbox is known."""
    if content.partnership and not mailbox_of_team():
        return [Gap(content.partnership, "id_mailbox", "the team’s mailbox")]
    return []


# Programmes


def programmes_without_contact(content):
    """Programmes that name no role to ask."""
    return [
        Gap(programme, "id_contacts", "a contact who is public")
        for programme in content.programmes
        if not programme.contacts.all()
    ]


def programmes_without_website(content):
    """Programmes without the address of a page elsewhere."""
    return [
        Gap(programme, "links-group", "an address")
        for programme in content.programmes
        if not any(link.address for link in programme.links.all())
    ]


def lost_links(content):
    """Links whose address the source has lost."""
    return [
        Gap(programme, "links-group", link.label)
        for programme in content.programmes
        for link in programme.links.all()
        if link.is_lost
    ]


def partners_not_named(content):
    """Programmes whose partners the source describes without naming them."""
    return [
        Gap(programme, "participations-group", f"“{programme.who_takes_part}”")
        for programme in content.programmes
        if programme.who_takes_part and not programme.participations.all()
    ]


def participation_unknown(content):
    """Programmes of which nothing says who takes part."""
    return [
        Gap(programme, "participations-group", "who takes part")
        for programme in content.programmes
        if not programme.who_takes_part and not programme.participations.all()
    ]


def state_unknown(content):
    """Programmes that may be running or may have ended."""
    return empty(content.programmes, "state")


def programmes_without_topics(content):
    """Programmes that no topic leads to."""
    return [
        Gap(programme, "id_topics", "a topic")
        for programme in content.programmes
        if not programme.topic_items.all()
    ]


def topics_without_use(content):
    """Topics that no public programme, question or role carries."""
    items = chain.from_iterable(
        thing.topic_items.all() for thing in [*content.programmes, *content.questions]
    )
    used = {item.tag_id for item in items}
    used |= {topic.pk for role in content.roles for topic in role.remit_topics.all()}
    return [
        Gap(topic, "id_name", "anything that carries it")
        for topic in content.topics
        if topic.pk not in used
    ]


# People


def roles_without_holder(content):
    """Roles that nobody holds, or nobody whom visitors may know of."""
    return [
        Gap(role, "id_holder", "the holder is not public" if role.holder else "vacant")
        for role in content.roles
        if not role.named_holder
    ]


def roles_left_alone(content):
    """Roles whose holder is away without a deputy."""
    return [
        Gap(role, "id_deputy", "a deputy who is public")
        for role in content.roles
        if role.named_holder and role.is_away and not role.named_deputy
    ]


def names_of_the_gone(content):
    """Words that still name somebody who has left."""
    return [gap for person in content.gone for gap in mentions_of(person, content)]


def mentions_of(person, content):
    """Return a Gap for each place in the words of ``content`` that names ``person``."""
    pattern = pattern_of(person)
    if pattern is None:
        return []
    own = [
        (thing, f"id_{name}")
        for thing in content.publishables()
        for name, text in texts_of(thing)
        if pattern.search(text)
    ]
    of_parts = [
        (about, place)
        for part, about, place in content.parts()
        if any(pattern.search(text) for _, text in texts_of(part))
    ]
    in_prose = [Gap(about, place, str(person)) for about, place in dict.fromkeys([*own, *of_parts])]
    return [*in_prose, *hidden_mentions(person, pattern, content)]


def hidden_mentions(person, pattern, content):
    """Return a Gap for each notice that names ``person``; whoever has left is taken out of it."""
    shown_as = f"{person}: once they have left, visitors read {REMOVED} until you reword it"
    notices = [
        *((gone, "reason", gone.reason) for gone in content.taken_down),
        *((update, "note", update.note) for update in content.updates),
    ]
    return [
        Gap(about, f"id_{name}", shown_as) for about, name, text in notices if pattern.search(text)
    ]


def texts_of(thing):
    """Return (field, text) of all that ``thing`` has in words, without markup."""
    values = ((field.name, field.value_from_object(thing)) for field in thing._meta.concrete_fields)
    return [(name, text) for name, value in values if (text := in_words(value))]


def in_words(value):
    if isinstance(value, str):
        return "\n".join(blocks(value))
    if isinstance(value, dict):
        return "\n".join(map(in_words, value.values()))
    return "\n".join(map(in_words, value)) if isinstance(value, list) else ""


def people_without_email(content):
    """People whom nobody can write to but by the form."""
    return empty(content.people, "email")


def people_without_telephone(content):
    """People whom nobody can ring."""
    return empty(content.people, "telephone")


def people_without_biography(content):
    """People of whom the site says no more than their posts."""
    return empty(content.people, "biography")


# Figures


def figures_without_date(content):
    """Figures that do not say when they were true."""
    return empty(content.figures, "as_of")


def figures_that_aged(content):
    """Figures of how things stand that are more than two years old: what was achieved stays so."""
    oldest = timezone.localdate() - FIGURES_AGE_AFTER
    return [
        Gap(figure, "id_as_of", figure.as_of)
        for figure in content.figures
        if figure.kind != Figure.Kind.ACHIEVEMENT
        and figure.as_of_until
        and figure.as_of_until < oldest
    ]


def rival_figures(content):
    """Figures that give one measure different values."""
    shared = Counter(figure.measure for figure in content.figures if figure.measure)
    return [
        Gap(figure, "id_measure", figure.measure)
        for figure in sorted(content.figures, key=lambda figure: figure.measure)
        if shared[figure.measure] > 1
    ]


# Words


def slips_not_mended(content):
    """Slips of the source that are noted and still open: kept as they are, or something is lost."""
    said = [(thing, thing, "id_errata") for thing in content.publishables()]
    return [
        Gap(about, place, f"“{slip['has']}”: {slip['why']}")
        for thing, about, place in [*said, *content.parts()]
        for slip in thing.errata
        if slip["has"] == slip["shows"] or LOST.search(slip["why"])
    ]


def reviews_overdue(content):
    """Things that should have been read again by now."""
    return [
        Gap(thing, "id_review_due", str(thing._meta.verbose_name))
        for thing in content.publishables()
        if thing.is_overdue
    ]


def sources_without_date(content):
    """Source texts of which nobody knows how old they are."""
    texts = [document for document in content.documents if not document.is_reference]
    return empty(texts, "dated")


def redirects_that_lead_nowhere(content):
    """Old addresses from which visitors come to an address where nothing stands."""
    known = content.addresses()
    # To ask the site itself costs a page each; so only of what is in neither of the others.
    return [
        Gap(redirect, "id_leads_to", redirect.leads_to)
        for redirect in content.redirects
        if not (
            path_of(redirect.leads_to) in known
            or always_stands(path_of(redirect.leads_to))
            or redirect.arrives()
        )
    ]


def always_stands(path):
    """Whether the page at ``path`` needs no content to be there: its route has no variable."""
    try:
        match = resolve(path)
    except Resolver404:
        return False
    return not match.kwargs and match.view_name != "pages:detail"


def things_without_owner(content):
    """Things that no role keeps up to date; a figure of a programme is kept up with it."""
    return [
        Gap(thing, "id_owner", str(thing._meta.verbose_name))
        for thing in content.publishables()
        if not thing.owner_id and not (isinstance(thing, Figure) and thing.programme_id)
    ]


# What keeps a visitor from an answer comes first.
KINDS = [
    Kind(
        "Facts that only the owner can give",
        "The legal pages and the data say that nobody has stated them.",
        facts_of_the_owner,
    ),
    Kind(
        "Messages that are not passed on",
        "What visitors send is kept at the desk, and no colleague is written to.",
        mailbox_of_the_team,
    ),
    Kind(
        "Advice for those who do not know whom to ask",
        "Visitors are told to ask the research office of their university.",
        general_advice,
    ),
    Kind(
        "Roles that nobody is seen to hold",
        "The site says so, and sends visitors to the deputy or the next who covers it.",
        roles_without_holder,
    ),
    Kind(
        "Roles whose holder is away without a deputy",
        "Visitors are told that the holder is away, and are sent on.",
        roles_left_alone,
    ),
    Kind(
        "Words that name somebody who has left",
        "Their own page is gone, but their name still stands there.",
        names_of_the_gone,
    ),
    Kind(
        "Programmes without a named contact",
        "Visitors are sent to whoever’s remit covers it, or else to the team.",
        programmes_without_contact,
    ),
    Kind(
        "Universities without a contact of their own",
        "Visitors there find the general advice only.",
        partners_without_contact,
    ),
    Kind(
        "People without an e-mail address",
        "Their pages say that none is published. Visitors write to them by the form.",
        people_without_email,
    ),
    Kind(
        "Links that the source has lost",
        "The page names the link and says that its address is not known.",
        lost_links,
    ),
    Kind(
        "Redirects that lead nowhere",
        "Whoever follows an old link is told that there is no page.",
        redirects_that_lead_nowhere,
    ),
    Kind(
        "Slips of the source that are still open",
        "Their pages say so under “Where this comes from”. A slip is open while the site shows what "
        "the source has, or its why says that something is lost or cut off.",
        slips_not_mended,
    ),
    Kind(
        "Texts that are due for review",
        "Their pages say that they were written some time ago.",
        reviews_overdue,
    ),
    Kind(
        "Programmes whose partners are counted or described but not named",
        "Visitors can’t tell whether their own university takes part.",
        partners_not_named,
    ),
    Kind(
        "Programmes of which nothing says who takes part",
        "The page says that the source does not say which universities.",
        participation_unknown,
    ),
    Kind(
        "Programmes that may be running or may have ended",
        "The page says nothing of it, so visitors may ask about something that is over.",
        state_unknown,
    ),
    Kind(
        "Programmes without a website",
        "The page leads nowhere else.",
        programmes_without_website,
    ),
    Kind(
        "Programmes without a topic",
        "Whoever looks by topic does not find them.",
        programmes_without_topics,
    ),
    Kind(
        "Topics that lead nowhere",
        "The page of the topic says that no programme or answer carries it yet.",
        topics_without_use,
    ),
    Kind(
        "Figures with rival values",
        "Visitors find different numbers for one thing.",
        rival_figures,
    ),
    Kind(
        "Figures without a date",
        "They are shown as undated.",
        figures_without_date,
    ),
    Kind(
        "Figures that are more than two years old",
        "They are shown with their date.",
        figures_that_aged,
    ),
    Kind(
        "Sources without a date",
        "Every page that quotes them says that its source is undated.",
        sources_without_date,
    ),
    Kind(
        "What is not known of a university",
        "Its page and the map do without.",
        facts_of_partners,
    ),
    Kind(
        "People without a telephone number",
        "Their pages say that none is published.",
        people_without_telephone,
    ),
    Kind(
        "People without a biography",
        "Their pages show their posts and nothing more.",
        people_without_biography,
    ),
    Kind(
        "Things that no role keeps up to date",
        "Visitors see nothing of it, until nobody notices that a page is wrong.",
        things_without_owner,
    ),
]
