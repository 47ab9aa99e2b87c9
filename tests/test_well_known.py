"""The files that programs look for: robots.txt and security.txt, each read by a parser of its standard."""

import datetime

import pytest
from abnf.grammars.rfc9116 import Rule
from protego import Protego

from mi_site import views

from .site_map import addresses

pytestmark = pytest.mark.django_db

OURS = "https://www.ours.example"


@pytest.fixture(autouse=True)
def public_site(settings):
    settings.BASE_URL = OURS
    settings.SECURITY_CONTACT = ""


def text(client, address):
    response = client.get(address)
    assert response.status_code == 200
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    return response.content.decode()


# robots.txt


def test_robots_may_read_every_public_page(client):
    robots = Protego.parse(text(client, "/robots.txt"))
    files = ["/sitemap.xml", "/card.png", "/static/css/site.css", "/administrators/"]
    for address in [*addresses(), *files]:
        assert robots.can_fetch(f"{OURS}{address}", "anybody"), address


def test_robots_keep_out_of_the_admin(client):
    robots = Protego.parse(text(client, "/robots.txt"))
    for address in ("/admin/", "/admin/login/", "/admin/people/person/"):
        assert not robots.can_fetch(f"{OURS}{address}", "anybody")


def test_robots_are_shown_to_the_sitemap(client):
    [sitemap] = Protego.parse(text(client, "/robots.txt")).sitemaps
    assert sitemap == f"{OURS}/sitemap.xml"
    assert client.get("/sitemap.xml").status_code == 200


# security.txt


RULES = {
    "Contact": "contact-field",
    "Expires": "expires-field",
    "Preferred-Languages": "lang-field",
    "Canonical": "can-field",
}


def security(client):
    """Return the fields of security.txt, read by the grammar of RFC 9116."""
    file = text(client, "/.well-known/security.txt")
    Rule("unsigned").parse_all(file)
    # And each by the rule for it: the whole takes any name that it doesn't know.
    fields = [line.partition(": ") for line in file.splitlines()]
    for name, separator, value in fields:
        Rule(RULES[name]).parse_all(f"{name}{separator}{value}")
    found = {name: value for name, _, value in fields}
    assert len(found) == len(fields)
    return found


def test_it_says_whom_to_tell_for_how_long_and_where_it_stands(client):
    fields = security(client)
    assert set(fields) == {"Contact", "Expires", "Preferred-Languages", "Canonical"}
    assert fields["Canonical"] == f"{OURS}/.well-known/security.txt"
    assert fields["Preferred-Languages"] == "en"


def test_without_an_address_for_it_the_form_is_named(client):
    contact = security(client)["Contact"]
    assert contact == f"{OURS}/enquire/"
    assert client.get(contact.removeprefix(OURS)).status_code == 200


@pytest.mark.parametrize("contact", ["mailto:security@ours.example", f"{OURS}/tell-us?a=1&b=2"])
def test_the_address_of_the_settings_is_named(client, settings, contact):
    settings.SECURITY_CONTACT = contact
    assert security(client)["Contact"] == contact


def test_it_expires_within_a_year_of_the_start_and_not_when_asked(client, monkeypatch):
    today = datetime.datetime.now(datetime.UTC)
    expires = datetime.datetime.fromisoformat(security(client)["Expires"])
    assert 360 < (expires - today).days < 365
    monkeypatch.setattr(views, "STARTED_ON", datetime.date(2020, 1, 1))
    assert security(client)["Expires"] == "2020-12-30T00:00:00Z"


def test_its_older_address_leads_to_it(client):
    response = client.get("/security.txt")
    assert response.status_code == 301
    assert response["Location"] == "/.well-known/security.txt"


# Both


@pytest.mark.parametrize("address", ["/robots.txt", "/.well-known/security.txt"])
def test_a_text_file_is_asked_for_again_only_when_it_says_something_else(client, settings, address):
    first = client.get(address)
    assert first["Cache-Control"] == "public, no-cache"
    assert not first.cookies
    again = {"if-none-match": first["ETag"]}
    assert client.get(address, headers=again).status_code == 304
    settings.BASE_URL = "https://elsewhere.example"
    assert client.get(address, headers=again).status_code == 200


@pytest.mark.parametrize("address", ["/robots.txt", "/.well-known/security.txt", "/sitemap.xml"])
def test_nothing_but_reading_is_answered(client, address):
    assert client.head(address).status_code == 200
    assert client.post(address).status_code == 405
