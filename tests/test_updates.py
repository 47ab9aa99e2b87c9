"""What was published is told on a page and in a feed: while it is public, and no more than that."""

import re
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from django.conf import settings
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from lxml import etree

from faq.models import Question
from mi_site.page_cache import in_front_of
from pages.updates import A_PAGE
from partners.models import Partner, Partnership
from people.models import Person, Role
from programmes.models import Figure, Programme, Testimonial
from publishing import workflow
from publishing.models import Publishable, Update
from topics.models import Topic

from .desk import address, form_of, publish, save
from .json_ld import nodes, of_type
from .site_map import Reading, content_models, delete_all_content, read

pytestmark = pytest.mark.django_db

PAGE, FEED = "/updates/", "/updates/feed.atom"
NOTE = "The quokkas have moved in."


@pytest.fixture
def era():
    return Programme.objects.get(slug="era")


def published(client, thing, note="", **changes):
    """Publish ``changes`` of ``thing`` at the desk, with a note for the public."""
    assert save(client, thing, **changes).status_code == 302
    workflow.publish(thing, None, expected=workflow.latest(thing), public_note=note)
    return Update.objects.first()


def told(thing, **values):
    """Let the list say that ``thing`` was published, as if it had been."""
    return Update.objects.create(
        content_type=workflow.content_type_of(thing),
        object_id=str(thing.pk),
        title=thing.headline,
        address=workflow.address_of(thing),
        is_new=False,
        **values,
    )


def rows(client, address=PAGE):
    """Return (words, address) of each update that the page lists."""
    main = client.get(address).content.decode().partition("<main")[2]
    found = Reading(main.partition('<ul class="rows"')[2].partition("</ul>")[0])
    return found.links


# What is told


def test_with_nothing_published_it_says_so(client):
    assert "Nothing has been published since this list began." in read(client, PAGE).text


def test_what_is_published_is_told_with_its_day_and_note(admin_client, client, era):
    update = published(admin_client, era, note=NOTE, summary="Quokkas.")
    page = read(client, PAGE)
    day = timezone.localtime(update.published_at)
    assert rows(client) == [(str(era), "/programmes/era/")]
    assert f"Changed, {day:%-d %B %Y}" in page.text
    assert NOTE in page.text
    assert "The words were written by the team" in page.text


def test_the_day_is_the_one_in_london(client, era):
    told(era, published_at=datetime.fromisoformat("2026-07-04T23:30:00+00:00"))
    assert "Changed, 5 July 2026" in read(client, PAGE).text


def test_what_is_new_is_told_from_what_changed(admin_client, client, era):
    Programme.objects.filter(pk=era.pk).update(is_published=False)
    workflow.publish(era, None, expected=workflow.latest(era))
    assert "New, " in read(client, PAGE).text
    let_a_day_pass()
    published(admin_client, Programme.objects.get(pk=era.pk), summary="Quokkas.")
    assert "Changed, " in read(client, PAGE).text
    assert [update.is_new for update in Update.objects.all()] == [False, True]


def let_a_day_pass():
    Update.objects.update(published_at=F("published_at") - timedelta(days=1))


def test_what_is_back_after_it_was_taken_down_is_not_new(client, era):
    workflow.note_as_found(era)
    workflow.take_down(era, None, expected=workflow.latest(era), reason="Old.")
    workflow.publish(era, None, expected=workflow.latest(era))
    assert "Changed, " in read(client, PAGE).text


def test_of_a_day_with_many_changes_one_is_told_and_those_with_a_note(admin_client, client, era):
    published(admin_client, era, summary="Quokkas.", note=NOTE)
    for summary in ("Wombats.", "Numbats.", "Bilbies."):
        published(admin_client, era, summary=summary)
    assert [update.note for update in Update.objects.all()] == ["", NOTE]
    let_a_day_pass()
    published(admin_client, era, summary="Dingoes.")
    assert [update.note for update in Update.objects.all()] == ["", "", NOTE]


def test_what_is_new_and_put_right_on_the_same_day_is_told_once_as_new(admin_client, client, era):
    Programme.objects.filter(pk=era.pk).update(is_published=False)
    workflow.publish(era, None, expected=workflow.latest(era))
    published(admin_client, Programme.objects.get(pk=era.pk), summary="Quokkas.")
    assert [update.is_new for update in Update.objects.all()] == [True]


def test_a_saved_draft_is_no_news(admin_client, client, era):
    save(admin_client, era, summary="Quokkas.")
    assert rows(client) == []


def test_what_visitors_never_see_is_no_news_without_a_note(admin_client, client, era):
    published(admin_client, era, also_known_as="Quokkas")
    assert rows(client) == []


def test_the_newest_comes_first(client, era):
    space = Programme.objects.get(slug="space")
    told(era, published_at=timezone.now() - timezone.timedelta(days=2))
    told(space)
    assert [words for words, _ in rows(client)] == [str(space), str(era)]


# What is public


THINGS = {
    "programme": lambda: Programme.objects.get(slug="era"),
    "partner": lambda: Partner.objects.get(slug="keele"),
    "person": lambda: Person.objects.get(slug="helen-turner"),
    "role": lambda: Role.objects.get(slug="mi-director"),
    "topic": lambda: Topic.objects.get(slug="energy"),
    "question": lambda: Question.objects.get(slug="why-place-matters"),
    "figure": lambda: Figure.objects.public().filter(programme=None)[0],  # its key is a UUID
    "testimonial": lambda: Testimonial.objects.get(slug="kelly-vere"),
    "partnership": lambda: Partnership.objects.get(),
    "page": lambda: model_named("Page").objects.get(slug="people-and-skills"),
}


def model_named(name):
    return next(model for model in content_models() if model.__name__ == name)


def test_every_kind_that_is_published_is_tried():
    kinds = {type(thing()) for thing in THINGS.values()}
    assert kinds == {model for model in content_models() if issubclass(model, Publishable)}


@pytest.mark.parametrize("kind", THINGS)
def test_every_kind_is_told_while_it_is_public(client, kind):
    thing = THINGS[kind]()
    told(thing, note=NOTE)
    assert rows(client) == [(" ".join(thing.headline.split()), thing.get_absolute_url())]
    assert client.get(rows(client)[0][1], follow=True).status_code == 200
    assert NOTE in client.get(FEED).content.decode()
    if thing.can_be_taken_down:
        type(thing).objects.filter(pk=thing.pk).update(is_published=False)
        assert rows(client) == []
        assert NOTE not in client.get(FEED).content.decode()


def test_what_depends_on_something_goes_with_it(client):
    said = THINGS["testimonial"]()
    told(said)
    Person.objects.filter(pk=said.person_id).update(is_published=False)
    assert rows(client) == []


def test_what_was_deleted_is_told_no_longer(client, era):
    told(era)
    Programme.objects.filter(pk=era.pk).delete()
    assert rows(client) == []


def test_another_thing_with_the_same_number_is_another_thing(client, era):
    told(era)
    Person.objects.create(pk=987654, family_name="Bloggs", slug="bloggs", is_published=True)
    Update.objects.update(object_id="987654")
    assert rows(client) == []


# Names and addresses


def test_it_goes_by_the_name_and_address_that_things_have_now(admin_client, client, era):
    published(admin_client, era, summary="Quokkas.", note=NOTE)
    publish(admin_client, era, slug="quokkas", name="House of Quokkas")
    assert set(rows(client)) == {("House of Quokkas", "/programmes/quokkas/")}
    assert len(rows(client)) == 2


def test_a_rename_past_the_desk_is_followed(client, era):
    told(era)
    era.slug, era.name = "quokkas", "House of Quokkas"
    era.save()
    assert rows(client) == [("House of Quokkas", "/programmes/quokkas/")]


def test_a_drafted_name_is_not_told(admin_client, client, era):
    told(era)
    save(admin_client, era, name="House of Quokkas", slug="quokkas")
    form_of(admin_client, era)
    assert rows(client) == [(str(era), "/programmes/era/")]


def test_who_has_left_is_named_in_no_note(client, django_user_model):
    kelly = Person.objects.get(slug="kelly-vere")
    told(THINGS["programme"](), note=f"{kelly} leads it, with Jo Bloggs.")
    told(kelly)
    assert kelly.family_name in read(client, PAGE).text
    Person.objects.filter(pk=kelly.pk).update(is_published=False)
    kelly.departures.create(leaves_on=timezone.localdate(), carried_out_at=timezone.now())
    for page in (PAGE, FEED):
        html = client.get(page).content.decode()
        assert kelly.family_name not in html
        assert "[name removed] leads it, with Jo Bloggs." in html


# Its parts


def test_it_is_shown_in_parts(client, era):
    for number in range(A_PAGE + 1):
        told(era, note=f"Number {number}.")
    first, second = read(client, PAGE), read(client, f"{PAGE}?page=2")
    assert ("Next", f"{PAGE}?page=2") in first.links
    assert ("Previous", PAGE) in second.links
    assert "Number 0." not in first.text
    assert "Number 0." in second.text
    assert len(rows(client)) == A_PAGE
    assert first.words["title"] != second.words["title"]
    assert first.description != second.description
    assert canonical(first) == f"{settings.BASE_URL}{PAGE}"
    assert canonical(second) == f"{settings.BASE_URL}{PAGE}?page=2"
    assert canonical(read(client, f"{PAGE}?page=1")) == canonical(first)


def canonical(page):
    return next(a["href"] for tag, a in page.elements if a.get("rel") == "canonical")


@pytest.mark.parametrize(
    "page",
    [
        "2",
        "0",
        "-1",
        "",
        "x",
        "1.5",
        "01",
        "+1",
        "%201",
        "%00",
        "9" * 5000,
        "1e3",
        "%f0%9f%90%a8",
        "nan",
    ],
)
def test_a_part_that_is_not_there_is_not_found(client, page):
    assert client.get(f"{PAGE}?page={page}").status_code == 404


def test_it_takes_the_same_queries_for_any_number(client):
    def queries(page):
        client.get(page)  # what is kept while content stays the same is read by the first
        with CaptureQueriesContext(connection) as captured:
            assert client.get(page).status_code == 200
        return len(captured)

    told(THINGS["programme"]())
    few = [queries(page) for page in (PAGE, FEED)]
    for thing in THINGS.values():
        for _ in range(5):
            told(thing(), note=NOTE)
    assert [queries(page) for page in (PAGE, FEED)] == few
    assert max(few) <= 10


def test_it_says_to_machines_what_it_says_to_readers(client, era):
    told(era)
    html = client.get(PAGE).content.decode()
    [item] = of_type(nodes(html, f"{settings.BASE_URL}{PAGE}"), "ListItem")[-1:]
    assert item["name"] == [{"@value": str(era)}]
    assert item["url"] == [{"@id": f"{settings.BASE_URL}/programmes/era/"}]


def test_it_dates_itself_in_the_sitemap(client, era):
    told(era, published_at=datetime.fromisoformat("2040-02-03T12:00:00+00:00"))
    xml = client.get("/sitemap.xml").content.decode()
    assert f"{PAGE}</loc><lastmod>2040-02-03" in xml


# The feed

ATOM = {"a": "http://www.w3.org/2005/Atom"}
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$")


def feed(client):
    response = client.get(FEED)
    assert response.status_code == 200
    return etree.fromstring(response.content)


def texts(element, path):
    return [found.text for found in element.findall(path, ATOM)]


def slips(root):
    """Return what is wrong with a feed by RFC 4287, sections 4.1 and 4.2."""
    wrong = []

    def one_of(element, *names):
        for name in names:
            if len(element.findall(f"a:{name}", ATOM)) != 1:
                wrong.append(f"{element.tag} needs one {name}")

    def links(element, *rels):
        for rel in rels:
            found = [e for e in element.findall("a:link", ATOM) if e.get("rel") == rel]
            if len(found) != 1 or not urlsplit(found[0].get("href")).netloc:
                wrong.append(f"{element.tag} needs one {rel} link to an address")

    if root.tag != f"{{{ATOM['a']}}}feed":
        wrong.append("it is no feed")
    one_of(root, "id", "title", "updated")
    links(root, "alternate", "self")
    if not any(texts(root, "a:author/a:name")):
        wrong.append("nobody wrote it")
    for entry in root.findall("a:entry", ATOM):
        one_of(entry, "id", "title", "updated", "published")
        links(entry, "alternate")
        if any(found.get("type") != "html" for found in entry.findall("a:summary", ATOM)):
            wrong.append("a summary does not say that it is HTML")
    for name in ("updated", "published"):
        wrong += [when for when in texts(root, f".//a:{name}") if not RFC3339.match(when)]
    names = texts(root, ".//a:id")
    wrong += [name for name in names if not urlsplit(name).scheme or names.count(name) > 1]
    allowed = {"id", "title", "updated", "published", "link", "author", "name", "summary", "entry"}
    known = {f"{{{ATOM['a']}}}{name}" for name in allowed | {"feed"}}
    wrong += [element.tag for element in root.iter() if element.tag not in known]
    return wrong


def test_the_feed_keeps_to_its_rules(admin_client, client, era):
    published(admin_client, era, note="Heat & <power>.", summary="Quokkas.")
    told(THINGS["figure"]())
    root = feed(client)
    assert slips(root) == []
    assert texts(root, "a:author/a:name") == [Partnership.objects.get().name]
    assert f"Changed: {era}" in texts(root, "a:entry/a:title")
    # Of type html: the text of the element is markup.
    assert texts(root, "a:entry/a:summary") == ["Heat &amp; &lt;power&gt;."]


@pytest.mark.parametrize(
    "path", ["a:id", "a:updated", "a:author", "a:entry/a:id", "a:entry/a:link"]
)
def test_a_feed_that_lacks_something_is_found_out(client, era, path):
    told(era)
    root = feed(client)
    lost = root.find(path, ATOM)
    lost.getparent().remove(lost)
    assert slips(root)


def test_the_feed_keeps_to_its_rules_with_nothing_in_it(client):
    delete_all_content()
    assert slips(feed(client)) == []
    assert client.get(FEED).content == client.get(FEED).content


def test_an_entry_is_known_for_ever(client, era, settings):
    told(era)
    [before] = texts(feed(client), "a:entry/a:id")
    assert UUID(before)
    era.slug, era.name = "quokkas", "House of Quokkas"
    era.save()
    settings.BASE_URL = "https://www.example.org"
    Update.objects.update(note=NOTE)
    assert texts(feed(client), "a:entry/a:id") == [before]


def test_a_feed_is_as_new_as_its_newest_entry(client, era):
    told(era, published_at=datetime.fromisoformat("2020-02-03T12:00:00+00:00"))
    assert texts(feed(client), "a:updated") == ["2020-02-03T12:00:00+00:00"]


def test_the_feed_is_asked_for_again_only_when_it_changed(client, era):
    first = client.get(FEED)
    assert first["Content-Type"] == "application/atom+xml; charset=utf-8"
    assert first["Cache-Control"] == "public, no-cache"
    again = {"if-none-match": first["ETag"]}
    assert client.get(FEED, headers=again).status_code == 304
    assert client.post(FEED).status_code == 405
    told(era)
    assert client.get(FEED, headers=again).status_code == 200


def test_the_page_names_its_feed(client):
    page = read(client, PAGE)
    links = [a for tag, a in page.elements if tag == "link" and a.get("rel") == "alternate"]
    assert [(a["type"], a["href"]) for a in links] == [("application/atom+xml", FEED)]
    assert FEED in [link for _, link in page.links]


def test_every_page_leads_to_it(client):
    assert ("What is new", PAGE) in read(client, "/programmes/era/").links


def test_the_page_cache_keeps_both_and_tells_parts_apart():
    key_of = in_front_of(None).key_of

    def key(path, query=""):
        return key_of({"REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": query})

    assert key(FEED)
    assert key(PAGE, "page=2") != key(PAGE)
    assert key(PAGE, "x=2") == key(PAGE)


# At the desk


def test_staff_put_a_note_right_and_add_none(admin_client, client, era):
    update = told(era, note="Quokas.")
    page = address(Update, "change", update.pk)
    assert "Shown to everyone." in admin_client.get(page).content.decode()
    admin_client.post(page, {"note": "Quokkas."})
    assert "Quokkas." in read(client, PAGE).text
    assert admin_client.get(address(Update, "add")).status_code == 403
