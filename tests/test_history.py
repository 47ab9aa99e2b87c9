"""The history of a thing: what happened, what differs, and the way back."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from partners.models import Partner
from people.models import Role
from programmes.models import Figure, Programme
from publishing import state, workflow
from publishing.models import Plan, Revision

from .desk import address, form_of, publish, save
from .site_map import Reading

pytestmark = pytest.mark.django_db

Kind = Revision.Kind


@pytest.fixture
def era():
    return Programme.objects.get(slug="era")


@pytest.fixture
def editor(client, django_user_model):
    """A browser of somebody who may change programmes, and publish nothing."""
    user = django_user_model.objects.create_user("edith", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename="change_programme"))
    client.force_login(user)
    return client


def history(client, thing, **choice):
    response = client.get(address(type(thing), "history", thing.pk), choice)
    assert response.status_code == 200
    return response


def compare(client, thing, **choice):
    return client.get(address(type(thing), "compare", thing.pk), choice)


def restore(client, thing, revision, expected=None, **how):
    number = workflow.latest(thing) if expected is None else expected
    form = {"revision": number, "state": revision.pk}
    return client.post(address(type(thing), "restore", thing.pk), form, **how)


def words(response):
    return Reading(response.content.decode()).text


def newest(thing):
    return Revision.objects.of(thing).first()


def messages_of(response):
    return [str(message) for message in response.context["messages"]]


def last_message_of(response):
    return messages_of(response)[-1]


# The history


def test_the_history_tells_what_happened_the_newest_first(admin_client, era):
    publish(admin_client, era, summary="Quokka.")
    save(admin_client, era, summary="Wombat.")
    kinds = [revision.kind for revision in history(admin_client, era).context["page"]]
    assert kinds == [Kind.DRAFT, Kind.PUBLISHED, Kind.DRAFT, Kind.AS_FOUND]


def test_it_tells_what_each_step_changed(admin_client, era):
    save(admin_client, era, summary="Quokka.")
    save(admin_client, era, who_takes_part="Wombats")
    publish(admin_client, era, topics=[])
    places = [revision.places for revision in history(admin_client, era).context["page"]]
    assert places == [[], ["Topics"], ["Who takes part"], ["Summary"], []]


def test_it_says_who_and_with_which_notes(admin_client, admin_user, era):
    save(admin_client, era, summary="Quokka.")
    admin_user.first_name, admin_user.last_name = "Ada", "Boole"
    admin_user.save()
    workflow.publish(
        era,
        admin_user,
        expected=workflow.latest(era),
        note_of_it="Asked for by the board.",
        public_note="A new summary.",
    )
    text = words(history(admin_client, era))
    assert "Ada Boole" in text
    assert "Asked for by the board." in text
    assert "For visitors: A new summary." in text


def test_it_outlives_the_accounts_of_those_who_are_in_it(admin_client, django_user_model, era):
    ada = django_user_model.objects.create_superuser("ada")
    save(admin_client, era, summary="Quokka.")
    Revision.objects.of(era).update(user=ada)
    ada.delete()
    assert "Draft saved" in words(history(admin_client, era))
    assert form_of(admin_client, era)["summary"] == ["Quokka."]


def test_it_says_what_visitors_see_and_what_waits(admin_client, era):
    publish(admin_client, era, summary="Quokka.")
    save(admin_client, era, summary="Wombat.")
    text = words(history(admin_client, era))
    assert "Published What visitors see" in text
    assert "Draft saved Waits to be published" in text
    assert "Discard the draft" in text


def test_what_was_changed_outside_the_desk_is_in_it_and_said_so(admin_client, era):
    publish(admin_client, era, summary="Quokka.")
    Programme.objects.filter(pk=era.pk).update(summary="Wombat.")
    [found, *_] = history(admin_client, era).context["page"]
    assert found.kind == Kind.AS_FOUND
    assert "Outside the desk" in words(history(admin_client, era))


def test_what_is_planned_stands_above_it(admin_client, admin_user, era):
    save(admin_client, era, summary="Quokka.")
    at = timezone.now() + timedelta(days=1)
    workflow.plan(era, admin_user, Plan.Action.PUBLISH, at, expected=workflow.latest(era))
    assert "To be published on" in words(history(admin_client, era))


def test_a_long_history_has_pages_of_fifty_and_takes_no_query_for_each(
    admin_client, admin_user, era
):
    history(admin_client, era)
    with CaptureQueriesContext(connection) as few:
        history(admin_client, era)
    for _ in range(60):
        workflow.note(era, Kind.PUBLISHED, admin_user, state.read(era))
    with CaptureQueriesContext(connection) as many:
        assert len(history(admin_client, era).context["page"]) == 50
    assert len(many) == len(few)
    assert len(history(admin_client, era, page=2).context["page"]) == 11
    for nonsense in ("0", "-1", "99999999999999999999", "many"):
        history(admin_client, era, page=nonsense)


def test_who_may_only_look_sees_the_history_and_can_restore_nothing(
    admin_client, client, django_user_model, era
):
    publish(admin_client, era, summary="Quokka.")
    reader = django_user_model.objects.create_user("reader", is_staff=True)
    reader.user_permissions.set(Permission.objects.filter(codename="view_programme"))
    client.force_login(reader)
    assert "Restore" not in words(history(client, era))
    assert restore(client, era, newest(era)).status_code == 403
    pk = newest(era).pk
    assert compare(client, era, a=pk, b=pk).status_code == 403


def test_the_history_of_a_figure_is_that_of_its_programme(admin_client, era):
    figure = Figure.objects.filter(programme=era).first()
    response = admin_client.get(address(Figure, "history", figure.pk))
    assert response.url == address(Programme, "change", era.pk)


# Comparing


def test_any_two_states_are_compared_word_by_word_from_the_older_to_the_newer(admin_client, era):
    first = publish(admin_client, era, summary="A quokka eats leaves.")
    publish(admin_client, era, summary="A wombat eats leaves.")
    last = publish(admin_client, era, who_takes_part="Everybody.")
    for choice in ({"a": first.pk, "b": last.pk}, {"a": last.pk, "b": first.pk}):
        response = compare(admin_client, era, **choice)
        html = response.content.decode()
        assert "quokka</del>" in html
        assert "wombat</ins>" in html
        assert {change.key for change in response.context["changes"]} == {
            "summary",
            "who_takes_part",
        }


def test_two_states_that_are_the_same_are_said_to_be(admin_client, era):
    revision = publish(admin_client, era, summary="Quokka.")
    text = words(compare(admin_client, era, a=revision.pk, b=revision.pk))
    assert "Nothing: the two states are the same." in text


@pytest.mark.parametrize(
    "choice",
    [{}, {"a": "1"}, {"a": "", "b": ""}, {"a": "x", "b": "-3"}, {"a": "9" * 40, "b": "9" * 40}],
    ids=str,
)
def test_what_is_no_choice_of_two_leads_back_and_says_what_to_do(admin_client, era, choice):
    response = admin_client.get(address(Programme, "compare", era.pk), choice, follow=True)
    assert response.redirect_chain == [(address(Programme, "history", era.pk), 302)]
    assert messages_of(response) == ["Choose two states to compare."]


def test_states_of_something_else_are_not_found(admin_client, era):
    keele = Partner.objects.get(slug="keele")
    other = workflow.note_as_found(keele)
    own = workflow.note_as_found(era)
    assert compare(admin_client, era, a=own.pk, b=other.pk).status_code == 404
    assert compare(admin_client, era, a=own.pk, b=own.pk + 10**9).status_code == 404
    assert restore(admin_client, era, other).status_code == 404
    assert workflow.pending(era) is None


# Restoring


def test_an_earlier_state_becomes_a_draft_and_nothing_goes_live_by_it(admin_client, client, era):
    first = publish(admin_client, era, summary="Quokka.")
    publish(admin_client, era, summary="Wombat.")
    response = restore(admin_client, era, first)
    assert response.url == address(Programme, "publish", era.pk)
    assert form_of(admin_client, era)["summary"] == ["Quokka."]
    assert b"Wombat" in client.get("/programmes/").content
    assert b"Quokka" not in client.get("/programmes/").content
    assert newest(era).note.startswith("Restored from ")


def test_restoring_brings_back_parts_and_choices_and_publishing_it_the_whole_state(
    admin_client, era
):
    was = state.read(era)
    form = form_of(admin_client, era)
    counts = next(name for name in form if name.startswith("figures-0-counts"))
    publish(admin_client, era, topics=[], **{counts: "quokkas"})
    assert state.read(era) != was
    restore(admin_client, era, Revision.objects.of(era).last())
    workflow.publish(era, None, expected=workflow.latest(era))
    assert state.read(era) == was


def test_an_undo_is_three_clicks_away(admin_client, client, era):
    """From the form: the history, restore, publish."""
    was = era.summary
    publish(admin_client, era, summary="Quokka.")
    form = admin_client.get(address(Programme, "change", era.pk)).content.decode()
    assert f'href="{address(Programme, "history", era.pk)}"' in form
    page = history(admin_client, era).content.decode()
    oldest = Revision.objects.of(era).last()
    assert f'form="restore" name="state" value="{oldest.pk}"' in page
    assert f'action="{address(Programme, "restore", era.pk)}"' in page
    to_publish = restore(admin_client, era, oldest, follow=True)
    assert to_publish.redirect_chain == [(address(Programme, "publish", era.pk), 302)]
    workflow.publish(era, None, expected=workflow.latest(era))
    era.refresh_from_db()
    assert era.summary == was


def test_what_visitors_see_already_is_not_restored_and_that_is_said(admin_client, era):
    published = publish(admin_client, era, summary="Quokka.")
    response = restore(admin_client, era, published, follow=True)
    assert "That is what the public page shows already" in last_message_of(response)
    assert workflow.pending(era) is None


def test_who_may_not_publish_is_led_to_the_form(admin_client, editor, era):
    first = publish(admin_client, era, summary="Quokka.")
    publish(admin_client, era, summary="Wombat.")
    response = restore(editor, era, first, follow=True)
    assert response.redirect_chain == [(address(Programme, "change", era.pk), 302)]
    assert "Visitors see nothing of it yet." in last_message_of(response)


def test_restoring_from_an_older_page_is_refused(admin_client, era):
    first = publish(admin_client, era, summary="Quokka.")
    seen = workflow.latest(era)
    save(admin_client, era, summary="Wombat.")
    response = restore(admin_client, era, first, expected=seen, follow=True)
    assert "Nothing was restored." in last_message_of(response)
    assert workflow.pending(era).data["summary"] == "Wombat."


def test_a_draft_gives_way_to_what_is_restored_and_stays_in_the_history(admin_client, era):
    first = publish(admin_client, era, summary="Quokka.")
    publish(admin_client, era, summary="Wombat.")
    save(admin_client, era, summary="Bilby.")
    draft = newest(era)
    restore(admin_client, era, first)
    assert workflow.pending(era).data["summary"] == "Quokka."
    restore(admin_client, era, draft)
    assert workflow.pending(era).data["summary"] == "Bilby."


def test_what_is_not_public_holds_at_once_what_is_restored(admin_client):
    role = Role.objects.create(title="Quokka keeper", slug="quokka-keeper")
    save(admin_client, role, title="Wombat keeper")
    restore(admin_client, role, Revision.objects.of(role).last())
    role.refresh_from_db()
    assert role.title == "Quokka keeper"
    assert not role.is_published


def test_restoring_needs_the_button(admin_client, era):
    assert admin_client.get(address(Programme, "restore", era.pk)).status_code == 405
    for nonsense in ("", "x", "9" * 40):
        response = admin_client.post(
            address(Programme, "restore", era.pk), {"state": nonsense, "revision": nonsense}
        )
        assert response.status_code == 404


def test_saving_what_visitors_see_ends_the_draft_and_a_form_that_showed_it_is_told(
    admin_client, era
):
    was = era.summary
    save(admin_client, era, summary="Quokka.")
    form = form_of(admin_client, era)
    save(admin_client, era, summary=was)
    assert workflow.pending(era) is None
    response = admin_client.post(
        address(Programme, "change", era.pk), form | {"who_takes_part": "Wombats"}
    )
    assert "Not saved" in response.content.decode()
