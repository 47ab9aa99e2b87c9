"""The walks through the house, end to end."""

import pytest

from programmes.models import Programme
from publishing import workflow

from .desk import publish
from .site_map import read, text_of

pytestmark = pytest.mark.django_db


def follow(client, page, words):
    """Follow the first link of ``page`` with these words."""
    return read(client, next(address for name, address in page.links if name == words))


def test_what_staff_publish_is_what_visitors_read_next(client, admin_client):
    summary = "ERA warms the Midlands with a very large kettle."
    places = ["/", "/programmes/"]
    assert not any(summary in read(client, place).text for place in places)

    publish(admin_client, Programme.objects.get(slug="era"), summary=summary)

    for place in places:
        assert summary in read(client, place).text, place
    assert read(client, "/programmes/era/").description == summary


def test_a_new_name_is_on_every_page_that_names_it(client, admin_client):
    places = [
        "/",
        "/programmes/",
        "/contacts/",
        "/topics/energy/",
        "/programmes/era-skills/",
        "/x/",
    ]
    publish(admin_client, Programme.objects.get(slug="era"), name="The Kettle", short_name="Kettle")
    for place in places:
        page = text_of(client.get(place).content.decode())
        assert "Kettle" in page, place
    assert read(client, "/programmes/era/").words["h1"] == ["The Kettle"]


def test_what_staff_take_down_is_gone_for_the_next_visitor(client, admin_client):
    era = Programme.objects.get(slug="era")
    workflow.take_down(era, None, expected=workflow.latest(era), reason="It has ended.")
    gone = client.get("/programmes/era/")
    assert gone.status_code == 410
    assert "It has ended." in gone.content.decode()
    assert "/programmes/era/" not in dict(read(client, "/programmes/").links).values()
    publish(admin_client, era, summary="ERA is back.")
    assert client.get("/programmes/era/").status_code == 200
    assert "ERA is back." in read(client, "/programmes/").text


def test_a_researcher_reaches_the_health_manager_in_three_links(client):
    page = read(client, "/")
    for words in ("Programmes", "Midlands Innovation Health MI Health", "Alex Archibald"):
        page = follow(client, page, words)
    assert page.words["h1"] == ["Alex Archibald"]
    assert "MI Health Manager" in page.text


def test_a_researcher_reaches_the_health_manager_from_a_topic(client):
    page = read(client, "/")
    for words in ("Topics", "Health", "Midlands Innovation Health", "Alex Archibald"):
        page = follow(client, page, words)
    assert page.words["h1"] == ["Alex Archibald"]


def test_somebody_at_keele_is_told_whom_to_ask_there(client):
    page = read(client, "/contacts/?at=keele")
    assert "At Keele University" in page.text
    assert "Director of Research or your PVC for Research" in page.text
    assert "Inside your own university" not in page.text


def test_somebody_at_keele_who_asks_about_health_is_told_of_both(client):
    page = read(client, "/contacts/?programme=mi-health&at=keele")
    assert "Named contact Alex Archibald MI Health Manager" in page.text
    assert "At Keele University" in page.text
    chosen = [a["value"] for tag, a in page.elements if tag == "option" and "selected" in a]
    assert chosen == ["mi-health", "keele"]


def test_a_visitor_who_chooses_nothing_still_gets_the_general_route(client):
    page = read(client, "/contacts/?programme=&at=")
    assert "The Midlands Innovation team" in page.text
    assert not [a for _, a in page.elements if a.get("aria-invalid")]


def test_a_slip_in_the_address_leads_on_to_the_programme(client):
    response = client.get("/programme/era/")
    assert response.status_code == 404
    page = text_of(response.content.decode())
    assert "Energy Research Accelerator" in page
