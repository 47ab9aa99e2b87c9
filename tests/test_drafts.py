"""Drafts: what is saved at the desk, and what visitors see meanwhile."""

import pytest

from programmes.models import Programme
from publishing import state, workflow
from publishing.models import Revision

from .desk import address, form_of, publish, save

pytestmark = pytest.mark.django_db


@pytest.fixture
def era():
    return Programme.objects.get(slug="era")


def test_a_draft_is_in_the_form_and_not_on_the_page(admin_client, client, era):
    assert save(admin_client, era, summary="Quokka.").status_code == 302
    assert form_of(admin_client, era)["summary"] == ["Quokka."]
    era.refresh_from_db()
    assert "Quokka" not in era.summary
    assert b"Quokka" not in client.get("/programmes/").content
    assert workflow.pending(era).data["summary"] == "Quokka."


def test_publishing_shows_the_draft_to_visitors(admin_client, client, era):
    publish(admin_client, era, summary="Quokka.")
    assert b"Quokka" in client.get("/programmes/").content
    assert workflow.pending(era) is None


def test_parts_and_choices_are_drafted_with_it(admin_client, era):
    form = form_of(admin_client, era)
    counts = next(name for name in form if name.startswith("figures-0-counts"))
    before = state.read(era)
    topics = before["topics"]
    keep = list(topics)[1:]
    save(admin_client, era, topics=keep, **{counts: "quokkas"})
    assert state.read(era) == before
    draft = workflow.drafted(era)
    assert set(draft["topics"]) == set(keep)
    assert "quokkas" in {figure["counts"] for figure in draft["figures"].values()}
    workflow.publish(era, None, expected=workflow.latest(era))
    assert state.read(era) == draft


def test_saving_what_is_there_makes_no_draft(admin_client, era):
    save(admin_client, era)
    assert workflow.pending(era) is None
    assert [revision.kind for revision in Revision.objects.of(era)] == ["as-found"]


def test_a_save_from_an_older_form_is_refused(admin_client, era):
    form = form_of(admin_client, era)
    save(admin_client, era, summary="Quokka.")
    response = admin_client.post(
        address(Programme, "change", era.pk), form | {"who_takes_part": "Wombats"}
    )
    assert response.status_code == 200
    html = response.content.decode()
    assert "Not saved" in html and "Quokka" in html and "Wombats" in html
    assert workflow.pending(era).data["who_takes_part"] == era.who_takes_part
