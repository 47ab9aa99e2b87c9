"""Publishing as a page of its own: what will change, now or later; and discarding a draft."""

import datetime

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.contrib.messages import get_messages
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from partners.models import Partnership
from people.models import Person, Role
from programmes.models import Figure, Programme
from publishing import state, workflow
from publishing.models import Plan, Redirect, Revision, Update
from publishing.zone import zone_name

from .desk import FormReader, address, save

pytestmark = pytest.mark.django_db

NOON = datetime.datetime(2027, 3, 10, 12, 0, 30, tzinfo=datetime.UTC)


@pytest.fixture
def era():
    return Programme.objects.get(slug="era")


@pytest.fixture(autouse=True)
def noon(monkeypatch):
    """It is Wednesday 10 March 2027, half a minute past twelve."""
    now = timezone.localtime
    monkeypatch.setattr(timezone, "localtime", lambda value=NOON, *zone: now(value, *zone))


@pytest.fixture
def writer(client):
    """A browser in which somebody is signed in who may write, and not publish."""
    user = User.objects.create_user("wanda", is_staff=True)
    may = ["change_programme", "view_programme"]
    user.user_permissions.set(Permission.objects.filter(codename__in=may))
    client.force_login(user)
    return client


def page_of(client, thing, step="publish"):
    """Return the answer of a page about ``thing``, and the form in it with what it would send."""
    response = client.get(address(type(thing), step, thing.pk))
    assert response.status_code == 200
    return response, FormReader(response.content.decode()).values


def was_published(thing):
    """Whether a draft of ``thing`` went live."""
    return Revision.objects.of(thing).filter(kind=Revision.Kind.PUBLISHED).exists()


def press(client, thing, button, step="publish", **typed):
    """Open the page, fill it in, and press ``button``."""
    _, form = page_of(client, thing, step)
    return client.post(address(type(thing), step, thing.pk), form | typed | {button: "yes"})


def text(response):
    return response.content.decode()


def told(response):
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


def last_logged(thing):
    entry = LogEntry.objects.filter(object_id=str(thing.pk)).first()
    return entry and entry.get_change_message()


# What it shows


def test_the_page_shows_what_will_change_under_the_headings_of_the_form(admin_client, era):
    figure = era.figures.first()
    data = state.read(era)
    data["summary"] = "Quokka."
    data["figures"][str(figure.pk)]["counts"] = "wombats"
    drafted(era, data)
    html = text(page_of(admin_client, era)[0])
    places = ["<h3>Text</h3>", "<dt>Summary</dt>", "Quokka.", "<h3>Figures</h3>", "wombats"]
    assert [place for place in places if place not in html] == []
    assert [html.index(place) for place in places] == sorted(html.index(place) for place in places)
    assert era.summary in html  # what it was
    assert "Visitors see nothing of this yet" not in html


def drafted(thing, data, user=None):
    base = workflow.note_as_found(thing)
    return workflow.save_draft(thing, user, data, base=base)


def test_of_something_new_all_is_shown_as_new(admin_client):
    person = Person.objects.create(given_name="Quentin", family_name="Quokka", slug="quokka")
    html = text(page_of(admin_client, person)[0])
    assert "All of it will be new to them" in html
    assert "Quentin" in html and "<del>" not in html
    press(admin_client, person, "_now")
    assert admin_client.get("/people/quokka/").status_code == 200


def test_nothing_to_publish_is_said_and_leads_back(admin_client, era):
    html = text(page_of(admin_client, era)[0])
    assert "There is nothing to publish" in html
    assert f'href="{address(Programme, "change", era.pk)}">Back to the form' in html
    assert "Publish now" not in html


def test_looking_at_the_page_changes_nothing(admin_client, era):
    save(admin_client, era, summary="Quokka.", slug="quokka")
    before = state.read(era), workflow.latest(era)
    page_of(admin_client, era)
    assert (state.read(era), workflow.latest(era)) == before
    assert not Redirect.objects.filter(leads_to="/programmes/quokka/").exists()


def test_a_page_that_moves_is_told_with_its_new_address(admin_client, era):
    save(admin_client, era, slug="quokka")
    assert "The page moves to /programmes/quokka/" in text(page_of(admin_client, era)[0])
    press(admin_client, era, "_now")
    assert admin_client.get("/programmes/era/").status_code == 301


def test_where_the_draft_undoes_what_was_changed_meanwhile_it_says_so(admin_client, era):
    save(admin_client, era, summary="Quokka.", who_takes_part="Wombats")
    Programme.objects.filter(pk=era.pk).update(summary="Changed past it.", short_name="Eric")
    html = text(page_of(admin_client, era)[0])
    assert "changed past it at the same places: Summary." in html
    press(admin_client, era, "_now")
    era.refresh_from_db()
    assert (era.summary, era.short_name) == ("Quokka.", "Eric")


def test_where_both_changed_it_to_the_same_nothing_is_undone(admin_client, era):
    save(admin_client, era, summary="Quokka.", who_takes_part="Wombats")
    Programme.objects.filter(pk=era.pk).update(summary="Quokka.")
    assert "changed past it" not in text(page_of(admin_client, era)[0])


@pytest.mark.parametrize("figures", [0, 30])
def test_the_page_takes_no_more_queries_with_more_figures(admin_client, era, figures):
    for number in range(figures):
        Figure.objects.create(
            programme=era,
            slug=f"quokkas-{number}",
            as_written=str(number),
            amount=number,
            counts="quokkas",
            kind=Figure.Kind.CONTEXT,
        )
    save(admin_client, era, summary="Quokka.")
    with CaptureQueriesContext(connection) as queries:
        page_of(admin_client, era)
    assert len(queries) < 60


# Publishing


def test_publishing_goes_live_is_logged_and_can_be_undone(admin_client, client, era):
    was = era.summary
    save(admin_client, era, summary="Quokka.")
    response = press(admin_client, era, "_now", note="As Alex asked.", public_note="A new name.")
    assert response["Location"] == address(Programme, "change", era.pk)
    assert "Quokka." in text(client.get("/programmes/"))
    published = workflow.last_published(era)
    assert (published.note, published.public_note) == ("As Alex asked.", "A new name.")
    assert published.user.username == "admin"
    assert Update.objects.of(era).get().note == "A new name."
    assert last_logged(era) == "Published."
    before = Revision.objects.of(era).get(kind="as-found")
    undo = f"{address(Programme, 'compare', era.pk)}?a={before.pk}&amp;b={published.pk}"
    assert before.data["summary"] == was
    assert 'href="/programmes/era/"' in told(response) and f'href="{undo}"' in told(response)
    assert admin_client.get(undo.replace("&amp;", "&")).status_code == 200


def test_what_was_never_public_before_offers_no_undoing(admin_client):
    person = Person.objects.create(given_name="Quentin", family_name="Quokka", slug="quokka")
    workflow.save_draft(person, None, state.read(person), base=None)
    response = press(admin_client, person, "_now")
    assert "/people/quokka/" in told(response) and "Undo" not in told(response)


def test_what_has_no_page_of_its_own_is_published_too(admin_client):
    role = Role.objects.filter(is_published=True).first()
    save(admin_client, role, title="Keeper of quokkas")
    response = press(admin_client, role, "_now")
    role.refresh_from_db()
    assert role.title == "Keeper of quokkas"
    assert told(response).startswith("Published. <a") and "compare" in told(response)


def test_an_error_keeps_from_publishing_and_from_planning(admin_client, era):
    save(admin_client, era, body="<p>Apply here:</p>")
    response, form = page_of(admin_client, era)
    assert "promises a link" in text(response)
    assert "Publish now" not in text(response) and "Schedule" not in text(response)
    form["revision"] = workflow.latest(era)
    for button in ({"_now": "yes"}, {"_schedule": "yes", "day": "2027-03-17", "time": "09:00"}):
        refused = admin_client.post(address(Programme, "publish", era.pk), form | button)
        assert refused.status_code == 200
    refused = admin_client.post(address(Programme, "publish", era.pk), form | {"_now": "yes"})
    assert "keeps it from being published" in text(refused)
    era.refresh_from_db()
    assert "Apply here" not in era.body and not Plan.objects.exists()


def test_an_error_keeps_the_timer_from_nothing_that_was_planned_without_it(
    admin_client, era, monkeypatch
):
    save(admin_client, era, body='<p>See <a href="/programmes/talent/">TALENT</a>.</p>')
    plan_it(admin_client, era)
    Programme.objects.filter(slug="talent").update(is_published=False)
    Plan.objects.update(at=timezone.now())
    assert workflow.carry_out_due() == (1, 0)
    era.refresh_from_db()
    assert "TALENT" in era.body


def test_a_value_that_cannot_be_used_keeps_from_publishing(admin_client, era):
    save(admin_client, era, slug="quokka")
    Programme.objects.filter(slug="talent").update(slug="quokka")
    html = text(page_of(admin_client, era)[0])
    assert "<strong>Slug:</strong>" in html and "Publish now" not in html


def test_an_older_page_publishes_nothing_and_keeps_what_was_typed(admin_client, era):
    save(admin_client, era, summary="Quokka.")
    _, form = page_of(admin_client, era)
    save(admin_client, era, summary="Wombat.")
    press_it = {"note": "Typed note.", "public_note": "Typed news.", "_now": "yes"}
    response = admin_client.post(address(Programme, "publish", era.pk), form | press_it)
    html = text(response)
    assert response.status_code == 200
    assert "changed meanwhile" in html and "Wombat." in html
    assert "Typed note." in html and "Typed news." in html
    era.refresh_from_db()
    assert "Wombat." not in era.summary
    again = FormReader(html).values | {"_now": "yes"}
    assert admin_client.post(address(Programme, "publish", era.pk), again).status_code == 302


def test_a_mistyped_field_does_not_hide_what_others_did_meanwhile(admin_client, era):
    save(admin_client, era, summary="Quokka.")
    _, form = page_of(admin_client, era)
    save(admin_client, era, summary="Wombat.")
    there = address(Programme, "publish", era.pk)
    html = text(admin_client.post(there, form | {"day": "soon", "_schedule": "yes"}))
    mended = FormReader(html).values | {"day": "2027-03-11", "time": "09:00", "_schedule": "yes"}
    assert "changed meanwhile" in text(admin_client.post(there, mended))
    assert not Plan.objects.exists()


@pytest.mark.parametrize("revision", ["", "0", "-1", "x", "9" * 30, "\u0663"])
def test_a_page_that_names_no_revision_publishes_nothing(admin_client, era, revision):
    save(admin_client, era, summary="Quokka.")
    response = press(admin_client, era, "_now", revision=revision)
    assert response.status_code == 200 and "changed meanwhile" in text(response)
    assert not was_published(era)


@pytest.mark.parametrize("step", ["publish", "take_down", "discard", "share", "restore"])
def test_a_number_that_no_text_can_hold_is_no_error(admin_client, era, step):
    save(admin_client, era, summary="Quokka.")
    odd = {"revision": "1\0", "state": "1\0", "reason": "Old.", "_now": "yes"}
    assert admin_client.post(address(Programme, step, era.pk), odd).status_code < 500
    assert workflow.pending(era).data["summary"] == "Quokka."


# Who may


def test_who_may_not_publish_sees_why_and_sends_it_for_review(writer, era):
    save(writer, era, summary="Quokka.")
    html = text(page_of(writer, era)[0])
    assert "Quokka." in html and "Your account may not publish." in html
    assert "Publish now" not in html and "Schedule" not in html
    response = press(writer, era, "_review", note="Please look.")
    assert response["Location"] == address(Programme, "change", era.pk)
    draft = workflow.pending(era)
    assert (draft.kind, draft.note, draft.user.username) == ("submitted", "Please look.", "wanda")
    assert draft.data["summary"] == "Quokka." and draft.base is not None
    assert last_logged(era) == "Sent for review."
    html = text(page_of(writer, era)[0])
    assert "It was sent for review" in html and 'name="_review"' not in html


@pytest.mark.parametrize("button", ["_now", "_schedule", "_call_off"])
def test_who_may_not_publish_cannot_press_what_is_not_there(writer, era, button):
    save(writer, era, summary="Quokka.")
    late = {"day": "2027-03-17", "time": "09:00"} if button == "_schedule" else {}
    assert press(writer, era, button, **late).status_code == 403
    assert not was_published(era) and not Plan.objects.exists()


def test_what_was_sent_for_review_is_not_sent_twice(writer, era):
    save(writer, era, summary="Quokka.")
    press(writer, era, "_review")
    response = press(writer, era, "_review", revision=workflow.latest(era))
    assert "sent for review already" in text(response)
    assert Revision.objects.of(era).filter(kind="submitted").count() == 1


def test_with_four_eyes_nobody_publishes_their_own_draft(admin_client, era, settings):
    settings.FOUR_EYES = True
    save(admin_client, era, summary="Quokka.")
    html = text(page_of(admin_client, era)[0])
    assert "somebody else publishes it" in html and "Publish now" not in html
    response = press(admin_client, era, "_now")
    assert response.status_code == 200 and "somebody else publishes it" in text(response)
    assert not was_published(era)
    Revision.objects.of(era).pending().update(user=None)
    assert press(admin_client, era, "_now").status_code == 302


def test_with_four_eyes_sending_a_draft_for_review_makes_nobody_its_writer(client, era, settings):
    settings.FOUR_EYES = True
    writer, other = (
        User.objects.create_superuser(name, f"{name}@example.org") for name in ("ann", "ben")
    )
    client.force_login(writer)
    save(client, era, summary="Quokka.")
    workflow.submit(era, other, expected=workflow.latest(era))
    assert not workflow.may_publish(writer, era)
    assert workflow.may_publish(other, era)


# Later


def plan_it(client, thing, day="2027-03-17", time="09:00", **typed):
    return press(client, thing, "_schedule", day=day, time=time, **typed)


def test_a_time_in_summer_is_londons(admin_client, era):
    save(admin_client, era, summary="Quokka.")
    html = text(page_of(admin_client, era)[0])
    assert "London time" in html and 'type="date"' in html and 'type="time"' in html
    response = plan_it(
        admin_client, era, "2027-06-02", "09:00", note="For June.", public_note="New."
    )
    assert response.status_code == 302
    plan = Plan.objects.of(era).get()
    assert plan.at == datetime.datetime(2027, 6, 2, 8, 0, tzinfo=datetime.UTC)
    assert (plan.note, plan.public_note, plan.action) == ("For June.", "New.", "publish")
    assert plan.revision == workflow.pending(era)
    assert "Wednesday 2 June 2027, 09:00 (London time)" in told(response)
    assert "Wednesday 2 June 2027, 09:00" in last_logged(era)


def test_what_is_planned_is_shown_and_can_be_called_off(admin_client, era):
    save(admin_client, era, summary="Quokka.")
    plan_it(admin_client, era)
    html = text(page_of(admin_client, era)[0])
    assert "To be published on Wednesday 17 March 2027, 09:00" in html
    there = address(Programme, "publish", era.pk)
    response = admin_client.post(there, {"_call_off": "yes"})
    assert response.status_code == 302 and not Plan.objects.exists()
    assert last_logged(era).startswith("Called off: publish on Wednesday 17 March 2027")
    assert workflow.pending(era).data["summary"] == "Quokka."
    again = admin_client.post(there, {"_call_off": "yes"})
    assert again.status_code == 200 and "Nothing is planned any longer" in text(again)


def test_planning_again_replaces_the_plan_and_publishing_now_ends_it(admin_client, era):
    save(admin_client, era, summary="Quokka.")
    plan_it(admin_client, era, public_note="A new name.")
    plan_it(admin_client, era, time="10:30")
    [plan] = Plan.objects.of(era)
    assert (f"{plan.at:%H:%M}", plan.public_note) == ("10:30", "A new name.")
    press(admin_client, era, "_now")
    assert not Plan.objects.exists()
    assert workflow.last_published(era).public_note == "A new name."


@pytest.mark.parametrize(
    ("day", "time", "why"),
    [
        ("", "09:00", "Choose a date."),
        ("2027-03-11", "", "Choose a time."),
        ("2027-03-09", "15:00", "This has passed: it is 12:00 on 10 March 2027."),
        ("2027-03-10", "11:59", "This has passed: it is 12:00 on 10 March 2027."),
        ("0001-01-01", "00:00", "This has passed"),
        ("2027-03-28", "01:30", "There is no 01:30 on 28 March 2027"),
        ("2027-10-31", "01:30", "There is 01:30 twice on 31 October 2027"),
        ("9999-12-31", "23:59", "Is the year right?"),
        ("soon", "09:00", "Enter a valid date."),
        ("2027-03-11", "25:00", "Enter a valid time."),
    ],
)
def test_a_time_that_cannot_be_is_refused_and_what_was_typed_is_kept(
    admin_client, era, day, time, why
):
    save(admin_client, era, summary="Quokka.")
    response = plan_it(admin_client, era, day, time, note="Typed note.")
    html = text(response)
    assert response.status_code == 200
    assert why in html
    assert ("Typed note." in html and f'value="{day}"' in html) or not day
    assert not Plan.objects.exists()


@pytest.mark.parametrize(
    ("day", "time"),
    [
        ("2027-03-10", "12:00"),
        ("2027-03-10", "12:01"),
        ("2027-03-28", "00:59"),
        ("2027-03-28", "02:00"),
        ("2027-10-31", "00:59"),
        ("2027-10-31", "02:00"),
        ("10/06/2027", "09:00"),
    ],
)
def test_times_from_this_minute_on_and_beside_a_change_of_clocks_are_fine(
    admin_client, era, day, time
):
    save(admin_client, era, summary="Quokka.")
    assert plan_it(admin_client, era, day, time).status_code == 302
    assert f"{timezone.localtime(Plan.objects.get().at):%H:%M}" == time


def test_times_are_those_of_the_zone_of_the_site(settings):
    assert zone_name() == "London"
    settings.TIME_ZONE = "America/New_York"
    assert zone_name() == "New York"


def test_a_time_is_never_passed_by_with_publish_now(admin_client, era):
    save(admin_client, era, summary="Quokka.")
    response = press(admin_client, era, "_now", day="2027-03-17", time="09:00")
    assert response.status_code == 200 and "press “Schedule”" in text(response)
    midnight = press(admin_client, era, "_now", time="00:00")
    assert midnight.status_code == 200
    assert not was_published(era)


def test_a_plan_that_failed_says_why(admin_client, era):
    save(admin_client, era, slug="quokka")
    plan_it(admin_client, era)
    Programme.objects.filter(slug="talent").update(slug="quokka")
    Plan.objects.update(at=timezone.now())
    assert workflow.carry_out_due() == (0, 1)
    html = text(page_of(admin_client, era)[0])
    assert "Failed:" in html and "already exists" in html


# Discarding


def test_discarding_shows_what_is_lost_and_loses_that_alone(admin_client, era):
    was = era.summary
    save(admin_client, era, summary="Quokka.")
    plan_it(admin_client, era)
    html = text(page_of(admin_client, era, "discard")[0])
    assert "Quokka." in html and "is called off with it" in html
    response = press(admin_client, era, "_discard", step="discard")
    assert response["Location"] == address(Programme, "change", era.pk)
    assert workflow.pending(era) is None and not Plan.objects.exists()
    assert workflow.drafted(era)["summary"] == was
    assert Revision.objects.of(era).filter(data__summary="Quokka.").exists()
    assert last_logged(era) == "Discarded the draft."


def test_discarding_from_an_older_page_is_refused_and_shows_what_is_there_now(admin_client, era):
    save(admin_client, era, summary="Quokka.")
    _, form = page_of(admin_client, era, "discard")
    save(admin_client, era, summary="Wombat.")
    response = admin_client.post(address(Programme, "discard", era.pk), form)
    html = text(response)
    assert response.status_code == 200 and "changed meanwhile" in html and "Wombat." in html
    assert workflow.pending(era).data["summary"] == "Wombat."


def test_without_a_draft_there_is_nothing_to_discard(admin_client, era):
    assert "There is no draft to discard." in text(page_of(admin_client, era, "discard")[0])
    posted = {"revision": workflow.latest(era)}
    response = admin_client.post(address(Programme, "discard", era.pk), posted)
    assert response.status_code == 200 and "There is no draft to discard." in text(response)


def test_what_was_never_public_is_not_discarded_but_deleted(admin_client):
    person = Person.objects.create(given_name="Quentin", family_name="Quokka", slug="quokka")
    workflow.save_draft(person, None, state.read(person), base=None)
    response, form = page_of(admin_client, person, "discard")
    assert "never public" in text(response) and form == {}
    assert f'href="{address(Person, "delete", person.pk)}"' in text(response)
    posted = {"revision": workflow.latest(person)}
    refused = admin_client.post(address(Person, "discard", person.pk), posted)
    assert refused.status_code == 200 and Person.objects.filter(pk=person.pk).exists()


def test_a_draft_of_what_was_taken_down_goes_back_to_what_was_last_public(admin_client, era):
    save(admin_client, era, summary="Quokka.")
    press(admin_client, era, "_now")
    workflow.take_down(era, None, expected=workflow.latest(era), reason="Over.")
    save(admin_client, Programme.objects.get(pk=era.pk), summary="Wombat.")
    assert "Wombat." in text(page_of(admin_client, era, "discard")[0])
    press(admin_client, era, "_discard", step="discard")
    era.refresh_from_db()
    assert era.summary == "Quokka." and not era.is_published


# The buttons of the form


def buttons(client, thing=None, model=None):
    page = address(type(thing), "change", thing.pk) if thing else address(model, "add")
    html = text(client.get(page))
    row = html[html.index('<div class="submit-row">') :]
    row = row[: row.index("</div>")]
    return [words for words in BUTTONS if f'value="{words}"' in row or f">{words}</a>" in row]


BUTTONS = [
    "Save draft",
    "Save draft and preview",
    "Publish…",
    "Send for review",
    "Discard draft",
    "Take down…",
    "History",
    "Delete",
    "Close",
]


def test_the_buttons_say_what_can_be_done(admin_client, era):
    saving = BUTTONS[:3]
    assert buttons(admin_client, era) == [*saving, "Take down…", "History"]
    save(admin_client, era, summary="Quokka.")
    assert buttons(admin_client, era) == [*saving, "Discard draft", "Take down…", "History"]
    assert buttons(admin_client, model=Programme) == saving
    person = Person.objects.create(given_name="Quentin", family_name="Quokka", slug="quokka")
    assert buttons(admin_client, person) == [*saving, "History", "Delete"]


def test_what_the_site_cannot_be_without_is_not_taken_down(admin_client):
    assert "Take down…" not in buttons(admin_client, Partnership.objects.get())


def test_who_may_not_publish_has_other_buttons(writer, era):
    assert buttons(writer, era) == [*BUTTONS[:2], "Send for review", "History"]


def test_who_may_only_look_has_no_button_to_save(client, era):
    user = User.objects.create_user("lena", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename="view_programme"))
    client.force_login(user)
    assert buttons(client, era) == ["Close"]


def test_publishing_from_the_form_saves_what_was_typed_and_leads_to_the_page(admin_client, era):
    response = save(admin_client, era, summary="Quokka.", _publish="yes")
    assert response["Location"] == address(Programme, "publish", era.pk)
    assert workflow.pending(era).data["summary"] == "Quokka."
