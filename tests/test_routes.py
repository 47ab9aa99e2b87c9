"""Whom to ask: blank each level in turn, and a working route remains."""

import datetime

import pytest
from django.urls import reverse

from enquiries.routes import CONTACT, PARTNER, REMIT, TEAM, route_for, routes_for
from faq.models import Question
from partners.models import Partner
from people.models import Person, Role
from programmes.models import Participation, Programme
from topics.models import Topic

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


def test_somebody_with_an_address_is_their_own_route_and_all_others_lead_to_the_team():
    sarah = named("sarah-alton")
    assert (route_for(sarah).level, route_for(sarah).person) == (TEAM, None)
    sarah.email = "sarah@example.org"
    assert route_for(sarah).person == sarah


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


def test_without_the_sources_advice_the_page_still_sends_to_the_research_office(client):
    Question.objects.all().delete()
    assert "research office" in client.get(reverse("programmes:list")).content.decode()


def test_a_published_address_can_be_written_to(client):
    Person.objects.filter(slug="alex-archibald").update(email="alex@example.org")
    assert "mailto:alex@example.org" in client.get("/programmes/mi-health/").content.decode()
