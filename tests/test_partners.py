import pytest

from partners.models import Partner
from people.models import Person, Role
from programmes.models import Participation, Programme

from .site_map import read

pytestmark = pytest.mark.django_db

PARTNERS = {
    "aston": "Aston University",
    "birmingham": "University of Birmingham",
    "cranfield": "Cranfield University",
    "keele": "Keele University",
    "leicester": "University of Leicester",
    "loughborough": "Loughborough University",
    "nottingham": "University of Nottingham",
    "warwick": "University of Warwick",
}


def each_partner():
    return pytest.mark.parametrize("slug", PARTNERS)


def programmes_of(page):
    """Return the programmes that the page of a partner names as its own."""
    [section] = [words for words in page.words["section"] if words.startswith("Programmes ")]
    return {str(programme) for programme in Programme.objects.all() if str(programme) in section}


def test_the_eight_are_listed_by_their_names(client):
    links = [link for link in read(client, "/partners/").links if link[1].startswith("/partners/")]
    assert links[-8:] == [(name, f"/partners/{slug}/") for slug, name in PARTNERS.items()]


@each_partner()
def test_a_partner_has_its_name_its_place_and_its_website(client, slug):
    page, partner = read(client, f"/partners/{slug}/"), Partner.objects.get(slug=slug)
    assert page.words["h1"] == [PARTNERS[slug]]
    assert f"City {partner.city}" in page.text
    addresses = dict(page.links).values()
    assert partner.website in addresses
    assert partner.ror in addresses


@each_partner()
def test_a_partner_belongs_to_nothing_that_the_source_does_not_say(client, slug):
    page = read(client, f"/partners/{slug}/")
    assert programmes_of(page) <= {"TALENT", "Equipment sharing scheme"}
    for programme in Programme.objects.exclude(slug__in=["talent", "equipment-sharing"]):
        assert programme.get_absolute_url() not in dict(page.links).values(), programme
    assert "MICRA" not in page.text
    assert "Energy Research Accelerator" not in page.text
    assert "MI Health" not in page.text


@each_partner()
def test_a_partner_has_what_is_said_of_all(client, slug):
    page = read(client, f"/partners/{slug}/").text
    assert "founding signatories of the Technician Commitment" in page
    assert "All partners in the partnership contribute equally" in page


@each_partner()
def test_a_partner_that_names_no_contact_leads_to_its_own_director_of_research(client, slug):
    page = read(client, f"/partners/{slug}/").text
    assert "The Midlands Innovation team" in page
    assert "Director of Research or your PVC for Research" in page


def test_a_partner_that_names_a_contact_leads_to_them(client):
    role = Role.objects.get(slug="head-of-technical-service")
    Partner.objects.filter(slug="aston").update(contact=role)
    page = read(client, "/partners/aston/").text
    assert "Named contact Jiteen Ahmed Head of Technical Service" in page


def test_a_partner_names_those_who_work_there(client):
    assert "Dr Kelly Vere MBE" in read(client, "/partners/nottingham/").text
    assert "Jiteen Ahmed" in read(client, "/partners/aston/").text
    assert "Nobody is named here yet." in read(client, "/partners/keele/").text


def test_a_role_of_somebody_who_is_not_public_shows_as_not_named(client):
    Person.objects.filter(slug="kelly-vere").update(is_published=False)
    page = read(client, "/partners/nottingham/").text
    assert "Kelly Vere" not in page
    assert "Not named here University Director of Technical Strategy" in page


def test_only_nottingham_hosts_the_team(client):
    hosted = "hosted on behalf of the partnership at the University of Nottingham"
    pages = {slug: read(client, f"/partners/{slug}/").text for slug in PARTNERS}
    assert [slug for slug, page in pages.items() if hosted in page] == ["nottingham"]


def test_a_programme_without_words_on_who_takes_part_is_quoted_by_none(client):
    transport, keele = Programme.objects.get(slug="transport"), Partner.objects.get(slug="keele")
    Participation.objects.create(programme=transport, partner=keele)
    page = read(client, "/partners/keele/")
    assert str(transport) in programmes_of(page)
    assert "“”" not in page.text


def test_a_partner_that_is_not_public_is_not_found(client):
    Partner.objects.filter(slug="keele").update(is_published=False)
    assert client.get("/partners/keele/").status_code == 404
    assert "/partners/keele/" not in dict(read(client, "/partners/").links).values()
    assert "Keele University" not in read(client, "/contacts/").text
