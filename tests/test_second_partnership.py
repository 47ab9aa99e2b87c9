"""Content is data: the same code shows the site of another partnership, and no word of ours."""

import re
from pathlib import Path

import pytest
from django.core.management import call_command
from django.urls import reverse

from partners.models import Partner
from people.models import Person

from .site_map import Reading, delete_all_content, read, walk

TWO_UNIVERSITIES = Path(__file__).parent / "content" / "two_universities"


@pytest.fixture
def ours(db):
    """Return what nobody but the first partnership is called."""
    partners = [partner.short_name for partner in Partner.objects.all()]
    people = [person.name for person in Person.objects.all()]
    return ["Midlands", "Innovation", r"\bMI\b", r"\bERA\b", "TALENT", *partners, *people]


@pytest.fixture
def two_lights(ours):
    delete_all_content()
    call_command("load_content", TWO_UNIVERSITIES, verbosity=0)


@pytest.fixture
def pages(client, admin_client, two_lights):
    nowhere = {"/nowhere/": client.get("/nowhere/").content.decode()}
    desk = {
        reverse("admin:login"): client.get(reverse("admin:login")).content.decode(),
        reverse("admin:index"): admin_client.get(reverse("admin:index")).content.decode(),
        reverse("admin:gaps"): admin_client.get(reverse("admin:gaps")).content.decode(),
    }
    return dict(walk(client)) | nowhere | desk


def test_no_page_has_a_word_of_the_first_partnership(ours, pages):
    assert len(ours) == 5 + 8 + 8
    for address, html in pages.items():
        assert re.findall("|".join(ours), html) == [], address
        assert not re.search("midlands|innovation", html, re.IGNORECASE), address


def test_every_page_goes_by_the_name_of_the_second(pages):
    for address, html in pages.items():
        name = "2L" if address.startswith("/admin/") else "Two Lights"
        assert name in Reading(html).words["title"][0], address


def test_no_page_has_a_slip_nor_uses_an_id_twice(pages):
    for address, html in pages.items():
        if not address.startswith("/admin/"):
            page = Reading(html)
            assert page.slips == [], address
            assert len(page.ids) == len(set(page.ids)), address


def test_every_page_has_its_advice(pages):
    for address, html in pages.items():
        if not address.startswith("/admin/"):
            assert "knock at the chart room of their own university" in html, address


def test_what_the_log_says_is_word_for_word_and_its_slip_is_mended(client, two_lights):
    page = read(client, "/programmes/herring-ledger/").text
    assert "The Herring Ledger counted fish until 2019." in page
    assert "Word for word from The ship’s log. Its figures are dated 2019." in page
    assert "Mended: “untill” in the source, shown as “until” (the log keeper was seasick)" in page


def test_the_answer_about_dogs_is_the_teams_own(client, two_lights):
    page = read(client, "/faq/").text
    assert "Yes, if it likes boats." in page
    assert "In part word for word from The leaflet" in page
    assert "written by the team" in page


def test_the_ended_programme_names_its_successor(client, two_lights):
    page = read(client, "/programmes/herring-ledger/")
    assert "This programme has ended. Tidewatch succeeds it." in page.text
    assert ("Tidewatch", "/programmes/tidewatch/") in page.links


def test_the_source_calls_tidewatch_a_flagship(client, two_lights):
    assert "Flagship programme" in read(client, "/programmes/tidewatch/").text


def test_the_vacant_post_is_answered_by_its_deputy(client, two_lights):
    page = read(client, "/programmes/tidewatch/").text
    assert "Deputy Morwenna Tregear OBE Foghorn Officer (while the post is vacant)" in page


def test_the_vacant_post_is_shown_as_vacant(client, two_lights):
    assert "Vacant at present Foghorn Officer" in read(client, "/people/").text
    assert "Foghorn Officer (vacant at present)" in read(client, "/faq/").text


def test_people_outside_the_team_are_listed_beside_a_vacant_post(client, two_lights):
    page = read(client, "/people/").text
    assert "Bram Winkle" in page
    assert "Dr Osric Plume" in page


def test_a_university_names_its_own_contact(client, two_lights):
    page = read(client, "/partners/gannet-bay/")
    assert "Named contact Dr Osric Plume Master of Charts" in page.text
    assert ("Write to Dr Osric Plume", "/enquire/?partner=gannet-bay") in page.links
    assert ("osric.plume@example.org", "mailto:osric.plume@example.org") in page.links


@pytest.mark.parametrize(
    ("choice", "inside"),
    [
        ("programme=tidewatch&at=skerryport", "At University of Skerryport Bram Winkle"),
        ("programme=tidewatch&at=gannet-bay", "At Gannet Bay University Dr Osric Plume"),
        ("at=gannet-bay", "At Gannet Bay University Dr Osric Plume"),
    ],
)
def test_saying_where_i_am_leads_to_somebody_there(client, two_lights, choice, inside):
    assert inside in read(client, f"/contacts/?{choice}").text


def test_the_one_university_that_takes_part_is_named(client, two_lights):
    page = read(client, "/programmes/tidewatch/")
    assert ("Skerryport", "/partners/skerryport/") in page.links
    assert ("Gannet Bay", "/partners/gannet-bay/") not in page.links


def test_no_page_says_that_the_source_is_silent_where_it_speaks(client, two_lights):
    # It says who takes part in Tidewatch, and nothing of the Herring Ledger.
    assert "does not say which" not in read(client, "/programmes/tidewatch/").text
    assert "does not say which" in read(client, "/programmes/herring-ledger/").text


def test_no_mailbox_of_a_role_or_the_team_is_shown(pages):
    for address, html in pages.items():
        assert not re.search("(lighthouse|foghorn)@", html), address


def test_its_own_old_addresses_lead_on_and_no_others(client, two_lights):
    assert client.get("/herring.html").headers["Location"] == "/programmes/herring-ledger/"
    assert client.get("/FAQs/").status_code == 404


@pytest.mark.parametrize("address", ["/sitemap.xml", "/robots.txt", "/.well-known/security.txt"])
def test_no_file_for_programs_has_a_word_of_the_first_partnership(
    client, ours, two_lights, address
):
    said = client.get(address).content.decode()
    assert re.findall("|".join(ours), said) == []
