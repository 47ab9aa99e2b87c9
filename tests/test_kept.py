"""What a process keeps of the content is as fresh as the content, and of no draft."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection, models, transaction
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext

from enquiries.routes import route_for
from pages.shared import shared
from pages.updates import public_updates
from pages.views import all_figures
from partners.models import Partnership
from people.models import Role
from people.team import team
from programmes.catalogue import catalogue
from programmes.models import Figure, Participation, Programme
from programmes.participation import participation
from publishing import version
from publishing.kept import OneVersionMiddleware, while_unchanged
from publishing.models import Update
from publishing.paging import in_order
from publishing.sandbox import sandbox
from publishing.version import TABLE
from topics.models import Topic
from topics.vocabulary import public_topics

pytestmark = pytest.mark.django_db


def name():
    return Partnership.objects.values_list("name", flat=True).get()


def rename(words):
    Partnership.objects.update(name=words)


def test_it_is_read_once_while_nothing_changes(committing_db):
    times = []
    kept = while_unchanged(lambda: times.append(1) or name())
    assert kept() == kept() == name()
    assert len(times) == 1


def test_it_is_read_again_after_any_change(committing_db):
    kept = while_unchanged(name)
    kept()
    rename("Renamed in bulk")
    assert kept() == "Renamed in bulk"
    with connection.cursor() as cursor:
        cursor.execute("UPDATE partners_partnership SET name = 'Renamed in SQL'")
    assert kept() == "Renamed in SQL"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_request_that_only_reads_asks_for_the_version_once(committing_db, rf, method):
    kept = while_unchanged(name)
    kept()

    def page(request):
        before = kept()
        rename("Renamed meanwhile")
        assert kept() == before, "its page is of one state of the content"
        return HttpResponse(before)

    with CaptureQueriesContext(connection) as captured:
        OneVersionMiddleware(page)(rf.generic(method, "/"))
    assert sum(TABLE in query["sql"] for query in captured) == 1
    assert kept() == "Renamed meanwhile"


def test_each_page_of_the_site_is_such_a_request(committing_db, client):
    client.get("/programmes/era/")
    with CaptureQueriesContext(connection) as captured:
        client.get("/programmes/era/")
    assert sum(TABLE in query["sql"] for query in captured) == 1


def test_what_a_request_reads_after_an_edit_is_kept_for_the_state_after_it(committing_db, rf):
    """A restore may bring the token back that the request began with, and other content."""
    early, late = while_unchanged(name), while_unchanged(name)
    early()

    def page(request):
        early()
        rename("Renamed meanwhile")
        return HttpResponse(late())

    OneVersionMiddleware(page)(rf.get("/"))
    assert late.kept == (version.current(), "Renamed meanwhile")


def test_a_request_that_writes_sees_what_it_wrote(committing_db, rf):
    kept = while_unchanged(name)

    def save(request):
        kept()
        rename("Renamed by it")
        return HttpResponse(kept())

    assert OneVersionMiddleware(save)(rf.post("/")).content == b"Renamed by it"


def test_the_next_request_sees_what_changed_even_after_one_that_failed(committing_db, rf):
    kept = while_unchanged(name)

    def fail(request):
        kept()
        raise ValueError

    with pytest.raises(ValueError):
        OneVersionMiddleware(fail)(rf.get("/"))
    rename("Renamed after it")
    assert kept() == "Renamed after it"
    rename("Renamed once more")
    answer = OneVersionMiddleware(lambda request: HttpResponse(kept()))(rf.get("/"))
    assert answer.content == b"Renamed once more"


def test_it_is_read_again_after_a_migration_that_has_no_triggers_yet(committing_db):
    """SQLite drops those of a table that it rebuilds; they come back at the end of ``migrate``."""
    kept = while_unchanged(name)
    kept()
    was = Partnership._meta.get_field("handle")
    now = models.CharField(max_length=40, blank=True)
    now.set_attributes_from_name("handle")
    with connection.schema_editor() as editor:
        editor.alter_field(Partnership, was, now)
        rename("Renamed by the migration")
    assert kept() == "Renamed by the migration"
    with connection.schema_editor() as editor:
        editor.alter_field(Partnership, now, was)
    call_command("migrate", verbosity=0)


def test_it_is_read_again_in_a_transaction_that_changed_something(committing_db):
    kept = while_unchanged(name)
    before = kept()
    with transaction.atomic():
        rename("Not committed")
        assert kept() == "Not committed"
        transaction.set_rollback(True)
    assert kept() == before


def test_nothing_read_in_a_sandbox_is_kept(committing_db):
    kept = while_unchanged(name)
    before = kept()
    with sandbox():
        rename("Drafted")
        assert kept() == "Drafted"
        assert "Drafted" not in kept.kept
    assert kept() == before


def test_what_is_shared_by_pages_is_read_anew_in_a_sandbox(committing_db):
    before = shared().partnership.name
    with sandbox():
        rename("Drafted")
        assert shared().partnership.name == "Drafted"
    assert shared().partnership.name == before


def test_what_changes_while_it_is_read_is_never_kept_as_new(committing_db):
    def read_slowly():
        found = name()
        if not changed.is_set():
            rename("Changed meanwhile")
            changed.set()
        return found

    changed = Event()
    kept = while_unchanged(read_slowly)
    kept()
    assert kept() == "Changed meanwhile"


def test_many_threads_read_it_once():
    times, began, go_on = [], Event(), Event()

    def read():
        times.append(1)
        began.set()
        go_on.wait(10)
        return "found"

    kept = while_unchanged(read)
    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(4) as threads:
        patch.setattr("publishing.version.current", lambda: "one")
        patch.setattr("publishing.version.may_lag", lambda: False)
        answers = [threads.submit(kept) for _ in range(4)]
        assert began.wait(10)
        go_on.set()
        assert [answer.result(10) for answer in answers] == ["found"] * 4
    assert len(times) == 1


def test_before_there_is_any_version_nothing_is_kept(monkeypatch):
    monkeypatch.setattr("publishing.version.current", lambda: None)
    monkeypatch.setattr("publishing.version.may_lag", lambda: False)
    found = iter("ab")
    kept = while_unchanged(lambda: next(found))
    assert [kept(), kept()] == ["a", "b"]


def test_a_role_handed_over_leads_elsewhere_at_once(committing_db):
    programme = Programme.objects.public().filter(contacts__holder__isnull=False).first()
    before = route_for(programme)
    Role.objects.filter(pk=before.role.pk).update(holder=None, deputy=None)
    after = route_for(programme)
    assert after.person != before.person
    assert after.unavailable == before.role


def test_who_leaves_the_team_is_not_listed_any_more(committing_db):
    first = team()[0]
    Role.objects.filter(pk=first.pk).update(is_in_team=False)
    assert first not in team()


def test_a_topic_that_is_hidden_or_renamed_is_listed_so_at_once(committing_db):
    first, second = public_topics()[:2]
    Topic.objects.filter(pk=first.pk).update(is_published=False)
    Topic.objects.filter(pk=second.pk).update(name="Renamed in bulk")
    assert first not in public_topics()
    assert "Renamed in bulk" in map(str, public_topics())


def test_an_update_of_what_is_hidden_by_now_is_not_public(committing_db):
    era = Programme.objects.get(slug="era")
    update = Update.objects.create(
        content_type=ContentType.objects.get_for_model(era), object_id=era.pk, is_new=True
    )
    assert public_updates() == [update.pk]
    Programme.objects.filter(pk=era.pk).update(is_published=False)
    assert public_updates() == []


def test_a_programme_taken_down_is_in_no_list_and_part_of_nothing_at_once(committing_db):
    part = next(one for one in catalogue().values() if one.public_parent)
    whole = part.public_parent
    assert part in whole.public_parts
    Programme.objects.filter(pk=whole.pk).update(is_published=False)
    assert whole.slug not in catalogue()
    assert catalogue()[part.slug].public_parent is None
    Programme.objects.filter(pk=whole.pk).update(is_published=True)
    Programme.objects.filter(pk=part.pk).update(is_published=False)
    assert part not in catalogue()[whole.slug].public_parts


def test_a_programme_in_a_sandbox_is_in_no_list_after_it(committing_db):
    with sandbox():
        Programme.objects.filter(slug="talent").update(name="Drafted")
        assert catalogue()["talent"].name == "Drafted"
    assert catalogue()["talent"].name != "Drafted"


def test_a_figure_that_is_hidden_or_moved_is_listed_so_at_once(committing_db):
    first, second = all_figures()[:2]
    Figure.objects.filter(pk=first).update(order=30_000, kind="context", unit="")
    assert all_figures()[0] == second
    Figure.objects.filter(pk=second).update(programme=None, is_published=False)
    assert second not in all_figures()


def test_a_figure_taken_down_while_its_page_is_made_is_not_shown(
    committing_db, client, monkeypatch
):
    figure = Figure.objects.filter(programme__is_published=True).first()

    def take_down_first(keys, things):
        Programme.objects.filter(pk=figure.programme_id).update(is_published=False)
        return in_order(keys, things)

    monkeypatch.setattr("pages.views.in_order", take_down_first)
    assert f'id="{figure.slug}"' not in client.get("/figures/").content.decode()


def test_who_leads_a_programme_somewhere_is_known_at_once(committing_db):
    row = Participation.objects.filter(lead=None)[0]
    role = Role.objects.public()[0]

    def leads():
        return participation([row.programme]).get(row.programme_id, {})

    assert leads()[row.partner_id] is None
    Participation.objects.filter(pk=row.pk).update(lead=role)
    assert leads()[row.partner_id] == role
    Role.objects.filter(pk=role.pk).update(is_published=False)
    assert leads()[row.partner_id] is None
    Participation.objects.filter(pk=row.pk).delete()
    assert row.partner_id not in leads()
