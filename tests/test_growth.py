"""Lists that have grown long are shown in parts, and every link still arrives.

The real content stands for fifty times as much of it: what a page holds is made as much smaller.
"""

import re
from collections import Counter
from urllib.parse import parse_qs, urldefrag, urlsplit

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import resolve, set_script_prefix

import pages.views
from faq.models import Question, Section
from finder import index
from mi_site.page_cache import parameters_of
from pages.views import figure_group
from partners.models import Partner
from people.models import Person
from programmes import catalogue
from programmes.models import Figure, Participation, Programme
from publishing import paging, uses
from publishing.models import Gone, Redirect, Revision
from publishing.preview import preview_address
from topics.models import Topic

from .desk import address as desk_address
from .site_map import OF_LONG_LISTS, read
from .test_gone import put_back, take_down
from .test_not_leaking import MARK, PRIVATE, mark, web  # noqa: F401
from .test_page_cache import Site
from .test_preview import draft
from .test_redirects import leads_to, rename
from .test_sitemap import sitemap

pytestmark = pytest.mark.django_db

LISTS = ["/programmes/", "/people/", "/figures/", "/contacts/", "/updates/"]


@pytest.fixture
def grown(monkeypatch):
    """As if there were many times the content."""
    monkeypatch.setattr(paging, "A_PAGE", 2)
    monkeypatch.setattr(paging, "A_FEW", 1)
    monkeypatch.setattr(Question, "a_page", 2)
    monkeypatch.setattr(pages.views, "ROWS", 2)
    monkeypatch.setattr(catalogue, "MOST_PROGRAMMES", 4)
    energy, keele = Topic.objects.get(slug="energy"), Partner.objects.get(slug="keele")
    for question in Question.objects.all()[:5]:
        question.topics.add(energy)
    for programme in Programme.objects.exclude(participations__partner=keele):
        Participation.objects.create(programme=programme, partner=keele)
    Person.objects.create(family_name="Aardvark", slug="aardvark", is_published=True)
    keele.roles.set(keele.roles.model.objects.all())


def canonical(page):
    [address] = [a["href"] for tag, a in page.elements if a.get("rel") == "canonical"]
    return address.removeprefix(settings.BASE_URL)


# Every page


@pytest.fixture
def site(client, grown):
    return pages_of(client)


def pages_of(client):
    """Return every page that links lead to, but for files and forms: {address: its Reading}."""
    found, waiting = {}, {"/"}
    while waiting:
        address = waiting.pop()
        found[address] = page = read(client, address)
        links = {urldefrag(link).url or address for _, link in page.links if link[0] in "/#"}
        waiting |= {link for link in links if is_page(link)} - found.keys()
    return found


def is_page(address):
    path, query = urlsplit(address).path, urlsplit(address).query
    return path.endswith("/") and not path.startswith("/enquire/") and "q" not in parse_qs(query)


def test_every_page_of_a_grown_site_holds_what_every_page_does(site):
    reached = {resolve(urlsplit(address).path).route for address in site}
    assert reached >= OF_LONG_LISTS - {
        "figures/<slug:slug>/"
    }  # a place to be linked from elsewhere
    for address, page in site.items():
        assert page.slips == [], address
        assert len(page.words["h1"]) == 1, address
        assert len(page.ids) == len(set(page.ids)), address
        for words, link in page.links:
            target, fragment = urldefrag(link)
            target = target or address
            assert not fragment or target not in site or fragment in site[target].ids, (
                f"{address}: “{words}” leads to {link}"
            )
    own = [page for address, page in site.items() if canonical(page) == address]
    for each in ([page.words["title"][0] for page in own], [page.description for page in own]):
        assert [words for words, times in Counter(each).items() if times > 1] == []
    assert {canonical(page) for page in site.values()} <= site.keys()


def test_no_page_of_a_grown_site_takes_more_than_ten_queries(site, client):
    index.current()
    by_route = {resolve(urlsplit(address).path).route: address for address in site}
    for address in [
        *by_route.values(),
        *(f"{each}?page=2" for each in LISTS if each != "/updates/"),
    ]:
        with CaptureQueriesContext(connection) as captured:
            client.get(address)
        assert len(captured) <= 10, (address, [query["sql"][:80] for query in captured])


def test_the_sitemap_has_the_first_part_of_every_list(site, client):
    listed = {address.removeprefix(settings.BASE_URL) for address in sitemap(client)}
    first_parts = {address for address, page in site.items() if canonical(page) == address}
    first_parts = {address for address in first_parts if "?" not in address}
    assert listed - {"/enquire/", "/find/"} == first_parts


def test_nothing_is_in_parts_while_it_is_short(client):
    for address in [*LISTS, "/faq/", "/topics/energy/", "/partners/keele/"]:
        page = read(client, address)
        assert "Pages of this list" not in [a.get("aria-label") for _, a in page.elements]
    assert ("All programmes", "/programmes/") not in read(client, "/").links


# Parts


@pytest.mark.parametrize(
    "address",
    [
        "/programmes/",
        "/people/",
        "/figures/",
        "/contacts/",
        "/faq/projects-and-programmes/",
        "/topics/energy/programmes/",
        "/topics/energy/questions/",
        "/partners/keele/people/",
        "/partners/keele/programmes/",
    ],
)
def test_everything_is_on_one_part(client, grown, address):
    listed, number = [], 1
    while number:
        part = client.get(f"{address}?page={number}").context["part"]
        listed += part
        number = part.has_next() and part.next_page_number()
    assert part.number > 1
    assert len(set(listed)) == len(listed) == part.paginator.count


def test_a_part_says_which_it_is_and_where_the_others_are(client, grown):
    first, second = read(client, "/figures/"), read(client, "/figures/?page=2")
    assert "page 2" in second.words["title"][0]
    assert second.description == f"{first.description} Page 2."
    assert (canonical(first), canonical(second)) == ("/figures/", "/figures/?page=2")
    assert canonical(read(client, "/figures/?page=1")) == "/figures/"
    assert ("Previous", "/figures/") in second.links
    assert ("Next", "/figures/?page=3") in second.links
    assert ("Page 1", "/figures/") in second.links
    [current] = [
        a for tag, a in second.elements if a.get("class") == "topic" and "aria-current" in a
    ]
    assert (current["aria-current"], current["href"]) == ("page", "/figures/?page=2")
    assert {a["rel"]: a["href"] for tag, a in second.elements if tag == "a" and "rel" in a} == {
        "prev": "/figures/",
        "next": "/figures/?page=3",
    }


LISTS_BELOW = [
    "/faq/projects-and-programmes/",
    "/topics/energy/programmes/",
    "/topics/energy/questions/",
    "/partners/keele/people/",
    "/partners/keele/programmes/",
]


@pytest.mark.parametrize("address", LISTS_BELOW)
def test_a_short_list_is_known_by_the_page_above_which_has_all_of_it(client, address):
    page = read(client, address)
    above = canonical(page)
    assert address.startswith(above)
    assert above.strip("/") == address.strip("/").rpartition("/")[0]
    missing = {link for _, link in page.links} - {link for _, link in read(client, above).links}
    assert {link for link in missing if not link.startswith("/enquire/")} <= {above}


@pytest.mark.parametrize("address", LISTS_BELOW)
def test_a_long_list_is_known_by_its_own_addresses(client, grown, address):
    assert canonical(read(client, address)) == address
    assert canonical(read(client, f"{address}?page=2")) == f"{address}?page=2"


def test_a_choice_goes_on_to_the_other_parts(client, grown):
    page = read(client, "/contacts/?at=keele&programme=era&utm=x")
    assert ("Next", "/contacts/?programme=era&at=keele&page=2") in page.links
    second = read(client, "/contacts/?programme=era&at=keele&page=2")
    assert canonical(second) == "/contacts/?page=2"
    assert "At Keele University" in second.text


def test_the_way_to_other_parts_stays_in_a_preview(grown):
    set_script_prefix("/preview/all/")
    try:
        part = paging.part_of(Programme.objects.public(), 2, "/programmes/")
        assert (part.previous, part.next) == (
            "/preview/all/programmes/",
            "/preview/all/programmes/?page=3",
        )
        assert part.canonical == f"{settings.BASE_URL}/programmes/?page=2"
    finally:
        set_script_prefix("/")


def test_the_preview_of_a_figure_begins_where_it_stands(admin_client, grown):
    """As does that of a question, whatever page of its section that is."""
    figure = Figure.objects.filter(programme=None).last()
    for thing, words in ((figure, "counts"), (Question.objects.last(), "question")):
        key = draft(thing, **{words: "Quokkas"})
        address, fragment = urldefrag(preview_address(thing, Revision.objects.get(pk=key)))
        page = read(admin_client, address)
        assert fragment in page.ids
        assert "Quokkas" in page.text


@pytest.mark.parametrize(
    "number", ["0", "-1", "", "x", "1.5", "02", "+2", "2_0", "²", "%00", "9" * 5000, "99"]
)
@pytest.mark.parametrize(
    "address", [*LISTS[:4], "/faq/place/", "/topics/energy/programmes/", "/partners/keele/people/"]
)
def test_a_part_that_is_not_there_is_not_found(client, grown, address, number):
    assert client.get(f"{address}?page={number}").status_code == 404


def test_the_groups_of_figures_follow_each_other_over_all_parts(client):
    groups = [figure_group(figure) for figure in Figure.objects.public().in_groups()]
    assert list(dict.fromkeys(groups)) == ["share", "achievement", "aim", "context"]
    assert groups == sorted(groups, key=["share", "achievement", "aim", "context"].index)


# What is kept of them


def test_the_page_cache_keeps_each_part_once_and_no_other(grown):
    site = Site()
    for query in ("", "page=2", "page=2&utm=x", "utm=x", "page=3&page=2"):
        site.get("/programmes/", query)
    assert [asked["QUERY_STRING"] for asked in site.asked] == ["", "page=2"]
    site.status = "404 Not Found"
    for number in range(100, 110):
        site.get("/programmes/", f"page={number}")
    assert len(site.cache.store.pages) == 2


def test_every_list_that_has_parts_is_known_to_the_page_cache(site):
    in_parts = {urlsplit(address).path for address in site if "page=" in address}
    assert len(in_parts) > 8
    for path in in_parts:
        assert "page" in parameters_of(path), path
    assert parameters_of("/programmes/era/") == parameters_of("/faq/") == ()


# Questions


def test_many_questions_are_by_section(client, grown):
    page = read(client, "/faq/")
    for section in Section.objects.all():
        assert (str(section), f"/faq/{section.slug}/") in page.links
        number = section.questions.count()
        assert f"{section} {number} question{'s'[: number != 1]}" in page.text
    listed = [words for words, address in page.links if re.fullmatch(r"/faq/[^/]+/", address)]
    assert listed == [str(section) for section in Section.objects.all()]
    assert not page.words.get("article")


def test_a_section_answers_its_questions_and_no_other(client, grown):
    page = read(client, "/faq/contact/")
    expected = [str(each) for each in Question.objects.filter(section__slug="contact")]
    assert page.words["h3"] == expected
    assert all("Ask " in answer for answer in page.words["article"])


def test_a_section_without_a_public_question_is_not_found(client, grown):
    Question.objects.filter(section__slug="place").update(is_published=False)
    assert client.get("/faq/place/").status_code == 404
    assert "/faq/place/" not in dict(map(reversed, read(client, "/faq/").links))


def test_the_address_of_a_question_leads_to_it_whatever_comes_before_it(client, grown):
    last = Question.objects.filter(section__slug="projects-and-programmes").last()
    address, fragment = urldefrag(last.get_absolute_url())
    assert address == f"/faq/projects-and-programmes/{last.slug}/"
    before = read(client, address)
    assert fragment in before.ids
    Question.objects.filter(section=last.section).exclude(pk=last.pk)[0].delete()
    for number in range(7):
        Question.objects.create(
            question=f"Number {number}?",
            slug=f"number-{number}",
            section=last.section,
            answer="<p>So.</p>",
            is_published=True,
        )
    after = read(client, address)
    assert fragment in after.ids
    assert canonical(before) != canonical(after)
    assert canonical(after).startswith("/faq/projects-and-programmes/?page=")


def test_a_question_that_stands_under_another_section_by_now_is_led_to(client, grown):
    question = Question.objects.filter(section__slug="place").first()
    before = question.get_absolute_url()
    Section.objects.filter(slug="place").update(slug="where")
    response = client.get(before)
    assert response.status_code == 301
    assert response["Location"] == f"/faq/where/{question.slug}/#{question.slug}"
    Question.objects.filter(pk=question.pk).update(section=Section.objects.get(slug="contact"))
    assert client.get(before)["Location"] == f"/faq/contact/{question.slug}/#{question.slug}"


def test_with_few_questions_by_now_the_address_of_one_leads_to_the_page_of_all(client):
    question = Question.objects.first()
    response = client.get(f"/faq/{question.section.slug}/{question.slug}/")
    assert response.status_code == 301
    assert response["Location"] == f"/faq/#{question.slug}"


def test_a_section_that_is_renamed_is_led_to(client, grown):
    place = Section.objects.get(slug="place")
    for slug in ("where", "region"):
        rename(place, slug)
    assert leads_to(client, "/faq/place/") == leads_to(client, "/faq/where/") == "/faq/region/"
    rename(place, "place")
    assert client.get("/faq/place/").status_code == 200
    assert leads_to(client, "/faq/region/") == "/faq/place/"


def test_a_section_that_nobody_sees_is_renamed_without_a_trace(client, grown):
    place = Section.objects.get(slug="place")
    place.questions.update(is_published=False)
    before = Redirect.objects.count()
    rename(place, "where")
    assert Redirect.objects.count() == before
    assert client.get("/faq/place/").status_code == 404


ONE_OF_MANY = {
    "a question": lambda: Question.objects.get(slug="why-place-matters"),
    "a figure": lambda: Figure.objects.filter(programme=None).last(),
}


@pytest.fixture(params=ONE_OF_MANY)
def one_of_many(request):
    return ONE_OF_MANY[request.param]()


def own(thing):
    """Return the address of ``thing`` by which links know it, and the place on the page there."""
    return urldefrag(thing.get_absolute_url())


def test_what_is_one_of_many_leads_on_when_it_is_renamed(client, grown, one_of_many):
    first = own(one_of_many).url
    for slug in ("second", "third"):
        rename(one_of_many, slug)
    assert own(one_of_many) == (first.replace(first.split("/")[-2], "third"), "third")
    for old in (first, first.replace(first.split("/")[-2], "second")):
        assert leads_to(client, old) == one_of_many.get_absolute_url()
    assert "third" in read(client, own(one_of_many).url).ids


def test_of_what_is_taken_down_its_own_address_says_why(client, grown, one_of_many):
    address = own(one_of_many).url
    taken_down = take_down(one_of_many, reason="Quokkas have moved in.")
    response = client.get(address)
    assert response.status_code == 410
    assert "Quokkas have moved in." in response.content.decode()
    put_back(taken_down)
    assert client.get(address).status_code == 200
    assert not Gone.objects.exists()


def test_put_back_under_another_address_it_is_led_to_from_its_own(client, grown, one_of_many):
    address = own(one_of_many).url
    back = put_back(rename(take_down(one_of_many), "second"))
    assert leads_to(client, address) == back.get_absolute_url()
    assert not Gone.objects.exists()


def test_put_back_once_the_list_is_short_it_is_led_to_there(
    client, grown, one_of_many, monkeypatch
):
    address = own(one_of_many).url
    taken_down = rename(take_down(one_of_many), "second")
    monkeypatch.undo()
    back = put_back(type(one_of_many).objects.get(pk=taken_down.pk))
    assert own(back).url in ("/faq/", "/figures/")
    assert leads_to(client, address) == back.get_absolute_url()
    assert not Gone.objects.exists()


def test_while_the_list_is_short_what_is_renamed_or_taken_down_leaves_nothing_behind(one_of_many):
    before = Redirect.objects.count()
    take_down(rename(one_of_many, "second"))
    rename(Section.objects.get(slug="place"), "where")
    assert Redirect.objects.count() == before
    assert not Gone.objects.exists()


def test_the_desk_knows_that_it_has_an_address_of_its_own(admin_client, grown, one_of_many):
    taking_down = desk_address(type(one_of_many), "take_down", one_of_many.pk)
    assert 'name="leads_to"' in admin_client.get(taking_down).content.decode()
    draft(one_of_many, slug="second")
    publishing = desk_address(type(one_of_many), "publish", one_of_many.pk)
    moves_to = own(one_of_many).url.replace(one_of_many.slug, "second")
    assert f"The page moves to {moves_to}" in admin_client.get(publishing).content.decode()


def test_a_link_to_its_own_address_uses_it_whatever_place_it_names(grown, one_of_many):
    address, place = own(one_of_many)
    for link in (address, f"{address}#{place}", f"{address}#top"):
        assert uses.leads_to(one_of_many.get_absolute_url(), link)
    above = address.removesuffix(f"{place}/")
    assert not uses.leads_to(one_of_many.get_absolute_url(), f"{above}#{place}")


def test_a_short_list_is_not_the_page_of_one_that_has_its_name():
    for one, name in ((Question.objects.first(), "faq"), (Figure.objects.first(), "figures")):
        address = rename(one, name).get_absolute_url()
        assert address == f"/{name}/#{name}"
        assert uses.leads_to(address, address)
        assert not uses.leads_to(address, f"/{name}/")


def test_in_a_preview_a_question_that_moved_is_led_to_inside_it(admin_client, grown):
    question = Question.objects.filter(section__slug="place").first()
    number = draft(question, section=Section.objects.get(slug="contact").pk)
    response = admin_client.get(f"/preview/{number}/faq/place/{question.slug}/")
    expected = f"/preview/{number}/faq/contact/{question.slug}/#{question.slug}"
    assert response["Location"] == expected


def test_every_link_to_a_question_knows_where_it_is_answered(client, grown):
    question = Topic.objects.get(slug="energy").public_questions()[0]
    address = f"/faq/{question.section.slug}/{question.slug}/#{question.slug}"
    assert address in dict(map(reversed, read(client, "/topics/energy/").links))
    [found] = [one for one in index.build().entries if one.kind == "question"][:1]
    assert found.thing.get_absolute_url().startswith("/faq/")
    assert found.thing.get_absolute_url().count("/") == 4


def test_the_address_of_many_takes_no_query_each(client, grown, django_assert_num_queries):
    with django_assert_num_queries(2):
        for things in (Question, Figure):
            for thing in things.objects.public().with_addresses():
                thing.get_absolute_url()


def test_a_figure_is_found_on_whatever_part_it_stands(client, grown):
    for figure in Figure.objects.all():
        address, fragment = urldefrag(figure.get_absolute_url())
        assert fragment in read(client, address).ids, figure
    assert client.get("/figures/no-such-figure/").status_code == 404


def test_what_is_not_public_has_no_place(client, grown):
    Question.objects.filter(slug="why-place-matters").update(is_published=False)
    assert client.get("/faq/place/why-place-matters/").status_code == 404
    figure = Figure.objects.filter(programme=None)[0]
    Figure.objects.filter(pk=figure.pk).update(is_published=False)
    assert client.get(f"/figures/{figure.slug}/").status_code == 404


# tests/test_not_leaking.py does not come to the pages that only long lists have.


def showing_the_mark(client):
    pages = pages_of(client)
    routes = {resolve(urlsplit(address).path).route for address in pages}
    assert routes >= OF_LONG_LISTS - {"figures/<slug:slug>/"}
    return [
        address
        for address, page in pages.items()
        if MARK in f"{address} {page.elements} {page.words} {page.text}".lower()
    ]


def test_what_is_private_is_on_no_page_of_a_grown_site(client, web, grown, django_user_model):  # noqa: F811
    editor = django_user_model.objects.create(username=MARK)
    for plant in PRIVATE.values():
        plant(editor)
    assert showing_the_mark(client) == []


def test_what_was_taken_down_is_on_no_page_of_a_grown_site(client, web, grown):  # noqa: F811
    things = [web[kind] for kind in ("role", "person", "programme", "question", "figure")]
    for thing in things:
        mark(thing)
    assert "/partners/keele/people/?page=2" in showing_the_mark(client)
    for thing in things:
        type(thing).objects.filter(pk=thing.pk).update(is_published=False)
    assert showing_the_mark(client) == []


# What is begun elsewhere


def test_the_front_page_begins_with_flagships_and_leads_on(client, grown):
    page = read(client, "/")
    assert ("All programmes", "/programmes/") in page.links
    names = list(map(str, Programme.objects.all()[:5]))
    assert names[3] in page.text
    assert names[4] not in {words for words, _ in page.links}


def test_a_topic_and_a_partner_lead_on_to_all_that_is_theirs(client, grown):
    assert ("All programmes on Energy", "/topics/energy/programmes/") in read(
        client, "/topics/energy/"
    ).links
    links = read(client, "/partners/keele/").links
    assert ("All people at Keele University", "/partners/keele/people/") in links
    assert ("All programmes with Keele University", "/partners/keele/programmes/") in links


def test_an_empty_list_of_its_own_says_so(client):
    assert "Nobody is named here yet." in read(client, "/partners/keele/people/").text
    assert "No question carries this topic yet." in read(client, "/topics/energy/questions/").text


# Indexes


def plan_of(queryset):
    return " ".join(queryset.explain().split())


@pytest.mark.parametrize(
    ("index_name", "listed"),
    [
        ("people_in_order", lambda: Person.objects.order_by("family_name", "given_name", "pk")),
        (
            "roles_of_a_partner",
            lambda: Partner.objects.get(slug="keele").roles.order_by("order", "title", "pk"),
        ),
        (
            "questions_of_a_section",
            lambda: Question.objects.filter(section=Section.objects.first()).order_by(
                "order", "slug"
            ),
        ),
    ],
)
def test_a_list_is_read_in_its_own_order_instead_of_sorted(index_name, listed):
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":  # which takes the shorter way with so few rows
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_bitmapscan = off")
            cursor.execute("SET LOCAL enable_sort = off")
    plan = plan_of(listed())
    assert index_name in plan
    assert "TEMP B-TREE" not in plan
