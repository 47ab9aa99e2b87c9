import datetime
import re

import pytest

from partners.models import Partner
from people.models import Person, Role
from programmes.models import Figure, Participation, Programme

from .site_map import Reading, read

pytestmark = pytest.mark.django_db


def change(slug, **fields):
    Programme.objects.filter(slug=slug).update(**fields)


# Whom to ask


def test_detail_names_the_contact(client):
    page = read(client, "/programmes/mi-health/")
    assert "Named contact Alex Archibald MI Health Manager" in page.text
    assert "Chosen by the team" in page.text


def test_detail_without_a_contact_offers_the_team_route(client):
    page = read(client, "/programmes/era/")
    assert "The Midlands Innovation team No single contact is named for ERA." in page.text
    assert "Director of Research or your PVC for Research" in page.text


def test_while_the_contact_is_away_the_deputy_answers(client):
    Role.objects.filter(slug="mi-health-manager").update(
        away_until=datetime.date(2030, 1, 1), deputy=Person.objects.get(slug="sue-clayton")
    )
    page = read(client, "/programmes/mi-health/").text
    assert "Deputy Sue Clayton MI Health Manager (while Alex Archibald is away)" in page
    assert "2030" not in page


def test_a_vacant_contact_is_said_to_be_vacant(client):
    Role.objects.filter(slug="mi-health-manager").update(holder=None)
    page = read(client, "/programmes/mi-health/").text
    assert "MI Health Manager: vacant at present." in page
    assert "The Midlands Innovation team" in page


def test_whoever_covers_a_programme_is_said_to_be_the_nearest_role(client):
    Role.objects.get(slug="mi-director").remit_programmes.add(Programme.objects.get(slug="era"))
    assert "Nearest role Dr Helen Turner MI Director" in read(client, "/programmes/era/").text


# Public or not


def test_a_draft_programme_is_not_found(client):
    change("era", is_published=False)
    assert client.get("/programmes/era/").status_code == 404


def test_a_part_does_not_name_a_draft_that_it_is_part_of(client):
    assert "Part of" in read(client, "/programmes/era-skills/").words["h2"]
    change("era", is_published=False)
    assert "Part of" not in read(client, "/programmes/era-skills/").words["h2"]


def test_with_no_programme_public_the_list_says_so(client):
    Programme.objects.update(is_published=False)
    assert "No programme is public yet." in read(client, "/programmes/").text


# Order, and what it is called


def test_list_puts_flagships_first(client):
    page = read(client, "/programmes/")
    listed = [address for _, address in page.links if address.startswith("/programmes/")]
    places = {slug: listed.index(f"/programmes/{slug}/") for slug in ("era", "space", "c-dice")}
    assert places["era"] < places["space"] < places["c-dice"]


@pytest.mark.parametrize("address", ["/", "/programmes/", "/contacts/", "/x/"])
def test_programmes_stand_in_the_order_that_staff_give(client, address):
    change("c-dice", kind="flagship", order=0)
    change("era", kind="shared", order=99)
    page = Reading(client.get(address).content.decode())
    listed = [
        link for _, link in page.links if link.startswith("/programmes/") and link != "/programmes/"
    ]
    assert listed[0] == "/programmes/c-dice/"
    assert listed[-1] == "/programmes/era/"


@pytest.mark.parametrize("address", ["/", "/programmes/", "/contacts/", "/x/"])
def test_every_programme_is_listed(client, address):
    html = client.get(address).content.decode()
    for programme in Programme.objects.all():
        assert f'href="{programme.get_absolute_url()}"' in html, programme


@pytest.mark.parametrize("slug", ["era", "talent", "mi-health"])
def test_what_the_source_calls_a_flagship_is_one_on_its_page(client, slug):
    assert "Flagship programme" in read(client, f"/programmes/{slug}/").words["p"]


@pytest.mark.parametrize("slug", ["micra", "transport", "space"])
def test_what_the_source_does_not_call_a_flagship_is_none_on_its_page(client, slug):
    assert "flagship" not in read(client, f"/programmes/{slug}/").text.lower()


def test_a_short_name_stands_beside_the_name_unless_it_is_in_it(client):
    assert read(client, "/programmes/era/").words["h1"] == ["Energy Research Accelerator ERA"]
    assert read(client, "/programmes/c-dice/").words["h1"] == ["C-DICE"]
    space = read(client, "/programmes/space/")
    assert space.words["h1"] == ["Midlands Innovation Space Group"]


# The text


@pytest.mark.parametrize(
    "slug", ["era", "talent", "mi-health", "micra", "transport", "space", "c-dice", "era-skills"]
)
def test_nothing_of_the_text_is_printed_twice(client, slug):
    programme = Programme.objects.get(slug=slug)
    page = read(client, f"/programmes/{slug}/").text
    assert page.count(programme.summary) == 1


def test_the_first_sentence_leads(client):
    page = read(client, "/programmes/space/")
    first = "The space sector is an important contributor to the UK Economy"
    assert any(words.startswith(first) for words in page.words["p"])
    assert page.text.count(first) == 1


def test_text_that_is_due_for_review_says_so(client):
    assert "Written some time ago." in read(client, "/programmes/era/").text
    change("era", is_overdue=False)
    assert "Written some time ago." not in read(client, "/programmes/era/").text


def test_markup_outside_the_allow_list_is_not_printed(client):
    change("era", body='<p onclick="x()">One. <script>x()</script>Two.</p>', summary="<b>One.</b>")
    html = client.get("/programmes/era/").content.decode() + client.get("/").content.decode()
    assert "onclick" not in html
    assert html.count("<script") == html.count('<script type="application/ld+json">')
    assert "x()" not in html
    assert "<b>" not in html


# What became of it


def test_an_ended_programme_names_its_successor(client):
    change("micra", state="ended", succeeded_by=Programme.objects.get(slug="era"))
    page = read(client, "/programmes/micra/")
    assert "This programme has ended. Energy Research Accelerator succeeds it." in page.text


def test_an_ended_programme_names_no_successor_that_is_a_draft(client):
    change("micra", state="ended", succeeded_by=Programme.objects.get(slug="era"))
    change("era", is_published=False)
    page = read(client, "/programmes/micra/").text
    assert "This programme has ended." in page
    assert "succeeds it" not in page


def test_nothing_is_said_to_have_ended_where_the_source_is_silent(client):
    for programme in Programme.objects.all():
        assert "has ended" not in read(client, programme.get_absolute_url()).text


# Figures


def shown(page, figure):
    """Return all that a page says of one figure."""
    around = [words for words in page.words["div"] if figure.counts in words]
    return min((words for words in around if figure.as_written in words), key=len)


@pytest.mark.parametrize("slug", ["era-facilities", "technicians-in-the-community"])
def test_a_figure_says_how_old_it_is(client, slug):
    figure = Figure.objects.get(slug=slug)
    for address in ("/figures/", figure.programme.get_absolute_url()):
        words = shown(read(client, address), figure)
        assert ("Undated in the source" in words) == (not figure.as_of)
        assert figure.as_of in words


def test_an_aim_is_called_one_and_nothing_else_is(client):
    page = read(client, "/figures/")
    for figure in Figure.objects.all():
        is_aim = figure.kind == Figure.Kind.AIM
        assert bool(re.search(r"\bAim\b", shown(page, figure))) == is_aim, figure
        assert figure.aim_of in shown(page, figure), figure


def test_an_aim_is_called_one_on_the_page_of_its_programme(client):
    for figure in Figure.objects.filter(kind=Figure.Kind.AIM).exclude(programme=None):
        words = shown(read(client, figure.programme.get_absolute_url()), figure)
        assert re.search(r"\bAim\b", words), figure


def test_an_aim_is_never_shown_as_an_achievement(client):
    sections = read(client, "/figures/").words["section"]
    [done] = [words for words in sections if words.startswith("Done and counted")]
    [aims] = [words for words in sections if words.startswith("Aims")]
    for figure in Figure.objects.all():
        said = re.escape(figure.counts) + r"\b(?! of)"
        assert bool(re.search(said, done)) == (figure.kind == Figure.Kind.ACHIEVEMENT), figure
        assert bool(re.search(said, aims)) == (figure.kind == Figure.Kind.AIM), figure


# Links


def test_a_lost_link_is_said_to_be_lost(client):
    page = read(client, "/programmes/equipment-sharing/")
    assert "Details of the equipment available The source has lost this link" in page.text
    assert "Details of the equipment available" not in [words for words, _ in page.links]


@pytest.mark.parametrize(
    ("slug", "handle"), [("talent", "@MI_TechTALENT"), ("c-dice", "@CentreDice")]
)
def test_a_handle_is_shown_and_leads_nowhere(client, slug, handle):
    page = read(client, f"/programmes/{slug}/")
    assert f"Social media {handle}" in page.text
    assert not [words for words, address in page.links if handle in f"{words} {address}"]


def test_a_website_is_a_link(client):
    links = read(client, "/programmes/c-dice/").links
    assert ("Website", "https://www.cdice.ac.uk/") in links


# Who takes part


def test_who_takes_part_is_said_in_the_sources_words(client):
    page = read(client, "/programmes/mi-health/")
    assert "“seven Midlands Innovation universities”" in page.text
    partners = {partner.get_absolute_url() for partner in Partner.objects.all()}
    assert not partners & {address for _, address in page.links}


def test_silence_about_who_takes_part_is_said_to_be_silence(client):
    page = read(client, "/programmes/transport/")
    assert "The source does not say which universities." in page.text
    assert not [address for _, address in page.links if address.startswith("/partners/k")]


def test_all_eight_are_named_where_the_source_says_all(client):
    links = dict(read(client, "/programmes/equipment-sharing/").links)
    assert all(links[p.short_name] == p.get_absolute_url() for p in Partner.objects.all())


def test_nobody_is_named_below_the_words_that_nobody_is(client):
    transport, keele = Programme.objects.get(slug="transport"), Partner.objects.get(slug="keele")
    Participation.objects.create(programme=transport, partner=keele)
    page = read(client, "/programmes/transport/")
    assert ("Keele", "/partners/keele/") in page.links
    assert "The source does not say which universities." not in page.text


# What people say


def test_a_testimonial_stands_with_its_person_and_role(client):
    page = read(client, "/programmes/talent/")
    said = "Dr Kelly Vere MBE, University Director of Technical Strategy, University of Nottingham"
    assert said in page.text
    assert "The roles that technicians do, usually behind the scenes" in page.text
    assert ("Dr Kelly Vere MBE", "/people/kelly-vere/") in page.links


def test_a_part_and_its_whole_lead_to_each_other(client):
    assert ("ERA Skills", "/programmes/era-skills/") in read(client, "/programmes/era/").links
    links = read(client, "/programmes/era-skills/").links
    assert ("Energy Research Accelerator", "/programmes/era/") in links


def test_a_part_that_has_parts_still_names_what_it_is_part_of(client):
    change("c-dice", parent=Programme.objects.get(slug="era-skills"))
    links = read(client, "/programmes/era-skills/").links
    assert ("C-DICE", "/programmes/c-dice/") in links
    assert ("Energy Research Accelerator", "/programmes/era/") in links
