"""Signing in again: no word of a form is lost because its user was signed out meanwhile."""

from html.parser import HTMLParser

import pytest
from django.contrib.auth.models import User
from django.test import Client

from enquiries.models import AnswerTemplate
from programmes.models import Programme
from publishing import workflow

from .desk import address, form_of

pytestmark = pytest.mark.django_db

PASSWORD = "a long walk by the Trent"
NAME, PASS = "sign_in_again-username", "sign_in_again-password"
SIGNING_IN = {NAME: "ada", PASS: PASSWORD}
TOKEN = "csrfmiddlewaretoken"
OUR_PAGES = {"origin": "http://testserver"}


class Hidden(HTMLParser):
    """The hidden fields of a page, as {name: [value, …]}, and where its form leads."""

    def __init__(self, response):
        super().__init__()
        self.values, self.action = {}, None
        self.feed(response.content.decode())

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "form":
            self.action = attrs.get("action")
        if tag == "input" and attrs.get("type") == "hidden":
            self.values.setdefault(attrs["name"], []).append(attrs.get("value", ""))


@pytest.fixture
def ada():
    return User.objects.create_superuser("ada", password=PASSWORD)


@pytest.fixture
def desk(ada):
    """A browser at the desk: tokens are checked."""
    browser = Client(enforce_csrf_checks=True)
    sign_in(browser)
    return browser


def sign_in(browser):
    browser.get("/admin/login/")
    form = {"username": "ada", "password": PASSWORD, TOKEN: token_of(browser)}
    assert browser.post("/admin/login/", form).status_code == 302


def token_of(browser):
    return browser.cookies["csrftoken"].value


def sign_out(browser):
    del browser.cookies["sessionid"]


def written(browser, **changes):
    """Return where the form of a programme is sent, and what, with ``changes`` typed into it."""
    era = Programme.objects.get(slug="era")
    form = form_of(browser, era) | {TOKEN: token_of(browser)} | changes
    return address(Programme, "change", era.pk), form


def summary_of_the_draft():
    return workflow.drafted(Programme.objects.get(slug="era"))["summary"]


def without_token(form):
    return {
        name: [value] if isinstance(value, str) else value
        for name, value in form.items()
        if name != TOKEN
    }


def test_what_is_saved_after_the_session_ended_waits_for_the_sign_in(desk):
    where, form = written(desk, summary='Quokkas & "more".\r\n\r\nHeat.', topics=["1", "2"])
    sign_out(desk)
    response = desk.post(where, form)
    assert response.status_code == 403
    assert "Sign in again: nothing that you typed is lost" in response.content.decode()
    assert "no-store" in response["Cache-Control"]
    hidden = Hidden(response)
    assert hidden.action == where
    assert without_token(hidden.values) == without_token(form)
    assert workflow.pending(Programme.objects.get(slug="era")) is None


def test_signing_in_carries_out_what_was_sent(desk):
    where, form = written(desk, summary="Quokkas.")
    sign_out(desk)
    hidden = Hidden(desk.post(where, form))
    response = desk.post(hidden.action, hidden.values | SIGNING_IN)
    assert response.status_code == 302
    assert response.url == where
    assert summary_of_the_draft() == "Quokkas."
    assert "Draft saved" in desk.get(where).content.decode()


def test_a_wrong_password_loses_nothing(desk):
    where, form = written(desk, summary="Quokkas.")
    sign_out(desk)
    hidden = Hidden(desk.post(where, form))
    response = desk.post(hidden.action, hidden.values | SIGNING_IN | {PASS: "a short walk"})
    html = response.content.decode()
    assert response.status_code == 403
    assert "Please enter the correct username and password for a staff account" in html
    assert "a short walk" not in html
    again = Hidden(response)
    assert without_token(again.values) == without_token(form)
    assert desk.post(again.action, again.values | SIGNING_IN).status_code == 302
    assert summary_of_the_draft() == "Quokkas."


@pytest.mark.parametrize("tried", [{NAME: "", PASS: ""}, {NAME: "ada"}, {NAME: "a\0da", PASS: "x"}])
def test_a_sign_in_that_is_not_filled_in_loses_nothing(desk, tried):
    where, form = written(desk, summary="Quokkas.")
    sign_out(desk)
    response = desk.post(where, form | tried)
    assert response.status_code == 403
    assert without_token(Hidden(response).values) == without_token(form)


def test_the_address_keeps_its_query_and_the_window_its_kind(desk):
    where = address(AnswerTemplate, "add") + "?_popup=1&_changelist_filters=q%3Dx"
    form = {"title": "Thanks", "text": "Thank you.", "_popup": "1", TOKEN: token_of(desk)}
    sign_out(desk)
    response = desk.post(where, form)
    assert 'id="header"' not in response.content.decode()
    hidden = Hidden(response)
    assert hidden.action == where
    response = desk.post(hidden.action, hidden.values | SIGNING_IN)
    assert response.template_name[-1] == "admin/popup_response.html"
    assert AnswerTemplate.objects.filter(title="Thanks").exists()


def test_whoever_signs_in_needs_the_permission(desk):
    where, form = written(desk, summary="Quokkas.")
    sign_out(desk)
    User.objects.create_user("bob", password=PASSWORD, is_staff=True)
    response = desk.post(where, form | SIGNING_IN | {NAME: "bob"})
    assert response.status_code == 403
    assert "This is not allowed" in response.content.decode()
    assert workflow.pending(Programme.objects.get(slug="era")) is None


def test_whoever_is_no_staff_is_not_let_in(desk):
    where, form = written(desk, summary="Quokkas.")
    sign_out(desk)
    User.objects.create_user("cleo", password=PASSWORD)
    response = desk.post(where, form | SIGNING_IN | {NAME: "cleo"})
    assert without_token(Hidden(response).values) == without_token(form)
    assert "sessionid" not in response.cookies


def test_what_others_saved_meanwhile_is_not_overwritten(desk):
    where, form = written(desk, summary="Quokkas.")
    sign_out(desk)
    other = Client()
    other.force_login(User.objects.create_superuser("bob"))
    _, theirs = written_by_another(other)
    assert other.post(where, theirs).status_code == 302
    response = desk.post(where, form | SIGNING_IN)
    assert response.status_code == 200
    assert "Quokkas." in response.content.decode()
    assert summary_of_the_draft() == "Wombats."


def written_by_another(browser):
    era = Programme.objects.get(slug="era")
    return era, form_of(browser, era) | {"summary": "Wombats."}


@pytest.mark.parametrize("name", ["", "ERA"], ids=["refused", "saved"])
def test_signing_in_again_makes_a_new_token_which_holds_at_once(desk, name):
    where, form = written(desk, name=name)
    sign_out(desk)
    before = token_of(desk)
    response = desk.post(where, form | SIGNING_IN)
    assert response.cookies["csrftoken"].value != before
    shown = Hidden(response if response.status_code == 200 else desk.get(where)).values
    mended = form | {"name": "ERA", TOKEN: shown[TOKEN][0], "revision": shown["revision"]}
    assert desk.post(where, mended).status_code == 302


def test_a_form_with_a_password_never_comes_back(desk):
    form = {"username": "bob", "password1": PASSWORD, "password2": PASSWORD, TOKEN: token_of(desk)}
    sign_out(desk)
    for where in (address(User, "add"), "/admin/password_change/"):
        response = desk.post(where, form)
        assert response.status_code == 302
        assert response.url == f"/admin/login/?next={where}"


def test_signing_out_twice_is_no_loss(desk):
    form = {TOKEN: token_of(desk)}
    sign_out(desk)
    assert desk.post("/admin/logout/", form).url == "/admin/"


def test_a_page_that_is_only_asked_for_leads_to_the_sign_in(client):
    where = address(Programme, "changelist")
    for ask in (client.get, client.head):
        assert ask(where).url == f"/admin/login/?next={where}"


# Signed in by another page meanwhile: the form has an old token


@pytest.fixture
def signed_in_anew(desk):
    """Return where an old form is sent, and what: its user has signed in by another page since."""
    where, form = written(desk, summary="Quokkas.")
    sign_out(desk)
    sign_in(desk)
    assert form[TOKEN] != token_of(desk)
    return where, form


def test_the_words_of_a_form_from_before_the_sign_in_are_sent_by_a_press(desk, signed_in_anew):
    where, form = signed_in_anew
    response = desk.post(where, form, headers=OUR_PAGES)
    html = response.content.decode()
    assert response.status_code == 403
    assert "Send it again: nothing that you typed is lost" in html
    assert f"What you sent to {where}" in html
    assert "Send it again as ada" in html
    assert workflow.pending(Programme.objects.get(slug="era")) is None
    hidden = Hidden(response)
    assert without_token(hidden.values) == without_token(form)
    assert desk.post(hidden.action, hidden.values, headers=OUR_PAGES).status_code == 302
    assert summary_of_the_draft() == "Quokkas."


def test_a_sign_in_with_an_old_token_carries_no_password(desk, signed_in_anew):
    where, form = signed_in_anew
    response = desk.post(where, form | SIGNING_IN, headers=OUR_PAGES)
    assert PASSWORD not in response.content.decode()
    assert without_token(Hidden(response).values) == without_token(form)


def test_who_is_signed_out_and_has_an_old_token_signs_in(desk, signed_in_anew):
    where, form = signed_in_anew
    sign_out(desk)
    del desk.cookies["csrftoken"]
    hidden = Hidden(desk.post(where, form, headers=OUR_PAGES))
    response = desk.post(hidden.action, hidden.values | SIGNING_IN, headers=OUR_PAGES)
    assert response.status_code == 302
    assert summary_of_the_draft() == "Quokkas."


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "null"},
        {"origin": "https://elsewhere.example"},
        {"origin": "https://testserver"},
    ],
    ids=["nothing", "hidden", "another site", "another scheme"],
)
@pytest.mark.parametrize("is_signed_in", [True, False])
def test_what_another_site_sends_never_comes_back(desk, signed_in_anew, headers, is_signed_in):
    where, form = signed_in_anew
    if not is_signed_in:
        sign_out(desk)
    response = desk.post(where, form | SIGNING_IN, headers=headers)
    html = response.content.decode()
    assert response.status_code == 403
    assert "This could not be accepted" in html
    assert "Quokkas" not in html
    assert workflow.pending(Programme.objects.get(slug="era")) is None


@pytest.mark.parametrize(
    "where", ["/admin/login/", "/admin/password_change/", "/admin/logout/", "/find/"]
)
def test_an_old_token_elsewhere_is_refused_as_ever(desk, where):
    form = (
        {"username": "ada", "password": PASSWORD, TOKEN: "x" * 32}
        if where != "/admin/logout/"
        else {}
    )
    html = desk.post(where, form, headers=OUR_PAGES).content.decode()
    assert "This could not be accepted" in html
    assert PASSWORD not in html
