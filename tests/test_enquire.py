"""Writing by the form: nothing typed is lost, nothing is sent inside a request, spam is only set aside."""

import datetime
import re
import socket
from contextlib import contextmanager
from urllib.parse import urlencode

import pytest
from django import db
from django.core import signing
from django.core.management import call_command
from django.db import connection
from django.test import Client, RequestFactory
from django.utils import timezone

from enquiries import handling, spam
from enquiries.intake import take_in
from enquiries.models import Enquiry, Event, Submission
from enquiries.subjects import Subject
from faq.models import Question
from outbox.models import OutgoingMessage
from partners.models import Partner, Partnership
from people.models import Person, Role
from programmes.models import Programme
from topics.models import Topic

from .at_once import at_once
from .site_map import Reading, delete_all_content, read

pytestmark = pytest.mark.django_db

FORM = "/enquire/"
JO = {
    "name": "Jo Researcher",
    "email": "jo@keele.example",
    "university": "Keele University",
    "text": "Who can tell me about freight?\n\nWe would like to begin in May.",
}
MARK = "zyzzyva"
REFERENCE = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b")


def token(age=60):
    """Return the token of a form that was shown so many seconds ago."""
    return str(spam.FormToken(shown_at=datetime.datetime.now().timestamp() - age))


def send(client, address=FORM, more=(), **typed):
    """Fill in the form as Jo, but for what is ``typed``, and send it."""
    return client.post(address, {"form": token()} | JO | typed, **dict(more))


def page_of(response):
    return Reading(response.content.decode())


def values(response):
    """Return what stands in the fields of the form."""
    page = page_of(response)
    typed = {a["name"]: a.get("value", "") for tag, a in page.elements if tag == "input"}
    return typed | {
        "text": response.content.decode()
        .partition("<textarea")[2]
        .partition(">")[2]
        .partition("</textarea>")[0]
        .strip("\n")
    }


def assert_nothing_is_lost(response):
    shown = values(response)
    assert {name: shown[name] for name in ("name", "email", "university")} == {
        name: JO[name] for name in ("name", "email", "university")
    }
    assert shown["text"] == JO["text"]


# The form


def test_it_names_who_answers_and_what_it_is_about(client):
    page = read(client, f"{FORM}?programme=mi-health")
    assert page.words["h1"] == ["Write to Alex Archibald"]
    assert "MI Health Manager" in page.text
    assert ("Midlands Innovation Health", "/programmes/mi-health/") in page.links


@pytest.mark.parametrize(
    ("model", "kind"),
    [
        (Programme, "programme"),
        (Partner, "partner"),
        (Person, "person"),
        (Topic, "topic"),
        (Question, "question"),
    ],
)
def test_it_is_about_any_kind_of_thing(client, model, kind):
    for thing in model.objects.public():
        page = read(client, f"{FORM}?{kind}={thing.slug}")
        assert (str(thing), thing.get_absolute_url()) in page.links
        assert page.words["h1"][0].startswith("Write to ")


def test_with_nobody_named_it_goes_to_the_team(client):
    name = Partnership.objects.get().name
    for address in (
        FORM,
        f"{FORM}?programme=era",
        f"{FORM}?programme=alchemy",
        f"{FORM}?nothing=1",
    ):
        assert read(client, address).words["h1"] == [f"Write to the {name} team"]


def test_a_deputy_is_said_to_stand_in(client):
    Role.objects.filter(holder__slug="alex-archibald").update(
        away_until=timezone.localdate() + datetime.timedelta(days=3),
        deputy=Person.objects.get(slug="helen-turner"),
    )
    page = read(client, f"{FORM}?programme=mi-health")
    assert page.words["h1"] == ["Write to Dr Helen Turner"]
    assert "MI Health Manager (while Alex Archibald is away)." in page.text


def test_it_carries_the_search_and_the_own_university(client):
    page = read(client, f"{FORM}?q=lorry+drivers&at=keele")
    assert "“lorry drivers”" in page.text
    assert "At Keele University" in page.text
    assert values(client.get(f"{FORM}?at=keele"))["university"] == "Keele University"


def test_it_takes_a_word_about_a_page_that_is_wrong(client):
    page = read(client, f"{FORM}?page=/figures/")
    assert page.words["h1"] == ["Something wrong on this page?"]
    assert "What is wrong, and what would be right?" in page.words["label"]
    assert ("/figures/", "/figures/") in page.links


@pytest.mark.parametrize(
    "page", ["https://evil.example/", "//evil.example", "/\\evil", "call 0900"]
)
def test_it_shows_no_page_of_another_site(client, page):
    address = f"{FORM}?{urlencode({'page': page})}"
    assert "evil" not in read(client, address).text
    send(client, address)
    assert Enquiry.objects.get().page == ""


def test_it_says_what_is_kept_and_for_how_long(client, settings):
    settings.ENQUIRY_MONTHS = 7
    page = read(client, FORM)
    assert "deleted after 7 months at the latest" in page.text
    assert "/privacy/" in [link for _, link in page.links]
    assert "What happens next" in page.words["h2"]
    assert "Director of Research or your PVC for Research" in page.text


def test_browsers_can_fill_in_what_they_know_of_their_owner(client):
    fields = {a["name"]: a for tag, a in read(client, FORM).elements if tag == "input"}
    known = {name: fields[name]["autocomplete"] for name in ("name", "email", "university")}
    assert known == {"name": "name", "email": "email", "university": "organization"}


def test_a_mailbox_is_not_shown_nor_whether_there_is_one(client):
    without = page_of(client.get(f"{FORM}?programme=mi-health")).text
    Role.objects.update(mailbox=f"{MARK}@example.org")
    Partnership.objects.update(mailbox=f"{MARK}@example.org")
    html = client.get(f"{FORM}?programme=mi-health").content.decode()
    assert MARK not in html
    assert Reading(html).text == without


@pytest.mark.parametrize("query", ["?programme=era", "?q=x", "?utm_source=x"])
def test_a_form_about_something_is_no_page_for_search_engines(client, query):
    elements = read(client, f"{FORM}{query}").elements
    assert ("meta", {"name": "robots", "content": "noindex"}) in elements
    assert not [a for _, a in elements if a.get("rel") == "canonical"]


def test_the_form_in_general_is_a_page_like_others(client, settings):
    elements = read(client, FORM).elements
    assert not [a for _, a in elements if a.get("name") == "robots"]
    assert ("link", {"rel": "canonical", "href": f"{settings.BASE_URL}{FORM}"}) in elements


def test_nothing_of_it_is_kept_by_a_cache(client):
    enquiry = answered(client)
    for address in (FORM, enquiry.get_absolute_url(), f"{enquiry.get_absolute_url()}answered/"):
        assert set(client.get(address)["Cache-Control"].split(", ")) == {"private", "no-store"}
    assert "no-store" in send(client, name="")["Cache-Control"]
    assert "no-store" in Client(enforce_csrf_checks=True).post(FORM, JO)["Cache-Control"]


def test_it_stands_on_an_empty_database(client):
    delete_all_content()
    assert read(client, f"{FORM}?programme=era").words["h1"] == ["Write to the team"]
    assert read(client, send(client)["Location"]).slips == []


# Sending it


def test_what_was_sent_is_stored_routed_and_has_a_reference(client):
    response = send(client, f"{FORM}?programme=mi-health&q=clinical+trials")
    enquiry = Enquiry.objects.get()
    assert response.status_code == 302
    assert response["Location"] == enquiry.get_absolute_url()
    assert {name: getattr(enquiry, name) for name in JO} == JO
    assert enquiry.programme.slug == "mi-health"
    assert enquiry.query == "clinical trials"
    assert enquiry.role.holder.slug == "alex-archibald"
    assert enquiry.state == Enquiry.State.NEW
    page = read(client, response["Location"])
    assert page.words["h2"][0] == f"Your reference: {enquiry.reference}"


def test_the_visitors_page_says_who_answers_now_and_nothing_that_was_typed(client):
    typed = {name: f"{MARK}@{MARK}.example" if name == "email" else MARK for name in JO}
    address = send(client, f"{FORM}?programme=mi-health&q={MARK}", **typed)["Location"]
    html = client.get(address).content.decode()
    assert MARK not in html
    assert "Alex Archibald" in html
    assert ("meta", {"name": "robots", "content": "noindex"}) in Reading(html).elements
    Role.objects.filter(holder__slug="alex-archibald").update(
        holder=Person.objects.get(slug="helen-turner")
    )
    page = read(client, address)
    assert "It goes to Dr Helen Turner" in page.text
    assert "Archibald" not in page.text


def test_the_visitors_page_does_not_name_what_was_taken_down(client):
    address = send(client, f"{FORM}?programme=c-dice")["Location"]
    assert "C-DICE" in read(client, address).text
    Programme.objects.filter(slug="c-dice").update(is_published=False)
    assert "C-DICE" not in read(client, address).text


def test_the_visitors_pages_take_few_queries(client, django_assert_max_num_queries):
    enquiry = answered(client, f"{FORM}?programme=mi-health")
    for address in (enquiry.get_absolute_url(), f"{enquiry.get_absolute_url()}answered/"):
        with django_assert_max_num_queries(10):
            client.get(address)


def test_an_unknown_visitors_page_is_not_found(client):
    for address in ("/enquire/nothing/", "/enquire/nothing/answered/", f"/enquire/{'x' * 5000}/"):
        response = client.get(address)
        assert response.status_code == 404
        assert "Whom to ask" in response.content.decode()


def test_the_acknowledgement_repeats_nothing_that_was_typed(client):
    typed = {name: f"{MARK}@{MARK}.example" if name == "email" else MARK for name in JO}
    for query in (f"q={MARK}", f"page=/{MARK}/", f"programme=era&q={MARK}"):
        send(client, f"{FORM}?{query}", **typed)
        letter = OutgoingMessage.objects.latest("pk")
        enquiry = Enquiry.objects.latest("pk")
        assert MARK not in f"{letter.subject} {letter.body}".lower()
        assert enquiry.reference in letter.subject
        assert letter.to == typed["email"]
        typed["text"] += "!"


def test_the_acknowledgement_is_true_whether_or_not_a_mailbox_is_known(client):
    def letter():
        send(client, f"{FORM}?programme=mi-health", text=f"{MARK} {Enquiry.objects.count()}")
        enquiry = Enquiry.objects.latest("pk")
        body = enquiry.events.get(kind=Event.Kind.ACKNOWLEDGED).message.body
        return body.replace(enquiry.reference, "")

    without = letter()
    Role.objects.update(mailbox="health@example.org")
    assert letter() == without
    assert "It is meant for Alex Archibald, MI Health Manager." in without
    assert Event.objects.filter(kind=Event.Kind.FORWARDED).count() == 1


def test_the_letter_to_whoever_answers_says_why_it_comes_to_them(client, settings):
    settings.TEAM_EMAIL = "team@example.org"
    people = Person.objects.filter(slug__in=["alex-archibald", "sue-clayton"])

    def letter(about):
        send(client, f"{FORM}?{about}", text=f"{about} {Enquiry.objects.count()}")
        message = Event.objects.filter(kind=Event.Kind.FORWARDED).latest("pk").message
        return message.to, message.body

    to, body = letter("programme=mi-health")
    assert to == "team@example.org"
    assert "It is for Alex Archibald, MI Health Manager, and comes to the team" in body
    to, body = letter("programme=era")
    assert to == "team@example.org"
    assert "nobody else is named for it" in body
    people.update(email="own@example.org")
    to, body = letter("programme=mi-health")
    assert to == "own@example.org"
    assert "It comes to you because of the role MI Health Manager." in body
    health = Role.objects.filter(holder__slug="alex-archibald")
    health.update(away_until="2099-01-01", deputy=people.get(slug="sue-clayton"))
    assert (
        "because of the role MI Health Manager, for which you stand in."
        in letter("programme=mi-health")[1]
    )
    health.delete()
    assert "It comes to you because it was written to you." in letter("person=alex-archibald")[1]


def test_a_form_sent_twice_is_one_enquiry(client):
    form = {"form": token()} | JO
    first, second = (client.post(FORM, form) for _ in range(2))
    assert first["Location"] == second["Location"]
    assert Enquiry.objects.count() == Submission.objects.count() == 1


def test_a_form_sent_again_with_other_words_is_another_enquiry(client):
    form = {"form": token()} | JO
    client.post(FORM, form)
    client.post(FORM, form | {"text": "What I had forgotten."})
    assert Enquiry.objects.count() == 2


def test_a_form_sent_eight_times_at_once_is_one_enquiry(committing_db):
    form = {"form": token()} | JO

    def submit():
        response = Client().post(FORM, form)
        if response.status_code == 503:  # as from a database in memory, whose lock nobody waits for
            raise db.OperationalError("locked")
        return response["Location"]

    places = at_once(*[submit] * 8)
    assert places == [Enquiry.objects.get().get_absolute_url()] * 8
    assert OutgoingMessage.objects.count() == 1


def test_nothing_in_the_request_speaks_to_the_mail_server(client, settings):
    Role.objects.update(mailbox="health@example.org")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.setblocking(False)
        settings.EMAIL_BACKEND = "outbox.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = silent.getsockname()
        assert send(client, f"{FORM}?programme=mi-health").status_code == 302
        with pytest.raises(BlockingIOError):
            silent.accept()
    assert OutgoingMessage.objects.filter(state=OutgoingMessage.State.WAITING).count() == 2


# What is wrong with what was typed


def errors(response):
    """Return {field: complaint}, as the summary links to them and as they stand beside the fields."""
    assert response.status_code == 422
    page = page_of(response)
    assert page.slips == []
    assert page.words["title"][0].startswith("Error: ")
    assert ("div", "alert") in {(tag, a.get("role")) for tag, a in page.elements}
    summary = {link: words for words, link in page.links if link.startswith("#id_")}
    beside = [words for words in page.words["p"] if words.startswith("Error:")]
    assert beside == [f"Error: {words}" for words in summary.values()]
    invalid = [a for _, a in page.elements if a.get("aria-invalid")]
    assert [f"#{a['id']}" for a in invalid] == list(summary)
    for attributes in invalid:
        assert set(attributes["aria-describedby"].split()) <= set(page.ids)
    return {link.removeprefix("#id_"): words for link, words in summary.items()}


def test_an_empty_form_says_what_to_do_in_each_field(client):
    assert errors(send(client, name="", email="", university="", text="")) == {
        "name": "Enter your name",
        "email": "Enter your e-mail address, so that you can be answered",
        "text": "Write your message",
    }


@pytest.mark.parametrize(
    ("field", "typed", "complaint"),
    [
        (
            "name",
            "x" * 101,
            "Shorten your name to 100 characters or fewer: at present there are 101.",
        ),
        ("email", "jo at keele", "Enter an e-mail address like name@example.ac.uk"),
        ("email", f"{'x' * 60}@{'y.' * 120}example", "Shorten your e-mail address to 254"),
        ("university", "x" * 201, "Shorten the name of your university or organisation to 200"),
        ("text", "x" * 5001, "Shorten your message to 5000 characters or fewer"),
        ("name", "\u200b\u2060 ", "Enter your name"),
        ("text", " \n\t\0\u200b", "Write your message"),
    ],
)
def test_a_complaint_says_what_to_do_and_nothing_typed_is_lost(client, field, typed, complaint):
    response = send(client, **{field: typed})
    [(where, words)] = errors(response).items()
    assert where == field
    assert words.startswith(complaint)
    shown = values(response)
    kept = {name: shown[name] for name in JO if name != field}
    assert kept == {name: JO[name] for name in kept}
    assert Enquiry.objects.count() == 0


def test_the_longest_message_is_taken_however_lines_end(client):
    send(client, text="é\r\n" * 2500)
    assert Enquiry.objects.get().text == ("é\n" * 2500).strip()


@pytest.mark.parametrize(
    "email",
    [
        '"jo@keele.example\x01 "@evil.example',
        "Jo <jo@keele.example>",
        "jo@keele.example, eve@evil.example",
        "jo@keele.example\r\nBcc: eve@evil.example",
        "jo@keele.example%0aBcc:eve@evil.example",
        "jo\u202e@keele.example",
        "jo@keele\u202e.example",
        "jo@localhost",
        "jo@[127.0.0.1]",
        f"jo@{'ü' * 60}.example",
        "jo@keele.example\0",
    ],
)
def test_an_address_that_is_more_than_an_address_is_refused_or_made_one(client, email):
    response = send(client, email=email)
    if response.status_code == 302:
        assert Enquiry.objects.get().email == "jo@keele.example"
    else:
        assert set(errors(response)) == {"email"}


@pytest.mark.parametrize("field", JO)
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\u2028", "\x85", "\x0b"])
def test_no_field_can_add_a_header_to_a_letter(client, field, end):
    Role.objects.update(mailbox="health@example.org")
    typed = f"{JO[field]}{end}Bcc: eve@evil.example"
    address = f"{FORM}?{urlencode({'programme': 'mi-health', 'q': typed})}"
    send(client, address, **{field: typed})
    for letter in OutgoingMessage.objects.all():
        headers = f"{letter.to}{letter.reply_to}{letter.subject}{letter.message_id}"
        assert not re.search(r"[\x00-\x1f\x7f\x85\u2028\u2029]", headers)
        assert letter.to in ("health@example.org", JO["email"])
    for enquiry in Enquiry.objects.all():
        one_line = (
            f"{enquiry.name}{enquiry.email}{enquiry.university}{enquiry.query}{enquiry.about}"
        )
        assert len(one_line.splitlines()) == 1


ODD = {
    "a NUL": "a\0b",
    "half a character": "%ED%A0%80",
    "no character": "%FF%FE",
    "emoji": "👩🏽‍🔬🏴󠁧󠁢󠁷󠁬󠁳󠁿",
    "writing from right to left": "\u202eolleh",
    "markup": "<script>alert(1)</script> {{ 7 * 7 }} {% now 'Y' %}",
    "a hundred emoji": "👩🏽‍🔬" * 25,
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_odd_characters_are_taken_or_explained(client, odd):
    Role.objects.update(mailbox="health@example.org")
    body = urlencode({"form": token()} | JO | {"name": "…", "university": "…", "text": "…"})
    body = body.replace("%E2%80%A6", odd if odd.startswith("%") else urlencode({"": odd})[1:])
    address = f"{FORM}?{urlencode({'programme': 'mi-health', 'q': odd})}"
    kind = "application/x-www-form-urlencoded"
    assert client.post(address, body, content_type=kind).status_code == 302
    enquiry = Enquiry.objects.get()
    assert not re.search("[\0\ud800-\udfff\u202e]", f"{enquiry.name}{enquiry.text}{enquiry.query}")
    assert "👩🏽‍🔬" in enquiry.text or "👩🏽‍🔬" not in odd
    assert "alert(1)</script>" not in client.get(enquiry.get_absolute_url()).content.decode()


@pytest.mark.parametrize("length", [300, 10_000])
def test_a_long_search_or_page_is_kept_as_far_as_there_is_room(client, length):
    for name, start in (("q", ""), ("page", "/")):
        assert send(client, f"{FORM}?{name}={start}{'x' * length}").status_code == 302


# Tokens and cookies


@pytest.mark.parametrize("form", ["", "forged", "a:b:c", "x" * 10_000, "\0", None])
def test_without_its_token_the_form_asks_to_be_sent_once_more(client, form):
    typed = JO if form is None else JO | {"form": form}
    response = client.post(f"{FORM}?programme=mi-health", typed)
    assert response.status_code == 422
    assert_nothing_is_lost(response)
    assert "press Send once more" in page_of(response).text
    assert "Write to Alex Archibald" in page_of(response).text
    again = client.post(f"{FORM}?programme=mi-health", values(response))
    assert again.status_code == 302
    assert Enquiry.objects.get().state == Enquiry.State.NEW  # at once is not too fast here


def test_a_form_that_lay_for_days_asks_to_be_sent_once_more(client, monkeypatch):
    old = token()
    later = datetime.datetime.now().timestamp() + 25 * 60 * 60
    monkeypatch.setattr(signing.time, "time", lambda: later)
    response = send(client, form=old)
    assert_nothing_is_lost(response)
    assert "open for more than a day" in page_of(response).text
    assert client.post(FORM, values(response)).status_code == 302


@pytest.mark.parametrize("cookie", ["none", "another", "odd"])
def test_with_a_lost_cookie_nothing_typed_is_lost_and_sending_again_works(cookie):
    visitor = Client(enforce_csrf_checks=True)
    sent = values(visitor.get(f"{FORM}?programme=mi-health")) | JO | {"form": token()}
    visitor.cookies.clear()
    if cookie != "none":
        visitor.cookies["csrftoken"] = "x" * 32 if cookie == "another" else "\x7fé"
    response = visitor.post(f"{FORM}?programme=mi-health", sent)
    assert response.status_code == 403
    assert_nothing_is_lost(response)
    page = page_of(response)
    assert "Press Send once more" in page.text
    assert page.words["h1"] == ["Write to Alex Archibald"]
    again = visitor.post(f"{FORM}?programme=mi-health", values(response))
    assert again.status_code == 302
    assert Enquiry.objects.get().programme.slug == "mi-health"


def test_whoever_refuses_cookies_is_told_so_and_how_to_go_on():
    visitor = Client(enforce_csrf_checks=True)
    response = visitor.post(FORM, JO)
    for _ in range(2):
        visitor.cookies.clear()
        response = visitor.post(FORM, values(response))
    assert_nothing_is_lost(response)
    text = page_of(response).text
    assert "your browser refuses the one cookie" in text
    assert "ask your Director of Research or your PVC for Research" in text


def test_other_forms_are_refused_as_ever(client):
    enquiry = answered(client)
    visitor = Client(enforce_csrf_checks=True)
    for address in (f"{enquiry.get_absolute_url()}answered/", "/admin/login/"):
        response = visitor.post(address, {"helped": "no"})
        assert response.status_code == 403
        assert "<h1>This could not be accepted</h1>" in response.content.decode()


# When the site itself fails


@contextmanager
def failing_database(only=""):
    def fail(execute, sql, params, many, context):
        if only in sql:
            raise db.OperationalError(f"disk full: {params}")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(fail):
        yield


@pytest.mark.parametrize("only", ["", "INSERT"])
def test_a_database_that_fails_loses_nothing_typed_and_tells_no_log(client, caplog, only):
    with failing_database(only):
        response = send(client, f"{FORM}?programme=mi-health")
    assert response.status_code == 503
    assert_nothing_is_lost(response)
    assert "press Send again in a minute" in page_of(response).text
    assert page_of(response).slips == []
    assert Enquiry.objects.count() == 0
    assert "An enquiry could not be stored: OperationalError" in caplog.text
    assert not re.search("jo@|Jo Res|freight", caplog.text)
    again = client.post(f"{FORM}?programme=mi-health", values(response))
    assert again.status_code == 302


def test_a_lost_cookie_and_a_failing_database_at_once_lose_nothing():
    with failing_database():
        response = Client(enforce_csrf_checks=True).post(FORM, JO)
    assert response.status_code == 403
    assert_nothing_is_lost(response)


# Spam


def kept_as_spam(client, **typed):
    """Whether what is sent is kept as spam, while the visitor sees what everybody sees."""
    response = send(client, **typed)
    enquiry = Enquiry.objects.latest("pk")
    assert response["Location"] == enquiry.get_absolute_url()
    assert enquiry.reference in read(client, response["Location"]).text
    is_spam = enquiry.state == Enquiry.State.SPAM
    assert is_spam == bool(enquiry.suspicion)
    letters = enquiry.events.filter(message__isnull=False)
    assert letters.exists() != is_spam
    return is_spam


def test_what_a_person_writes_is_no_spam(client):
    assert not kept_as_spam(client)
    five = " ".join(f"https://www.example.org/{n}"[:20] for n in range(2))
    assert not kept_as_spam(client, text=f"See {five} and http://example.org/")


def test_the_trap_is_hidden_from_everybody_and_takes_what_fills_it(client):
    html = client.get(FORM).content.decode()
    [trap] = re.findall(r"<div hidden>(.*?)</div>", html, re.DOTALL)
    assert f'name="{spam.TRAP}"' in trap
    assert 'tabindex="-1"' in trap
    assert 'autocomplete="off"' in trap
    assert kept_as_spam(client, **{spam.TRAP: "Great site!"})


def test_what_comes_faster_than_anybody_types_is_kept_as_spam(client):
    assert kept_as_spam(client, form=token(age=1))
    assert not kept_as_spam(client, form=token(age=4), text="Written at leisure")


def test_a_person_who_was_taken_for_a_program_says_so_and_is_passed_on(client):
    """A browser that goes back to the form brings the words with a form that it has just fetched."""
    assert kept_as_spam(client, form=token(age=1))
    enquiry = Enquiry.objects.latest("pk")
    page = read(client, enquiry.get_absolute_url())
    assert "One more step: are you a person?" in page.text
    for _ in range(2):
        client.post(enquiry.get_absolute_url())
    enquiry.refresh_from_db()
    assert enquiry.state == Enquiry.State.NEW
    assert enquiry.events.filter(kind=Event.Kind.ACKNOWLEDGED).count() == 1
    assert "Thank you" in read(client, enquiry.get_absolute_url()).text


def test_a_flood_and_what_staff_took_for_spam_are_not_excused(client):
    flood = take_in(Subject(), "flood", suspicion="It is one of many.", **JO)
    judged = take_in(Subject(), "judged", suspicion=spam.HASTY, **JO)
    handling.accept(judged)
    handling.take_for_spam(judged)
    for enquiry in (flood, judged):
        client.post(enquiry.get_absolute_url())
        enquiry.refresh_from_db()
        assert enquiry.state == Enquiry.State.SPAM


def test_the_same_words_sent_again_from_a_new_form_are_one_enquiry(client):
    """As by somebody who goes back in the browser and presses Send once more."""
    first = send(client, f"{FORM}?programme=era")
    assert send(client, f"{FORM}?programme=era")["Location"] == first["Location"]
    for other in (
        {"address": f"{FORM}?programme=talent"},
        {"address": f"{FORM}?programme=era", "text": "Something else"},
        {"address": f"{FORM}?programme=era", "email": "ada@example.org"},
    ):
        assert send(client, **other)["Location"] != first["Location"]
    Enquiry.objects.update(received_at=timezone.now() - datetime.timedelta(minutes=61))
    assert send(client, f"{FORM}?programme=era")["Location"] != first["Location"]


def test_many_links_and_a_link_for_a_name_are_kept_as_spam(client):
    assert kept_as_spam(client, text="Buy https://a.example " * 6)
    assert kept_as_spam(client, name="Win http://a.example now")


def test_one_address_writes_five_times_a_day(client):
    kept = [kept_as_spam(client, text=f"Number {n}") for n in range(7)]
    assert kept == [False] * 5 + [True] * 2
    assert not kept_as_spam(client, email="somebody.else@keele.example")
    assert kept_as_spam(client, email="JO@Keele.example", text="capitals")


def test_after_a_day_an_address_may_write_again(client):
    for n in range(6):
        send(client, text=f"Number {n}")
    Submission.objects.update(at=timezone.now() - datetime.timedelta(hours=25))
    assert not kept_as_spam(client, text="The next day")
    assert Submission.objects.purge() == 6
    assert Submission.objects.count() == 1


def crowd(number, network):
    """Let so many have written from one network lately, each by their own address."""
    now = timezone.now()
    Submission.objects.bulk_create(
        Submission(sender=f"somebody {n}", network=spam.keyed_hash("network", network), at=now)
        for n in range(number)
    )


def test_a_university_behind_one_address_writes_sixty_times_an_hour(client):
    crowd(59, "127.0.0.1")
    assert not kept_as_spam(client)
    assert kept_as_spam(client, email="a@keele.example")
    Submission.objects.update(at=timezone.now() - datetime.timedelta(minutes=61))
    assert not kept_as_spam(client, email="b@keele.example")


def test_a_flood_is_told_to_wait_and_loses_nothing(client):
    crowd(200, "127.0.0.1")
    response = send(client)
    assert response.status_code == 429
    assert 0 < int(response["Retry-After"]) <= 3600
    assert_nothing_is_lost(response)
    again = timezone.localtime(timezone.now() + spam.HOUR)
    text = page_of(response).text
    assert any(f"after {again - datetime.timedelta(minutes=m):%H:%M}" in text for m in (0, 1))
    assert "ask your Director of Research or your PVC for Research" in text
    assert Enquiry.objects.count() == 0
    assert send(client, more={"REMOTE_ADDR": "192.0.2.7"}).status_code == 302


def test_twenty_clients_with_a_thousand_senders_and_networks_are_all_taken(client, settings):
    settings.TRUSTED_PROXIES = 1
    for n in range(100):
        headers = {"X-Forwarded-For": f"10.1.{n // 10}.{n % 10}"}
        send(client, more={"headers": headers}, email=f"sender{n}@keele.example")
    assert Enquiry.objects.filter(state=Enquiry.State.NEW).count() == 100


def test_only_keyed_hashes_tell_who_wrote(client, settings):
    send(client)
    one = Submission.objects.get()
    assert re.fullmatch("[0-9a-f]{64}", one.sender)
    assert re.fullmatch("[0-9a-f]{64}", one.network)
    settings.SECRET_KEY = "another"
    send(client, form=token(), text="again")
    other = Submission.objects.latest("pk")
    assert other.sender != one.sender
    assert other.network != one.network


@pytest.mark.parametrize(
    ("proxies", "forwarded", "network"),
    [
        (0, "198.51.100.1", "192.0.2.9"),  # nobody vouches for the header
        (1, None, "192.0.2.9"),
        (1, "", "192.0.2.9"),
        (1, "198.51.100.1", "198.51.100.1"),
        (1, "203.0.113.5, 198.51.100.1", "198.51.100.1"),  # the first is the client's own word
        (2, "203.0.113.5, 198.51.100.1, 10.0.0.1", "198.51.100.1"),
        (2, "198.51.100.1", "198.51.100.1"),
        (1, "2001:db8:1:2345::1", "2001:db8:1:2300::/56"),
        (1, "::ffff:198.51.100.1", "198.51.100.1"),
        (1, "fe80::1%eth0", "fe80::/56"),
        (1, "unknown", ""),
        (1, "198.51.100.1:4711", "198.51.100.1"),
        (1, "[2001:db8:1:2345::1]:4711", "2001:db8:1:2300::/56"),
        (1, "198.51.100.1:port", ""),
        (1, "\x00, <b>", ""),
        (9, ",,,", "192.0.2.9"),
        (1, "1" * 10_000, ""),
    ],
)
def test_the_network_is_that_which_our_own_proxy_was_asked_from(
    settings, proxies, forwarded, network
):
    settings.TRUSTED_PROXIES = proxies
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    request = RequestFactory().post(FORM, headers=headers, REMOTE_ADDR="192.0.2.9")
    assert spam.network_of(request) == network


def test_without_a_network_nobody_is_counted_for_everybody_else(client):
    for n in range(3):
        Submission.objects.create(sender=f"x{n}", network="")
    origin = spam.Origin(sender="y", network="")
    assert not origin.exceeds_network
    assert origin.may_send_again_at() is None


# Did this answer you?


def answered(client, address=FORM):
    """Send the form, answer the enquiry, and return it."""
    send(client, address, text=f"{MARK} {timezone.now()}")
    enquiry = Enquiry.objects.latest("pk")
    enquiry.state, enquiry.answered_at = Enquiry.State.ANSWERED, timezone.now()
    enquiry.save()
    return enquiry


def say(client, enquiry, helped):
    response = client.post(f"{enquiry.get_absolute_url()}answered/", {"helped": helped})
    enquiry.refresh_from_db()
    return response


def said(enquiry):
    kinds = (Event.Kind.HELPED, Event.Kind.NOT_HELPED)
    return list(enquiry.events.filter(kind__in=kinds).values_list("kind", flat=True))


def test_looking_at_the_question_answers_nothing(client):
    enquiry = answered(client)
    for _ in range(3):
        page = read(client, f"{enquiry.get_absolute_url()}answered/?helped=no")
    assert page.words["h1"] == ["Did this answer you?"]
    assert page.words["button"][-2:] == ["Yes, it helped", "No, not yet"]
    client.head(f"{enquiry.get_absolute_url()}answered/?helped=no")
    enquiry.refresh_from_db()
    assert enquiry.helped is None
    assert enquiry.state == Enquiry.State.ANSWERED
    assert MARK not in page.text


def test_yes_is_kept_once(client):
    enquiry = answered(client)
    for _ in range(2):
        response = say(client, enquiry, "yes")
        assert "Nothing more is to be done" in read(client, response["Location"]).text
    assert enquiry.helped is True
    assert enquiry.state == Enquiry.State.ANSWERED
    assert said(enquiry) == ["helped"]


@pytest.mark.parametrize("has_somebody", [True, False])
def test_no_opens_the_enquiry_again(client, django_user_model, has_somebody):
    enquiry = answered(client)
    enquiry.answer_due = datetime.date(2020, 1, 1)
    if has_somebody:
        enquiry.assigned_to = django_user_model.objects.create(username="colleague")
    enquiry.save()
    for _ in range(2):
        response = say(client, enquiry, "no")
    page = read(client, response["Location"])
    assert "open again" in page.text
    assert FORM in [link for _, link in page.links]
    assert enquiry.state == (Enquiry.State.ASSIGNED if has_somebody else Enquiry.State.NEW)
    assert enquiry.helped is False
    assert not enquiry.is_overdue
    assert said(enquiry) == ["not-helped"]


def test_the_last_click_counts(client):
    enquiry = answered(client)
    for helped in ("yes", "no", "yes"):
        say(client, enquiry, helped)
    assert enquiry.helped is True
    assert enquiry.state == Enquiry.State.ANSWERED
    assert said(enquiry) == ["helped", "not-helped", "helped"]


def test_a_second_answer_may_not_help_either(client):
    enquiry = answered(client)
    say(client, enquiry, "no")
    enquiry.state = Enquiry.State.ANSWERED
    enquiry.save()
    say(client, enquiry, "no")
    assert enquiry.is_waiting
    assert said(enquiry) == ["not-helped"] * 2


def test_what_staff_opened_again_stays_open_when_the_visitor_is_content(client, django_user_model):
    enquiry = answered(client)
    handling.reopen(enquiry, django_user_model.objects.create(username="colleague"))
    say(client, enquiry, "yes")
    assert enquiry.is_waiting


@pytest.mark.parametrize("state", [Enquiry.State.NEW, Enquiry.State.SPAM])
def test_what_was_not_answered_is_not_asked_about(client, state):
    enquiry = answered(client)
    if state == Enquiry.State.NEW:
        enquiry.answered_at = None
    enquiry.state = state
    enquiry.save()
    for ask in (client.get, client.post):
        response = ask(f"{enquiry.get_absolute_url()}answered/", {"helped": "no"})
        assert response["Location"] == enquiry.get_absolute_url()
    enquiry.refresh_from_db()
    assert enquiry.helped is None


def test_any_other_word_than_yes_or_no_is_asked_again(client):
    enquiry = answered(client)
    response = say(client, enquiry, "perhaps\0")
    assert response.status_code == 422
    assert "Did this answer you?" in response.content.decode()
    assert enquiry.helped is None


def test_both_databases_have_the_fields_that_the_models_describe():
    call_command("makemigrations", "enquiries", check=True, dry_run=True, verbosity=0)
