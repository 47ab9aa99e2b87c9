"""Taking something down at the desk: why, what goes with it, and how it comes back."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.utils import timezone

from pages.models import Page
from partners.models import Partnership
from people.models import Person
from programmes.models import Programme
from publishing import workflow
from publishing.addresses import answers
from publishing.models import Gone, Plan, Revision

from .desk import address, save
from .site_map import Reading

pytestmark = pytest.mark.django_db

REASON = "It has ended, and is told of elsewhere."


@pytest.fixture
def era():
    return Programme.objects.get(slug="era")


def page_of(thing):
    return address(type(thing), "take_down", thing.pk)


def opened(client, thing):
    """Return what the page of ``thing`` shows, and what a browser would send from it."""
    response = client.get(page_of(thing))
    assert response.status_code == 200
    workflow.note_as_found(thing)
    return response.content.decode(), {"revision": workflow.latest(thing), "day": "", "time": ""}


def take_down(client, thing, **typed):
    _, form = opened(client, thing)
    return client.post(page_of(thing), form | {"reason": REASON, "_now": "x"} | typed)


def in_a_week():
    at = timezone.localtime() + timedelta(days=7)
    return {"day": f"{at:%Y-%m-%d}", "time": "09:00", "_schedule": "x"}


def test_visitors_no_longer_see_it_and_are_told_why(admin_client, client, era):
    response = take_down(admin_client, era)
    assert response.status_code == 302
    assert response.url == address(Programme, "change", era.pk)
    answer = client.get("/programmes/era/")
    assert answer.status_code == 410
    assert REASON in answer.content.decode()
    assert "/programmes/era/" not in client.get("/programmes/").content.decode()


def test_it_is_told_at_the_desk_and_logged(admin_client, era):
    html = admin_client.get(take_down(admin_client, era).url).content.decode()
    assert "Taken down: visitors no longer see it." in html
    assert LogEntry.objects.first().change_message == f"Taken down: {REASON}"
    assert Revision.objects.of(era).first().kind == "taken-down"


def test_a_reason_is_needed(admin_client, era):
    response = take_down(admin_client, era, reason=" ", leads_to="/contacts/")
    html = response.content.decode()
    assert response.status_code == 200
    assert "This field is required." in html
    assert 'value="/contacts/"' in html
    assert Programme.objects.get(pk=era.pk).is_published


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("/nowhere/", "Visitors find nothing at /nowhere/."),
        ("/admin/", "Visitors can’t follow an address of the admin."),
        ("http://example.org/", "Write a path of this site"),
        ("/programmes/era/", "This is the page that is taken down."),
        ("/Programmes/ERA", "This is the page that is taken down."),
    ],
)
def test_nobody_is_led_to_nothing(admin_client, era, typed, told):
    html = take_down(admin_client, era, leads_to=typed).content.decode()
    assert told in html
    assert typed in html
    assert REASON in html
    assert not Gone.objects.exists()


def test_the_target_is_followed_through_its_redirect(admin_client, era):
    take_down(admin_client, era, leads_to="/FAQs")
    assert Gone.objects.get().leads_to == "/faq/"


def test_the_page_says_what_goes_with_it_and_where_it_is_used(admin_client):
    talent = Programme.objects.get(slug="talent")
    text = Reading(opened(admin_client, talent)[0]).text
    assert "What goes with it" in text
    for one in talent.testimonials.public():
        assert str(one) in text
        assert text.count(str(one)) == 1  # among what goes, and not among what stays
    for page in talent.pages.all():
        assert str(page) in text


def test_who_is_behind_is_told_and_keeps_what_was_typed(admin_client, era):
    _, form = opened(admin_client, era)
    save(admin_client, era, summary="Wombats.")
    response = admin_client.post(page_of(era), form | {"reason": REASON, "_now": "x"})
    html = response.content.decode()
    assert "This was changed meanwhile" in html
    assert REASON in html
    assert Programme.objects.get(pk=era.pk).is_published


def test_a_draft_of_it_is_kept(admin_client, era):
    save(admin_client, era, summary="Wombats.")
    take_down(admin_client, era)
    assert workflow.pending(era).data["summary"] == "Wombats."
    assert Programme.objects.get(pk=era.pk).summary == "Wombats."


def test_it_may_be_taken_down_later(admin_client, client, era):
    response = take_down(admin_client, era, leads_to="/programmes/", **in_a_week())
    assert response.status_code == 302
    plan = Plan.objects.get()
    assert (plan.action, plan.reason, plan.leads_to) == ("take-down", REASON, "/programmes/")
    assert client.get("/programmes/era/").status_code == 200
    Plan.objects.update(at=timezone.now())
    assert workflow.carry_out_due() == (1, 0)
    assert REASON in client.get("/programmes/era/").content.decode()


def test_what_is_planned_is_shown_and_can_be_called_off(admin_client, era):
    take_down(admin_client, era, **in_a_week())
    html, _ = opened(admin_client, era)
    assert "To be taken down on" in html
    admin_client.post(page_of(era), {"_call_off": "x"})
    assert not Plan.objects.exists()
    html = admin_client.post(page_of(era), {"_call_off": "x"}).content.decode()
    assert "Nothing is planned any longer" in html


def test_a_time_that_has_passed_is_refused(admin_client, era):
    response = take_down(admin_client, era, **in_a_week() | {"day": "2020-01-01"})
    assert "This has passed" in response.content.decode()
    assert not Plan.objects.exists()


def test_who_may_not_publish_may_not_take_down(client, era):
    editor = User.objects.create_user("editor", is_staff=True)
    change = Permission.objects.get(codename="change_programme")
    editor.user_permissions.add(change)
    client.force_login(editor)
    assert client.get(page_of(era)).status_code == 403
    assert client.post(page_of(era), {"reason": REASON, "_now": "x"}).status_code == 403
    assert Programme.objects.get(pk=era.pk).is_published
    publish = Permission.objects.get(codename="publish_content")
    editor.user_permissions.add(publish)
    client.force_login(User.objects.get(pk=editor.pk))
    assert client.get(page_of(era)).status_code == 200


def test_the_partnership_stays(admin_client):
    partnership = Partnership.objects.get()
    html, form = opened(admin_client, partnership)
    assert "never taken down" in html
    assert 'name="reason"' not in html
    response = admin_client.post(page_of(partnership), form | {"reason": REASON, "_now": "x"})
    assert response.status_code == 200
    assert Partnership.objects.get().is_published == partnership.is_published


def test_what_is_not_public_has_nothing_to_take_down(admin_client, era):
    Programme.objects.filter(pk=era.pk).update(is_published=False)
    html, form = opened(admin_client, era)
    assert "there is nothing to take down" in html
    admin_client.post(page_of(era), form | {"reason": REASON, "_now": "x"})
    assert not Gone.objects.exists()


def test_the_words_of_a_list_go_and_the_list_stays(admin_client, client):
    page = Page.objects.get(path="/partners/")
    html, _ = opened(admin_client, page)
    assert 'name="leads_to"' not in html  # nobody finds less at that address
    take_down(admin_client, page)
    assert client.get("/partners/").status_code == 200
    assert not Gone.objects.exists()


def test_a_person_takes_what_they_said_along(admin_client, client):
    kelly = Person.objects.get(slug="kelly-vere")
    said = kelly.testimonials.public().first().quotation[:40]
    assert said in client.get("/programmes/talent/").content.decode()
    take_down(admin_client, kelly)
    assert said not in client.get("/programmes/talent/").content.decode()


def test_nobody_is_led_to_a_preview(admin_client, era):
    _, form = opened(admin_client, era)
    wanted = {"reason": REASON, "leads_to": "/preview/all/", "_now": "x"}
    response = admin_client.post(page_of(era), form | wanted)
    assert "This is an address of a preview" in response.content.decode()
    assert not answers("/preview/all/")
    assert Programme.objects.get(pk=era.pk).is_published
