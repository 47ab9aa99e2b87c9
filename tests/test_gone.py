"""Where a page was taken down visitors are told why, and where else to go (410)."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from faq.models import Question
from finder import index
from partners.models import Partner
from people.models import Person, Role
from programmes.models import Programme, Testimonial
from publishing import workflow
from publishing.models import Gone, Redirect
from topics.models import Topic

from .desk import address
from .site_map import Reading, addresses, delete_all_content

pytestmark = pytest.mark.django_db

REASON = "Quokkas have moved in."
ERA = "/programmes/era/"


@pytest.fixture
def era():
    return Programme.objects.get(slug="era")


def take_down(thing, reason=REASON, leads_to=""):
    newest = workflow.latest(thing)
    workflow.take_down(thing, None, expected=newest, reason=reason, leads_to=leads_to)
    return type(thing).objects.get(pk=thing.pk)


def put_back(thing):
    workflow.publish(thing, None, expected=workflow.latest(thing))
    return type(thing).objects.get(pk=thing.pk)


def told(client, path=ERA, **more):
    response = client.get(path, **more)
    assert response.status_code == 410, path
    return Reading(response.content.decode())


# What visitors find


def test_it_says_why_and_offers_ways_on(client, era):
    take_down(era)
    page = told(client)
    assert page.slips == []
    assert page.words["h1"] == ["This page was taken down"]
    assert REASON in page.text
    links = {link for _, link in page.links}
    assert {"/find/", "/programmes/", "/partners/", "/people/", "/topics/", "/faq/"} <= links
    assert "/find/" in page.searches
    assert [words for words in page.words["h2"] if words.startswith("Whom to ask")]


def test_it_is_no_page_that_others_should_know(client, era):
    take_down(era)
    page = told(client)
    elements = page.elements
    assert ("meta", {"name": "robots", "content": "noindex"}) in elements
    assert not [a for _, a in elements if a.get("rel") == "canonical"]
    assert "ld+json" not in client.get(ERA).content.decode()
    assert f"{ERA}<" not in client.get("/sitemap.xml").content.decode()


def test_it_names_nothing_but_what_the_reason_names(client, era):
    take_down(era)
    html = client.get(ERA).content.decode()
    assert era.name not in html
    assert era.summary not in html


def test_who_has_left_is_not_named_in_a_reason(client, era):
    kelly = Person.objects.get(slug="kelly-vere")
    take_down(era, reason=f"Ask {kelly}.")
    assert str(kelly) in told(client).text
    Person.objects.filter(pk=kelly.pk).update(is_published=False)
    kelly.departures.create(leaves_on=timezone.localdate(), carried_out_at=timezone.now())
    page = told(client)
    assert "Ask [name removed]." in page.text
    assert kelly.family_name not in page.text


def test_it_leads_on_while_something_is_there(client, era):
    take_down(era, leads_to="/programmes/talent/")
    onward = ("Go to /programmes/talent/ instead", "/programmes/talent/")
    assert onward in told(client).links
    Programme.objects.filter(slug="talent").update(is_published=False)
    assert onward not in told(client).links


def test_it_may_lead_to_another_site(client, era):
    take_down(era, leads_to="https://www.example.org/x?y=1")
    assert "https://www.example.org/x?y=1" in [link for _, link in told(client).links]


@pytest.mark.parametrize(
    "path",
    ["/programmes/era", "/Programmes/ERA/", "/programmes/era/?x=1", "/programmes/era/card.png"],
)
def test_however_its_address_is_written_and_for_its_files(client, era, path):
    take_down(era)
    told(client, path)


def test_the_contact_card_of_a_person_is_gone_as_well(client):
    take_down(Person.objects.get(slug="helen-turner"))
    for path in (
        "/people/helen-turner/",
        "/people/helen-turner.vcf",
        "/people/helen-turner/card.png",
    ):
        told(client, path)


def test_the_lists_of_a_topic_or_partner_are_gone_as_well(client):
    lists = {
        Topic.objects.get(slug="energy"): ["programmes", "questions"],
        Partner.objects.get(slug="keele"): ["people", "programmes"],
    }
    for thing, names in lists.items():
        before = thing.get_absolute_url()
        thing.slug = "second"
        thing.save()
        take_down(thing)
        for page in (before, thing.get_absolute_url()):
            for name in names:
                assert REASON in told(client, f"{page}{name}/").text
                told(client, f"{page}{name}/?page=2")
            assert client.get(f"{page}nothing/").status_code == 404


def test_an_old_address_that_leads_to_it_is_gone_as_well(client, era):
    Redirect.objects.create(old_address="/once", leads_to=ERA)
    assert client.get("/once").status_code == 301
    take_down(era)
    told(client, "/once")
    told(client, "/Once/?x=1")


def test_asking_for_its_head_alone_says_so_too(client, era):
    take_down(era)
    response = client.head(ERA)
    assert response.status_code == 410
    assert response["Cache-Control"] == "public, no-cache"
    assert client.post(ERA).status_code == 404


def test_other_addresses_are_not_found_as_before(client, era):
    take_down(era)
    for path in ("/programmes/", "/programmes/era-skills/"):
        assert client.get(path).status_code == 200
    for path in ("/programmes/era/x/", "/era/", "/programmes/eras/", "/nowhere/"):
        assert client.get(path).status_code == 404


# What wins


def test_put_back_it_is_a_page_again(client, era):
    put_back(take_down(era))
    assert client.get(ERA).status_code == 200
    assert not Gone.objects.exists()


def test_a_page_that_stands_wins(client, era):
    Gone.objects.create(address="/programmes/era", reason=REASON)
    assert client.get(ERA).status_code == 200


def test_a_redirect_that_staff_made_wins(client, era):
    take_down(era)
    Redirect.objects.create(old_address="/programmes/era", leads_to="/contacts/")
    assert client.get(ERA)["Location"] == "/contacts/"


def test_put_back_under_another_address_it_is_led_to_from_the_old_one(client, era):
    row = take_down(era)
    row.slug = "quokkas"
    row.save()
    told(client)
    assert client.get("/programmes/quokkas/").status_code == 404
    put_back(row)
    assert client.get("/programmes/quokkas/").status_code == 200
    assert client.get(ERA)["Location"] == "/programmes/quokkas/"
    assert not Gone.objects.exists()


def test_another_thing_may_take_the_address(client, era):
    row = take_down(era)
    row.slug = "aside"
    row.save()
    other = Programme.objects.create(name="Other", slug="era", kind="research")
    put_back(other)
    assert client.get(ERA).context["programme"] == other
    put_back(row)
    assert client.get("/programmes/aside/").status_code == 200
    assert client.get(ERA).context["programme"] == other


def test_taken_down_twice_it_says_the_newer_reason(client, era):
    take_down(put_back(take_down(era)), reason="Wombats this time.")
    assert "Wombats" in told(client).text


@pytest.mark.parametrize("thing", ["a question", "a post", "a quotation"])
def test_what_has_no_page_of_its_own_leaves_nothing_behind(client, thing):
    things = {
        "a question": lambda: Question.objects.get(slug="why-place-matters"),
        "a post": lambda: Role.objects.get(slug="mi-director"),
        "a quotation": lambda: Testimonial.objects.get(slug="kelly-vere"),
    }
    take_down(things[thing]())
    assert not Gone.objects.exists()
    assert {client.get(path).status_code for path in addresses()} == {200}


# What it takes


def test_it_takes_at_most_ten_queries(client, era, monkeypatch):
    take_down(era)
    built = index.build()  # once for each content
    monkeypatch.setattr(index, "current", lambda: built)
    told(client)  # what is kept while content stays the same is read by the first
    with CaptureQueriesContext(connection) as captured:
        told(client)
    assert len(captured) <= 10


def test_it_stands_on_an_empty_database(client):
    delete_all_content()
    Gone.objects.create(address="/programmes/era", reason=REASON)
    assert told(client).slips == []


# At the desk


def test_staff_change_what_is_said_and_take_it_back(admin_client, client, era):
    take_down(era)
    gone = Gone.objects.get()
    page = address(Gone, "change", gone.pk)
    admin_client.post(page, {"reason": "Wombats.", "leads_to": "/FAQs"})
    gone.refresh_from_db()
    assert (gone.reason, gone.leads_to) == ("Wombats.", "/faq/")
    html = admin_client.post(page, {"reason": "Wombats.", "leads_to": ERA}).content.decode()
    assert "This is the page that is taken down." in html
    assert admin_client.get(address(Gone, "add")).status_code == 403
    admin_client.post(address(Gone, "delete", gone.pk), {"post": "yes"})
    assert client.get(ERA).status_code == 404
