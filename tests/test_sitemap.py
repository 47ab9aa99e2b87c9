"""The sitemap has every public page and no other, with the day on which what it prints last changed."""

import datetime
from collections import Counter
from pathlib import Path

import pytest
from django.db import connection, models
from django.test.utils import CaptureQueriesContext
from lxml import etree

from faq.models import Question
from mi_site.sitemaps import PublicPages
from pages.models import Page
from partners.models import Partner, Partnership
from people.models import Person, Role
from programmes.models import Figure, Programme, Testimonial
from publishing.models import ContentVersion, Publishable
from topics.models import Topic

from .site_map import Reading, addresses, content_models, delete_all_content, read, walk
from .test_not_leaking import KINDS, MARK, web, write  # noqa: F401
from .test_queries import add_fifty_times_the_content

pytestmark = pytest.mark.django_db

SCHEMA = etree.XMLSchema(file=Path(__file__).parent / "schemas" / "sitemap.xsd")
OF_SITEMAPS = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}


def sitemap(client, **more):
    """Return {address of each page: the day it changed, or None}, read by a parser of XML."""
    response = client.get("/sitemap.xml", **more)
    assert response.status_code == 200
    assert response["Content-Type"] == "application/xml"
    root = etree.fromstring(response.content)
    SCHEMA.assertValid(root)
    found = Counter(root.xpath("//s:loc/text()", namespaces=OF_SITEMAPS))
    assert set(found.values()) == {1}
    return {
        url.findtext("s:loc", namespaces=OF_SITEMAPS): url.findtext(
            "s:lastmod", namespaces=OF_SITEMAPS
        )
        for url in root
    }


def test_it_has_every_public_page_once_and_no_other(client, settings):
    assert set(sitemap(client)) == {f"{settings.BASE_URL}{address}" for address in addresses()}


def test_its_addresses_are_those_by_which_the_pages_know_themselves(client, settings):
    for address in sitemap(client):
        page = read(client, address.removeprefix(settings.BASE_URL))
        links = [a["href"] for tag, a in page.elements if a.get("rel") == "canonical"]
        assert links == [address]
        assert not [a for tag, a in page.elements if a.get("name") == "robots"], address


def test_its_addresses_are_of_the_public_site_whatever_host_was_asked(client, settings):
    settings.BASE_URL = "https://www.ours.example"
    asked = sitemap(client, headers={"host": "localhost"})
    assert all(address.startswith("https://www.ours.example/") for address in asked)


def test_it_is_for_programs_and_in_no_index(client):
    assert "noindex" in client.get("/sitemap.xml")["X-Robots-Tag"]


def test_it_is_fresh_and_asked_for_again_only_when_content_moved(committing_db, client):
    first = client.get("/sitemap.xml")
    assert first["Cache-Control"] == "public, no-cache"
    again = {"if-none-match": first["ETag"]}
    assert client.get("/sitemap.xml", headers=again).status_code == 304
    Programme.objects.filter(slug="era").update(is_published=False)
    second = client.get("/sitemap.xml", headers=again)
    assert second.status_code == 200
    assert b"/programmes/era/" not in second.content


def test_it_is_sent_again_when_a_release_writes_it_otherwise(client, monkeypatch):
    before = {"if-none-match": client.get("/sitemap.xml")["ETag"]}
    monkeypatch.setattr(PublicPages, "lastmod", lambda self, page: None)
    assert client.get("/sitemap.xml", headers=before).status_code == 200


@pytest.mark.parametrize("page", ["0", "2", "x", "%00"])
def test_a_part_that_is_not_there_is_not_found(client, page):
    assert client.get(f"/sitemap.xml?p={page}").status_code == 404


def test_it_stands_on_an_empty_database(client, settings):
    delete_all_content()
    assert f"{settings.BASE_URL}/" in sitemap(client)


# When each page changed

LONG_AGO = datetime.datetime(2020, 2, 3, 12, tzinfo=datetime.UTC)
LATER = datetime.datetime(2024, 5, 6, 12, tzinfo=datetime.UTC)

EXAMPLES = {
    "a programme": lambda: Programme.objects.get(slug="era"),
    "a part of a programme": lambda: Programme.objects.get(slug="era-skills"),
    "a successor": lambda: Programme.objects.get(slug="talent"),
    "a figure of a programme": lambda: Figure.objects.get(slug="c-dice-net-zero"),
    "a figure by itself": lambda: Figure.objects.filter(programme=None)[0],
    "a partner": lambda: Partner.objects.get(slug="keele"),
    "somebody of the team": lambda: Person.objects.get(slug="helen-turner"),
    "a deputy": lambda: Person.objects.get(slug="sue-clayton"),
    "a contact": lambda: Person.objects.get(slug="alex-archibald"),
    "somebody quoted": lambda: Person.objects.get(slug="kelly-vere"),
    "a post": lambda: Role.objects.get(slug="mi-director"),
    "a contact's post": lambda: Role.objects.get(holder__slug="alex-archibald"),
    "a topic": lambda: Topic.objects.get(slug="energy"),
    "a question": lambda: Question.objects.get(slug="why-place-matters"),
    "a quotation": lambda: Testimonial.objects.get(slug="kelly-vere"),
    "a page of prose": lambda: Page.objects.get(slug="people-and-skills"),
    "words of a list": lambda: Page.objects.get(path="/partners/"),
    "words of the front page": lambda: Page.objects.get(path="/"),
}


def dated_since(client, settings):
    found = sitemap(client)
    days = {day for day in found.values() if day}
    assert days <= {"2020-02-03", "2024-05-06"}
    return {
        address.removeprefix(settings.BASE_URL)
        for address, day in found.items()
        if day == "2024-05-06"
    }


def words_of(thing):
    """Return the fields of ``thing`` that hold its words, but not its address."""
    return [
        field
        for field in thing._meta.concrete_fields
        if not isinstance(field, models.SlugField | models.URLField) and field.name != "path"
    ]


def let_all_be_old():
    for model in content_models():
        if issubclass(model, Publishable):
            model.objects.update(changed_at=LONG_AGO)


def let_it_have_changed(things, **more):
    """Date ``things`` later than all others; each date that was written moved the version."""
    things.update(changed_at=LATER, **more)
    ContentVersion.objects.update(moved_at=LONG_AGO)


@pytest.mark.parametrize("relations", ["as they are", "every relation there is"])
@pytest.mark.parametrize("example", EXAMPLES)
def test_the_pages_that_print_a_row_are_just_those_that_it_dates(
    client, settings, request, example, relations
):
    if relations == "every relation there is":
        request.getfixturevalue("web")
    Partnership.objects.update(general_route=None)  # its advice frames all pages alike
    let_all_be_old()
    thing = EXAMPLES[example]()
    for part in [thing, *(thing.passages.all() if isinstance(thing, Page) else [])]:
        write(part, words_of(part))
    printing = {
        address
        for address, html in walk(client)
        if MARK in Reading(html.partition("<main")[2].partition("<footer")[0]).text
    }
    let_it_have_changed(type(thing).objects.filter(pk=thing.pk))
    assert printing
    assert dated_since(client, settings) == printing


FRAMES = {"name", "description", "advisers"}  # what the partnership says on all pages alike


def test_the_partnership_dates_the_pages_that_print_what_only_it_says(client, settings):
    let_all_be_old()
    partnership = Partnership.objects.get()
    write(partnership, [f for f in words_of(partnership) if f.name not in FRAMES])
    printing = {
        address
        for address, html in walk(client)
        if MARK in Reading(html.partition("<main")[2].partition("<footer")[0]).text
    }
    let_it_have_changed(Partnership.objects)
    # /data/ prints the licence, and is dated by all there is.
    assert dated_since(client, settings) == printing - {"/data/"}
    assert {"/", "/about/", "/accessibility/", "/data/", "/privacy/"} <= printing


def test_the_open_data_are_dated_as_their_page_says(client, settings):
    let_all_be_old()
    ContentVersion.objects.update(moved_at=LATER)
    assert dated_since(client, settings) == {"/data/"}
    assert "As of 6 May 2024" in read(client, "/data/").text


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_not_public_dates_no_page(client, settings, web, kind):  # noqa: F811
    let_all_be_old()
    thing = web[kind]
    let_it_have_changed(type(thing).objects.filter(pk=thing.pk), is_published=False)
    assert dated_since(client, settings) == set()


def test_fifty_times_the_content_takes_the_same_queries(client):
    def tables():
        with CaptureQueriesContext(connection) as captured:
            client.get("/sitemap.xml")
        return len(captured)

    few = tables()
    add_fifty_times_the_content()
    assert tables() == few <= 35
