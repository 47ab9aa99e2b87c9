"""Contact cards, read by a parser that is not ours: vobject, which knows vCard 3.0 and reads 4.0."""

import re
from datetime import UTC, date, datetime

import pytest
import vobject
from django.conf import settings

from pages import vcards
from partners.models import Partner, Partnership
from people.models import Person, Role

from .site_map import read

pytestmark = pytest.mark.django_db


def lines_of(client, slug):
    """Return the lines of a card as they are sent, without their ends."""
    text = client.get(f"/people/{slug}.vcf").content.decode()
    assert text.endswith("\r\n")
    return text[:-2].split("\r\n")


def card_of(client, slug):
    [card] = vobject.readComponents(client.get(f"/people/{slug}.vcf").content.decode())
    return card


def write(slug, **fields):
    Person.objects.filter(slug=slug).update(**fields)


def test_every_public_person_has_a_card(client):
    for person in Person.objects.public():
        card = card_of(client, person.slug)
        assert card.fn.value == str(person)
        assert card.version.value == "4.0"
        assert card.kind.value == "individual"


def test_a_card_is_a_file_to_save(client):
    response = client.get("/people/helen-turner.vcf")
    assert response["Content-Type"] == "text/vcard; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="helen-turner.vcf"'


def test_a_page_links_its_card(client):
    page = read(client, "/people/helen-turner/")
    assert ("Save as contact card (vCard)", "/people/helen-turner.vcf") in page.links
    alternate = [a for tag, a in page.elements if tag == "link" and a.get("type") == "text/vcard"]
    assert [a["href"] for a in alternate] == ["/people/helen-turner.vcf"]


def test_a_name_has_its_parts_title_and_honours(client):
    name = card_of(client, "kelly-vere").n.value
    assert (name.prefix, name.given, name.family, name.suffix) == ("Dr", "Kelly", "Vere", "MBE")


def test_a_role_stands_with_its_university(client):
    card = card_of(client, "kelly-vere")
    assert card.title.value == "University Director of Technical Strategy"
    assert card.org.value == ["University of Nottingham"]


def test_the_team_belongs_to_the_partnership(client):
    card = card_of(client, "helen-turner")
    assert (card.title.value, card.org.value) == ("MI Director", ["Midlands Innovation"])


def test_each_of_two_roles_is_tied_to_its_own_university(client):
    card = card_of(client, "jiteen-ahmed")
    titles = {title.group: title.value for title in card.title_list}
    organisations = {organisation.group: organisation.value for organisation in card.org_list}
    assert titles == {
        "role1": "Head of Technical Service",
        "role2": "Commissioner, TALENT Commission",
    }
    assert organisations == {"role1": ["Aston University"]}


def test_a_role_or_university_that_is_not_public_is_not_on_it(client):
    Partner.objects.filter(slug="nottingham").update(is_published=False)
    assert "org" not in card_of(client, "kelly-vere").contents
    Role.objects.update(is_published=False)
    assert "title" not in card_of(client, "kelly-vere").contents


def test_a_card_names_its_page_and_itself(client):
    card = card_of(client, "helen-turner")
    page = f"{settings.BASE_URL}/people/helen-turner/"
    assert card.url.value == page
    assert card.uid.value == f"{page}#person"
    assert card.source.value == f"{settings.BASE_URL}/people/helen-turner.vcf"


def test_a_card_says_when_what_it_shows_was_last_changed(client):
    write("helen-turner", changed_at=datetime(2027, 7, 1, 12, 30, tzinfo=UTC))
    assert card_of(client, "helen-turner").rev.value == "20270701T123000Z"
    Role.objects.filter(slug="mi-director").update(
        changed_at=datetime(2027, 7, 2, 0, 0, 1, tzinfo=UTC)
    )
    assert card_of(client, "helen-turner").rev.value == "20270702T000001Z"


# How to reach somebody


def test_without_an_address_a_card_has_the_form_that_reaches_them(client):
    card = card_of(client, "helen-turner")
    assert "email" not in card.contents
    assert "tel" not in card.contents
    form = f"{settings.BASE_URL}/enquire/?person=helen-turner"
    assert card.contact_uri.value == form
    first, *others = card.note.value.split("\n")
    assert first == f"Write to Dr Helen Turner: {form}"
    assert "either your Director of Research or your PVC for Research" in card.note.value
    shown = read(client, "/people/helen-turner/").text
    assert [words for words in others if words.rstrip(":") not in shown] == []


def test_a_card_leads_to_the_deputy_of_somebody_away_or_else_to_the_team(client):
    director = Role.objects.get(slug="mi-director")
    director.away_until = date(2030, 1, 1)
    director.save()
    assert card_of(client, "helen-turner").note.value.startswith("Write to the team: ")
    director.deputy = Person.objects.get(slug="sue-clayton")
    director.save()
    assert card_of(client, "helen-turner").note.value.startswith("Write to Sue Clayton: ")


def test_a_public_address_takes_the_place_of_the_route(client):
    write("helen-turner", email="helen@example.org", telephone="0115 496 0000")
    card = card_of(client, "helen-turner")
    assert card.email.value == "helen@example.org"
    assert card.tel.value == "0115 496 0000"
    assert "note" not in card.contents
    assert "contact-uri" not in card.contents


def test_no_mailbox_is_on_a_card(client):
    Role.objects.update(mailbox="role@example.org")
    Partnership.objects.update(mailbox="team@example.org")
    for person in Person.objects.public():
        assert "@example.org" not in "".join(lines_of(client, person.slug))


def test_a_card_stands_without_a_partnership(client):
    Partnership.objects.all().delete()
    assert card_of(client, "helen-turner").fn.value == "Dr Helen Turner"


# Who has none, and how fresh it is


def test_somebody_who_is_not_public_has_no_card(client):
    write("helen-turner", is_published=False)
    assert client.get("/people/helen-turner.vcf").status_code == 404
    assert client.get("/people/nobody.vcf").status_code == 404


def test_a_card_is_sent_again_only_when_it_is_another(client, monkeypatch):
    before = {"if-none-match": client.get("/people/helen-turner.vcf")["ETag"]}
    assert client.get("/people/helen-turner.vcf", headers=before).status_code == 304
    # As after a release that writes cards otherwise, of content that has not moved.
    monkeypatch.setattr(vcards, "vcard", lambda *_: "BEGIN:VCARD\r\nEND:VCARD\r\n")
    assert client.get("/people/helen-turner.vcf", headers=before).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_a_change_is_on_the_card_at_once(client, committing_db):
    before = client.get("/people/helen-turner.vcf")["ETag"]
    write("helen-turner", family_name="Turner-Smith")
    after = client.get("/people/helen-turner.vcf", headers={"if-none-match": before})
    assert after.status_code == 200
    assert "Turner-Smith" in after.content.decode()


# As it is written (RFC 6350)


HOSTILE = [
    "Smith, Jones; and \\ sons",
    "Line\nEMAIL:evil@example.org",
    "Line\r\nEMAIL:evil@example.org",
    "Line\rEMAIL:evil@example.org",
    "Line\x0b\x0c\x1c\x85EMAIL:evil@example.org",
    "Line\u2028EMAIL:evil@example.org\u2029",
    "\\nEMAIL:evil@example.org",
    "👩🏽‍🔬 Dr 🇬🇧",
    "\u202e\u05de\u05d5\u05dc\u05e9\u202c",  # from right to left, and told to run the other way
    "ш" * 100,
    "é" * 37 + "👩" * 12,
    "a\tb\x1b[2J\x7f",
]


@pytest.mark.parametrize("words", HOSTILE, ids=ascii)
def test_no_name_can_break_a_card(client, words):
    write("kelly-vere", family_name=words, title="Dr, Prof;", given_name="", honours="")
    Role.objects.filter(holder__slug="kelly-vere").update(title=words)
    card = card_of(client, "kelly-vere")
    shown = "\n".join(
        "".join(re.findall(r"[^\x00-\x1f\x7f-\x9f]", line)) for line in words.splitlines()
    )
    assert card.n.value.family == shown
    assert card.n.value.prefix == "Dr, Prof;"
    assert card.title.value == shown
    assert "email" not in card.contents
    names = [re.match(r"[\w.-]*", line)[0] for line in unfolded(lines_of(client, "kelly-vere"))]
    assert len(names) == len(set(names))  # nothing came twice


def unfolded(lines):
    return "\r\n".join(lines).replace("\r\n ", "").split("\r\n")


@pytest.mark.parametrize("words", HOSTILE, ids=ascii)
def test_lines_are_short_and_whole_characters(client, words):
    write("kelly-vere", family_name=words)
    raw = client.get("/people/kelly-vere.vcf").content
    for line in raw.split(b"\r\n"):
        assert len(line) <= 75
        assert b"\r" not in line
        assert b"\n" not in line
        line.decode()  # a torn character is an error


def test_folding_uses_all_the_room_there_is():
    folded = vcards.fold("x" * 75 + "y" * 74 + "z")
    assert folded.split("\r\n") == ["x" * 75, " " + "y" * 74, " z"]


def test_a_card_begins_and_ends_as_it_must(client):
    lines = lines_of(client, "helen-turner")
    assert lines[:2] == ["BEGIN:VCARD", "VERSION:4.0"]
    assert lines[-1] == "END:VCARD"
