"""Old links never die: every address that there once was leads on, in one step, and to no stranger."""

import csv
from urllib.parse import quote

import pytest
import yaml
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from pages.models import Page
from partners.models import Partner
from people.models import Person
from programmes.models import Programme, Testimonial
from publishing import addresses as addresses_module
from publishing import version
from publishing.addresses import LONGEST_ENCODED, answers, known_by
from publishing.models import Redirect, SourceDocument
from topics.models import Topic

from .desk import publish
from .site_map import addresses, routes

pytestmark = pytest.mark.django_db


def leads_to(client, address, **more):
    """Return where ``address`` leads by one 301, or None where nothing is found."""
    # With its host, since the test client would take “//one” for a host itself.
    response = client.get(f"http://testserver{address}", **more)
    if response.status_code == 404:
        assert "Location" not in response
        return None
    assert response.status_code == 301, address
    if response["Location"] == f"{address}/":  # Django's own, which must not be one of two
        assert leads_to(client, f"{address}/", **more) is None
        return None
    return response["Location"]


def redirect(old_address, target):
    return Redirect.objects.create(old_address=old_address, leads_to=target)


def rename(thing, slug):
    thing.slug = slug
    thing.save()
    return thing


# The earlier sites


@pytest.fixture
def old_addresses(settings):
    with (settings.CONTENT / "reference" / "old-addresses.csv").open(encoding="utf-8") as file:
        return {row["old_path"]: row["leads_to"] for row in csv.DictReader(file)}


def test_every_old_address_leads_to_a_page_in_one_step(client, old_addresses):
    assert len(old_addresses) == 8
    for old, target in old_addresses.items():
        assert leads_to(client, old) == target
        assert client.get(target).status_code == 200


def test_the_content_has_just_these_redirects(settings, old_addresses):
    written = yaml.safe_load((settings.CONTENT / "redirects.yaml").read_text(encoding="utf-8"))
    rows = [row["fields"] for row in written]
    assert {row["old_address"]: row["leads_to"] for row in rows} == old_addresses
    assert all(row["reason"] for row in rows)
    assert Redirect.objects.count() == len(old_addresses)


@pytest.mark.parametrize(
    "address",
    [
        "/faqs",
        "/FAQS/",
        "/FAQs//",
        "//FAQs",
        "/FAQs?utm_source=poster&x=%00",
        "/FAQs/?page=2",
        "/%46AQs",
        "/%2546AQs",
        "/FAQs%3Fpage=2",
        "/FAQs%20",
    ],
)
def test_case_slash_query_and_encoding_make_no_difference(client, address):
    assert leads_to(client, address) == "/faq/"


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("/Über-uns", "/%C3%9CBER-UNS/"),
        ("/%C3%BCber-uns", "/U%CC%88ber-uns"),  # the same letter, written as two characters
        ("/caf%E9.html", "/caf%e9.html"),  # of a site that was not in UTF-8
        ("/日本", "/%E6%97%A5%E6%9C%AC"),
    ],
)
def test_old_addresses_may_have_any_letters(client, typed, asked):
    redirect(typed, "/about/")
    assert leads_to(client, asked) == "/about/"


@pytest.mark.parametrize(
    "address", ["/FAQs/other", "/FAQs.html", "/FAQ", "/MIHealth", "/x/FAQs", "/", "/faq/"]
)
def test_other_addresses_are_left_as_they_are(client, address):
    response = client.get(address)
    assert response.status_code in (200, 404) or response["Location"] == f"{address}/"


HOSTILE = [
    "//evil.example",
    "//evil.example/FAQs",
    "///evil.example/FAQs",
    "/\\evil.example",
    "/https://evil.example/FAQs",
    "/FAQs\\..",
    "/FAQs%00",
    "/%00FAQs",
    "/%ff",
    "/FAQs/%0d%0aLocation:%20https://evil.example",
    "/" + "x" * 9000,
    "/" + "%25" * 3000 + "00",
    "/../FAQs",
]


@pytest.mark.parametrize("address", HOSTILE, ids=[address[:40] for address in HOSTILE])
def test_nobody_is_led_where_staff_did_not_send_them(client, address):
    assert leads_to(client, address) is None


def test_only_reading_is_led_on(client):
    assert client.head("/FAQs")["Location"] == "/faq/"
    for method in ("post", "put", "patch", "delete", "options"):
        assert getattr(client, method)("/FAQs").status_code == 404


def test_nothing_keeps_a_redirect_without_asking_again(client):
    assert client.get("/FAQs")["Cache-Control"] == "public, no-cache"


def test_a_redirect_moves_the_content_version(committing_db):
    before = version.current()
    redirect("/once", "/faq/")
    assert version.current() != before


@pytest.mark.parametrize("address", ["/nowhere/", "/people/nobody.vcf", "/people/nobody/card.png"])
def test_an_address_that_is_not_found_costs_two_queries_more(settings, address):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            Client().get(address)
        return [query["sql"] for query in captured]

    queries()  # builds the index of the finder, whose help stands on the page
    with_redirects = queries()
    name = "publishing.redirects.RedirectMiddleware"
    settings.MIDDLEWARE = [one for one in settings.MIDDLEWARE if one != name]
    without = queries()
    assert len(with_redirects) == len(without) + 2  # whether it was moved, or taken down


def test_an_address_longer_than_any_old_one_is_neither_decoded_nor_looked_up(client, monkeypatch):
    decoded = []
    monkeypatch.setattr(addresses_module, "unquote", lambda address: decoded.append(address))
    too_long = "/%" + "25" * LONGEST_ENCODED
    with CaptureQueriesContext(connection) as captured:
        assert leads_to(client, f"{too_long}/") is None
    assert decoded == []
    assert not [query for query in captured if "publishing_redirect" in query["sql"]]


def test_an_old_address_may_be_as_long_as_it_can_be_stored(client):
    longest = "/" + "\U00020000" * 299  # four bytes each
    redirect(longest, "/about/")
    assert leads_to(client, quote(longest)) == "/about/"
    assert leads_to(client, quote(quote(longest))) == "/about/"


def test_a_page_that_stands_is_never_redirected(client, django_assert_num_queries):
    redirect("/programmes/era", "/faq/")
    with CaptureQueriesContext(connection) as captured:
        assert client.get("/programmes/era/").status_code == 200
    assert not [query for query in captured if "publishing_redirect" in query["sql"]]


def test_a_redirect_may_lead_elsewhere(client):
    redirect("/shop", "https://www.example.org/shop?x=1#top")
    assert leads_to(client, "/SHOP/?y=2") == "https://www.example.org/shop?x=1#top"


# What is not public


def test_a_redirect_to_what_is_not_public_reveals_nothing(client):
    redirect("/once", "/programmes/era/")
    assert leads_to(client, "/once") == "/programmes/era/"
    Programme.objects.filter(slug="era").update(is_published=False)
    assert leads_to(client, "/once") is None


def test_what_the_site_says_of_an_address_is_what_visitors_find(client):
    files = {"/mark.svg", "/card.png", "/programmes/era/card.png", "/sitemap.xml", "/robots.txt"}
    nothing = {"/programmes/nothing/", "/nowhere", "/nowhere/", "/programmes/era", "/admin/"}
    asked = {*addresses(), *(f"/{route}" for route in routes() if not set(route) & set("<("))}
    assert [address for address in sorted(asked | files) if not answers(address)] == []
    assert [address for address in sorted(nothing) if answers(address)] == []


# Pages that are renamed

THINGS = {
    "a programme": lambda: Programme.objects.get(slug="era"),
    "a partner": lambda: Partner.objects.get(slug="keele"),
    "a person": lambda: Person.objects.get(slug="helen-turner"),
    "a topic": lambda: Topic.objects.get(slug="energy"),
    "a source": lambda: SourceDocument.objects.get(slug="faq"),
}


@pytest.fixture(params=THINGS)
def thing(request):
    return THINGS[request.param]()


def test_the_old_address_of_what_is_renamed_leads_to_the_new_one(client, thing):
    before = thing.get_absolute_url()
    rename(thing, "new-name")
    assert leads_to(client, before) == thing.get_absolute_url()
    assert "new-name" in thing.get_absolute_url()


FILES = {
    "/programmes/era/": ["/programmes/era/card.png"],
    "/partners/keele/": ["/partners/keele/card.png"],
    "/people/helen-turner/": ["/people/helen-turner/card.png", "/people/helen-turner.vcf"],
    "/topics/energy/": ["/topics/energy/card.png"],
    "/sources/faq/": [],
}


def test_the_files_of_what_is_renamed_are_found_through_its_page(client, thing):
    files = FILES[thing.get_absolute_url()]
    slug = thing.slug
    for new in ("second", "third"):
        rename(thing, new)
    for file in files:
        new_file = file.replace(slug, "third")
        assert leads_to(client, file) == new_file
        assert leads_to(client, file.upper()) == new_file
        assert client.get(new_file).status_code == 200


LISTS = {
    "/partners/keele/": ["people", "programmes"],
    "/topics/energy/": ["programmes", "questions"],
}


@pytest.mark.parametrize("page", LISTS)
def test_the_lists_of_what_is_renamed_are_found_through_its_page(client, page):
    thing = next(made() for made in THINGS.values() if made().get_absolute_url() == page)
    for new in ("second", "third"):
        rename(thing, new)
    for name in LISTS[page]:
        address = f"{thing.get_absolute_url()}{name}/"
        assert leads_to(client, f"{page}{name}/") == address
        assert leads_to(client, f"{page}{name}".upper()) == address
        assert leads_to(client, f"{page}{name}/?page=2") == address
        assert client.get(address).status_code == 200


def test_no_other_address_below_a_page_leads_on_with_it(client):
    rename(Topic.objects.get(slug="energy"), "second")
    redirect("/about/us", "/topics/second/")
    for path in ("people", "programmes/era", "programmes/programmes", "nothing", "programmes.png"):
        assert leads_to(client, f"/topics/energy/{path}/") is None
    assert leads_to(client, "/about/us/programmes/") is None
    redirect("/topics/heat", "/programmes/era/")
    assert leads_to(client, "/topics/heat/programmes/") is None


def test_a_file_has_a_redirect_of_its_own_before_that_of_its_page(client):
    rename(Person.objects.get(slug="helen-turner"), "new-name")
    redirect("/people/helen-turner.vcf", "/contacts/")
    redirect("/people", "/programmes/era/")
    assert leads_to(client, "/people/helen-turner.vcf") == "/contacts/"
    assert leads_to(client, "/people/helen-turner/card.png") == "/people/new-name/card.png"


def test_files_are_not_looked_for_where_there_can_be_none(client):
    redirect("/shop", "https://www.example.org/shop/")
    redirect("/home", "/")
    redirect("/part", "/programmes/era/?x=1#top")
    assert leads_to(client, "/shop/card.png") is None
    assert leads_to(client, "/shop.vcf") is None
    assert leads_to(client, "/home.vcf") is None
    assert leads_to(client, "/part/nothing.png") is None
    assert leads_to(client, "/part/card.png") == "/programmes/era/card.png"


def test_files_of_what_is_taken_down_stay_unknown(client):
    person = rename(Person.objects.get(slug="helen-turner"), "new-name")
    Person.objects.filter(pk=person.pk).update(is_published=False)
    assert leads_to(client, "/people/helen-turner.vcf") is None
    assert leads_to(client, "/people/helen-turner/card.png") is None


def test_the_old_address_of_a_page_that_moves_leads_to_the_new_one(client):
    page = Page.objects.get(slug="people-and-skills")
    page.path = "/skills/of/people/"
    page.save()
    assert leads_to(client, "/people-and-skills/") == "/skills/of/people/"
    assert leads_to(client, "/What-We-Do/People") == "/skills/of/people/"


def test_the_words_of_a_list_may_move_and_the_list_stays(client):
    page = Page.objects.get(path="/faq/")
    page.path = "/answers/"
    page.save()
    assert client.get("/faq/").status_code == 200
    assert leads_to(client, "/FAQs") == "/faq/"


def test_who_said_something_may_change_without_any_redirect(client):
    before = Redirect.objects.count()
    testimonial = Testimonial.objects.first()
    testimonial.person = Person.objects.get(slug="helen-turner")
    testimonial.save()
    assert Redirect.objects.count() == before


def test_what_is_renamed_twice_is_still_one_step_away(client, thing):
    addresses = [thing.get_absolute_url()]
    for slug in ("second", "third", "fourth"):
        addresses.append(rename(thing, slug).get_absolute_url())
    for old in addresses[:-1]:
        assert leads_to(client, old) == addresses[-1]


def test_what_is_renamed_back_does_not_go_in_circles(client, thing):
    first, slug = thing.get_absolute_url(), thing.slug
    second = rename(thing, "second").get_absolute_url()
    rename(thing, slug)
    assert client.get(first).status_code == 200
    assert leads_to(client, second) == first
    rename(thing, "second")
    assert client.get(second).status_code == 200
    assert leads_to(client, first) == second


def test_two_that_exchange_their_addresses_are_both_found(client):
    era, space = (Programme.objects.get(slug=slug) for slug in ("era", "space"))
    rename(era, "aside")
    rename(space, "era")
    rename(era, "space")
    assert client.get("/programmes/era/").context["programme"] == space
    assert client.get("/programmes/space/").context["programme"] == era
    assert leads_to(client, "/programmes/aside/") == "/programmes/space/"


def test_an_address_that_changes_its_case_only_leads_on(client):
    rename(Programme.objects.get(slug="era"), "ERA")
    assert leads_to(client, "/programmes/era/") == "/programmes/ERA/"


def test_a_draft_that_is_renamed_leaves_no_trace(client):
    draft = Programme.objects.create(name="Secret", slug="secret-plan", kind="research")
    rename(draft, "other-plan")
    draft.is_published = True
    draft.save()
    assert client.get("/programmes/other-plan/").status_code == 200
    assert leads_to(client, "/programmes/secret-plan/") is None


def test_old_addresses_follow_what_is_renamed_while_it_is_taken_down(client):
    era = rename(Programme.objects.get(slug="era"), "second")
    era.is_published = False
    era.save()
    rename(era, "third")
    assert leads_to(client, "/programmes/era/") is None
    era.is_published = True
    era.save()
    assert leads_to(client, "/programmes/era/") == "/programmes/third/"


def test_loading_content_makes_no_redirects_of_its_own(settings):
    before = list(Redirect.objects.values())
    Programme.objects.filter(slug="era").update(slug="era-once")
    Programme.objects.filter(slug="era-once").update(slug="era")
    call_command("loaddata", settings.CONTENT / "partners.yaml", verbosity=0)
    assert list(Redirect.objects.values()) == before


# Chains and loops


def test_a_chain_is_folded_whichever_end_is_added_first(client):
    redirect("/a", "/b")
    redirect("/b", "/c/")
    redirect("/c", "/faq/")
    redirect("/z", "/A?x=1")
    for old in ("/a", "/b", "/c", "/z"):
        assert leads_to(client, old) == "/faq/"


def test_a_chain_ends_where_it_leaves_the_site(client):
    redirect("/a", "/b")
    redirect("/b", "https://www.example.org/")
    assert leads_to(client, "/a") == "https://www.example.org/"


@pytest.mark.parametrize("length", [1, 2, 3, 7])
def test_a_loop_is_refused_however_long(length):
    # Written past the model, as nothing but SQL can: it would fold them.
    Redirect.objects.bulk_create(
        Redirect(old_address=f"/step-{n}", leads_to=f"/step-{n + 1}/") for n in range(length - 1)
    )
    closing = Redirect(old_address=f"/step-{length - 1}", leads_to="/Step-0")
    with pytest.raises(ValidationError) as refused:
        closing.full_clean()
    assert refused.value.message_dict == {"leads_to": [LEADS_BACK]}


def test_a_loop_that_came_in_unseen_is_not_found(client):
    Redirect.objects.bulk_create(
        [Redirect(old_address="/a", leads_to="/b"), Redirect(old_address="/b", leads_to="/a")]
    )
    assert leads_to(client, "/a") is None
    redirect("/z", "/a")
    assert leads_to(client, "/z") is None


# What staff do

ADD = "admin:publishing_redirect_add"


def add(admin_client, old_address, target):
    """Fill in the form, and return what it says is wrong."""
    response = admin_client.post(
        reverse(ADD), {"old_address": old_address, "leads_to": target, "reason": ""}
    )
    if response.status_code == 302:
        return []
    return [str(message) for messages in response.context["errors"] for message in messages]


def test_staff_add_a_redirect_and_it_works_at_once(admin_client, client):
    assert leads_to(client, "/Poster") is None
    assert add(admin_client, "/Poster", "/faq/") == []
    assert leads_to(client, "/Poster") == "/faq/"


@pytest.mark.parametrize(
    ("typed", "old"),
    [
        ("Poster", "/poster"),
        (" /Poster/ ", "/poster"),
        ("/poster?from=wall#top", "/poster"),
        ("https://www.ours.example/Poster/?x=1", "/poster"),
        ("http://www.ours.example:80/Poster", "/poster"),
        ("HTTPS://WWW.OURS.EXAMPLE/Poster", "/poster"),
    ],
)
def test_an_old_address_is_understood_however_it_is_typed(admin_client, settings, typed, old):
    settings.BASE_URL = "https://www.ours.example"
    assert add(admin_client, typed, "/faq/") == []
    assert Redirect.objects.get(old_address=old).old_address == old


@pytest.mark.parametrize(
    ("typed", "target"),
    [
        ("/programmes/era", "/programmes/era/"),
        ("programmes/era/", "/programmes/era/"),
        ("https://www.ours.example/programmes/era/", "/programmes/era/"),
        ("https://www.ours.example/programmes/era?x=1#top", "/programmes/era/?x=1#top"),
        ("https://www.ours.example", "/"),
        ("/faq/#why-place-matters", "/faq/#why-place-matters"),
        ("/faqs", "/faq/"),
        ("https://www.example.org/x", "https://www.example.org/x"),
    ],
)
def test_a_target_is_understood_however_it_is_typed(admin_client, settings, typed, target):
    settings.BASE_URL = "https://www.ours.example"
    assert add(admin_client, "/poster", typed) == []
    assert Redirect.objects.get(old_address="/poster").leads_to == target


STANDS = (
    "A page stands at this address, and visitors see that. Only an address at which nothing "
    "stands is redirected."
)
NO_PATH = "This is no path of this site. Write it as /programmes/."
LEADS_BACK = "This leads back to the old address itself."
NO_ADDRESS = (
    "Write a path of this site, such as /programmes/, or an address that begins with https://."
)


@pytest.mark.parametrize(
    ("old_address", "target", "message"),
    [
        ("/programmes/era/", "/faq/", STANDS),
        ("/Programmes/ERA?x=1", "/faq/", STANDS),
        ("/", "/faq/", STANDS),
        ("/robots.txt", "/faq/", STANDS),
        ("/faqs/", "/about/", "Redirect with this Old address already exists."),
        ("/admin/people/", "/faq/", "This is an address of the admin, which is never redirected."),
        (
            "https://www.example.org/x",
            "/faq/",
            "This is an address of another site. Write what comes after the host, such as /faqs.",
        ),
        ("/a\u200bb", "/faq/", "This address has a character in it that no address has."),
        ("/a%00b", "/faq/", "This address has a character in it that no address has."),
        ("/poster", "/a%2500b", "Visitors find nothing at /a%2500b. Open the page that you mean, "
         "and copy its address."),
        ("/poster", "/Poster/", LEADS_BACK),
        ("/poster", "/round", LEADS_BACK),
        ("/poster", "/programmes/alchemy", "Visitors find nothing at /programmes/alchemy/. Open "
         "the page that you mean, and copy its address."),
        ("/poster", "/admin/", "Visitors can’t follow an address of the admin."),
        ("/poster", "//evil.example/", NO_PATH),
        ("/poster", "/a b", NO_PATH),
        ("/poster", "javascript:alert(1)", NO_ADDRESS),
        ("/poster", "http://www.example.org/", NO_ADDRESS),
        ("/poster", "mailto:a@example.org", NO_ADDRESS),
        ("/poster", "http://[", "Visitors find nothing at /http://[. Open the page that you "
         "mean, and copy its address."),
        ("/poster", "", "This field is required."),
        ("", "/faq/", "This field is required."),
        ("x" * 301, "/faq/", "Ensure this value has at most 300 characters (it has 301)."),
    ],
)  # fmt: skip
def test_the_form_says_what_is_wrong(admin_client, old_address, target, message):
    # Written past the model: half of a circle, which the form is to close.
    Redirect.objects.bulk_create([Redirect(old_address="/round", leads_to="/POSTER")])
    before = Redirect.objects.count()
    assert add(admin_client, old_address, target) == [message]
    assert Redirect.objects.count() == before


@pytest.mark.parametrize("target", ["//evil.example/", "/\\evil.example", "///x", "/a b", "/a\nb"])
def test_a_path_that_leads_off_the_site_is_refused_whoever_writes_it(target):
    with pytest.raises(ValidationError) as refused:
        Redirect(old_address="/poster", leads_to=target).full_clean()
    assert refused.value.message_dict == {"leads_to": [NO_PATH]}


def test_a_page_that_staff_rename_is_found_at_its_old_address(admin_client, client):
    publish(admin_client, Programme.objects.get(slug="era"), slug="accelerator")
    assert leads_to(client, "/programmes/era/") == "/programmes/accelerator/"
    found = Redirect.objects.get(old_address="/programmes/era")
    assert found.reason == "Renamed."


@pytest.mark.parametrize(
    "address", ["/FAQs/", "FAQs?x", " /%2546AQS// ", "/caf%E9", "/Über", "http://[", "/a%41", "//"]
)
def test_an_address_is_known_by_one_form_only(address):
    known = known_by(address)
    assert known_by(known) == known
    assert known.startswith("/")
