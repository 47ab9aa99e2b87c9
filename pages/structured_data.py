"""What each page says, in schema.org's terms: plain functions from things to dicts of JSON-LD.

A page says no more to a machine than to a reader: every name, sentence and address stands on it.
So a figure is listed without its number, since schema.org has no place for what makes it true:
how it is qualified and dated, and whether it is an aim.

Each thing is one node, whose ``@id`` is the address of its page and what it is there. Other pages
refer to it by that, and add what they show of it.
"""

from dataclasses import dataclass

from django.conf import settings

from enquiries.subjects import form_address
from faq.models import Question
from partners.models import Partner, Partnership
from people.models import Person
from programmes.models import Figure, Programme
from publishing.addresses import address_of
from publishing.models import SourceDocument
from publishing.rich_text import blocks
from topics.models import Topic

from .models import Page

CONTEXT = "https://schema.org"
LANGUAGE = "en-GB"


@dataclass(frozen=True)
class Here:
    """The page that is described: its address with the site's, and what its head says."""

    address: str
    title: str
    description: str
    partnership: Partnership | None


# Nodes


def node(kind, identifier=None, /, **properties):
    """Return a node of the type ``kind``; whatever has no value is left out."""
    values = {"@type": kind, "@id": identifier} | properties
    return {name: value for name, value in values.items() if value not in (None, "", [])}


def absolute(address):
    return f"{settings.BASE_URL}{address}"


def reference(identifier):
    return {"@id": identifier}


def partnership_id():
    return absolute("/#partnership")


def website_id():
    return absolute("/#website")


def topics_id():
    return absolute(f"{address_of('topics:list')}#topics")


# What a thing is on its own page. Questions and figures are a place on a page: that is their name.
FRAGMENTS = {
    Partner: "#university",
    Person: "#person",
    Programme: "#programme",
    SourceDocument: "#source",
    Topic: "#topic",
    Question: "",
    Figure: "",
    Page: "",
}


def identifier(thing):
    return absolute(f"{thing.get_absolute_url()}{FRAGMENTS[type(thing)]}")


KINDS = {
    Partner: "CollegeOrUniversity",
    Person: "Person",
    Topic: "DefinedTerm",
    Question: "Question",
    Figure: "Thing",
    Page: "WebPage",
}


def kind_of(thing):
    if isinstance(thing, Programme):
        # Skills programmes and shared resources do no research themselves.
        is_research = thing.kind in (Programme.Kind.FLAGSHIP, Programme.Kind.RESEARCH)
        return "ResearchProject" if is_research else "Project"
    if isinstance(thing, SourceDocument):
        return "Dataset" if thing.is_reference else "CreativeWork"
    return KINDS[type(thing)]


def name_of(thing):
    if isinstance(thing, Person):
        return thing.name  # title and honours have properties of their own
    return thing.counts if isinstance(thing, Figure) else str(thing)


def described(thing, **properties):
    """Return the node of ``thing``: its type and name, and ``properties``."""
    return node(kind_of(thing), identifier(thing), name=name_of(thing), **properties)


def named(things):
    """Return the nodes of ``things`` as a page has them that only links to them."""
    return [described(thing) for thing in things]


def item_list(things):
    """Return the list of ``things``, in order, or None without any."""
    items = [
        node("ListItem", position=n, url=item["@id"].removesuffix(FRAGMENTS[kind]), item=item)
        for n, (kind, item) in enumerate(((type(one), described(one)) for one in things), start=1)
    ]
    return node("ItemList", itemListElement=items) if items else None


def member(partner, **properties):
    """Return the node of ``partner`` where a page has its short name, or no name, instead."""
    return node(kind_of(partner), identifier(partner), **properties)


def partnership(here, **properties):
    """Return the node of the partnership, or None before there is one."""
    if not here.partnership:
        return None
    return node("Organization", partnership_id(), name=here.partnership.name, **properties)


def website(here):
    name = here.partnership.name if here.partnership else ""
    publisher = reference(partnership_id()) if here.partnership else None
    search = node(
        "SearchAction",
        target=node("EntryPoint", urlTemplate=f"{absolute(address_of('finder:find'))}?q={{q}}"),
        **{"query-input": "required name=q"},
    )
    return node(
        "WebSite",
        website_id(),
        url=absolute("/"),
        name=name,
        publisher=publisher,
        potentialAction=search,
    )


def contact_point(route, thing, here):
    """Return whom the contact ``route`` to ``thing`` names, and the form that reaches them."""
    form = absolute(form_address(thing))
    if route.person:
        return contact_in_role(route.person, route.role, url=form, email=route.person.email)
    if here.partnership:
        return node("ContactPoint", name=f"The {here.partnership} team", url=form)
    return None


def contact_in_role(person, role, **properties):
    return node("ContactPoint", name=str(person), contactType=str(role or ""), **properties)


def breadcrumb_list(here, trail):
    """Return the way down to the page: ``trail``, pairs of words and address, then the page."""
    steps = [*((words, absolute(address)) for words, address in trail), (here.title, here.address)]
    return node(
        "BreadcrumbList",
        breadcrumbs_id(here),
        itemListElement=[
            node("ListItem", position=n, name=words, item=reference(address))
            for n, (words, address) in enumerate(steps, start=1)
        ],
    )


def breadcrumbs_id(here):
    return f"{here.address}#breadcrumbs"


# Pages


def web_page(here, kind="WebPage", **properties):
    """Return the node of the page itself."""
    usual = {
        "url": here.address,
        "name": here.title,
        "description": here.description,
        "inLanguage": LANGUAGE,
        "isPartOf": reference(website_id()),
        "breadcrumb": reference(breadcrumbs_id(here)),
    }
    return node(kind, here.address, **usual | properties)


def home(here, partners):
    """The front page, where the map has the short names of those partners whose place is known."""
    members = [
        member(partner, alternateName="" if partner.latitude is None else partner.short_name)
        for partner in partners
    ]
    words = here.partnership
    about = words and partnership(
        here,
        url=absolute("/"),
        slogan=words.strapline,
        description=words.description,
        member=members,
    )
    return web_page(here, breadcrumb=None, isPartOf=website(here), mainEntity=about)


def about(here):
    year = here.partnership and here.partnership.founded
    described_here = partnership(here, foundingDate=str(year) if year else "")
    return web_page(here, "AboutPage", mainEntity=described_here)


def collection(here, things):
    return web_page(here, "CollectionPage", mainEntity=item_list(things))


def updates(here, updates):
    """What was published, by the names that things have; each is described on its own page."""
    items = [
        node("ListItem", position=n, name=update.title, url=absolute(update.address))
        for n, update in enumerate(updates, start=updates.start_index())
    ]
    found = node("ItemList", itemListElement=items) if items else None
    return web_page(here, "CollectionPage", mainEntity=found)


def search(here, things):
    return web_page(here, "SearchResultsPage", mainEntity=item_list(things))


def partner_page(here, partner, route):
    university = described(
        partner,
        url=partner.website,
        identifier=partner.ror,
        sameAs=partner.ror,
        address=node("PostalAddress", addressLocality=partner.city) if partner.city else None,
        memberOf=partnership(here),
        # Where it has named nobody the team answers, which is no contact of the university.
        contactPoint=contact_point(route, partner, here) if route.person else None,
        mainEntityOfPage=reference(here.address),
    )
    return web_page(here, mainEntity=university)


def programme_page(here, programme, parent, participations, parts, topics, route):
    """A programme with those whom the source names as taking part."""
    project = described(
        programme,
        alternateName=programme.second_name,
        url=here.address,
        description=programme.summary,
        parentOrganization=described(parent) if parent else partnership(here),
        subOrganization=named(parts),
        member=[
            member(one.partner, alternateName=one.partner.short_name) for one in participations
        ],
        keywords=named(topics),
        contactPoint=contact_point(route, programme, here),
    )
    return web_page(here, mainEntity=project)


def person_list(here, team, others):
    holders = [role.named_holder for role in team if role.named_holder]
    return collection(here, dict.fromkeys([*holders, *others]))


def person_page(here, person, route):
    roles = person.public_roles
    at = named(dict.fromkeys(role.public_partner for role in roles if role.public_partner))
    if here.partnership and any(role.is_in_team for role in roles):
        at.append(partnership(here))
    orcid = f"https://orcid.org/{person.orcid}" if person.orcid else None
    somebody = described(
        person,
        honorificPrefix=person.title,
        givenName=person.given_name,
        familyName=person.family_name,
        honorificSuffix=person.honours,
        url=here.address,
        jobTitle=[str(role) for role in roles],
        affiliation=at,
        identifier=orcid,
        sameAs=orcid,
        contactPoint=own_contact(person) or contact_point(route, person, here),
    )
    return web_page(here, "ProfilePage", mainEntity=somebody)


def own_contact(person):
    """Return how to reach ``person``, or None while no address is public."""
    if not (person.email or person.telephone):
        return None
    return node("ContactPoint", email=person.email, telephone=person.telephone)


def topic_list(here, topics):
    terms = node("DefinedTermSet", topics_id(), name=here.title, hasDefinedTerm=named(topics))
    return web_page(here, "CollectionPage", mainEntity=terms)


def topic_page(here, topic, programmes, questions):
    term = described(topic, url=here.address, inDefinedTermSet=reference(topics_id()))
    return web_page(
        here, "CollectionPage", about=term, mainEntity=item_list([*programmes, *questions])
    )


def question_list(here, questions):
    """The questions, each with its own answer or the text of the programme that answers it."""
    return web_page(here, "FAQPage", mainEntity=[answered(question) for question in questions])


def answered(question):
    words = question.programme.body if question.programme else question.answer
    return described(question, acceptedAnswer=node("Answer", text="\n".join(blocks(words))))


def contacts(here, team):
    points = [
        contact_in_role(holder, role, url=absolute(holder.get_absolute_url()))
        for role in team
        if (holder := role.named_holder)
    ]
    return web_page(here, "ContactPage", mainEntity=partnership(here, contactPoint=points))


def source_page(here, document):
    return web_page(here, about=described(document, url=document.address))


def data(here, counts):
    """The open data: a dataset for each kind of thing, each as two files."""
    datasets = [dataset(here, kind) for kind, _ in counts]
    catalogue = node("DataCatalog", f"{here.address}#data", name=here.title, dataset=datasets)
    return web_page(here, mainEntity=catalogue)


FORMATS = {"pages:data_json": "application/json", "pages:data_csv": "text/csv"}


def dataset(here, kind):
    downloads = [
        node(
            "DataDownload",
            contentUrl=absolute(address_of(route, kind.name)),
            encodingFormat=media_type,
        )
        for route, media_type in FORMATS.items()
    ]
    return node(
        "Dataset",
        f"{here.address}#part:{kind.name}",
        name=kind.title,
        description=kind.description,
        license=here.partnership.licence_address if here.partnership else None,
        distribution=downloads,
    )


PAGES = {
    "page": web_page,
    "home": home,
    "about": about,
    "collection": collection,
    "search": search,
    "updates": updates,
    "partner": partner_page,
    "programme": programme_page,
    "people": person_list,
    "person": person_page,
    "topics": topic_list,
    "topic": topic_page,
    "questions": question_list,
    "contacts": contacts,
    "source": source_page,
    "data": data,
}
