"""How long the history is kept, and what is left of somebody who is erased."""

from datetime import timedelta

import pytest
from django.core import serializers
from django.utils import timezone

from mi_site.jobs import JOBS
from partners.models import Partner
from people.models import Person, Role
from programmes.models import Programme, Testimonial
from publishing import retention, state, workflow
from publishing.models import Gone, Plan, Revision, Update
from timer.jobs import tick
from timer.models import JobRecord

from .desk import address, publish, save
from .site_map import Reading

pytestmark = pytest.mark.django_db

Kind = Revision.Kind


@pytest.fixture
def era():
    return Programme.objects.get(slug="era")


def age(revisions, **time):
    old = timezone.now() - timedelta(**time or {"days": 3 * 365})
    for revision in revisions:
        Revision.objects.filter(pk=revision.pk).update(created_at=old)


def kinds(thing):
    return list(Revision.objects.of(thing).values_list("kind", flat=True))


# What time deletes


def test_what_visitors_saw_is_kept_for_ever_and_all_else_for_two_years(admin_client, era):
    publish(admin_client, era, summary="Quokka.")
    age(Revision.objects.of(era), days=2 * 365 - 1)
    assert retention.purge() == 0
    age(Revision.objects.of(era), days=2 * 365 + 2)
    assert retention.purge() == 1
    assert kinds(era) == [Kind.PUBLISHED, Kind.AS_FOUND]


def test_a_draft_that_waits_is_kept_with_what_it_was_begun_from(admin_client, era):
    save(admin_client, era, summary="Quokka.")
    age(Revision.objects.of(era))
    assert retention.purge() == 0
    workflow.publish(era, None, expected=workflow.latest(era))
    era.refresh_from_db()
    assert era.summary == "Quokka."


def test_what_was_loaded_and_taken_down_years_ago_can_still_be_gone_back_to(admin_client, era):
    workflow.note_as_found(era)
    workflow.take_down(era, None, expected=workflow.latest(era), reason="Over.")
    save(admin_client, era, summary="Quokka.")
    age(Revision.objects.of(era))
    retention.purge()
    workflow.discard(era, None, expected=workflow.latest(era))
    assert state.read(era)["summary"] == era.summary


def test_what_a_draft_was_begun_from_goes_with_it_unless_visitors_saw_it(admin_client, era):
    Programme.objects.filter(pk=era.pk).update(is_published=False)
    save(admin_client, era, summary="Quokka.")
    save(admin_client, era, summary="Wombat.")
    Revision.objects.of(era).update(is_pending=False)
    age(Revision.objects.of(era))
    assert retention.purge() == len([Kind.AS_FOUND, Kind.DRAFT, Kind.DRAFT])
    assert kinds(era) == []


def test_drafts_that_were_discarded_go_after_two_years(admin_client, era):
    save(admin_client, era, summary="Quokka.")
    save(admin_client, era, summary="Wombat.")
    workflow.discard(era, None, expected=workflow.latest(era))
    age(Revision.objects.of(era))
    assert retention.purge() == len([Kind.DRAFT, Kind.DRAFT, Kind.DISCARDED])
    assert kinds(era) == [Kind.AS_FOUND]


def test_a_draft_that_is_planned_is_kept(admin_client, era):
    save(admin_client, era, summary="Quokka.")
    at = timezone.now() + timedelta(days=1)
    workflow.plan(era, None, Plan.Action.PUBLISH, at, expected=workflow.latest(era))
    Revision.objects.of(era).update(is_pending=False)
    age(Revision.objects.of(era))
    assert retention.purge() == 0


def test_the_timer_purges_daily_and_says_so(admin_client, era):
    publish(admin_client, era, summary="Quokka.")
    age(Revision.objects.of(era))
    assert tick([job for job in JOBS if job.every <= timedelta(days=1)]) == []
    assert JobRecord.objects.get(name="history").done == "1 deleted, 0 links cleared"


def test_links_that_ended_are_forgotten_some_time_after(admin_client, era):
    save(admin_client, era, summary="Quokka.")
    shared = Revision.objects.of(era).pending()
    for days, kept in ((-1, True), (1, True), (retention.TOKEN_DAYS + 1, False)):
        shared.update(token="t" * 40, token_until=timezone.now() - timedelta(days=days))
        retention.clear_tokens()
        assert bool(shared.get().token) is kept


def test_the_privacy_page_says_how_long(client):
    text = Reading(client.get("/privacy/").content.decode()).text
    assert text.count(f"all else for {retention.YEARS} years") == 2


# Whatever is deleted


def test_what_is_deleted_waits_no_longer_and_keeps_its_history(admin_client, era):
    publish(admin_client, era, summary="Quokka.", public_note="")
    save(admin_client, era, summary="Wombat.")
    at = timezone.now() + timedelta(days=1)
    workflow.plan(era, None, Plan.Action.PUBLISH, at, expected=workflow.latest(era))
    key = era.pk
    era.delete()
    left = Revision.objects.of_model(Programme).filter(object_id=str(key))
    assert left.filter(kind=Kind.PUBLISHED).exists()
    assert not left.filter(is_pending=True).exists()
    assert not Plan.objects.exists()
    assert not Update.objects.exists()


# Erasing somebody


@pytest.fixture
def kelly():
    person = Person.objects.get(slug="kelly-vere")
    Person.objects.filter(pk=person.pk).update(
        title="Dr", email="kelly@example.org", telephone="0115 496 0000"
    )
    person.refresh_from_db()
    return person


def everything():
    """Return all that the history, the plans, the updates and the pages taken down hold, as text."""
    rows = [*Revision.objects.all(), *Plan.objects.all(), *Update.objects.all()]
    return serializers.serialize("json", [*rows, *Gone.objects.all()], ensure_ascii=False)


def take_down(thing):
    workflow.take_down(thing, None, expected=workflow.latest(thing), reason="They left.")


def erase(admin_client, person):
    """Take down ``person`` and what they said, and delete them at the desk."""
    for thing in (person, *Testimonial.objects.filter(person=person)):
        thing.refresh_from_db()
        if thing.is_published:
            take_down(thing)
    response = admin_client.post(address(Person, "delete", person.pk), {"post": "yes"})
    assert response.status_code == 302
    assert not Person.objects.filter(pk=person.pk).exists()


def test_whoever_is_deleted_is_erased_from_their_own_history(admin_client, kelly):
    publish(admin_client, kelly, biography="Dr Kelly Vere knows all about quokkas.")
    save(admin_client, kelly, orcid="0000-0002-1825-0097", telephone="0115 496 0001")
    count = Revision.objects.of(kelly).count()
    erase(admin_client, kelly)
    for word in ("Kelly", "kelly", "Vere", "quokkas", "0115", "0000-0002-1825-0097"):
        assert word not in everything()
    own = Revision.objects.of_model(Person)
    assert own.count() >= count
    assert own.filter(kind=Kind.PUBLISHED, created_at__isnull=False).exists()


def test_their_name_and_addresses_go_from_the_history_of_everything_else(admin_client, kelly, era):
    published = publish(
        admin_client,
        era,
        summary="Ask Dr Kelly Vere, or K. Vere, at kelly@example.org.",
        who_takes_part="The verely many.",
    )
    workflow.take_down(
        era,
        None,
        expected=workflow.latest(era),
        reason="Kelly Vere left.",
        note_of_it="For K. Vere",
    )
    erase(admin_client, kelly)
    for word in ("Kelly", "K. Vere", "kelly@example.org"):
        assert word not in everything()
    published.refresh_from_db()
    assert published.data["summary"] == (
        "Ask [name removed], or [name removed], at [name removed]."
    )
    assert published.data["who_takes_part"] == "The verely many."
    assert Gone.objects.get(address="/programmes/era").reason == "[name removed] left."


def test_links_to_them_go_however_they_are_written(admin_client, kelly, era):
    link = '<p><a href="%s">Ask.</a></p>'
    written = [
        publish(admin_client, era, body=link % address)
        for address in ("/people/kelly-vere/", "/people/kelly-vere.vcf", "mailto:Kelly@Example.org")
    ]
    other = publish(admin_client, era, body=link % "/people/kelly-vere-jones/")
    publish(admin_client, era, body="<p>Quokka.</p>")
    take_down(kelly)
    Gone.objects.create(address="/us", reason="Old.", leads_to="/people/kelly-vere/")
    erase(admin_client, kelly)
    for revision in written:
        revision.refresh_from_db()
        assert "kelly" not in revision.data["body"].lower()
    other.refresh_from_db()
    assert "kelly-vere-jones" in other.data["body"]
    assert Gone.objects.get(address="/us").leads_to == ""


def test_names_that_they_had_before_go_too(admin_client, kelly):
    publish(admin_client, Partner.objects.get(slug="keele"), text="Ask Kelly Vere.")
    publish(admin_client, kelly, family_name="Quokka", slug="kelly-quokka")
    erase(admin_client, kelly)
    for word in ("Kelly", "Vere", "Quokka", "quokka"):
        assert word not in everything()


def test_what_was_said_at_their_address_is_forgotten(admin_client, client, kelly):
    take_down(kelly)
    assert Gone.objects.filter(address="/people/kelly-vere").exists()
    erase(admin_client, kelly)
    assert not Gone.objects.exists()
    assert client.get("/people/kelly-vere/").status_code == 404


def test_what_others_said_and_who_did_what_stays(admin_client, admin_user, kelly, era):
    published = publish(admin_client, era, summary="Quokka.")
    before = published.data
    erase(admin_client, kelly)
    published.refresh_from_db()
    assert published.data == before
    assert Revision.objects.of(era).filter(kind=Kind.DRAFT).get().user == admin_user


def test_the_page_that_deletes_somebody_says_what_happens(admin_client, kelly):
    for thing in (kelly, *Testimonial.objects.filter(person=kelly)):
        take_down(thing)
    page = admin_client.get(address(Person, "delete", kelly.pk)).content.decode()
    assert "erases them from the history of everything" in page


def test_a_draft_that_waits_is_published_without_the_name(admin_client, kelly, era):
    save(admin_client, era, summary="Ask Kelly Vere.")
    erase(admin_client, kelly)
    workflow.publish(era, None, expected=workflow.latest(era))
    era.refresh_from_db()
    assert era.summary == "Ask [name removed]."
    assert not Role.objects.filter(holder=kelly.pk).exists()


def test_what_they_said_goes_from_the_history_too(admin_client, kelly):
    testimonial = Testimonial.objects.filter(person=kelly).first()
    publish(admin_client, testimonial, quotation="I keep quokkas.")
    erase(admin_client, kelly)
    assert "quokkas" not in everything()
