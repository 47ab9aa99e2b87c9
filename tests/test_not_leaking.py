"""What is not public is nowhere: not on its own page, nor by any of the relations that lead to it."""

import datetime
import re

import pytest
from django.db import models
from django.urls import reverse

from enquiries.subjects import KINDS as SUBJECTS
from faq.models import Question
from finder.models import OutOfScope
from pages.models import Page
from partners.models import Partner, Partnership
from people.models import Person, Role
from programmes.models import Figure, Participation, Programme
from publishing import workflow
from publishing.fields import LinesField
from publishing.models import Publishable, Redirect, Update
from topics.models import Topic

from .site_map import content_models, data_files, walk

pytestmark = pytest.mark.django_db

MARK = "zyzzyva"  # a weevil; no page of ours speaks of it


@pytest.fixture
def web():
    """Relate one thing of each kind to all the others, by every relation there is."""
    Topic.objects.exclude(slug__in=["energy", "technicians", "press"]).delete()  # fewer will do
    talent, era = (Programme.objects.get(slug=slug) for slug in ("talent", "era"))
    keele, topic = Partner.objects.get(slug="keele"), Topic.objects.get(slug="energy")
    holder, deputy = (Person.objects.get(slug=slug) for slug in ("helen-turner", "sue-clayton"))
    page = Page.objects.get(slug="people-and-skills")
    figure = Figure.objects.public().filter(programme=None).first()
    testimonial = talent.testimonials.get(slug="kelly-vere")
    question = Question.objects.get(slug="why-place-matters")

    role = Role.objects.get(slug="mi-director")
    role.partner, role.deputy = keele, deputy
    role.away_until = datetime.date(2030, 1, 1)  # so that the deputy is named as well as the holder
    role.save()
    role.remit_topics.add(topic)
    role.remit_programmes.add(era)
    Partner.objects.filter(pk=keele.pk).update(contact=role)
    Partnership.objects.update(host=keele, general_route=question)
    Participation.objects.filter(partner=keele).update(lead=role)
    Programme.objects.filter(slug="c-dice").update(state="ended", succeeded_by=talent)
    Programme.objects.filter(slug="era-skills").update(parent=talent)
    Programme.objects.filter(slug="talent").update(parent=era)
    talent.contacts.add(role)
    talent.topics.add(topic)
    question.topics.add(topic)
    page.programmes.add(talent)
    testimonial.person = holder
    testimonial.save()
    Figure.objects.update(is_featured=True)
    return {
        "partner": keele,
        "person": holder,
        "deputy": deputy,
        "somebody quoted": Person.objects.get(slug="jiteen-ahmed"),
        "role": role,
        "programme": talent,
        "testimonial": testimonial,
        "question": question,
        "page": page,
        "list page": Page.objects.get(slug="partners"),
        "front page": Page.objects.get(slug="home"),
        "topic": topic,
        "figure": figure,
    }


LISTS = {"/", "/partners/"}  # addresses that stay when the Page there is taken down


def mark(thing):
    """Put the mark in every word of ``thing``, in its address, and in what its parts must say."""
    write(thing, thing._meta.concrete_fields)
    for part in ("figures", "links", "questions", "passages", "testimonials"):
        for child in getattr(thing, part).all() if hasattr(thing, part) else []:
            fields = child._meta.concrete_fields
            write(child, [f for f in fields if not f.blank and not isinstance(f, models.SlugField)])
    thing.refresh_from_db()
    Update.objects.create(
        content_type=workflow.content_type_of(thing),
        object_id=str(thing.pk),
        title=MARK,
        address=workflow.address_of(thing),
        is_new=True,
        note=MARK,
    )


def write(thing, fields):
    words = {}
    for field in fields:
        if isinstance(field, models.URLField):
            words[field.name] = f"https://{MARK}.example.org"
        elif isinstance(field, models.EmailField):
            words[field.name] = f"{MARK}@example.org"
        elif type(field) is LinesField:
            words[field.name] = [MARK]
        elif field.name == "path":
            words[field.name] = thing.path if thing.path in LISTS else f"/{MARK}/"
        elif isinstance(field, models.CharField | models.TextField) and not field.choices:
            words[field.name] = MARK
    type(thing).objects.filter(pk=thing.pk).update(**words)


def site(client, web):
    """Yield (address, words) of every page, of what else names things, and of a missing page."""
    yield from walk(client)
    yield "/updates/feed.atom", client.get("/updates/feed.atom").content.decode()
    yield "/mark.svg", client.get("/mark.svg").content.decode()
    programme, partner = web["programme"], web["partner"]
    if programme.is_published and partner.is_published:
        choice = {"programme": programme.slug, "at": partner.slug}
        yield "the route", client.get("/contacts/", choice).content.decode()
    yield from forms(client, web)
    for person in Person.objects.public():
        address = reverse("pages:vcard", args=[person.slug])
        yield address, unfolded(client.get(address).content.decode())
    for address in data_files():
        yield address, client.get(address).getvalue().decode()
    for address in ("/sitemap.xml", "/robots.txt", "/.well-known/security.txt"):
        yield address, client.get(address).content.decode()
    yield from searches(client)
    yield "nowhere", client.get("/nowhere/").content.decode()


def forms(client, web):
    """Yield (address, words) of the form for each kind of thing, though an address may be old."""
    for kind in SUBJECTS:
        asked = {kind: web[kind].slug, "at": web["partner"].slug}
        html = client.get("/enquire/", asked).content.decode()
        # The form is sent to its own address, which only says what was asked.
        yield f"the form about a {kind}", re.sub(r'action="/enquire/[^"]*"', "", html)


# A slip of the mark, which the finder mends if it may, and words that find each of the web.
SEARCHES = ["zyzzyvq", "talent technicians", "helen turner director", "energy place keele figures"]


def searches(client):
    """Yield (address, words) of what the finder answers, to readers and to programs."""
    for question in SEARCHES:
        for asked in ({"q": question}, {"q": question, "format": "json"}):
            yield f"the search for {question}", client.get("/find/", asked).content.decode()


def unfolded(vcard):
    """Join the lines of a vCard: a word may be broken between two."""
    return vcard.replace("\r\n ", "")


def showing(pages):
    return (address for address, html in pages if MARK in f"{address} {html}".lower())


KINDS = [
    "partner",
    "person",
    "deputy",
    "somebody quoted",
    "role",
    "programme",
    "testimonial",
    "question",
    "page",
    "list page",
    "front page",
    "topic",
    "figure",
]


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_taken_down_is_nowhere(client, web, kind):
    thing = web[kind]
    mark(thing)
    assert any(showing(site(client, web))), "the mark must show while the thing is public"
    address = thing.get_absolute_url() if hasattr(thing, "get_absolute_url") else ""

    type(thing).objects.filter(pk=thing.pk).update(is_published=False)
    thing.refresh_from_db()

    assert list(showing(site(client, web))) == []
    if MARK in address and "#" not in address:
        assert client.get(address).status_code == 404
        assert client.get(f"{address}card.png").status_code == 404
        Redirect.objects.create(old_address="/its-old-address", leads_to=address)
        assert client.get("/its-old-address", follow=True).redirect_chain == [
            ("/its-old-address/", 301)
        ]
        assert client.get(f"{address.rstrip('/')}.vcf").status_code == 404


def test_every_kind_that_can_be_taken_down_is_tried(web):
    tried = {type(web[kind]) for kind in KINDS}
    assert tried | {Partnership} == {m for m in content_models() if issubclass(m, Publishable)}
    assert set(web) == set(KINDS)


def test_with_nothing_public_every_page_still_answers(client):
    for model in content_models():
        if issubclass(model, Publishable):
            model.objects.update(is_published=False)
    assert all(re.search("<h1>.+</h1>", html) for _, html in walk(client))
    assert client.get("/programmes/era/").status_code == 404


# What is never shown, though its row is public


def owners(editor):
    role = Role.objects.create(title=MARK, slug=MARK, is_published=True)
    for model in content_models():
        if issubclass(model, Publishable):
            model.objects.update(owner=role)


def editors(editor):
    for thing in [*Programme.objects.all(), *Partner.objects.all()]:
        thing.editors.add(editor)


def departures(editor):
    """Somebody is to leave, and somebody who is not public is to take over."""
    successor = Person.objects.create(family_name=MARK, slug=MARK)
    for person in Person.objects.public():
        departure = person.departures.create(leaves_on=datetime.date(2031, 4, 5), entered_by=editor)
        for role in person.roles.all():
            departure.hand_overs.create(
                role=role, successor=successor, mailbox=f"{MARK}@example.org"
            )


PRIVATE = {
    "mailboxes of roles": lambda editor: Role.objects.update(mailbox=f"{MARK}@example.org"),
    "the mailbox of the team": lambda _: Partnership.objects.update(mailbox=f"{MARK}@example.org"),
    "synonyms": lambda editor: Topic.objects.update(synonyms=[MARK]),
    "other names": lambda editor: Programme.objects.update(also_known_as=[MARK]),
    "other names of partners": lambda _: Partner.objects.update(also_known_as=[MARK]),
    "subjects out of scope": lambda _: OutOfScope.objects.update(words=[MARK]),
    "measures": lambda editor: Figure.objects.update(measure=MARK),
    "owners": owners,
    "editors": editors,
    "departures ahead": departures,
}


@pytest.mark.parametrize("plant", PRIVATE.values(), ids=PRIVATE)
def test_what_is_private_is_nowhere(client, web, django_user_model, plant):
    plant(django_user_model.objects.create(username=MARK, first_name=MARK, email=f"{MARK}@e.org"))
    assert list(showing(site(client, web))) == []


def test_dates_of_review_and_absence_are_nowhere(client, web):
    dates = {"reviewed_on": datetime.date(2031, 4, 5), "review_due": datetime.date(2031, 4, 5)}
    for model in content_models():
        if issubclass(model, Publishable):
            model.objects.update(**dates)
    Role.objects.exclude(holder=None).update(away_until=datetime.date(2031, 4, 5))
    departures(None)
    for address, html in site(client, web):
        assert "2031" not in html, address
