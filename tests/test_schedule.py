"""What waits and what is scheduled: the desk tells it, and the timer does it, once."""

import re
from datetime import UTC, date, time, timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from enquiries import leaving
from mi_site.jobs import JOBS
from people.models import Departure, HandOver, Person, Role
from programmes.models import Programme, Testimonial
from publishing import reviews, workflow
from publishing.admin.times import moment
from publishing.models import Plan, Revision
from timer.jobs import tick
from timer.models import JobRecord
from topics.models import Topic

from .at_once import at_once
from .desk import publish, save
from .site_map import Reading

pytestmark = pytest.mark.django_db

PAGE = "/admin/drafts/"
INDEX = "/admin/"
Action = Plan.Action


@pytest.fixture
def era():
    return Programme.objects.get(slug="era")


@pytest.fixture
def staff(client, django_user_model):
    """Return a function that gives a browser of somebody with the given permissions."""

    def sign_in(*permissions):
        user = django_user_model.objects.create_user("edith", is_staff=True)
        user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
        client.force_login(user)
        return client

    return sign_in


def ago(**time):
    return timezone.now() - timedelta(**time)


def ahead(**time):
    return timezone.now() + timedelta(**time)


def plan(thing, at, action=Action.PUBLISH, user=None, **details):
    return workflow.plan(thing, user, action, at, expected=workflow.latest(thing), **details)


def words(client, page=PAGE):
    response = client.get(page)
    assert response.status_code == 200
    return Reading(response.content.decode()).text


def red(client):
    """Return the words of the desk's list that stand in red."""
    html = client.get(PAGE).content.decode()
    return " ".join(" ".join(re.findall(r'<p class="errornote">(.*?)</p>', html, re.S)).split())


def kinds(thing):
    return list(Revision.objects.of(thing).values_list("kind", flat=True))


# The timer


def test_what_is_planned_is_published_when_its_time_has_come_and_not_before(
    admin_client, client, era
):
    save(admin_client, era, summary="Quokka.")
    plan(era, ahead(minutes=1))
    assert workflow.carry_out_due() == (0, 0)
    assert b"Quokka" not in client.get("/programmes/").content
    Plan.objects.update(at=ago(seconds=1))
    assert workflow.carry_out_due() == (1, 0)
    assert b"Quokka" in client.get("/programmes/").content
    assert not Plan.objects.exists()


def test_what_is_planned_is_taken_down_with_its_reason(client, era):
    workflow.note_as_found(era)
    plan(era, ago(seconds=1), Action.TAKE_DOWN, reason="It has ended.")
    assert workflow.carry_out_due() == (1, 0)
    response = client.get("/programmes/era/")
    assert response.status_code == 410
    assert b"It has ended." in response.content


def test_the_timer_does_it_and_says_so_in_words(admin_client, era):
    save(admin_client, era, summary="Quokka.")
    plan(era, ago(seconds=1))
    assert tick(JOBS) == []
    assert JobRecord.objects.get(name="plans").done == "1 carried out, 0 refused"
    era.refresh_from_db()
    assert era.summary == "Quokka."


def test_late_ones_are_caught_up_in_the_order_of_their_times(admin_client, era):
    eiii = Programme.objects.exclude(pk=era.pk).filter(is_published=True).first()
    save(admin_client, era, summary="Quokka.")
    save(admin_client, eiii, summary="Wombat.")
    plan(era, ago(days=1))
    plan(eiii, ago(days=2))
    assert workflow.carry_out_due() == (2, 0)
    published = Revision.objects.filter(kind=Revision.Kind.PUBLISHED).order_by("pk")
    assert [revision.title for revision in published] == [str(eiii), str(era)]


def test_the_history_says_for_when_it_was_planned_and_by_whom(admin_client, admin_user, era):
    save(admin_client, era, summary="Quokka.")
    plan(era, ago(minutes=5), user=admin_user, note="For the board.", public_note="New.")
    workflow.carry_out_due()
    published = Revision.objects.of(era).first()
    assert published.user == admin_user
    assert published.note.startswith("As planned for ")
    assert published.note.endswith("For the board.")
    assert published.public_note == "New."


def test_what_was_planned_for_a_draft_that_was_saved_anew_never_happens(admin_client, era):
    save(admin_client, era, summary="Quokka.")
    plan(era, ago(seconds=1))
    save(admin_client, era, summary="Wombat.")
    assert workflow.carry_out_due() == (0, 0)
    assert kinds(era)[0] == Revision.Kind.DRAFT


@pytest.mark.parametrize("step", [workflow.discard, workflow.publish])
def test_what_was_planned_for_a_draft_that_is_none_any_more_never_happens(admin_client, era, step):
    save(admin_client, era, summary="Quokka.")
    plan(era, ahead(days=1))
    step(era, None, expected=workflow.latest(era))
    assert not Plan.objects.exists()


def test_what_cannot_be_done_stays_a_draft_and_says_why_once(admin_client, client, era):
    save(admin_client, era, slug="quokka")
    plan(era, ago(seconds=1))
    Programme.objects.filter(slug="talent").update(slug="quokka")
    assert workflow.carry_out_due() == (0, 1)
    assert workflow.carry_out_due() == (0, 0)
    assert "already exists" in Plan.objects.get().problem
    assert workflow.pending(era).data["slug"] == "quokka"
    assert client.get("/programmes/era/").status_code == 200


def test_one_that_breaks_stops_no_other_and_turns_the_timer_red(admin_client, monkeypatch, era):
    other = Programme.objects.exclude(pk=era.pk).filter(is_published=True).first()
    save(admin_client, era, summary="Quokka.")
    save(admin_client, other, summary="Wombat.")
    plan(era, ago(minutes=2))
    plan(other, ago(minutes=1))
    publish_one = workflow.publish

    def publish_all_but_era(thing, *arguments, **details):
        if thing == era:
            raise ValueError("the disk is full")
        return publish_one(thing, *arguments, **details)

    monkeypatch.setattr(workflow, "publish", publish_all_but_era)
    assert [job.name for job in tick(JOBS)] == ["plans"]
    other.refresh_from_db()
    assert other.summary == "Wombat."
    assert Plan.objects.count() == 1


def test_two_timers_at_once_publish_once(committing_db, admin_client):
    era = Programme.objects.get(slug="era")
    save(admin_client, era, summary="Quokka.")
    plan(era, ago(seconds=1))

    def carry_out():
        try:
            return workflow.carry_out_due()
        except ExceptionGroup as group:  # the database in memory is locked: see at_once
            raise group.exceptions[0] from None

    done = at_once(carry_out, carry_out)
    assert sum(number for number, _ in done) == 1
    assert kinds(era).count(Revision.Kind.PUBLISHED) == 1


@pytest.mark.parametrize(
    ("day", "hour_utc"),
    [
        (date(2027, 3, 26), 9),
        (date(2027, 3, 29), 8),
        (date(2027, 10, 29), 8),
        (date(2027, 11, 1), 9),
    ],
    ids=str,
)
def test_nine_in_the_morning_is_nine_on_either_side_of_a_change_of_clocks(
    admin_client, era, day, hour_utc
):
    save(admin_client, era, summary="Quokka.")
    plan(era, moment(day, time(9)))
    assert Plan.objects.get().at.astimezone(UTC).hour == hour_utc
    assert f"{day:%A} {day.day} {day:%B %Y}, 09:00" in words(admin_client)


# Reviews


def overdue():
    return set(Topic.objects.filter(is_overdue=True).values_list("slug", flat=True))


def test_a_review_is_overdue_from_the_day_after_and_no_longer_when_it_is_put_off():
    today = timezone.localdate()
    Topic.objects.filter(slug="energy").update(review_due=today)
    assert reviews.mark_overdue() == 0
    Topic.objects.filter(slug="energy").update(review_due=today - timedelta(days=1))
    assert reviews.mark_overdue() == 1
    assert overdue() == {"energy"}
    Topic.objects.filter(slug="energy").update(review_due=today + timedelta(days=300))
    assert reviews.mark_overdue() == 1
    assert overdue() == set()


def test_what_is_not_public_or_has_no_date_is_not_overdue():
    yesterday = timezone.localdate() - timedelta(days=1)
    energy = Topic.objects.filter(slug="energy")
    energy.update(review_due=yesterday, is_published=False)
    assert reviews.mark_overdue() == 0
    energy.update(is_published=True, review_due=None, is_overdue=True)
    assert reviews.mark_overdue() == 1
    assert overdue() == set()


def test_marking_is_no_edit_and_writes_nothing_where_nothing_changes():
    yesterday = timezone.localdate() - timedelta(days=1)
    Topic.objects.filter(slug="energy").update(review_due=yesterday)
    changed_at = Topic.objects.get(slug="energy").changed_at
    reviews.mark_overdue()
    assert Topic.objects.get(slug="energy").changed_at == changed_at
    with CaptureQueriesContext(connection) as captured:
        reviews.mark_overdue()
    assert not [query for query in captured if query["sql"].startswith("UPDATE")]


def test_the_timer_marks_reviews_and_visitors_are_told(client, era):
    Programme.objects.filter(pk=era.pk).update(
        review_due=timezone.localdate() - timedelta(days=1), is_overdue=False
    )
    before = words(client, "/programmes/era/")
    tick(JOBS)
    assert words(client, "/programmes/era/") != before


# Whoever leaves


@pytest.fixture
def kelly():
    return Person.objects.get(slug="kelly-vere")


def leave(person):
    departure = Departure.objects.create(person=person, leaves_on=timezone.localdate())
    leaving.carry_out(departure)
    person.refresh_from_db()


def test_nothing_that_was_planned_or_drafted_brings_back_whoever_left(admin_client, client, kelly):
    testimonial = Testimonial.objects.filter(person=kelly).first()
    for thing in (kelly, testimonial):
        save(admin_client, thing, source="")
        assert workflow.pending(thing)
        plan(thing, ago(seconds=1))
    leave(kelly)
    assert not Plan.objects.exists()
    tick(JOBS)
    for thing in (kelly, testimonial):
        thing.refresh_from_db()
        assert not thing.is_published
        assert workflow.pending(thing) is None
        assert kinds(thing)[0] == Revision.Kind.TAKEN_DOWN
    assert client.get("/people/kelly-vere/").status_code == 404


def test_a_draft_of_a_role_from_before_brings_back_nobody(admin_client, kelly):
    role = Role.objects.filter(holder__isnull=False, is_published=True).first()
    holder = role.holder
    save(admin_client, role, title="Keeper of quokkas")
    departure = Departure.objects.create(person=holder, leaves_on=timezone.localdate())
    successor = Person.objects.exclude(pk__in=[holder.pk, role.deputy_id or 0]).first()
    HandOver.objects.create(departure=departure, role=role, successor=successor)
    leaving.carry_out(departure)
    workflow.publish(role, None, expected=workflow.latest(role))
    role.refresh_from_db()
    assert role.title == "Keeper of quokkas"
    assert role.holder == successor


# The desk


def test_drafts_are_listed_with_what_was_sent_for_review_first(admin_client, era):
    keele = Programme.objects.exclude(pk=era.pk).filter(is_published=True).first()
    save(admin_client, era, summary="Quokka.")
    save(admin_client, keele, summary="Wombat.", _submit="1")
    drafts = admin_client.get(PAGE).context["drafts"]
    assert [draft.title for draft in drafts] == [str(keele), str(era)]
    text = words(admin_client)
    assert "Sent for review" in text
    assert "Quokka" not in text


def test_every_draft_leads_to_its_form_its_publishing_and_its_preview(admin_client, era):
    save(admin_client, era, summary="Quokka.")
    links = dict(Reading(admin_client.get(PAGE).content.decode()).links)
    form = f"/admin/programmes/programme/{era.pk}/"
    assert links[str(era)] == f"{form}change/"
    assert f"{form}publish/" in links.values()
    assert f"/preview/{workflow.pending(era).pk}/" in links.values()
    assert links["Preview the site with all drafts"] == "/preview/all/"


def test_what_is_scheduled_is_listed_with_its_time_and_who_planned_it(
    admin_client, admin_user, era
):
    save(admin_client, era, summary="Quokka.")
    plan(era, moment(date(2030, 1, 16), time(9)), user=admin_user)
    assert (
        f"{era} (programme) To be published on Wednesday 16 January 2030, 09:00, as admin planned."
        in words(admin_client)
    )


def test_what_is_late_or_failed_is_red_and_says_why(admin_client, era):
    save(admin_client, era, slug="quokka")
    plan(era, ago(minutes=5))
    assert "<strong>Late:</strong> To be published on" in red(admin_client)
    Programme.objects.filter(slug="talent").update(slug="quokka")
    workflow.carry_out_due()
    assert "<strong>Failed:</strong> To be published on" in red(admin_client)
    assert "Slug: Programme with this Slug already exists." in red(admin_client)


def test_the_front_of_the_desk_has_the_numbers_and_says_at_once_what_is_late(admin_client, era):
    tick(JOBS)
    assert "0 drafts; 0 scheduled" in words(admin_client, INDEX)
    save(admin_client, era, summary="Quokka.", _submit="1")
    plan(era, ahead(days=1))
    assert "1 draft, 1 sent for review; 1 scheduled" in words(admin_client, INDEX)
    assert "errornote" not in admin_client.get(INDEX).content.decode()
    Plan.objects.update(at=ago(minutes=5))
    html = admin_client.get(INDEX).content.decode()
    assert '<p class="errornote">1 scheduled step late or failed.' in html


def test_what_is_planned_is_called_off_with_one_press_and_that_is_logged(
    admin_client, admin_user, era
):
    save(admin_client, era, summary="Quokka.")
    planned = plan(era, ahead(days=1))
    response = admin_client.post(f"{PAGE}{planned.pk}/call-off/", follow=True)
    assert "called off: publish on" in response.content.decode()
    assert not Plan.objects.exists()
    assert workflow.pending(era)
    assert "Called off" in LogEntry.objects.first().change_message
    again = admin_client.post(f"{PAGE}{planned.pk}/call-off/", follow=True)
    assert "Nothing is called off" in again.content.decode()
    assert admin_client.get(f"{PAGE}{planned.pk}/call-off/").status_code == 405


def test_who_may_not_publish_calls_nothing_off(staff, admin_client, era):
    save(admin_client, era, summary="Quokka.")
    planned = plan(era, ahead(days=1))
    editor = staff("change_programme")
    assert "Call off" not in words(editor)
    assert editor.post(f"{PAGE}{planned.pk}/call-off/").status_code == 403
    assert Plan.objects.exists()


def test_each_sees_what_they_may_change_and_nothing_else(staff, admin_client, era):
    topic = Topic.objects.get(slug="energy")
    save(admin_client, era, summary="Quokka.")
    save(admin_client, topic, name="Quokkas")
    planned = plan(topic, ahead(days=1))
    editor = staff("change_programme", "publish_content")
    page = editor.get(PAGE)
    assert [draft.title for draft in page.context["drafts"]] == [str(era)]
    assert page.context["plans"] == []
    editor.post(f"{PAGE}{planned.pk}/call-off/")
    assert Plan.objects.exists()


def test_who_may_change_nothing_has_no_such_page(staff):
    reader = staff("view_programme")
    assert reader.get(PAGE).status_code == 403
    assert "Drafts and schedule" not in words(reader, INDEX)


def test_the_lists_take_as_many_queries_however_long_they_are(admin_client, admin_user):
    programmes = list(Programme.objects.filter(is_published=True)[:6])

    def draft(thing):
        base = workflow.note_as_found(thing)
        data = base.data | {"summary": "Quokka."}
        workflow.save_draft(thing, admin_user, data, base=base)
        plan(thing, ago(minutes=5), user=admin_user)

    draft(programmes[0])
    for page in (PAGE, INDEX):
        admin_client.get(page)
    with CaptureQueriesContext(connection) as few:
        admin_client.get(PAGE)
    for programme in programmes[1:]:
        draft(programme)
    with CaptureQueriesContext(connection) as many:
        admin_client.get(PAGE)
    assert len(many) == len(few)
    assert len(many) <= 15


def test_nothing_waits_is_said(admin_client):
    text = words(admin_client)
    assert "No draft waits." in text
    assert "Nothing is scheduled." in text


def test_publishing_takes_a_draft_from_the_list(admin_client, era):
    publish(admin_client, era, summary="Quokka.")
    assert "No draft waits." in words(admin_client)
