import datetime

import pytest

from partners.models import Partner
from people.models import Person, Role

from .site_map import read

pytestmark = pytest.mark.django_db

TEAM = [
    "Dr Helen Turner",
    "Sue Clayton",
    "Sarah Alton",
    "Sarah Howells",
    "Alex Archibald",
    "Ellen McGhee",
]


def people_linked(page):
    return [words for words, address in page.links if address.startswith("/people/") and words]


def test_the_team_is_listed_in_the_sources_order_then_those_it_quotes(client):
    names = [name for name in people_linked(read(client, "/people/")) if name != "People"]
    assert names == [*TEAM, "Jiteen Ahmed", "Dr Kelly Vere MBE"]


def test_names_sort_by_family_name():
    assert [person.family_name for person in Person.objects.all()] == [
        "Ahmed",
        "Alton",
        "Archibald",
        "Clayton",
        "Howells",
        "McGhee",
        "Turner",
        "Vere",
    ]


def test_title_and_honours_surround_the_name():
    person = Person.objects.get(slug="kelly-vere")
    assert str(person) == "Dr Kelly Vere MBE"
    assert person.name == "Kelly Vere"


def test_the_team_is_listed_from_the_roles(client):
    Role.objects.filter(slug="mi-director").update(holder=Person.objects.get(slug="kelly-vere"))
    for address in ("/people/", "/faq/", "/contacts/"):
        assert "Dr Helen Turner" not in read(client, address).text.split("Also quoted")[0], address
    assert "Dr Kelly Vere MBE, MI Director" in read(client, "/faq/").text


def test_a_vacant_role_shows_as_vacant(client):
    Role.objects.filter(slug="mi-director").update(holder=None)
    assert "Vacant at present MI Director" in read(client, "/people/").text
    assert "Vacant at present MI Director" in read(client, "/contacts/").text
    assert "MI Director (vacant at present)" in read(client, "/faq/").text


def test_a_vacancy_hides_nobody_else(client):
    Role.objects.filter(slug="mi-director").update(holder=None)
    names = people_linked(read(client, "/people/"))
    assert {"Sue Clayton", "Jiteen Ahmed", "Dr Kelly Vere MBE", "Dr Helen Turner"} <= set(names)


def test_somebody_who_is_not_public_holds_no_role_that_visitors_see(client):
    Person.objects.filter(slug="helen-turner").update(is_published=False)
    page = read(client, "/people/").text
    assert "Helen Turner" not in page
    assert "Not named here MI Director" in page


# Their own page


def test_detail_names_the_roles_and_where_they_are(client):
    page = read(client, "/people/kelly-vere/")
    assert page.words["h1"] == ["Dr Kelly Vere MBE"]
    assert "University Director of Technical Strategy, University of Nottingham" in page.text
    assert ("University of Nottingham", "/partners/nottingham/") in page.links


def test_both_roles_of_jiteen_ahmed_are_named(client):
    page = read(client, "/people/jiteen-ahmed/").text
    assert "Head of Technical Service, Aston University" in page
    assert "Commissioner, TALENT Commission" in page


def test_the_team_is_hosted_at_nottingham_and_does_not_work_for_it(client):
    page = read(client, "/people/helen-turner/")
    assert "MI Director" in page.text
    assert "/partners/nottingham/" not in dict(page.links).values()
    assert "Helen Turner" not in read(client, "/partners/nottingham/").text


@pytest.mark.parametrize("person", ["helen-turner", "jiteen-ahmed"])
def test_a_person_without_an_address_says_that_none_is_published(client, person):
    page = read(client, f"/people/{person}/")
    assert "E-mail None is published" in page.text
    assert "Telephone None is published" in page.text
    assert not [address for _, address in page.links if address.startswith(("mailto:", "tel:"))]


def test_whatever_is_known_of_a_person_is_shown(client):
    Person.objects.filter(slug="helen-turner").update(
        email="helen@example.org",
        telephone="0115 496 0000",
        orcid="0000-0002-1825-0097",
        biography="<p>She keeps bees.</p>",
    )
    page = read(client, "/people/helen-turner/")
    assert ("helen@example.org", "mailto:helen@example.org") in page.links
    assert ("0000-0002-1825-0097", "https://orcid.org/0000-0002-1825-0097") in page.links
    assert "0115 496 0000" in page.text
    assert "She keeps bees." in page.text
    assert "None is published" not in page.text


def test_a_person_without_an_address_is_reached_by_the_form(client):
    page = read(client, "/people/alex-archibald/")
    assert ("Write to Alex Archibald", "/enquire/?person=alex-archibald") in page.links
    assert "Directly Alex Archibald MI Health Manager Write to Alex Archibald" in page.text
    assert "/people/alex-archibald/" not in dict(page.links).values()


def test_a_person_with_an_address_can_be_written_to_there_too(client):
    Person.objects.filter(slug="alex-archibald").update(email="alex@example.org")
    links = read(client, "/people/alex-archibald/").links
    assert ("Write to Alex Archibald", "/enquire/?person=alex-archibald") in links
    assert ("alex@example.org", "mailto:alex@example.org") in links


def test_somebody_away_is_reached_by_their_deputy(client):
    Role.objects.filter(slug="mi-health-manager").update(
        away_until=datetime.date(2030, 1, 1), deputy=Person.objects.get(slug="sue-clayton")
    )
    page = read(client, "/people/alex-archibald/")
    assert "Deputy Sue Clayton MI Health Manager (while Alex Archibald is away)" in page.text
    assert ("Write to Sue Clayton", "/enquire/?person=alex-archibald") in page.links


def test_somebody_quoted_is_quoted_in_their_role_of_then(client):
    page = read(client, "/people/jiteen-ahmed/")
    [said] = page.words["figure"]
    assert said.startswith("Midlands Innovation nationally champions the critical role")
    assert said.endswith("Head of Technical Service, Aston University")


def test_a_role_names_no_partner_that_is_not_public(client):
    Partner.objects.filter(slug="aston").update(is_published=False)
    page = read(client, "/people/jiteen-ahmed/")
    assert "/partners/aston/" not in dict(page.links).values()


def test_a_person_without_a_role_still_has_a_page(client):
    Role.objects.all().delete()
    page = read(client, "/people/helen-turner/")
    assert page.words["h1"] == ["Dr Helen Turner"]
    assert page.description == "Dr Helen Turner. Midlands Innovation."
    assert "The Midlands Innovation team" in page.text
    assert "No member of the team is public yet." in read(client, "/people/").text
