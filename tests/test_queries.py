"""A page takes few queries, and no more of them when there is fifty times as much to show."""

import re
from unittest import mock

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import resolve

from faq.models import Question, QuestionTopic, Section
from finder import index
from pages.models import Page, Passage
from partners.models import Partner
from people.models import Person, Role
from programmes.models import Figure, Link, Participation, Programme, ProgrammeTopic
from publishing.models import SourceDocument
from topics.models import Topic

from .site_map import routes

pytestmark = pytest.mark.django_db

PAGES = [
    "/",
    "/about/",
    "/people-and-skills/",
    "/programmes/",
    "/programmes/talent/",
    "/partners/",
    "/partners/keele/",
    "/people/",
    "/people/jiteen-ahmed/",
    "/topics/",
    "/topics/technicians/",
    "/faq/",
    "/contacts/",
    "/contacts/?programme=talent&at=keele",
    "/figures/",
    "/find/",
    "/find/?q=lorries+and+satelites&at=keele",
    "/find/?q=medieval+manuscripts",
    "/enquire/",
    "/enquire/?programme=talent&at=keele&q=technicians",
    "/enquire/?person=jiteen-ahmed",
    "/enquire/?topic=technicians",
    "/enquire/?page=/programmes/talent/",
    "/updates/",
    "/sources/",
    "/sources/faq/",
    "/data/",
    "/accessibility/",
    "/privacy/",
    "/nowhere/",
]


def tables(client, address):
    """Return the table that each query of a page begins with; in what order makes no difference."""
    # What the index takes, once for each content, is counted below.
    with mock.patch.object(index, "current", return_value=index.build()):
        # What is kept while content stays the same is read by the first; and a search that is new
        # is noted by other queries than an old one.
        client.get(address)
        with CaptureQueriesContext(connection) as captured:
            client.get(address)
    asked = [query["sql"] for query in captured if not query["sql"].startswith("PRAGMA")]
    return sorted(re.search(r'(?:FROM|INTO|UPDATE) "(\w+)"', sql)[1] for sql in asked)


def test_every_kind_of_page_is_counted():
    assert {resolve(address.partition("?")[0]).route for address in PAGES} == routes()


@pytest.mark.parametrize("address", PAGES)
def test_a_page_takes_at_most_ten_queries(client, address):
    asked = tables(client, address)
    assert len(asked) <= 10, f"{len(asked)} queries: {asked}"


def test_fifty_times_the_content_takes_the_same_queries(client):
    few = {address: tables(client, address) for address in PAGES}
    add_fifty_times_the_content()
    many = {address: tables(client, address) for address in PAGES}
    numbers = {address: (len(few[address]), len(many[address])) for address in PAGES}
    # Questions are by section then: after the first query, one more asks for the sections.
    assert len(many.pop("/faq/")) <= 1 + len(few.pop("/faq/"))
    assert many == few, numbers


def test_fifty_times_the_content_takes_the_same_queries_to_index(django_assert_num_queries):
    with CaptureQueriesContext(connection) as few:
        index.build()
    add_fifty_times_the_content()
    with django_assert_num_queries(len(few)):
        index.build()


def fifty_times(model, **fields):
    """Add fifty rows for each that there is; a field may be worked out from the row's number."""
    return model.objects.bulk_create(
        model(**{name: value(n) if callable(value) else value for name, value in fields.items()})
        for n in range(50 * model.objects.count())
    )


def either(one, others):
    """Relate half of the rows to ``one``, which a page shows, and the rest to others in turn."""
    return lambda n: others[n // 2 % len(others)] if n % 2 else one


def add_fifty_times_the_content():
    """Add rows of every kind, to those that the pages above show and to each other."""
    talent, keele = Programme.objects.get(slug="talent"), Partner.objects.get(slug="keele")
    jiteen, topic = Person.objects.get(slug="jiteen-ahmed"), Topic.objects.get(slug="technicians")
    first_programmes, first_pages = list(Programme.objects.all()), list(Page.objects.all())
    skills = Page.objects.get(slug="people-and-skills")
    named = {"slug": "row-{}".format, "source": ["faq.txt:4"]}
    public = named | {"is_published": True}

    fifty_times(SourceDocument, name="row-{}".format, slug="row-{}".format, text="A line.")
    topics = fifty_times(Topic, name="Topic {}".format, **public)
    people = fifty_times(Person, family_name="Person {}".format, **public)
    partners = fifty_times(
        Partner, short_name="P {}".format, official_name="Partner {}".format, **public
    )
    roles = fifty_times(
        Role,
        title="Role {}".format,
        holder=either(jiteen, people),
        deputy=Person.objects.get(slug="sue-clayton"),
        partner=either(keele, partners),
        is_in_team=lambda n: n % 3 > 0,
        **public,
    )
    programmes = fifty_times(
        Programme,
        name="Programme {}".format,
        kind=lambda n: Programme.Kind.values[n % 4],
        summary="A sentence.",
        body="<p>A sentence. Another one.</p>",
        parent=either(talent, first_programmes),
        **public,
    )
    fifty_times(
        Figure,
        as_written="7",
        amount=7,
        counts="things",
        kind=lambda n: Figure.Kind.values[n % 3],
        programme=either(talent, [None, *programmes]),
        is_featured=True,
        **public,
    )
    fifty_times(Link, programme=either(talent, programmes), label="Link {}".format)
    fifty_times(
        talent.testimonials.model,
        person=either(jiteen, people),
        programme=either(talent, programmes),
        quotation="Well said.",
        **public,
    )
    sections = fifty_times(Section, name="Section {}".format, slug="row-{}".format)
    questions = fifty_times(
        Question,
        question="Question {}?".format,
        section=lambda n: sections[n % len(sections)],
        programme=either(None, programmes),
        answer=either("<p>An answer.</p>", [""]),
        lists_team=lambda n: n == 0,
        **public,
    )
    fifty_times(Page, title="Page {}".format, path="/row-{}/".format, description="One.", **public)
    fifty_times(
        Passage,
        page=either(skills, first_pages),
        body="<p>A sentence.</p>",
        heading="Of it",
        **named,
    )

    Partner.objects.update(contact=roles[0])
    skills.programmes.add(*programmes)
    talent.contacts.add(*roles)
    roles[0].contact_for.add(*programmes)
    roles[1].remit_programmes.add(*programmes)
    roles[2].remit_topics.add(topic)
    Participation.objects.bulk_create(
        Participation(programme=programme, partner=partner, lead=roles[3])
        for programme, partner in [
            *((talent, partner) for partner in partners),
            *((programme, keele) for programme in programmes),
        ]
    )
    for relation, thing, others in (
        (ProgrammeTopic, talent, programmes),
        (QuestionTopic, questions[0], questions[1:]),
    ):
        relation.objects.bulk_create(relation(content_object=other, tag=topic) for other in others)
        relation.objects.bulk_create(relation(content_object=thing, tag=other) for other in topics)
