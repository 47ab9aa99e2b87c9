"""What a page says to machines: JSON-LD and Open Graph."""

import json
import re
from io import BytesIO

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from PIL import Image

from partners.models import Partner, Partnership
from people.models import Person, Role
from programmes.models import Participation, Programme

from .json_ld import merged, nodes, of_type, slips
from .site_map import Reading, delete_all_content, fold, walk
from .test_second_partnership import TWO_UNIVERSITIES

pytestmark = pytest.mark.django_db

HOSTILE = "</script><script>alert(1)</script><!-- “R&D” \u2028\u2029 <b>"


def absolute(address):
    return f"{settings.BASE_URL}{address}"


def whole_site(client):
    """Return {address: (HTML, nodes)} of every page."""
    return {address: (html, nodes(html, absolute(address))) for address, html in walk(client)}


# Nothing that asks for this writes.
@pytest.fixture(scope="module")
def site(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        return whole_site(Client())


def graph_of(client, address):
    return nodes(client.get(address).content.decode(), absolute(address))


def value(node, name):
    """Return the one value of a property, a text or the name of a node."""
    [found] = node[name]
    return found.get("@value", found.get("@id"))


def values(node, name):
    return [found.get("@value", found.get("@id")) for found in node.get(name, [])]


def main_entity(client, address):
    found = graph_of(client, address)
    return found[value(found[absolute(address)], "mainEntity")]


def contact_of(client, address):
    found = graph_of(client, address)
    return found[value(main_entity(client, address), "contactPoint")]


# Every page


TYPES = {
    "/": ("WebPage", "Organization"),
    "/about/": ("AboutPage", "Organization"),
    "/people-and-skills/": ("WebPage", None),
    "/partners/": ("CollectionPage", "ItemList"),
    "/partners/keele/": ("WebPage", "CollegeOrUniversity"),
    "/programmes/": ("CollectionPage", "ItemList"),
    "/programmes/era/": ("WebPage", "ResearchProject"),
    "/programmes/equipment-sharing/": ("WebPage", "Project"),
    "/people/": ("CollectionPage", "ItemList"),
    "/people/helen-turner/": ("ProfilePage", "Person"),
    "/topics/": ("CollectionPage", "DefinedTermSet"),
    "/topics/energy/": ("CollectionPage", "ItemList"),
    "/faq/": ("FAQPage", "Question"),
    "/contacts/": ("ContactPage", "Organization"),
    "/figures/": ("CollectionPage", "ItemList"),
    "/updates/": ("CollectionPage", None),
    "/sources/": ("CollectionPage", "ItemList"),
    "/sources/faq/": ("WebPage", None),
    "/find/": ("SearchResultsPage", None),
    "/enquire/": ("WebPage", None),
    "/data/": ("WebPage", "DataCatalog"),
}


@pytest.mark.parametrize("address", TYPES)
def test_a_page_is_of_its_type_and_about_a_thing_of_its_type(site, address):
    kind, entity_kind = TYPES[address]
    _, found = site[address]
    page = found[absolute(address)]
    assert page["@type"] == [kind]
    entities = {kind for one in values(page, "mainEntity") for kind in found[one]["@type"]}
    assert entities == {entity_kind} - {None}


def test_every_page_describes_itself_by_its_own_title_and_description(site):
    for address, (html, found) in site.items():
        page, read = found[absolute(address)], Reading(html)
        assert read.words["title"][0].startswith(value(page, "name")), address
        assert value(page, "description") == read.description, address
        assert value(page, "url") == absolute(address)
        assert read.elements[0] == ("html", {"lang": value(page, "inLanguage")})


def test_every_word_is_schema_orgs(site):
    assert wrong_words(site) == []


def wrong_words(site):
    known = merged(found for _, found in site.values())
    return [slip for _, found in site.values() for slip in slips(found, known)]


@pytest.mark.parametrize(
    "wrong",
    [
        {"@type": "Universe"},
        {"@type": "Person", "favouriteColour": "green"},
        {"@type": "Person", "foundingDate": "2015"},
        {"@type": "Organization", "foundingDate": "long ago"},
        {"@type": "Organization", "members": [{"@type": "Person"}]},
        {"@type": "Organization", "member": [{"@type": "WebPage"}]},
        {"@type": "Organization", "contactPoint": "the team"},
        {"@type": "ListItem", "position": 1.5},
        {"@type": "WebPage", "breadcrumb": {"@id": "https://example.org/nowhere"}},
    ],
)
def test_a_word_that_is_not_schema_orgs_is_found(wrong):
    in_context = {"@context": "https://schema.org"} | wrong
    page = f'<script type="application/ld+json">{json.dumps(in_context)}</script>'
    found = nodes(page, "https://example.org/")
    assert slips(found, found)


def test_each_thing_is_one_node(site):
    for identifier, node in merged(found for _, found in site.values()).items():
        assert len(node["@type"]) == 1, identifier
        for name in ("name", "url", "description", "alternateName"):
            assert len(node.get(name, [])) <= 1, (identifier, node[name])


def test_every_thing_is_described_on_the_page_at_its_address(site):
    for identifier in merged(found for _, found in site.values()):
        if not identifier.startswith("_:"):
            address = identifier.partition("#")[0].removeprefix(settings.BASE_URL)
            assert site[address][1][identifier]["@type"], identifier


def unsaid(site):
    """Return what the JSON-LD of a page says, and the page does not: (address, property, value)."""
    names = set(merged(found for _, found in site.values()))
    more = []
    for address, (html, found) in site.items():
        page = Reading(html)
        links = {link if "://" in link else absolute(link) for _, link in page.links}
        known = {absolute(address), *links, *names, *searches(page)}
        shown = f"{page.text} {page.description} {page.words['title'][0]}"
        more += [
            (address, name, said)
            for node in found.values()
            for name in node
            if name not in NOT_WORDS
            for said in values(node, name)
            if said not in known and not stands(as_read(name, said), shown)
        ]
    return more


def searches(page):
    """Return what a SearchAction may say of a page: where its search leads, and by what name."""
    forms = [a["action"] for tag, a in page.elements if tag == "form" and a.get("role") == "search"]
    names = [a["name"] for tag, a in page.elements if tag == "input" and a.get("type") == "search"]
    for action, name in zip(forms, names, strict=True):
        yield from (f"{absolute(action)}?{name}={{{name}}}", f"required name={name}")


NOT_WORDS = {"@id", "@type", "position", "inLanguage"}


def as_read(name, said):
    """Return ``said`` as a page would: a type of file is known by its short name."""
    return said.rpartition("/")[2].upper() if name == "encodingFormat" else fold(said)


def stands(words, shown):
    return re.search(rf"(?<!\w){re.escape(words)}(?!\w)", shown) is not None


def test_no_page_says_more_to_a_machine_than_to_a_reader(site):
    assert unsaid(site) == []


def test_another_partnership_is_described_by_its_own_words(client):
    delete_all_content()
    call_command("load_content", TWO_UNIVERSITIES, verbosity=0)
    site = whole_site(client)
    known = merged(found for _, found in site.values())
    assert wrong_words(site) == []
    assert unsaid(site) == []
    assert value(known[absolute("/#partnership")], "name") == "Two Lights"


def test_an_empty_site_describes_its_pages_and_nothing_else(client):
    delete_all_content()
    site = whole_site(client)
    known = merged(found for _, found in site.values())
    assert wrong_words(site) == []
    assert of_type(known, "Organization") == []


def test_breadcrumbs_are_the_same_for_machines_and_readers(site):
    for address, (html, found) in site.items():
        [*lists] = of_type(found, "BreadcrumbList")
        assert len(lists) == (address != "/"), address
        for trail in lists:
            steps = [found[step] for step in values(trail, "itemListElement")]
            steps = [(value(step, "name"), value(step, "item")) for step in steps]
            [shown] = re.findall(r'<nav class="breadcrumbs.*?</nav>', html, re.DOTALL)
            links = [(words, absolute(link)) for words, link in Reading(shown).links]
            page = found[absolute(address)]
            assert links[0] == ("Home", absolute("/")), address
            assert steps == [*links, (value(page, "name"), absolute(address))], address
            assert values(page, "breadcrumb") == [trail["@id"]]


def test_content_can_neither_end_the_data_nor_begin_a_comment(client):
    Programme.objects.filter(slug="era").update(name=HOSTILE, summary=HOSTILE)
    html = client.get("/programmes/era/").content.decode()
    blocks = re.findall(r'<script type="application/ld\+json">(.*?)</script>', html, re.DOTALL)
    assert html.count("<script") == html.count("</script>") == len(blocks) == 2
    assert [mark for mark in ("<", ">", "&", "\u2028", "\u2029") if mark in "".join(blocks)] == []
    assert value(main_entity(client, "/programmes/era/"), "name") == HOSTILE
    assert (
        value(graph_of(client, "/programmes/era/")[absolute("/programmes/era/")], "name") == HOSTILE
    )


# Things


def test_the_partnership_has_eight_universities_as_members(site):
    _, found = site["/"]
    partnership = found[absolute("/#partnership")]
    members = [found[one] for one in values(partnership, "member")]
    assert {value(one, "alternateName") for one in members} == {
        partner.short_name for partner in Partner.objects.public()
    }
    assert {tuple(one["@type"]) for one in members} == {("CollegeOrUniversity",)}
    assert value(found[absolute("/#website")], "publisher") == absolute("/#partnership")


def test_about_says_when_the_partnership_was_founded(client):
    assert value(main_entity(client, "/about/"), "foundingDate") == "2015"
    Partnership.objects.update(founded=None)
    assert "foundingDate" not in main_entity(client, "/about/")


def test_a_university_is_known_by_its_ror_and_its_own_website(client):
    keele = main_entity(client, "/partners/keele/")
    assert value(keele, "name") == "Keele University"
    assert value(keele, "identifier") == value(keele, "sameAs") == "https://ror.org/00340yn33"
    assert value(keele, "url") == "https://www.keele.ac.uk"
    assert value(keele, "memberOf") == absolute("/#partnership")
    assert "geo" not in keele  # its page has no map


def test_the_team_is_no_contact_of_a_university(client):
    assert "contactPoint" not in main_entity(client, "/partners/keele/")
    role = Role.objects.get(slug="mi-director")
    Partner.objects.filter(slug="keele").update(contact=role)
    assert value(contact_of(client, "/partners/keele/"), "name") == "Dr Helen Turner"


def test_a_programme_names_whom_its_page_names(client):
    contact = contact_of(client, "/programmes/mi-health/")
    assert value(contact, "name") == "Alex Archibald"
    assert value(contact, "url") == absolute("/enquire/?programme=mi-health")
    assert "email" not in contact
    Person.objects.filter(slug="alex-archibald").update(email="alex@example.org")
    assert value(contact_of(client, "/programmes/mi-health/"), "email") == "alex@example.org"


def test_a_programme_without_a_contact_has_the_team(client):
    contact = contact_of(client, "/programmes/era/")
    assert value(contact, "name") == "The Midlands Innovation team"
    assert value(contact, "url") == absolute("/enquire/?programme=era")


def test_members_of_a_programme_are_those_whom_the_source_names(client):
    assert "member" not in main_entity(client, "/programmes/era/")
    Participation.objects.create(
        programme=Programme.objects.get(slug="era"), partner=Partner.objects.get(slug="keele")
    )
    era = main_entity(client, "/programmes/era/")
    assert values(era, "member") == [absolute("/partners/keele/#university")]


def test_a_part_belongs_to_its_whole_and_any_other_programme_to_the_partnership(client):
    skills = main_entity(client, "/programmes/era-skills/")
    assert value(skills, "parentOrganization") == absolute("/programmes/era/#programme")
    era = main_entity(client, "/programmes/era/")
    assert value(era, "parentOrganization") == absolute("/#partnership")
    assert value(era, "subOrganization") == skills["@id"]


def test_a_person_has_names_roles_and_universities(client):
    kelly = main_entity(client, "/people/kelly-vere/")
    assert value(kelly, "name") == "Kelly Vere"
    assert (value(kelly, "honorificPrefix"), value(kelly, "honorificSuffix")) == ("Dr", "MBE")
    assert value(kelly, "jobTitle") == "University Director of Technical Strategy"
    assert value(kelly, "affiliation") == absolute("/partners/nottingham/#university")
    helen = main_entity(client, "/people/helen-turner/")
    assert value(helen, "affiliation") == absolute("/#partnership")


def test_a_person_is_reached_by_what_is_public_or_else_by_the_form(client):
    contact = contact_of(client, "/people/helen-turner/")
    assert value(contact, "name") == "Dr Helen Turner"
    assert value(contact, "url") == absolute("/enquire/?person=helen-turner")
    Person.objects.filter(slug="helen-turner").update(
        email="helen@example.org", telephone="0115 496 0000", orcid="0000-0002-1825-0097"
    )
    contact = contact_of(client, "/people/helen-turner/")
    assert value(contact, "email") == "helen@example.org"
    assert value(contact, "telephone") == "0115 496 0000"
    helen = main_entity(client, "/people/helen-turner/")
    assert value(helen, "sameAs") == "https://orcid.org/0000-0002-1825-0097"


def test_every_question_has_its_answer(client):
    found = graph_of(client, "/faq/")
    questions = of_type(found, "Question")
    page = found[absolute("/faq/")]
    assert (
        len(questions)
        == len(page["mainEntity"])
        == Reading(client.get("/faq/").content.decode()).text.count(" Ask ")
    )
    for question in questions:
        assert len(value(found[value(question, "acceptedAnswer")], "text")) > 20


def test_contacts_names_the_team_in_its_order_and_no_vacancy(client):
    Role.objects.filter(slug="mi-director").update(holder=None)
    found = graph_of(client, "/contacts/")
    points = [found[one] for one in values(found[absolute("/#partnership")], "contactPoint")]
    assert value(points[0], "name") == "Sue Clayton"
    assert len(points) == 5


# Open Graph, and the address of a page


def metadata(html):
    return {
        attributes["property"]: attributes["content"]
        for tag, attributes in Reading(html).elements
        if tag == "meta" and "property" in attributes
    }


def canonical(html):
    links = Reading(html).elements
    return [a["href"] for tag, a in links if tag == "link" and a["rel"] == "canonical"]


def test_every_page_can_be_shared(site):
    for address, (html, found) in site.items():
        shared = metadata(html)
        assert shared["og:title"] == value(found[absolute(address)], "name"), address
        assert shared["og:description"] == Reading(html).description, address
        assert [shared["og:url"]] == canonical(html) == [absolute(address)], address
        assert shared["og:locale"] == "en_GB"
        assert shared["og:image:alt"], address
        is_profile = re.fullmatch("/people/.+/", address)
        assert shared["og:type"] == ("profile" if is_profile else "website"), address


def test_the_front_page_is_shared_by_the_name_of_the_partnership(site):
    html, _ = site["/"]
    assert metadata(html)["og:title"] == "Midlands Innovation"
    assert Reading(html).words["title"] == ["Midlands Innovation"]


@pytest.mark.parametrize("address", ["/", "/people/helen-turner/"])
def test_the_picture_of_a_shared_page_is_as_large_as_is_said(client, address):
    shared = metadata(client.get(address).content.decode())
    picture = client.get(shared["og:image"].removeprefix(settings.BASE_URL)).content
    said = int(shared["og:image:width"]), int(shared["og:image:height"])
    assert Image.open(BytesIO(picture)).size == said


def test_a_choice_on_a_page_is_no_other_page(client):
    html = client.get("/contacts/?programme=talent&at=keele").content.decode()
    assert canonical(html) == [absolute("/contacts/")]
    assert metadata(html)["og:url"] == absolute("/contacts/")


def test_what_is_no_page_has_no_address_of_its_own(client):
    html = client.get("/no/such-page/").content.decode()
    assert canonical(html) == []
    assert "og:url" not in metadata(html)
    assert nodes(html, absolute("/no/such-page/")) == {}


def test_titles_are_escaped_once(client):
    Programme.objects.filter(slug="era").update(name="R&D “<b>”", summary="Fish & 'chips'.")
    html = client.get("/programmes/era/").content.decode()
    assert Reading(html).words["title"] == ["R&D “<b>” · Midlands Innovation"]
    assert metadata(html)["og:title"] == "R&D “<b>”"
    assert metadata(html)["og:description"] == Reading(html).description == "Fish & 'chips'."
