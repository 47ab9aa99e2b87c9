"""A word that is only drafted is nowhere that the public can look, whatever becomes of the draft."""

import copy
import datetime
import gc
import json
import uuid
from contextlib import suppress
from types import FunctionType, ModuleType

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, models
from django.test import Client
from django.utils import timezone

from finder import index
from pages.models import Page
from people.models import Person
from programmes.models import Figure
from publishing import sharing, state, workflow
from publishing.fields import LinesField, RichTextField
from publishing.kept import while_unchanged
from publishing.models import ContentVersion, Plan, Publishable
from publishing.workflow import Kind
from topics.models import Topic

from .desk import address, form_of
from .site_map import addresses, data_files
from .test_page_cache import real_cache, visit  # noqa: F401
from .test_preview import main_of, read

pytestmark = pytest.mark.django_db

MARK = "zyzzyva"  # a weevil; no page of ours speaks of it

MODELS = [model for model in apps.get_models() if issubclass(model, Publishable)]
LISTS = ("/", "/partners/")  # the addresses of pages that stay where they are
WHEN = timezone.now() + datetime.timedelta(days=1)


def cast():
    """Return the first public thing of each kind, and the words of a list and of the front page."""
    things = {model: model.objects.public().first() for model in MODELS}
    things[Figure] = Figure.objects.public().filter(programme=None).first()
    things[Page] = Page.objects.get(slug="people-and-skills")
    return [*things.values(), *Page.objects.filter(path__in=LISTS)]


# Marking


def marked(thing, number):
    """Return the State of ``thing`` with the mark in all that it and its parts say or choose."""
    model = type(thing)
    data = state.read(thing)
    mark(data, state.fields_of(model), number)
    for relation in state.parts_of(model):
        fields = state.fields_of(relation.related_model, relation.field)
        parts = data[relation.name]
        if parts:
            parts[str(uuid.uuid4())] = dict(next(iter(parts.values())))
        for place, part in enumerate(parts.values()):
            mark(part, fields, f"{number}-{place}")
    for field in state.choices_of(model):
        if field.name != "editors":
            related = field.remote_field.model._base_manager
            data[field.name] = {str(pk): {} for pk in related.values_list("pk", flat=True)}
    return data


def mark(data, fields, number):
    for field in fields:
        word = marked_word(field, number)
        if word is None or (field.name == "path" and data["path"] in LISTS):
            continue
        with suppress(ValidationError):  # a number of some kind, which no word can be
            field.run_validators(word)
            data[field.name] = word


def marked_word(field, number):
    """Return what says the mark in ``field``, None for what holds no words."""
    if isinstance(field, models.URLField):
        return f"https://{MARK}.example.org/"
    if isinstance(field, models.EmailField):
        return f"{MARK}@example.org"
    if isinstance(field, models.SlugField):
        return f"{MARK}-{number}"
    if isinstance(field, RichTextField):
        return f"<p>{MARK} {number}.</p>"
    if type(field) is LinesField:
        return [f"{MARK} {number}"]
    if field.name == "path":
        return f"/{MARK}-{number}/"
    is_text = isinstance(field, models.CharField | models.TextField) and not field.choices
    return f"{MARK} {number}" if is_text else None


def drafted(things, kind=Kind.DRAFT):
    for number, thing in enumerate(things):
        base = workflow.note_as_found(thing)
        workflow.save_draft(thing, None, marked(thing, number), base=base, kind=kind)
    return things


# What the public can reach

QUESTIONS = ["zyzzyvq", "energy place keele figures", "who is the director"]


def everything(cache):
    """Yield (address, status, headers and words) of all that the public can ask for."""
    for place in every_address():
        path, _, query = place.partition("?")
        answer = ask(cache, path, query)
        words = answer.body.replace(b"\r\n ", b"")  # a vCard breaks its lines within words
        yield place, (answer.status, sorted(answer.headers.items()), words)


def ask(cache, path, query=""):
    for signal in (request_started, request_finished):
        # Django's test client connects it, which would close the connection of the test.
        signal.disconnect(close_old_connections)
    return visit(cache, path, QUERY_STRING=query)


def every_address():
    people = [
        f"/people/{slug}.vcf" for slug in Person.objects.public().values_list("slug", flat=True)
    ]
    cards = [f"{thing.get_absolute_url()}card.png" for thing in cast_with_cards()]
    return [
        *addresses(),
        *data_files(),
        *people,
        *cards,
        "/updates/feed.atom",
        "/mark.svg",
        "/favicon.svg",
        "/card.png",
        "/sitemap.xml",
        "/robots.txt",
        "/.well-known/security.txt",
        "/healthz",
        "/nowhere/",
        "/contacts/?programme=talent&at=keele",
        *(f"/find/?q={question.replace(' ', '+')}" for question in QUESTIONS),
        *(f"/find/?q={question.replace(' ', '+')}&format=json" for question in QUESTIONS),
    ]


def cast_with_cards():
    kinds = ("programme", "partner", "person", "topic")
    public = [model.objects.public() for model in MODELS if model._meta.model_name in kinds]
    return [thing for things in public if (thing := things.first())]


def looked_at(cache):
    """Return {address: what is answered} by a cache that keeps nothing of before."""
    cache.freshness = Moved()
    return dict(everything(cache))


def showing(answers, cache):
    """Return where the mark is: of what was answered, and of what is kept to be answered."""
    found = [place for place, words in answers.items() if MARK in f"{place} {words}"]
    kept = {key: f"{page.headers} {page.body}" for key, page in cache.store.pages.items()}
    found += [key for key, page in kept.items() if MARK in f"{key} {page}"]
    return found + [
        f"{one.__name__}: {words}"
        for one in memories()
        for words in texts_within(one.kept)
        if MARK in words
    ]


def memories():
    """Return all that this process keeps of the content between two requests."""
    found = [one for one in gc.get_objects() if isinstance(one, while_unchanged)]
    assert index.current in found
    return found


def texts_within(thing):
    """Yield every text that can be reached from ``thing``, but for those of classes and code.

    What is public names its parent or holder also while that is hidden, and whoever shows it asks
    whether it is: so what is in there is left out.
    """
    seen, waiting = set(), [thing]
    while waiting:
        one = waiting.pop()
        if id(one) in seen or isinstance(one, type | ModuleType | FunctionType):
            continue
        if isinstance(one, Publishable) and not one.is_live:
            continue
        seen.add(id(one))
        if isinstance(one, str):
            yield one
        waiting += gc.get_referents(one)


class Moved:
    """A version of the content that no page was kept under."""

    def __init__(self):
        self.version = object()

    def current(self):
        return self.version


# What can become of a draft


def saved(things, admin_client):
    drafted(things)


def opened_in_its_form(things, admin_client):
    for thing in drafted(things):
        page = admin_client.get(address(type(thing), "change", thing.pk))
        assert MARK in page.content.decode()


def sent_for_review(things, admin_client):
    drafted(things, Kind.SUBMITTED)


def scheduled(things, admin_client):
    for thing in drafted(things):
        workflow.plan(thing, None, Plan.Action.PUBLISH, WHEN, expected=workflow.latest(thing))
    assert workflow.carry_out_due() == (0, 0)


def previewed_by_staff(things, admin_client):
    for thing in drafted(things):
        shows_in_its_preview(admin_client, thing)


def previewed_together(things, admin_client):
    drafted(things)
    for page in ["/", "/programmes/", "/partners/", "/people/", "/topics/", "/faq/", "/figures/"]:
        assert MARK in main_of(read(admin_client, f"/preview/all{page}")), page
    assert MARK in read(admin_client, "/preview/all/find/?q=zyzzyva").text
    admin_client.get("/preview/all/nowhere/")


def previewed_by_a_link(things, admin_client):
    for thing in drafted(things):
        sharing.share(thing, expected=workflow.latest(thing))
        shows_in_its_preview(admin_client, thing, Client(), workflow.pending(thing).token)


def shows_in_its_preview(admin_client, thing, client=None, key=None):
    """Look at the draft as staff do, or as whoever has the link, also where nothing is found."""
    place = admin_client.get(address(type(thing), "preview", thing.pk))["Location"].partition("#")[
        0
    ]
    number = str(workflow.pending(thing).pk)
    place = place.replace(number, key or number, 1)
    browser = client or admin_client
    assert MARK in main_of(read(browser, place)), thing
    base = f"/preview/{key or number}"
    browser.get(f"{base}/find/", {"q": f"{MARK} energy"})
    assert browser.get(f"{base}/{MARK}/").status_code == 404


def refused_for_a_conflict(things, admin_client):
    for number, thing in enumerate(things):
        older = form_of(admin_client, thing) | {"review_due": "2031-01-01"}
        workflow.save_draft(thing, None, marked(thing, number), base=workflow.note_as_found(thing))
        response = admin_client.post(address(type(thing), "change", thing.pk), older)
        assert "Not saved" in response.content.decode()


def refused_since_it_is_invalid(things, admin_client):
    for thing in drafted(things):
        other = type(thing)._base_manager.exclude(pk=thing.pk).first()
        if not other or not hasattr(other, "slug"):
            continue
        draft = workflow.pending(thing)
        draft.data["slug"] = other.slug
        draft.save()
        with pytest.raises(workflow.Invalid):
            workflow.publish(thing, None, expected=workflow.latest(thing))


def discarded(things, admin_client):
    for thing in drafted(things):
        workflow.discard(thing, None, expected=workflow.latest(thing))


def discarded_and_restored(things, admin_client):
    for thing in drafted(things):
        draft = workflow.pending(thing)
        workflow.discard(thing, None, expected=workflow.latest(thing))
        workflow.restore(thing, None, draft, expected=workflow.latest(thing))
        assert MARK in str(workflow.pending(thing).data)


def never_public(things, admin_client):
    for number, thing in enumerate(things):
        if thing.can_be_taken_down:
            new = copy.copy(thing)
            new._state = models.base.ModelState()
            new.pk = uuid.uuid4() if isinstance(thing, Figure) else None
            new.is_published = False
            mark(vars(new), type(thing)._meta.concrete_fields[1:], number)
            new.path = f"/{MARK}-{number}/"
            new.save(force_insert=True)
            workflow.save_draft(new, None, state.read(new), base=None)
            if not isinstance(new, Figure):
                admin_client.get(f"/preview/{workflow.pending(new).pk}/")


STAYS_AS_IT_WAS = [
    saved,
    opened_in_its_form,
    sent_for_review,
    scheduled,
    previewed_by_staff,
    previewed_together,
    previewed_by_a_link,
    refused_for_a_conflict,
    refused_since_it_is_invalid,
    discarded,
    discarded_and_restored,
]


@pytest.fixture
def fewer_topics(db):
    """The site with three topics, and so with a third of its pages, as if it had never had more."""
    Topic.objects.exclude(slug__in=["energy", "technicians", "press"]).delete()
    ContentVersion.objects.update(moved_at=datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC))


@pytest.fixture(scope="module")
def kept():
    return {}


@pytest.fixture
def before(kept, fewer_topics, real_cache):  # noqa: F811
    """What the public is answered before anything is drafted; it is the same for each test."""
    if not kept:
        kept.update(looked_at(real_cache))
    return kept


def words(answers, place):
    status, _headers, words = answers[place]  # among its headers is when it was answered
    return status, words


@pytest.mark.parametrize("become", STAYS_AS_IT_WAS, ids=lambda become: become.__name__)
def test_what_is_drafted_changes_nothing_that_the_public_can_reach(
    before,
    real_cache,  # noqa: F811
    admin_client,
    become,
):
    become(cast(), admin_client)
    after = looked_at(real_cache)
    assert showing(after, real_cache) == []
    # Each form has a token of its own.
    assert [place for place in before if words(after, place) != words(before, place)] == [
        "/enquire/"
    ]
    assert list(after) == list(before)
    assert finds_nothing_drafted(real_cache)


def finds_nothing_drafted(cache):
    """Whether whoever knows the word finds nothing by it."""
    answer = ask(cache, "/find/", f"q={MARK}&format=json")
    return json.loads(answer.body)["results"] == []


def test_what_was_never_public_is_nowhere(fewer_topics, real_cache, admin_client):  # noqa: F811
    never_public(cast(), admin_client)
    assert showing(looked_at(real_cache), real_cache) == []
    assert finds_nothing_drafted(real_cache)


def test_what_is_taken_down_leaves_no_word_of_its_draft(fewer_topics, real_cache, admin_client):  # noqa: F811
    addresses_before = every_address()
    for thing in drafted(cast()):
        if thing.can_be_taken_down:
            workflow.take_down(thing, None, expected=workflow.latest(thing), reason="It ended.")
            shows_in_its_preview(admin_client, thing)
    assert showing(looked_at(real_cache), real_cache) == []
    for place in addresses_before:
        answer = ask(real_cache, place.partition("?")[0])
        assert MARK not in f"{answer.headers} {answer.body}", place


def test_the_address_that_a_draft_gives_is_not_known(fewer_topics, real_cache):  # noqa: F811
    for thing in drafted(cast()):
        with workflow.laid(thing):
            wanted = workflow.address_of(state.fresh(thing)).partition("#")[0]
        if MARK in wanted:
            assert ask(real_cache, wanted).status == 404, wanted
            assert ask(real_cache, f"{wanted}card.png").status == 404, wanted


def test_the_same_words_are_found_everywhere_once_they_are_published(
    fewer_topics,
    real_cache,  # noqa: F811
):
    for thing in drafted(cast()):
        workflow.publish(thing, None, expected=workflow.latest(thing))
    found = set(showing(looked_at(real_cache), real_cache))
    assert found > {
        "/",
        "/programmes/",
        "/faq/",
        "/data/programmes.json",
        "/sitemap.xml",
        "/mark.svg",
    }
    assert "/find/?q=energy+place+keele+figures&format=json" in found
    assert finds_nothing_drafted(real_cache) is False
    assert any(isinstance(key, tuple) for key in found)  # of the page cache
