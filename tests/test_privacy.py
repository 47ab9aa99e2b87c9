"""The privacy page says what the code holds: all of it, and for as long as it is really kept."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import models
from django.urls import reverse

from mi_site.jobs import JOBS
from mi_site.management.commands import start
from pages.privacy import HOLDINGS, cookies
from partners.models import Partnership
from people.models import Person
from publishing import workflow
from publishing.models import Redirect
from timer.jobs import tick

from .desk import save
from .site_map import read

pytestmark = pytest.mark.django_db

PAGE = "/privacy/"

# These hold nothing about anybody. A new model takes its place here, or in a section of the page.
NOTHING_PERSONAL = {
    "auth.Group",
    "auth.Permission",
    "contenttypes.ContentType",
    "enquiries.AnswerTemplate",
    "enquiries.Tally",  # numbers; an enquiry about somebody counts as about a person
    "faq.Question",
    "faq.QuestionTopic",
    "faq.Section",
    "finder.OutOfScope",
    "pages.Page",
    "pages.Passage",
    "programmes.Figure",
    "programmes.Link",
    "programmes.Participation",
    "programmes.ProgrammeTopic",
    "publishing.ContentVersion",
    "publishing.SourceDocument",
    "taggit.Tag",
    "taggit.TaggedItem",
    "timer.JobRecord",
    "topics.Topic",
}
TELLTALE = {
    "telephone",
    "orcid",
    "username",
    "family_name",
    "last_name",
    "password",
    "session_data",
}


def is_personal(field):
    people = (Person, get_user_model())
    return (
        isinstance(field, models.EmailField | models.GenericIPAddressField)
        or field.name in TELLTALE
        or (field.is_relation and field.related_model in people)
    )


def holds_personal_data(model):
    return any(is_personal(field) for field in [*model._meta.fields, *model._meta.many_to_many])


def declared():
    return [label for holding in HOLDINGS for label in holding.models]


def test_every_model_is_declared_or_holds_nothing_personal():
    everything = {model._meta.label for model in apps.get_models()}
    assert set(declared()) | NOTHING_PERSONAL == everything
    assert set(declared()) & NOTHING_PERSONAL == set()


def test_what_is_said_to_hold_nothing_personal_has_no_such_field():
    found = {model._meta.label for model in apps.get_models() if holds_personal_data(model)}
    assert found <= set(declared())


def test_every_section_stands_on_the_page(client):
    headings = read(client, PAGE).words["h2"]
    for holding in HOLDINGS:
        assert holding.heading in headings


def test_the_page_says_how_long_a_session_lasts(client, settings):
    assert "sessionid keeps you signed in. Kept for 14 days." in read(client, PAGE).text
    settings.SESSION_COOKIE_AGE = 3 * 24 * 60 * 60
    assert "sessionid keeps you signed in. Kept for 3 days." in read(client, PAGE).text
    settings.SESSION_EXPIRE_AT_BROWSER_CLOSE = True
    assert "Kept until it was shown, or the browser is closed." in read(client, PAGE).text


def test_the_desk_sets_no_other_cookie_and_keeps_none_longer(client, django_user_model):
    django_user_model.objects.create_superuser("ada", password="a long walk by the Trent")
    form = {"username": "ada", "password": "a long walk by the Trent"}
    client.get(reverse("admin:login"))
    client.post(reverse("admin:login"), form)
    person = Person.objects.first()
    assert save(client, person, honours="MBE").status_code == 302
    days = {name: days for name, days, _ in cookies()}
    assert set(client.cookies) == set(days)
    for name, cookie in client.cookies.items():
        assert not cookie["max-age"] or cookie["max-age"] <= 24 * 60 * 60 * days[name], name


def test_a_session_says_who_is_signed_in_and_nothing_else(client, admin_client):
    admin_client.get(reverse("admin:index"))
    session = Session.objects.get()
    assert set(session.get_decoded()) == {
        "_auth_user_id",
        "_auth_user_backend",
        "_auth_user_hash",
    }


def test_the_timer_deletes_sessions_that_have_ended_within_a_day(client):
    session = SessionStore()
    session.set_expiry(-1)
    session.save()
    tick([job for job in JOBS if job.every <= timedelta(days=1)])
    assert not Session.objects.exists()
    assert "Sessions that have ended are deleted once a day." in read(client, PAGE).text


def test_the_server_keeps_no_log_of_visits(monkeypatch):
    called = []
    monkeypatch.setattr(start.os, "execve", lambda *arguments: called.append(arguments))
    start.serve()
    [(_, arguments, environment)] = called
    assert not [argument for argument in arguments if "access" in argument]
    assert "GUNICORN_CMD_ARGS" not in environment
    assert settings.LOGGING["root"]["level"] == "WARNING"


def test_the_notes_of_an_account_go_with_it_and_so_do_the_names_in_them(
    client, admin_client, admin_user
):
    person = Person.objects.first()
    for thing in [person, *person.testimonials.all()]:
        workflow.take_down(thing, None, expected=workflow.latest(thing), reason="They asked.")
    admin_client.post(reverse("admin:people_person_delete", args=[person.pk]), {"post": "yes"})
    notes = apps.get_model("admin.LogEntry").objects
    assert [note.object_repr for note in notes.all()] == [str(person)]
    admin_user.delete()
    assert not notes.exists()
    said = "stays there after its entry was deleted, until the account of whoever made the change"
    assert said in read(client, PAGE).text


def test_a_former_name_leads_on_until_staff_delete_its_redirect(client):
    person = Person.objects.get(slug="helen-turner")
    person.slug = "helen-somebody-else"
    person.save()
    person.delete()
    assert Redirect.objects.filter(old_address="/people/helen-turner").exists()
    said = "the former one, which may hold a former name, leads to the new one, and is kept until"
    assert said in read(client, PAGE).text


def test_the_page_says_how_long_the_words_of_a_search_are_kept(client, settings):
    settings.UNANSWERED_QUERY_DAYS = 17
    text = read(client, PAGE).text
    assert "Words that nobody has asked for 17 days are deleted" in text
    assert "names that somebody types cannot be told from other words" in text


def test_what_only_the_owner_can_say_is_shown_as_missing(client):
    text = read(client, PAGE).text
    assert "Midlands Innovation has not yet said who is responsible in law" in text
    assert "Midlands Innovation has not yet said how to reach them about personal data" in text


def test_what_the_owner_says_takes_its_place(client):
    Partnership.objects.update(
        controller="The University of Somewhere", privacy_contact="privacy@example.org"
    )
    page = read(client, PAGE)
    assert "(its controller, in law): The University of Somewhere." in page.text
    assert ("privacy@example.org", "mailto:privacy@example.org") in page.links
    assert "has not yet said" not in page.text


def test_the_page_says_to_whom_to_complain(client):
    links = [link for _, link in read(client, PAGE).links]
    assert "https://ico.org.uk/make-a-complaint/" in links


def test_every_page_leads_to_it(client):
    assert ("Privacy", PAGE) in read(client, "/programmes/era/").links
