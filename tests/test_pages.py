import re

import pytest

from pages.models import Page, Passage
from partners.models import Partnership
from programmes.models import Figure
from publishing.models import SourceDocument
from publishing.rich_text import blocks

from .site_map import read

pytestmark = pytest.mark.django_db


# Home


def test_home_opens_with_the_strapline(client):
    page = read(client, "/")
    assert page.words["h1"] == [Partnership.objects.get().strapline]


def test_home_shows_the_featured_figures_and_no_others(client):
    page = read(client, "/")
    featured = Figure.objects.filter(is_featured=True)
    assert featured
    for figure in Figure.objects.all():
        assert (figure.counts in page.text) == figure.is_featured, figure


def test_an_aim_on_the_front_page_is_called_one(client):
    page = read(client, "/")
    for figure in Figure.objects.filter(is_featured=True):
        [words] = [words for words in page.words["div"] if words.startswith(figure.counts)]
        assert bool(re.search(r"\bAim\b", words)) == (figure.kind == Figure.Kind.AIM), figure


# Prose


@pytest.mark.parametrize("slug", ["midlands-innovation", "people-and-skills"])
def test_a_page_shows_all_its_passages_in_order(client, slug):
    page = Page.objects.get(slug=slug)
    shown = read(client, page.path)
    places = [
        shown.text.index(block) for passage in page.passages.all() for block in blocks(passage.body)
    ]
    assert places
    assert places == sorted(places)
    headings = [passage.heading for passage in page.passages.all() if passage.heading]
    assert [words for words in shown.words["h2"] if words in headings] == headings


def test_a_new_page_has_its_address_at_once_and_about_leads_to_it(client):
    page = Page.objects.create(
        title="Kettles", slug="kettles", path="/kettles/", description="Of tea.", is_published=True
    )
    Passage.objects.create(page=page, slug="tea", heading="Tea", body="<p>Hot.</p>")
    shown = read(client, "/kettles/")
    assert shown.words["h1"] == ["Kettles"]
    assert "tea" in shown.ids
    assert ("Kettles", "/kettles/") in read(client, "/about/").links


def test_about_leads_to_pages_of_prose_and_not_to_lists(client):
    links = read(client, "/about/").links
    [prose] = [
        words for words in read(client, "/about/").words["section"] if "More about us" in words
    ]
    assert prose == "More about us People and skills"
    assert ("People and skills", "/people-and-skills/") in links


def test_a_page_that_is_due_for_review_says_so(client):
    Page.objects.filter(slug="people-and-skills").update(is_overdue=True)
    assert "Written some time ago." in read(client, "/people-and-skills/").text


def test_a_page_that_is_a_draft_is_not_found(client):
    Page.objects.filter(slug="people-and-skills").update(is_published=False)
    assert client.get("/people-and-skills/").status_code == 404
    assert "/people-and-skills/" not in dict(read(client, "/about/").links).values()


@pytest.mark.parametrize("path", ["/programmes/", "/people/", "/faq/", "/contacts/", "/figures/"])
def test_a_list_whose_page_is_a_draft_stands_without_its_words(client, path):
    Page.objects.filter(path=path).update(title="Never to be seen", is_published=False)
    page = read(client, path)
    assert page.words["h1"][0]
    assert "Never to be seen" not in page.text
    assert page.description == Partnership.objects.get().description


# Contacts


def test_contacts_offers_every_programme_and_university(client):
    page = read(client, "/contacts/")
    options = page.words["option"]
    assert len(options) == 2 + 11 + 8
    assert {"Keele University", "Energy Research Accelerator"} <= set(options)


def test_contacts_names_a_route_for_every_programme(client):
    rows = read(client, "/contacts/").words["tr"]
    [health] = [row for row in rows if "Midlands Innovation Health" in row]
    assert "Ask Alex Archibald about MI Health MI Health Manager" in health
    [transport] = [row for row in rows if "Transport Group" in row]
    assert "Midlands Innovation team" in transport


def test_contacts_has_no_address_that_nobody_gave(client):
    page = read(client, "/contacts/")
    assert not [address for _, address in page.links if address.startswith("mailto:")]
    assert "Dr Helen Turner" in page.text


# Sources


def test_every_line_of_a_source_can_be_pointed_at(client):
    for document in SourceDocument.objects.all():
        page = read(client, document.get_absolute_url())
        for number, line in document.passages():
            assert f"line-{number}" in page.ids
            assert " ".join(line.split()) in page.text


def test_a_source_says_how_old_it_is(client):
    assert "It is undated." in read(client, "/sources/faq/").text
    assert "2021-22" in read(client, "/sources/people-and-skills/").text


def test_reference_data_says_where_it_is_from_and_its_licence(client):
    page = read(client, "/sources/ror/")
    assert ("https://ror.org", "https://ror.org") in page.links
    assert "Licence: CC0." in page.text
    assert "Reference data" in page.text


def test_the_page_says_where_each_of_its_words_comes_from(client):
    page = read(client, "/about/")
    assert ("About Midlands Innovation", "/sources/about/") in page.links
    assert "The source is undated." in page.text
    page = read(client, "/programmes/transport/")
    assert ("Frequently Asked Questions", "/sources/faq/#line-64") in page.links
    assert "Mended: “well-being.A longer-term” in the source" in page.text


def test_every_figure_leads_to_the_passage_that_it_comes_from(client):
    page = read(client, "/figures/")
    passages = {address for _, address in page.links if "#line-" in address}
    assert ("Undated in the source", "/sources/faq/#line-51") in page.links
    assert len([address for _, address in page.links if address in passages]) == 35
