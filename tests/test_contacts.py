"""The table of contacts: one bar a row, and a cell only where a cell is known."""

import pytest

from pages import matrix
from partners.models import Partner
from people.models import Person, Role
from programmes.models import Participation, Programme

pytestmark = pytest.mark.django_db


def cells(slug):
    programme = Programme.objects.get(slug=slug)
    return matrix.cells([programme], list(Partner.objects.public()))[programme]


def shape(slug):
    return [(cell.state, cell.span) for cell in cells(slug)]


def test_a_programme_of_all_is_one_solid_bar_in_the_sources_words():
    [cell] = cells("equipment-sharing")
    assert (cell.state, cell.span) == (matrix.KNOWN, 8)
    assert cell.phrase == "equipment owned by each of the MI partner universities"


def test_a_programme_of_which_the_source_says_nothing_is_one_open_bar():
    assert shape("micra") == [(matrix.OPEN, 8)]


def test_eras_phrase_stands_over_an_open_bar():
    [cell] = cells("era")
    assert (cell.state, cell.phrase) == (matrix.OPEN, "at the Midlands Innovation universities")


def test_the_bar_breaks_where_a_university_names_its_lead():
    lead = Role.objects.create(
        title="Lead",
        slug="lead",
        holder=Person.objects.get(slug="sue-clayton"),
        is_published=True,
    )
    Participation.objects.filter(programme__slug="equipment-sharing", partner__slug="keele").update(
        lead=lead
    )
    assert shape("equipment-sharing") == [(matrix.KNOWN, 3), (matrix.LEAD, 1), (matrix.KNOWN, 4)]


def test_a_lead_who_is_not_public_breaks_no_bar():
    lead = Role.objects.create(title="Lead", slug="lead", is_published=True)
    Participation.objects.filter(partner__slug="keele").update(lead=lead)
    assert shape("equipment-sharing") == [(matrix.KNOWN, 8)]


def test_one_university_that_takes_part_has_a_cell_of_its_own():
    era, keele = Programme.objects.get(slug="era"), Partner.objects.get(slug="keele")
    Participation.objects.create(programme=era, partner=keele)
    assert shape("era") == [(matrix.OPEN, 3), (matrix.KNOWN, 1), (matrix.OPEN, 4)]


def test_every_row_spans_all_universities(client):
    programmes, partners = list(Programme.objects.all()), list(Partner.objects.all())
    for row in matrix.cells(programmes, partners).values():
        assert sum(cell.span for cell in row) == 8


def test_the_page_says_what_is_wrong_with_a_choice_and_keeps_the_rest(client):
    page = client.get("/contacts/?programme=mi-health&at=atlantis").content.decode()
    assert "This is not in the list. Choose one, or leave it open." in page
    assert '<option value="mi-health" selected>' in page
