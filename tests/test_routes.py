"""Whom to ask: blank each level in turn, and a working route remains."""

import datetime
from urllib.parse import urlencode

import pytest
from django.template.loader import render_to_string
from django.urls import reverse

from enquiries.routes import CONTACT, PARTNER, REMIT, TEAM, route_for, routes_for
from faq.models import Question
from partners.models import Partner, Partnership
from people.models import Person, Role
from programmes.models import Participation, Programme
from topics.models import Topic

from .site_map import Reading, walk

pytestmark = pytest.mark.django_db


@pytest.fixture
def mi_health():
    return Programme.objects.get(slug="mi-health")


@pytest.fixture
def era():
    return Programme.objects.get(slug="era")


@pytest.fixture
def health_manager():
    return Role.objects.get(slug="mi-health-manager")


@pytest.fixture
def keele():
    return Partner.objects.get(slug="keele")


@pytest.fixture
def director():
    return Role.objects.get(slug="mi-director")


def named(slug):
    return Person.objects.get(slug=slug)


def test_a_programme_with_a_contact_leads_to_its_holder(mi_health):
    route = route_for(mi_health)
    assert (route.level, route.person) == (CONTACT, named("alex-archibald"))
    assert not route.stands_in


def test_a_contact_who_is_away_is_answered_by_the_deputy(mi_health, health_manager):
    health_manager.away_until = datetime.date(2030, 1, 1)
    health_manager.deputy = named("sue-clayton")
    health_manager.save()
    route = route_for(mi_health)
    assert (route.person, route.stands_in) == (named("sue-clayton"), True)


def test_a_vacant_contact_is_answered_by_the_deputy(mi_health, health_manager):
    health_manager.holder = None
    health_manager.deputy = named("sue-clayton")
    health_manager.save()
    assert route_for(mi_health).person == named("sue-clayton")


def test_a_vacant_contact_without_deputy_leads_on_and_says_so(mi_health, health_manager, director):
    health_manager.holder = None
    health_manager.save()
    assert route_for(mi_health).level == TEAM
    assert route_for(mi_health).unavailable == health_manager

    director.remit_programmes.add(mi_health)
    route = route_for(mi_health)
    assert (route.level, route.role, route.unavailable) == (REMIT, director, health_manager)


def test_a_holder_who_is_not_public_is_nobody(mi_health):
    Person.objects.filter(slug="alex-archibald").update(is_published=False)
    assert route_for(mi_health).person is None


def test_a_role_that_is_not_public_answers_for_nothing(mi_health):
    Role.objects.filter(slug="mi-health-manager").update(is_published=False)
    route = route_for(mi_health)
    assert (route.level, route.unavailable) == (TEAM, None)


def test_the_nearest_of_several_roles_answers(mi_health, director):
    director.remit_programmes.add(mi_health)
    assert route_for(mi_health).person == named("alex-archibald")


def test_a_remit_of_the_programme_comes_before_one_of_its_topics(era, director):
    deputy_director = Role.objects.get(slug="mi-deputy-director")
    director.remit_topics.add(era.topics.first())
    assert route_for(era).role == director
    deputy_director.remit_programmes.add(era)
    assert route_for(era).role == deputy_director


def test_of_roles_that_nothing_tells_apart_the_older_is_always_the_nearer(era):
    holder = named("sue-clayton")
    roles = [
        Role.objects.create(title="Lead", slug=f"lead-{n}", holder=holder, is_published=True)
        for n in range(20)
    ]
    for role in reversed(roles):
        role.remit_programmes.add(era)
    for role in roles:
        assert route_for(era).role == role
        role.remit_programmes.remove(era)


def test_a_programme_that_names_nobody_leads_to_the_team(era):
    assert route_for(era).level == TEAM


def test_a_topic_leads_to_the_role_that_covers_it(director):
    topic = Topic.objects.get(slug="energy")
    assert route_for(topic).level == TEAM
    director.remit_topics.add(topic)
    assert route_for(topic).role == director


def test_a_question_answered_by_a_programme_has_the_programmes_route(mi_health):
    question = Question.objects.get(programme=mi_health)
    assert route_for(question).person == named("alex-archibald")


def test_a_question_of_its_own_has_the_route_of_its_topics(director):
    question = Question.objects.get(slug="why-place-matters")
    director.remit_topics.add(question.topics.first())
    assert route_for(question).role == director


def test_a_partner_leads_to_its_own_contact_once_it_names_one(keele, director):
    assert route_for(keele).level == TEAM
    keele.contact = director
    keele.save()
    assert (route_for(keele).level, route_for(keele).role) == (PARTNER, director)


def test_a_person_is_reached_by_the_role_they_hold(health_manager):
    route = route_for(named("alex-archibald"))
    assert (route.level, route.role) == (CONTACT, health_manager)
    assert (route.person, route.stands_in) == (named("alex-archibald"), False)


def test_somebody_away_is_reached_by_their_deputy_or_by_a_role_they_are_there_for(health_manager):
    alex, sue = named("alex-archibald"), named("sue-clayton")
    health_manager.away_until = datetime.date(2030, 1, 1)
    health_manager.save()
    assert route_for(alex).level == TEAM
    assert route_for(alex).unavailable == health_manager
    health_manager.deputy = sue
    health_manager.save()
    assert (route_for(alex).person, route_for(alex).stands_in) == (sue, True)
    health_manager.deputy = None
    health_manager.save()
    other = Role.objects.create(title="Z", slug="z", holder=alex, order=9, is_published=True)
    assert (route_for(alex).person, route_for(alex).role) == (alex, other)


def test_without_a_public_role_somebody_is_reached_by_their_address_or_else_by_the_team():
    Role.objects.update(is_published=False)
    sarah = named("sarah-alton")
    assert (route_for(sarah).level, route_for(sarah).person) == (TEAM, None)
    sarah.email = "sarah@example.org"
    assert (route_for(sarah).level, route_for(sarah).person) == (CONTACT, sarah)


def test_saying_where_i_am_brings_my_universitys_contact(era, keele, director):
    assert route_for(era, at=keele).inside is None
    keele.contact = director
    keele.save()
    route = route_for(Programme.objects.get(slug="era"), at=Partner.objects.get(slug="keele"))
    assert (route.level, route.inside.role) == (TEAM, director)


def test_who_leads_the_programme_at_my_university_comes_first(era, keele, director):
    lead = Role.objects.create(
        title="Lead", slug="lead", holder=named("sue-clayton"), is_published=True
    )
    keele.contact = director
    keele.save()
    Participation.objects.create(programme=era, partner=keele, lead=lead)
    assert route_for(era, at=keele).inside.role == lead


def test_without_a_thing_the_route_is_the_general_one():
    assert route_for(None).level == TEAM


def test_many_routes_take_as_many_queries_as_one(django_assert_num_queries):
    programmes = list(Programme.objects.all())
    with django_assert_num_queries(1):
        routes_for(programmes[:1])
    with django_assert_num_queries(1):
        routes = routes_for(programmes)
    assert [programme for programme, _ in routes] == programmes


@pytest.mark.parametrize(
    "address",
    ["/programmes/era/", "/partners/keele/", "/topics/energy/", "/faq/", "/contacts/", "/nowhere/"],
)
def test_with_every_level_blank_there_is_still_somebody_to_ask(client, address):
    Role.objects.all().delete()
    page = client.get(address).content.decode()
    assert "The Midlands Innovation team" in page
    assert "Director of Research or your PVC for Research" in page


LEVELS = {
    "the contacts": lambda: [thing.contacts.clear() for thing in Programme.objects.all()],
    "whoever is there for them": lambda: Role.objects.update(holder=None, deputy=None),
    "the remits": lambda: [
        (role.remit_topics.clear(), role.remit_programmes.clear()) for role in Role.objects.all()
    ],
    "the contacts of the partners": lambda: Partner.objects.update(contact=None),
    "all roles": lambda: Role.objects.all().delete(),
    "the mailbox of the team": lambda: Partnership.objects.update(mailbox=""),
    "the advice": lambda: Partnership.objects.update(general_route=None, advisers=""),
    "every word of the partnership": lambda: Partnership.objects.update(
        name="", short_name="", strapline="", description="", handle="", host=None
    ),
    "the partnership itself": lambda: Partnership.objects.all().delete(),
}


def everywhere(client):
    """Yield (address, HTML) of every page, of answers of the finder, and of what is not found."""
    yield from ((address, html) for address, html in walk(client) if address != "/enquire/")
    for asked in ({"q": "freight"}, {"q": "clinical trials", "at": "keele"}, {"q": "zyzzyva"}):
        yield f"the search for {asked}", client.get("/find/", asked).content.decode()
    yield "/nowhere/", client.get("/nowhere/").content.decode()


def forms_in(html):
    return {address for _, address in Reading(html).links if address.startswith("/enquire/")}


@pytest.mark.parametrize("blank", LEVELS.values(), ids=LEVELS)
def test_blank_any_level_and_a_form_that_answers_is_linked_on_every_page(client, blank):
    blank()
    linked = set()
    for address, html in everywhere(client):
        main = html[html.index("<main") : html.index("</main>")]
        assert forms_in(main), address
        linked |= forms_in(html)
    one_of_each_kind = {address.partition("=")[0]: address for address in sorted(linked)}
    assert len(one_of_each_kind) >= 6
    for address in one_of_each_kind.values():
        assert client.get(address).status_code == 200, address


@pytest.mark.parametrize("page", ["400", "403", "403_csrf", "413", "500"])
def test_an_error_that_stands_alone_leads_to_the_form(client, page):
    assert forms_in(render_to_string(f"{page}.html")) == {"/enquire/"}


def test_every_answer_of_the_finder_and_of_the_questions_has_a_form_of_its_own(client):
    for address, mark in (("/find/?q=energy+skills", "result"), ("/faq/", "answer")):
        html = client.get(address).content.decode()
        pieces = html.split(f'class="{mark}"')[1:]
        assert len(pieces) > 2
        assert all(forms_in(piece.split("</article>")[0]) for piece in pieces), address


def test_a_page_that_is_not_found_tells_the_form_its_address(client):
    page = Reading(client.get("/programmes/nothing & more/").content.decode())
    form = "/enquire/?page=%2Fprogrammes%2Fnothing+%26+more%2F"
    assert ("Something wrong on this page?", form) in page.links
    assert ("Write to the team", "/enquire/") in page.links  # for who looked for something else


def test_a_search_that_went_wrong_is_known_to_the_form(client):
    page = Reading(client.get("/find/?q=hydrogen").content.decode())
    form = "/enquire/?page=%2Ffind%2F&q=hydrogen"
    assert ("Something wrong on this page?", form) in page.links


def test_saying_where_i_am_tells_the_form_as_well(client):
    html = client.get("/contacts/?programme=mi-health&at=keele").content.decode()
    form = "/enquire/?programme=mi-health&at=keele"
    assert ("Write to Alex Archibald", form) in Reading(html).links


def test_every_page_asks_whether_something_is_wrong_on_it_but_the_form_does_not(client):
    for address, html in walk(client):
        links = dict(Reading(html).links)
        wrong = links.get("Something wrong on this page?")
        assert wrong == (
            None if address == "/enquire/" else f"/enquire/?{urlencode({'page': address})}"
        )


def test_without_the_sources_advice_the_page_still_sends_to_the_research_office(client):
    Question.objects.all().delete()
    assert "research office" in client.get(reverse("programmes:list")).content.decode()


def test_a_published_address_can_be_written_to(client):
    Person.objects.filter(slug="alex-archibald").update(email="alex@example.org")
    links = Reading(client.get("/programmes/mi-health/").content.decode()).links
    assert ("alex@example.org", "mailto:alex@example.org") in links
    assert ("Write to Alex Archibald", "/enquire/?programme=mi-health") in links
