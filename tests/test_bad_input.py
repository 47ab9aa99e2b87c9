"""Whatever is asked of the site, it answers, and helps: a page, 404 or 400, but never 500."""

import re
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.test import Client

from programmes.models import Programme

from .site_map import addresses, read, text_of

pytestmark = pytest.mark.django_db

NOT_FOUND = {
    "an unknown page": "/nowhere/",
    "an unknown programme": "/programmes/alchemy/",
    "an unknown partner": "/partners/atlantis/",
    "an unknown person": "/people/nobody/",
    "an unknown topic": "/topics/dragons/",
    "an unknown source": "/sources/hearsay/",
    "an unknown enquiry": "/enquire/0000000000/",
    "an answer to an unknown enquiry": "/enquire/0000000000/answered/",
    "a NUL as an enquiry": "/enquire/%00/",
    "a number": "/programmes/1/",
    "an upper case slug": "/programmes/ERA/",
    "an odd file": "/wp-login.php",
    "a NUL": "/programmes/era%00/",
    "a NUL as a page": "/%00/",
    "half a character": "/programmes/%c3%28/",
    "no character": "/%ff/",
    "a way up": "/programmes/../../etc/passwd",
    "a hidden way up": "/programmes/%2e%2e/%2e%2e/etc/passwd",
    "double slashes": "/programmes//era/",
    "double slashes first": "//programmes/era/",
    "backslashes": "/programmes\\era\\",
    "writing from right to left": "/programmes/\u202eare/",
    "a semicolon": "/programmes/era;x=1/",
    "markup": "/<script>alert(1)</script>/",
    "a template": "/{{ 7 * 7 }}/",
    "a very long slug": f"/programmes/{'x' * 10_000}/",
    "a very deep page": "/x" * 3000 + "/",
    "a smile": "/\U0001f642/",
}


def ask(client, address, **more):
    """Ask for the address as it is, even where it begins with two slashes."""
    return client.get(f"http://testserver{address}", follow=True, **more)


@pytest.mark.parametrize("address", NOT_FOUND.values(), ids=NOT_FOUND)
def test_a_page_that_is_not_there_is_not_found_and_helps(client, settings, address):
    assert not settings.DEBUG
    response = ask(client, address)
    page = text_of(response.content.decode())
    assert response.status_code == 404
    assert "There is no page at this address" in page
    assert [str(one) for one in Programme.objects.public() if str(one) not in page] == []
    assert "Whom to ask" in page
    assert "Director of Research or your PVC for Research" in page
    assert "alert(1)" not in page


QUERIES = {
    "a NUL": "at=%00&programme=%00&q=%00",
    "half a character": "at=%c3%28&programme=%ff",
    "writing from right to left": "at=%E2%80%AEeleek",
    "10,000 characters": f"at={'x' * 10_000}&programme={'y' * 10_000}",
    "a thousand parameters": "&".join(f"p{number}=1" for number in range(1000)),
    "the same twice": "at=keele&at=aston&programme=era&programme=space",
    "a list": "at[]=keele&programme[$ne]=era",
    "nothing": "at=&programme=",
    "signs only": "?&&==%",
    "numbers": "at=4&programme=-1",
    "a quotation mark": "at=keele'--&programme=\"era",
}


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
def test_no_query_breaks_a_page(client, query):
    for address in addresses():
        if not address.startswith("/topics/") or address == "/topics/":
            assert client.get(f"{address}?{query}").status_code == 200, address


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
def test_no_query_is_written_back_as_it_came(client, query):
    html = client.get(f"/contacts/?{query}").content.decode()
    assert "\0" not in html
    assert "x" * 100 not in html
    assert "\u202e" not in html


MOST_FIELDS = settings.DATA_UPLOAD_MAX_NUMBER_FIELDS


def test_more_parameters_than_anybody_needs_are_refused(client):
    query = "&".join(f"p{number}=1" for number in range(MOST_FIELDS + 1))
    assert client.get(f"/contacts/?{query}").status_code == 400


@pytest.mark.parametrize(
    "query",
    ["at=atlantis", "programme=alchemy", "at=atlantis&programme=era", "at=keele&programme=x"],
)
def test_an_unknown_choice_is_explained_beside_the_form(client, query):
    page = read(client, f"/contacts/?{query}")
    assert re.search("(Select|Choose) ", page.text), "it must say what to do"
    wrong = [attributes for _, attributes in page.elements if attributes.get("aria-invalid")]
    assert len(wrong) == 1
    assert wrong[0]["aria-describedby"] in page.ids
    assert ("select", "programme") in {(tag, a.get("name")) for tag, a in page.elements}
    assert "Keele University" in page.text
    assert "Whom to ask" in page.text


METHODS = ["post", "put", "patch", "delete", "options"]
PAGES = ["/", "/about/", "/programmes/era/", "/contacts/", "/faq/", "/sources/faq/", "/nowhere/"]


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.parametrize("method", METHODS)
def test_a_page_takes_nothing_in(address, method):
    visitor = Client(enforce_csrf_checks=True)
    status = getattr(visitor, method)(address).status_code
    allowed = {403, 404, 405} | ({200} if method == "options" else set())
    assert status in allowed


@pytest.mark.parametrize("address", PAGES)
def test_head_says_what_get_would_without_the_page(client, address):
    page, head = client.get(address), client.head(address)
    assert head.content == b""
    assert page.content
    assert (head.status_code, dict(head.headers)) == (page.status_code, dict(page.headers))


@pytest.mark.parametrize(
    "host", ["elsewhere.example", "testserver.elsewhere.example", "", "a b", "testserver:x", "::"]
)
def test_an_answer_to_another_host_is_400(client, host):
    response = client.get("/", headers={"host": host})
    assert response.status_code == 400
    assert "<h1>This request could not be understood</h1>" in response.content.decode()


@pytest.mark.parametrize("address", ["/enquire/", "/admin/login/", "/nowhere/"])
def test_a_form_in_another_character_set_is_400(address):
    visitor = Client(enforce_csrf_checks=True, raise_request_exception=False)
    visitor.get("/enquire/")  # for the cookie
    response = visitor.post(
        address, b"a=b", content_type="application/x-www-form-urlencoded; charset=utf-16"
    )
    assert response.status_code == 400
    assert "<h1>This request could not be understood</h1>" in response.content.decode()


TOO_LARGE = {
    "too long": {"message": "x" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)},
    "too many fields": {f"field{number}": "x" for number in range(MOST_FIELDS + 3)},
}


@pytest.mark.parametrize("form", TOO_LARGE.values(), ids=TOO_LARGE)
@pytest.mark.parametrize("kind", ["multipart/form-data", "application/x-www-form-urlencoded"])
@pytest.mark.parametrize("address", ["/enquire/", "/admin/programmes/programme/add/"])
@pytest.mark.parametrize("checks", [True, False], ids=["in the check of the token", "in the view"])
def test_a_form_that_is_too_large_is_413_and_says_what_is_allowed(
    caplog, form, kind, address, checks
):
    visitor = Client(enforce_csrf_checks=checks, raise_request_exception=False)
    visitor.get("/enquire/")  # for the cookie
    if kind == "multipart/form-data":
        response = visitor.post(address, form)
    else:
        response = visitor.post(address, urlencode(form), content_type=kind)
    page = text_of(response.content.decode())
    assert response.status_code == 413
    assert "This is too long to be sent at once" in page
    assert "At most 2.5 MB or 5,000 fields" in page
    assert "go back in your browser" in page
    assert caplog.records == []
