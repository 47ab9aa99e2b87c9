"""The public site with a draft on it: for staff, and for whoever has the link."""

import datetime
import io
import logging
import re
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from faq.models import Question
from finder import index
from finder.models import UnansweredQuery
from pages.models import Page
from partners.models import Partner, Partnership
from people.models import Person, Role
from programmes.models import Figure, Programme, Testimonial
from publishing import preview as previews
from publishing import sharing, state, workflow
from publishing.models import Publishable, Revision
from topics.models import Topic

from .desk import address, save
from .site_map import Reading, addresses, data_files
from .test_page_cache import Site

pytestmark = pytest.mark.django_db

WORD = "quokka"


def draft(thing, user=None, **changes):
    """Draft ``changes`` of ``thing``, as its form does, and return the number that previews it."""
    base = workflow.note_as_found(thing)
    data = {**state.read(thing), **changes}
    if thing.is_live:
        return workflow.save_draft(thing, user, data, base=base).pk
    return workflow.keep_as_row(thing, data, user, Revision.Kind.DRAFT)[0].pk


def link_to(thing):
    return sharing.share(thing, expected=workflow.latest(thing)).token


def read(client, path):
    response = client.get(path)
    assert response.status_code == 200, (path, response.status_code)
    return Reading(response.content.decode())


@pytest.fixture
def era():
    return Programme.objects.get(slug="era")


@pytest.fixture
def keele():
    return Partner.objects.get(slug="keele")


@pytest.fixture
def editor(django_user_model):
    return django_user_model.objects.create_user("ed", is_staff=True)


# What it shows


@pytest.mark.parametrize(
    "page", ["", "programmes/", "programmes/era/", "contacts/", "find/?q=quokka"]
)
def test_a_draft_shows_on_every_page_that_will_show_it_and_visitors_see_none_of_it(
    admin_client, client, era, page
):
    number = draft(era, name="Quokka Accelerator", summary="A quokka.")
    assert "Quokka Accelerator" in read(admin_client, f"/preview/{number}/{page}").text
    client.logout()
    assert "Quokka Accelerator" not in read(client, f"/{page}").text


def test_a_page_is_what_visitors_read_once_the_draft_is_published(admin_client, client, era):
    number = draft(era, name="Quokka Accelerator", topics={}, body="<p>Of quokkas. Of wombats.</p>")
    pages = ["/", "/programmes/era/", "/contacts/", "/faq/", "/find/?q=energy"]
    shown = {page: main_of(read(admin_client, f"/preview/{number}{page}")) for page in pages}
    workflow.publish(era, None, expected=number)
    assert shown == {page: main_of(read(client, page)) for page in pages}


def main_of(reading):
    [words] = reading.words["main"]
    return words


def test_what_was_never_public_or_was_taken_down_shows_as_it_will(admin_client, client, era):
    new = Topic.objects.create(name="Quokkas", slug="quokkas")
    number = draft(new, name="Quokkas of today")
    assert "Quokkas of today" in read(admin_client, f"/preview/{number}/topics/").text
    workflow.note_as_found(era)
    workflow.take_down(era, None, expected=workflow.latest(era), reason="It ended.")
    era.refresh_from_db()
    number = draft(era, name="Quokka Accelerator")
    assert "Quokka Accelerator" in read(admin_client, f"/preview/{number}/programmes/era/").text
    assert client.get("/topics/quokkas/").status_code == 404
    assert client.get("/programmes/era/").status_code == 410


def test_a_page_that_was_taken_down_leads_on_inside_the_preview(admin_client, era, keele):
    workflow.note_as_found(era)
    workflow.take_down(
        era, None, expected=workflow.latest(era), reason="It ended.", leads_to="/programmes/talent/"
    )
    number = draft(keele, short_name="Wombat")
    response = admin_client.get(f"/preview/{number}/programmes/era/")
    assert response.status_code == 410
    assert f'href="/preview/{number}/programmes/talent/"' in response.content.decode()


def test_all_drafts_are_seen_together(admin_client, era, keele):
    draft(era, name="Quokka Accelerator")
    draft(keele, short_name="Wombat")
    reading = read(admin_client, "/preview/all/")
    assert {"Quokka Accelerator", "Wombat"} <= set(
        words_of(reading, ["Quokka Accelerator", "Wombat"])
    )
    assert "all 2 drafts" in reading.text


def words_of(reading, candidates):
    return [word for word in candidates if word in main_of(reading)]


def test_without_a_draft_all_of_them_are_the_public_site(admin_client, client):
    assert main_of(read(admin_client, "/preview/all/")) == main_of(read(client, "/"))


def test_a_draft_that_does_not_go_together_with_another_is_named_and_no_error(admin_client, era):
    draft(era, slug="quokka")
    draft(Programme.objects.get(slug="talent"), slug="quokka", name="Wombat")
    text = read(admin_client, "/preview/all/").text
    assert re.search("Not all of “.+” can be shown. Slug: .+ already exists", text)
    assert "Wombat" in text


def test_no_error_of_the_database_keeps_the_other_drafts_from_showing(
    admin_client, era, keele, monkeypatch
):
    draft(era, name="Quokka")
    draft(keele, short_name="Wombat")
    write = state.write

    def fail(thing, data):
        if thing == era:
            Programme.objects.create(pk=era.pk, slug=era.slug)
        return write(thing, data)

    monkeypatch.setattr(state, "write", fail)
    text = read(admin_client, "/preview/all/").text
    assert f"Not all of “{era}” can be shown." in text
    assert "Wombat" in text


# That it is a preview, and stays one


def test_every_page_is_marked_and_no_public_page_is(admin_client, client, era):
    number = draft(era, name="Quokka")
    for page in ["", "programmes/era/", "people/", "nowhere/", "enquire/"]:
        html = admin_client.get(f"/preview/{number}/{page}").content.decode()
        assert "<title>Preview: " in html, page
        assert '<section class="preview-bar" aria-label="Preview">' in html, page
        assert "css/preview.css" in html, page
    html = client.get("/").content.decode()
    assert "preview" not in html.lower()


def test_the_bar_says_whose_draft_it_is_and_leads_to_where_it_shows_and_to_its_form(
    admin_client, editor, era
):
    editor.first_name, editor.last_name = "Edwina", "Quokka"
    editor.save()
    number = draft(era, user=editor, slug="quokka")
    reading = read(admin_client, f"/preview/{number}/people/")
    [bar] = [words for words in reading.words["section"] if words.startswith("Preview.")]
    assert f"“{era}” as Edwina Quokka saved it on" in bar
    links = dict(reading.links)
    base = f"/preview/{number}"
    assert links["Where it shows"] == f"{base}/programmes/quokka/"
    assert links["In its list"] == f"{base}/programmes/"
    assert links["In the search"].startswith(f"{base}/find/?q=Energy%20Research")
    assert links["Back to the form"] == address(Programme, "change", era.pk)


def test_every_link_stays_in_the_preview(admin_client, era):
    draft(era, summary="Wombats.")
    workflow.publish(era, None, expected=workflow.latest(era))  # so that there is an update
    number = draft(
        era, body='<p>Quokkas. See <a href="/people/">us</a> and <a href="//x.org/">x</a>.</p>'
    )
    for page in addresses():
        response = admin_client.get(f"/preview/{number}{page}")
        if response.status_code == 404:  # the form, files: not in a preview
            continue
        reading = Reading(response.content.decode())
        links = [link for _, link in reading.links if link.startswith("/") and link[1:2] != "/"]
        outside = [link for link in links if not link.startswith(f"/preview/{number}/")]
        assert all(link.startswith("/admin/") for link in outside), page
        assert all(link.startswith(f"/preview/{number}/") for link in reading.searches), page
    links = dict(read(admin_client, f"/preview/{number}/programmes/era/").links)
    assert (links["us"], links["x"]) == (f"/preview/{number}/people/", "//x.org/")


def test_a_link_that_is_typed_is_as_it_was_on_the_public_page(client, era):
    draft(era, body='<p>Quokkas. See <a href="/people/">us</a>.</p>')
    workflow.publish(era, None, expected=workflow.latest(era))
    assert dict(read(client, "/programmes/era/").links)["us"] == "/people/"


def test_an_old_address_leads_on_inside_the_preview(admin_client, era):
    number = draft(era, slug="quokka")
    base = f"/preview/{number}/programmes"
    response = admin_client.get(f"{base}/era/?x=1", follow=True)
    assert [path for path, _ in response.redirect_chain] == [f"{base}/quokka/"]
    assert response.status_code == 200
    assert admin_client.get(f"{base}/quokka?x=1")["Location"] == f"{base}/quokka/?x=1"


def test_the_drawings_on_a_page_are_of_the_draft(admin_client, client, keele):
    number = draft(keele, slug="quokka")
    response = admin_client.get(f"/preview/{number}/mark.svg")
    assert response["Content-Type"] == "image/svg+xml"
    assert b"quokka" in response.content
    assert b"quokka" not in client.get("/mark.svg").content


NOT_SHOWN = [
    "/enquire/",
    "/data/",
    "/data/programmes.json",
    "/people/helen-turner.vcf",
    "/card.png",
    "/sitemap.xml",
    "/robots.txt",
    "/admin/",
    "/admin/auth/user/",
    "/preview/all/",
    "/find/?q=energy&format=json",
]


@pytest.mark.parametrize("path", NOT_SHOWN)
def test_what_is_no_page_to_read_is_not_in_the_preview(admin_client, era, path):
    number = draft(era, name="Quokka")
    response = admin_client.get(f"/preview/{number}{path}")
    assert response.status_code == 404
    assert b"Quokka" not in main_html(response)


def test_what_is_elsewhere_on_the_site_says_so_and_leads_there(admin_client, era):
    number = draft(era, name="Quokka")
    response = admin_client.get(f"/preview/{number}/enquire/?programme=era")
    reading = Reading(response.content.decode())
    assert reading.words["h1"] == ["This part of the site is not in the preview"]
    links = dict(reading.links)
    assert links["This part on the public site"] == "/enquire/?programme=era"
    assert links["The front page of the preview"] == f"/preview/{number}/"


def test_nothing_can_be_sent_to_a_preview(admin_client, era):
    number = draft(era, name="Quokka")
    for page in ["", "enquire/", "find/"]:
        response = admin_client.post(f"/preview/{number}/{page}", {"q": "x"})
        assert response.status_code == 404
        assert "not in the preview" in response.content.decode()


def test_a_form_without_its_token_is_refused_and_no_error(era):
    token = link_to_a_draft_of(era)
    response = Client(enforce_csrf_checks=True).post(f"/preview/{token}/", {"q": "x"})
    assert response.status_code == 403
    assert b"Quokka" not in response.content


def link_to_a_draft_of(thing):
    draft(thing, name="Quokka")
    return link_to(thing)


def test_files_of_open_data_are_not_in_the_preview(admin_client, era):
    number = draft(era, name="Quokka")
    for path in data_files():
        response = admin_client.get(f"/preview/{number}{path}")
        assert (response.status_code, b"Quokka" in main_html(response)) == (404, False), path


def main_html(response):
    return re.search(rb"<main.*</main>", response.content, re.S)[0]


def test_a_head_is_answered(admin_client, era):
    number = draft(era, name="Quokka")
    assert admin_client.head(f"/preview/{number}/programmes/era/").status_code == 200


def test_what_a_preview_shows_is_kept_by_nobody(admin_client, client, era):
    number, token = draft(era, name="Quokka"), link_to(era)
    paths = ["", "programmes/era/", "mark.svg", "find/?q=energy", "nowhere/", "enquire/"]
    for path in [*(f"{number}/{path}" for path in paths), *(f"{token}/{path}" for path in paths)]:
        response = (client if token in path else admin_client).get(f"/preview/{path}")
        assert response["Cache-Control"] == "no-store, private"
        assert response["X-Robots-Tag"] == "noindex, nofollow, noarchive"
        assert response["Referrer-Policy"] == "no-referrer"
        assert not {"ETag", "Last-Modified", "Set-Cookie"} & set(response.headers), path
        assert not response.cookies


def test_the_page_cache_keeps_no_preview_and_passes_it_by():
    site = Site()
    for _ in range(2):
        assert site.get("/preview/some-token/programmes/era/").status == 200
    assert site.renderings == 2
    assert not site.cache.store.pages


def test_a_preview_has_the_policy_of_public_pages(admin_client, client, era):
    number = draft(era, name="Quokka")
    policy = "Content-Security-Policy"
    assert admin_client.get(f"/preview/{number}/")[policy] == client.get("/")[policy]


def test_nothing_of_a_search_in_a_preview_is_kept(admin_client, client, era):
    number, token = draft(era, name="Quokka"), link_to(era)
    before = index.current.kept
    for key, browser in ((number, admin_client), (token, client)):
        browser.get(f"/preview/{key}/find/", {"q": "medieval manuscripts"})
    assert not UnansweredQuery.objects.exists()
    assert index.current.kept is before


def test_addresses_of_the_site_are_its_own_again_after_a_preview(admin_client, client, era):
    number = draft(era, name="Quokka")
    for page in ["", "nowhere/", "enquire/"]:
        admin_client.get(f"/preview/{number}/{page}")
        assert era.get_absolute_url() == "/programmes/era/"


def test_a_preview_that_fails_leaves_nothing_behind(admin_client, client, era, monkeypatch):
    number = draft(era, name="Quokka")
    monkeypatch.setattr("programmes.views.render", None)
    with pytest.raises(TypeError):
        admin_client.get(f"/preview/{number}/programmes/era/")
    monkeypatch.undo()
    assert era.get_absolute_url() == "/programmes/era/"
    assert "Quokka" not in read(client, "/programmes/era/").text


# Who may see it


def test_without_an_account_a_number_leads_to_the_sign_in(client, era):
    number = draft(era, name="Quokka")
    for key in (number, number + 1, "all"):
        response = client.get(f"/preview/{key}/programmes/era/")
        assert response.status_code == 302
        assert response["Location"] == f"/admin/login/?next=/preview/{key}/programmes/era/"


def test_staff_see_the_drafts_that_they_may_view(client, editor, era, keele):
    draft(keele, short_name="Wombat")
    number = draft(era, name="Quokka")
    client.force_login(editor)
    response = client.get(f"/preview/{number}/")
    assert response.status_code == 403
    assert b"Quokka" not in response.content
    editor.user_permissions.add(Permission.objects.get(codename="view_programme"))
    assert "Quokka" in read(client, f"/preview/{number}/").text
    text = read(client, "/preview/all/").text
    assert ("Quokka" in text, "Wombat" in text) == (True, False)


def test_an_account_that_is_no_staff_signs_in_with_another(client, django_user_model, era):
    number = draft(era, name="Quokka")
    client.force_login(django_user_model.objects.create_user("visitor"))
    assert client.get(f"/preview/{number}/").status_code == 302


def test_whoever_has_the_link_sees_the_draft_without_an_account(client, editor, era):
    editor.first_name = "Edwina"
    editor.save()
    draft(era, user=editor, name="Quokka Accelerator")
    token = link_to(era)
    reading = read(client, f"/preview/{token}/programmes/era/")
    assert "Quokka Accelerator" in reading.text
    assert "This link works until" in reading.text
    # Nothing of the desk: neither who saved it nor a way in.
    assert "Edwina" not in reading.text
    assert not any("/admin/" in link for _, link in reading.links)


def forget_the_token(thing):
    sharing.revoke(thing, expected=workflow.latest(thing))


def let_a_week_pass(thing):
    past = timezone.now() - datetime.timedelta(seconds=1)
    Revision.objects.pending().update(token_until=past)


ENDS = {
    "withdrawn": (forget_the_token, 404),
    "shared anew": (link_to, 404),
    "over": (let_a_week_pass, 410),
    "superseded": (lambda era: draft(era, name="Quokka of another day"), 410),
    "published": (lambda era: workflow.publish(era, None, expected=workflow.latest(era)), 410),
    "discarded": (lambda era: workflow.discard(era, None, expected=workflow.latest(era)), 410),
}


@pytest.mark.parametrize(("end", "status"), ENDS.values(), ids=ENDS)
def test_a_link_that_has_ended_shows_no_word_of_the_draft(client, era, end, status):
    draft(era, body="<p>Of wombats.</p>", slug="wombats")
    token = link_to(era)
    assert client.get(f"/preview/{token}/programmes/wombats/").status_code == 200
    end(era)
    response = client.get(f"/preview/{token}/programmes/wombats/")
    assert response.status_code == status
    html = response.content.decode()
    assert "wombats" not in html
    assert token not in html
    assert "Ask whoever sent it" in html
    assert response["Cache-Control"] == "no-store, private"


def test_a_link_works_for_seven_days(era):
    draft(era, name="Quokka")
    revision = sharing.share(era, expected=workflow.latest(era))
    assert revision.is_shared
    left = revision.token_until - timezone.now()
    assert datetime.timedelta(days=6, hours=23) < left <= datetime.timedelta(days=7)


def test_no_two_links_are_alike(era):
    draft(era, name="Quokka")
    tokens = {link_to(era) for _ in range(20)}
    assert len(tokens) == 20
    assert all(len(token) >= 43 and previews.is_token(token) for token in tokens)


def test_the_number_of_a_draft_that_was_replaced_has_ended(admin_client, era):
    number = draft(era, name="Quokka")
    draft(era, name="Wombat")
    assert admin_client.get(f"/preview/{number}/").status_code == 410


def test_a_draft_of_what_was_deleted_has_ended(admin_client, era):
    topic = Topic.objects.create(name="Quokkas", slug="quokkas")
    number = draft(topic, name="Quokkas of today")
    Topic.objects.filter(pk=topic.pk).delete()
    Revision.objects.filter(pk=number).update(is_pending=True)  # whatever deleted it forgot this
    assert admin_client.get(f"/preview/{number}/").status_code == 410
    assert admin_client.get("/preview/all/").status_code == 200


ODD_KEYS = [
    "0",
    "1",
    "999999999999999999",
    "9" * 19,
    "9" * 400,
    "all-",
    "ALL",
    "-",
    "_",
    "x" * 5000,
]
ODD_PATHS = [
    "..",
    "../../etc/passwd",
    "%00",
    "%0A",
    "%2e%2e%2f",
    "%252e",
    "//evil.example/",
    "\\evil",
    "programmes/%E2%80%AE/",
    "programmes/" + "x" * 5000 + "/",
    "x/" * 3000,
    "?" + "q=" * 50,
    "find/?q=%00",
    "contacts/?programme=%00&at=%FF",
    "programmes/era/#%20",
    "<script>",
]


@pytest.mark.parametrize("key", ODD_KEYS, ids=range(len(ODD_KEYS)))
def test_an_odd_key_is_not_found_and_no_error(admin_client, client, key):
    for browser in (admin_client, client):
        assert browser.get(f"/preview/{key}/").status_code in (302, 404)
    assert admin_client.get(f"/preview/{key}/").status_code == 404


@pytest.mark.parametrize("path", ODD_PATHS, ids=range(len(ODD_PATHS)))
def test_an_odd_path_is_no_error_and_leads_nowhere_else(admin_client, era, path):
    number = draft(era, name="Quokka")
    response = admin_client.get(f"/preview/{number}/{path}")
    assert response.status_code in (200, 302, 404)
    assert response.get("Location", "/preview/").startswith("/preview/")


# From the form


def test_save_and_preview_leads_to_the_page_as_it_is_drafted(admin_client, era):
    response = save(admin_client, era, slug="quokka", _preview="")
    number = workflow.pending(era).pk
    assert response["Location"] == f"/preview/{number}/programmes/quokka/"
    assert read(admin_client, response["Location"]).words["h1"] == [f"{era} ERA"]


PUBLISHABLE = [
    model
    for model in apps.get_models()
    if issubclass(model, Publishable) and model in admin.site._registry
]
TEXT = {
    Partnership: "strapline",
    Partner: "short_name",
    Person: "family_name",
    Role: "title",
    Programme: "name",
    Testimonial: "quotation",
    Question: "question",
    Page: "title",
    Topic: "name",
    Figure: "counts",
}


CHOSEN = {Figure: {"programme": None}, Page: {"path": "/people-and-skills/"}}


@pytest.mark.parametrize("model", PUBLISHABLE, ids=lambda model: model._meta.label)
def test_a_draft_of_anything_shows_where_its_preview_begins(admin_client, model):
    thing = model.objects.public().filter(**CHOSEN.get(model, {})).first()
    response = save(admin_client, thing, **{TEXT[model]: "Quokkas here", "_preview": ""})
    path, _, place = response["Location"].partition("#")
    reading = read(admin_client, path)
    assert "Quokkas here" in main_of(reading)
    assert not place or place in reading.ids


def test_a_draft_is_shared_and_withdrawn_at_the_desk(admin_client, client, era):
    draft(era, name="Quokka Accelerator", slug="quokka")
    page = address(Programme, "share", era.pk)
    assert "Make a link" in admin_client.get(page).content.decode()
    assert not Revision.objects.exclude(token=None).exists()

    admin_client.post(page, {"revision": workflow.latest(era), "_share": ""})
    [link] = re.findall(
        r'href="http[^"]+(/preview/[^"]+)"', admin_client.get(page).content.decode()
    )
    assert "Quokka Accelerator" in read(client, link).text

    admin_client.post(page, {"revision": workflow.latest(era), "_revoke": ""})
    assert client.get(link).status_code == 404
    assert "Make a link" in admin_client.get(page).content.decode()


def test_no_token_is_in_the_log_of_the_desk_or_in_its_messages(admin_client, era):
    draft(era, name="Quokka")
    page = address(Programme, "share", era.pk)
    response = admin_client.post(page, {"revision": workflow.latest(era)})
    token = workflow.pending(era).token
    entry = admin.models.LogEntry.objects.latest("pk")
    assert "link" in entry.change_message
    assert token not in entry.change_message
    assert token not in str(response.cookies)


def test_a_link_is_made_only_of_the_draft_that_whoever_made_it_saw(admin_client, era):
    seen = draft(era, name="Quokka")
    draft(era, name="Wombat")
    page = address(Programme, "share", era.pk)
    for posted in ({"revision": seen}, {"revision": "x"}, {}, {"revision": seen, "_revoke": ""}):
        html = admin_client.post(page, posted).content.decode()
        assert "This was changed meanwhile" in html
    assert workflow.pending(era).token is None


def test_without_a_draft_there_is_nothing_to_share(admin_client, era):
    workflow.note_as_found(era)
    page = address(Programme, "share", era.pk)
    assert "There is no draft" in admin_client.get(page).content.decode()
    html = admin_client.post(page, {"revision": workflow.latest(era)}).content.decode()
    assert "There is no draft to share" in html


def test_whoever_may_only_look_shares_nothing(client, editor, era):
    draft(era, name="Quokka")
    editor.user_permissions.add(Permission.objects.get(codename="view_programme"))
    client.force_login(editor)
    page = address(Programme, "share", era.pk)
    assert client.get(page).status_code == 403
    assert client.post(page, {"revision": workflow.latest(era)}).status_code == 403
    assert workflow.pending(era).token is None


def test_the_form_leads_to_the_preview_and_to_sharing(admin_client, era):
    number = draft(era, slug="quokka")
    html = admin_client.get(address(Programme, "change", era.pk)).content.decode()
    assert address(Programme, "share", era.pk) in html
    assert address(Programme, "preview", era.pk) in html
    response = admin_client.get(address(Programme, "preview", era.pk))
    assert response["Location"] == f"/preview/{number}/programmes/quokka/"


def test_no_line_that_the_site_logs_names_a_token(client, era, monkeypatch):
    draft(era, name="Quokka")
    token = link_to(era)
    [handler] = [h for h in logging.root.handlers if h.get_name() == "stderr"]
    written = io.StringIO()
    monkeypatch.setattr(handler, "stream", written)
    monkeypatch.setattr("pages.views.render", None)
    client.raise_request_exception = False
    assert client.get(f"/preview/{token}/").status_code == 500
    assert "Internal Server Error: /preview/" in written.getvalue()
    assert token not in written.getvalue()


# Beside those who write


@pytest.fixture
def readers_wait_for_nobody():
    """As with a file or PostgreSQL: of a database in memory SQLite locks whole tables."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA read_uncommitted = 1")
            yield
            cursor.execute("PRAGMA read_uncommitted = 0")
    else:
        yield


def test_a_preview_gives_way_to_who_writes_and_says_so(
    committing_db, readers_wait_for_nobody, admin_client, era
):
    number = draft(era, name="Quokka")
    locked, done = Event(), Event()

    def write():
        with transaction.atomic():
            Programme.objects.filter(pk=era.pk).update(name="Wombat")
            locked.set()
            done.wait(20)
        connection.close()

    with ThreadPoolExecutor(1) as threads:
        writing = threads.submit(write)
        locked.wait(20)
        try:
            response = admin_client.get(f"/preview/{number}/programmes/era/")
        finally:
            done.set()
        writing.result()
    assert response.status_code == 503
    assert "Somebody is saving just now" in response.content.decode()
    assert b"Quokka" not in response.content
    assert "Quokka" in read(admin_client, f"/preview/{number}/programmes/era/").text


def test_a_preview_takes_no_more_queries_with_more_to_show(admin_client, era):
    number = draft(era, name="Quokka", body="<p>Quokkas.</p>")
    pages = ["", "programmes/", "programmes/era/", "contacts/", "people/"]
    few = {page: queries(admin_client, f"/preview/{number}/{page}") for page in pages}
    for figure in range(30):
        era.figures.create(
            slug=f"f-{figure}", as_written="7", amount=7, counts="quokkas", kind="aim"
        )
    many = {page: queries(admin_client, f"/preview/{number}/{page}") for page in pages}
    assert many == few
    assert max(few.values()) <= 60


def queries(client, path):
    client.get(path)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured)
