"""What holds for every page of the site, whatever it is about."""

import re
from collections import Counter
from urllib.parse import urldefrag

import pytest
from django.test import Client
from django.urls import resolve

from publishing.models import Sourced, SourceDocument

from .sentences import source_sentences
from .site_map import Reading, addresses, content_models, delete_all_content, routes, walk

pytestmark = pytest.mark.django_db

NOWHERE = "/there/is/no-such-page/"


# Nothing here writes, so one walk through the site does for all that ask what its pages hold.
@pytest.fixture(scope="module")
def pages(django_db_setup, django_db_blocker):
    """Every page of the site and the one that says there is none: {address: its HTML}."""
    with django_db_blocker.unblock():
        return whole_site(Client())


@pytest.fixture(scope="module")
def readings(pages):
    return {address: Reading(html) for address, html in pages.items()}


def whole_site(client):
    return dict(walk(client)) | {NOWHERE: client.get(NOWHERE).content.decode()}


def test_every_kind_of_page_is_among_those_tested():
    assert {resolve(address).route for address in addresses()} == routes()


# What each page has


def test_every_page_has_one_heading_of_the_first_order(readings):
    for address, page in readings.items():
        assert len(page.words["h1"]) == 1, address
        assert page.words["h1"][0], address


def test_every_page_has_a_title_of_its_own(readings):
    titles = Counter(page.words["title"][0] for page in readings.values())
    assert [title for title, times in titles.items() if times > 1 or not title] == []


def test_every_page_has_a_description_of_its_own(readings):
    descriptions = Counter(page.description for page in readings.values())
    assert [words for words, times in descriptions.items() if times > 1 or not words] == []


def test_every_page_is_in_british_english(readings):
    for address, page in readings.items():
        assert page.elements[0] == ("html", {"lang": "en-GB"}), address


def test_every_page_begins_with_a_way_past_the_navigation(readings):
    for address, page in readings.items():
        assert page.links[0] == ("Skip to the content", "#part:main"), address


def test_every_page_but_the_front_page_has_a_way_back_up(readings):
    for address, page in readings.items():
        assert ("breadcrumbs" in page.classes) == (address != "/"), address


def test_every_page_says_where_it_comes_from(readings):
    for address, page in readings.items():
        is_source = re.match("/sources/.", address)
        expected = 0 if is_source or address == NOWHERE else 1
        assert page.words["h2"].count("Where this comes from") == expected, address


def routes_on(page):
    return [words for words in page.words["h2"] if words.startswith("Whom to ask")]


def test_every_page_says_whom_to_ask(readings):
    for address, page in readings.items():
        assert len(routes_on(page)) == 1, address
        assert "Director of Research or your PVC for Research" in page.text, address


def test_every_page_names_itself_in_the_navigation_once_at_most(readings):
    for address, page in readings.items():
        current = [a for _, a in page.elements if a.get("aria-current")]
        assert len(current) <= 1, address
        if current and current[0]["aria-current"] == "page":
            assert current[0]["href"] == address


# What no page has


def test_no_page_has_a_tag_that_does_not_match(readings):
    assert {address: page.slips for address, page in readings.items() if page.slips} == {}


def test_no_page_uses_an_id_twice(readings):
    for address, page in readings.items():
        assert len(page.ids) == len(set(page.ids)), address


def test_no_page_refers_to_an_id_that_it_lacks(readings):
    for address, page in readings.items():
        for _, attributes in page.elements:
            for name in ("aria-labelledby", "aria-describedby", "for"):
                assert set(attributes.get(name, "").split()) <= set(page.ids), (address, attributes)


def test_no_page_has_a_script_or_a_style_of_its_own(readings):
    for address, page in readings.items():
        for tag, attributes in page.elements:
            assert tag not in ("style", "iframe", "object", "embed"), address
            if tag == "script":  # data, which no browser runs
                assert attributes == {"type": "application/ld+json"}, address
            assert "style" not in attributes, address
            assert not [name for name in attributes if name.startswith("on")], address


def test_no_page_asks_anything_of_a_third_party(readings, settings):
    ours = ("/", "#", f"{settings.BASE_URL}/")
    for address, page in readings.items():
        for tag, attributes in page.elements:
            asked = [attributes.get(name, "/") for name in ("src", "srcset", "data", "action")]
            if tag in ("link", "use", "image"):
                asked.append(attributes["href"])
            if attributes.get("property") == "og:image":
                asked.append(attributes["content"])
            assert all(url.startswith(ours) for url in asked), (address, tag, attributes)


def test_no_page_sets_a_cookie_but_the_form_that_is_sent(client, settings):
    for address in [*addresses(), NOWHERE]:
        expected = {settings.CSRF_COOKIE_NAME} if address == "/enquire/" else set()
        assert set(client.get(address).cookies) == expected, address


def test_no_page_shows_how_it_was_made(pages):
    traces = ("{{", "{%", "{#", ">None<", "&lt;p&gt;", "&amp;amp;", "&amp;#", "object at 0x")
    for address, html in pages.items():
        assert [trace for trace in traces if trace in html] == [], address


# Links


def test_every_link_within_the_site_arrives(client, readings):
    ids = {address: page.ids for address, page in readings.items()}
    for address, page in readings.items():
        for words, link in page.links:
            if link.startswith(("https://", "mailto:")):
                continue
            target, fragment = urldefrag(link)
            target = target or address
            if target not in ids:
                response = client.get(target, follow=True)
                assert response.status_code == 200, f"{address}: “{words}” leads to {link}"
                ids[target] = Reading(response.getvalue().decode()).ids
            assert not fragment or fragment in ids[target], f"{address}: “{words}” leads to {link}"


def test_every_link_has_words(readings):
    for address, page in readings.items():
        assert all(words for words, _ in page.links), address


def test_every_page_is_reached_by_links_from_the_front_page(readings):
    reached, waiting = set(), {"/"}
    while waiting:
        reached |= waiting
        links = {urldefrag(link).url for address in waiting for _, link in readings[address].links}
        links |= {action for address in waiting for action in readings[address].searches}
        waiting = (links & set(readings)) - reached
    assert set(readings) - reached == {NOWHERE}


# The words of the source


def test_every_sentence_of_the_source_is_on_a_page(readings):
    rows = [
        row
        for model in content_models()
        if issubclass(model, Sourced)
        for row in model.objects.all()
    ]
    texts = SourceDocument.objects.filter(is_reference=False)
    shown = [page.text for address, page in readings.items() if not address.startswith("/sources/")]
    asked = source_sentences(texts, rows)
    assert len(asked) > 100
    assert [place for place in asked if not any(place[1] in text for text in shown)] == []


# With nothing to show


def test_every_page_stands_on_an_empty_database(client):
    delete_all_content()
    for address, html in whole_site(client).items():
        page = Reading(html)
        assert page.slips == [], address
        assert len(page.words["h1"]) == 1, address
        assert "None" not in html, address
        assert len(routes_on(page)) == 1, address


def test_no_page_of_an_empty_database_separates_something_from_nothing(client):
    delete_all_content()
    titles = [Reading(html).words["title"][0] for html in whole_site(client).values()]
    assert [title for title in titles if title.strip("· ") != title] == []
