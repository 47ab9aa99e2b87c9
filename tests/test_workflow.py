"""The steps from a draft to the public page, taken past the forms: by the timer, a shell, two at once."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from enquiries import leaving
from finder.admin import add_synonyms
from pages.models import Page
from partners.models import Partnership
from people.models import Departure, HandOver, Person, Role
from programmes.models import Figure, Programme
from publishing import sandbox, state, version, workflow
from publishing.models import Plan, Revision, Update
from topics.models import Topic

from .at_once import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def era():
    return Programme.objects.get(slug="era")


def save(thing, **values):
    """Save ``values`` as a form would that was opened just now."""
    workflow.note_as_found(thing)
    return workflow.save(thing, None, typing(values), expected=workflow.latest(thing))


def typing(values):
    return lambda row, problems: not state.write(row, values)


def publish(thing, **how):
    return workflow.publish(thing, None, expected=workflow.latest(thing), **how)


def take_down(thing):
    return workflow.take_down(thing, None, expected=workflow.latest(thing), reason="It has ended.")


def discard(thing):
    return workflow.discard(thing, None, expected=workflow.latest(thing))


def kinds(thing):
    return [revision.kind for revision in Revision.objects.of(thing).order_by("pk")]


# The sandbox


def test_a_sandbox_leaves_no_trace_and_says_that_it_is_open(era):
    assert not sandbox.is_open()
    with sandbox.sandbox():
        assert sandbox.is_open()
        Programme.objects.all().delete()
    assert not sandbox.is_open()
    assert Programme.objects.filter(pk=era.pk).exists()


def test_what_fails_in_a_sandbox_comes_through_and_is_undone_too(era):
    with pytest.raises(ZeroDivisionError), sandbox.sandbox():
        Programme.objects.all().delete()
        raise ZeroDivisionError
    assert not sandbox.is_open()
    assert Programme.objects.filter(pk=era.pk).exists()


def test_what_waits_for_the_commit_is_forgotten_with_the_sandbox(
    era, django_capture_on_commit_callbacks
):
    called = []
    with django_capture_on_commit_callbacks(execute=True):
        with sandbox.sandbox():
            transaction.on_commit(lambda: called.append("drafted"))
        transaction.on_commit(lambda: called.append("saved"))
    assert called == ["saved"]


def test_in_a_sandbox_nothing_is_sure_to_be_of_the_content_version(committing_db):
    assert not version.may_lag()
    with sandbox.sandbox():
        assert version.may_lag()


def test_a_draft_moves_no_content_version_and_publishing_does(committing_db, era_committed):
    before = version.current()
    save(era_committed, summary="Quokka.")
    assert version.current() == before
    publish(era_committed)
    assert version.current() != before


@pytest.fixture
def era_committed(committing_db):
    return Programme.objects.get(slug="era")


# What a draft changes


def test_a_draft_keeps_what_is_put_right_in_the_rows_meanwhile(era):
    save(era, summary="Quokka.")
    Programme.objects.filter(pk=era.pk).update(who_takes_part="Wombats")
    assert workflow.drafted(era)["who_takes_part"] == "Wombats"
    publish(era)
    era.refresh_from_db()
    assert (era.summary, era.who_takes_part) == ("Quokka.", "Wombats")


def test_an_edit_of_the_rows_stays_when_a_form_from_before_is_saved(era):
    workflow.note_as_found(era)
    opened = state.read(era)
    Programme.objects.filter(pk=era.pk).update(who_takes_part="Wombats")
    form = opened | {"summary": "Quokka."}
    workflow.save(era, None, typing(form), expected=workflow.latest(era))
    publish(era)
    era.refresh_from_db()
    assert (era.summary, era.who_takes_part) == ("Quokka.", "Wombats")


def test_a_form_of_something_hidden_does_not_write_over_an_edit_that_it_never_showed():
    role = Role.objects.get(slug="mi-health-manager")
    take_down(role)
    opened = workflow.latest(role)
    Role.objects.filter(pk=role.pk).update(holder=None)
    with pytest.raises(workflow.Outdated):
        workflow.save(role, None, typing({"title": "Quokka"}), expected=opened)
    role.refresh_from_db()
    assert role.title != "Quokka"


def test_a_draft_of_what_somebody_hid_past_the_desk_becomes_its_own(era):
    save(era, summary="Quokka.", slug="quokka")
    Programme.objects.filter(pk=era.pk).update(is_published=False)
    save(era, who_takes_part="Wombats")
    assert workflow.pending(era).base is None
    era.refresh_from_db()
    assert (era.summary, era.slug, era.who_takes_part) == ("Quokka.", "quokka", "Wombats")
    publish(era)
    era.refresh_from_db()
    assert era.is_published


def test_taking_back_all_that_was_typed_ends_the_draft_and_an_older_form_is_told(era):
    was = era.summary
    save(era, summary="Quokka.")
    opened = workflow.latest(era)
    save(era, summary=was)
    assert workflow.pending(era) is None
    with pytest.raises(workflow.Outdated):
        workflow.save(era, None, typing({"summary": "Quokka."}), expected=opened)


def test_what_was_drafted_for_something_that_is_taken_down_waits_in_its_rows(era):
    save(era, summary="Quokka.", slug="talent-two")
    Programme.objects.filter(slug="talent").update(slug="talent-two")
    take_down(era)
    era.refresh_from_db()
    assert (era.summary, era.slug) == ("Quokka.", "era")
    assert "already exists" in workflow.pending(era).note


# Publishing


def test_a_draft_whose_slug_is_taken_is_refused_and_stays(era):
    save(era, slug="quokka", summary="Quokka.")
    Programme.objects.filter(slug="talent").update(slug="quokka")
    with pytest.raises(workflow.Invalid, match="already exists"):
        publish(era)
    assert workflow.pending(era).data["slug"] == "quokka"
    era.refresh_from_db()
    assert era.slug == "era"
    assert era.summary != "Quokka."


def test_what_was_deleted_meanwhile_is_dropped_and_the_history_says_so(era):
    role = Role.objects.create(title="Keeper", slug="keeper")
    before = state.read(era)["contacts"]
    save(era, contacts=before | {str(role.pk): {}}, summary="Quokka.")
    role.delete()
    published = publish(era)
    assert published.note == "Contacts: It was deleted."
    assert state.read(era)["contacts"] == before


def test_a_part_of_a_draft_is_no_part_of_anything_else_when_it_is_published(era):
    new = {"label": "Ours", "address": "", "handle": "", "order": 0, "source": [], "errata": []}
    other = Programme.objects.get(slug="talent").links.create(label="Theirs")
    save(era, links={str(other.pk): new} | state.read(era)["links"])
    drafted = workflow.drafted(era)["links"]
    assert str(other.pk) not in drafted
    other.refresh_from_db()
    assert other.programme.slug == "talent"


def test_publishing_news_tells_of_what_visitors_can_see(era):
    save(era, also_known_as=["Quokka"])
    publish(era)
    assert not Update.objects.exists()
    save(era, summary="Quokka.")
    publish(era, public_note="A new summary.")
    assert Update.objects.get().note == "A new summary."


def test_the_partnership_is_live_whatever_its_row_says():
    partnership = Partnership.objects.get()
    Partnership.objects.update(is_published=False)
    partnership.refresh_from_db()
    save(partnership, strapline="Quokka")
    assert Partnership.objects.get().strapline != "Quokka"
    publish(partnership)
    assert Partnership.objects.get().strapline == "Quokka"
    with pytest.raises(workflow.Refused):
        take_down(partnership)


# Going back


def test_discarding_what_was_taken_down_goes_back_to_what_visitors_saw_last(era):
    was = era.summary
    take_down(era)
    save(era, summary="Quokka.")
    discard(era)
    era.refresh_from_db()
    assert era.summary == was
    assert not era.is_published


def test_what_visitors_never_saw_has_nothing_to_go_back_to():
    new = Programme.objects.create(name="New", slug="new", kind="research", summary="New.")
    save(new, summary="Quokka.")
    with pytest.raises(workflow.Refused, match="never public"):
        discard(new)


def test_an_older_state_is_restored_to_a_draft_with_its_parts(era):
    workflow.note_as_found(era)
    first = Revision.objects.of(era).get()
    before = state.read(era)
    save(era, figures={}, summary="Quokka.")
    publish(era)
    workflow.restore(era, None, first, expected=workflow.latest(era))
    assert not era.figures.exists()
    publish(era)
    assert state.read(era) == before


def test_the_history_outlives_what_it_is_about(era):
    save(era, summary="Quokka.")
    workflow.plan(era, None, Plan.Action.PUBLISH, timezone.now(), expected=workflow.latest(era))
    number = era.pk
    era.delete()
    kept = Revision.objects.filter(object_id=str(number))
    assert kept.first().data["summary"] == "Quokka."
    assert not kept.filter(is_pending=True).exists()
    assert not Plan.objects.exists()
    assert workflow.carry_out_due() == (0, 0)


def test_what_goes_with_something_that_is_deleted_waits_no_longer():
    person = Person.objects.filter(testimonials__isnull=False).first()
    said = person.testimonials.first()
    save(said, quotation="Quokka.")
    person.delete()
    assert not Revision.objects.pending().exists()


# Past the desk, with a trace


def test_a_synonym_helps_at_once_and_leaves_a_draft_as_it_is(admin_user):
    topic = Topic.objects.get(slug="hydrogen")
    save(topic, name="Quokka")
    add_synonyms(topic, ["electrolyser stacks"], admin_user)
    assert "electrolyser stacks" in Topic.objects.get(pk=topic.pk).synonyms
    newest = Revision.objects.of(topic).first()
    assert (newest.user, newest.note) == (admin_user, "Added synonyms: electrolyser stacks.")
    assert "electrolyser stacks" in newest.data["synonyms"]
    publish(topic)
    topic.refresh_from_db()
    assert topic.name == "Quokka"
    assert "electrolyser stacks" in topic.synonyms


def test_handing_over_is_in_the_history_of_the_role_and_spares_its_draft(admin_user):
    role = Role.objects.get(slug="mi-health-manager")
    successor = Person.objects.get(slug="sue-clayton")
    save(role, title="Keeper of quokkas")
    departure = Departure.objects.create(
        person=role.holder, leaves_on=timezone.localdate(), entered_by=admin_user
    )
    HandOver.objects.create(departure=departure, role=role, successor=successor)
    leaving.carry_out(departure)
    newest = Revision.objects.of(role).first()
    assert newest.user == admin_user
    assert newest.data["holder"] == successor.pk
    publish(role)
    role.refresh_from_db()
    assert (role.title, role.holder) == ("Keeper of quokkas", successor)


# Two at once, and nobody who waits


def test_of_two_who_save_at_once_exactly_one_does(committing_db):
    for name in ("TALENT", "Era", "Health"):
        page = Page.objects.get(path="/about/")
        workflow.note_as_found(page)
        expected = workflow.latest(page)

        def saves(words, page=page, expected=expected):
            return lambda: workflow.save(
                page, None, typing({"description": words}), expected=expected
            )

        results = at_once(saves(f"{name} one."), saves(f"{name} two."))
        assert workflow.Outdated in results
        assert workflow.pending(page) in results


def test_of_saving_and_publishing_at_once_neither_loses_the_other(committing_db):
    page = Page.objects.get(path="/about/")
    save(page, description="Quokka.")
    expected = workflow.latest(page)
    saved, published = at_once(
        lambda: bool(workflow.save(page, None, typing({"title": "Wombats"}), expected=expected)),
        lambda: bool(workflow.publish(page, None, expected=expected)),
    )
    page.refresh_from_db()
    assert {saved, published} == {True, workflow.Outdated}
    if published is True:
        assert (page.description, workflow.pending(page)) == ("Quokka.", None)
    else:
        assert page.description != "Quokka."
        assert workflow.pending(page).data["description"] == "Quokka."
        assert workflow.pending(page).data["title"] == "Wombats"


def test_who_looks_at_what_is_noted_already_locks_and_writes_nothing(era):
    workflow.note_as_found(era)
    with CaptureQueriesContext(connection) as captured:
        workflow.note_as_found(era)
    asked = [query["sql"] for query in captured]
    assert all(sql.startswith("SELECT") for sql in asked)
    assert not any("FOR " in sql for sql in asked)


def test_a_revision_of_a_rows_own_state_is_written_once(era):
    for _ in range(3):
        workflow.note_as_found(era)
    assert kinds(era) == ["as-found"]


def test_a_plan_is_for_the_draft_that_was_there_when_it_was_made(era):
    save(era, summary="Quokka.")
    at = timezone.now() + timedelta(hours=1)
    workflow.plan(era, None, Plan.Action.PUBLISH, at, expected=workflow.latest(era))
    save(era, summary="Wombat.")
    assert not Plan.objects.exists()


def test_a_figure_of_a_programme_is_live_when_that_is():
    figure = Figure.objects.filter(programme__is_published=True).first()
    Figure.objects.filter(pk=figure.pk).update(is_published=False)
    assert Figure.objects.get(pk=figure.pk).is_live
    Programme.objects.filter(pk=figure.programme_id).update(is_published=False)
    assert not Figure.objects.get(pk=figure.pk).is_live
