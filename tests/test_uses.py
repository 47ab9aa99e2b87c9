"""Where something is used, as its form says: by a relation, by a link, or as where to go instead."""

from datetime import timedelta

import pytest
from django.contrib.admin import site
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from faq.models import Question
from pages.models import Page
from partners.models import Partner, Partnership
from people.models import Person, Role
from programmes.models import Programme
from publishing import uses, workflow
from publishing.models import Gone, Plan, Redirect
from topics.models import Topic

from .desk import address
from .site_map import Reading

pytestmark = pytest.mark.django_db


@pytest.fixture
def talent():
    return Programme.objects.get(slug="talent")


@pytest.fixture
def users_of(rf, admin_user):
    """Return a function from a thing to {how it is used: what uses it, as the desk names it}."""

    def found(thing, find=uses.of, user=admin_user):
        request = rf.get("/")
        request.user = user
        return {group.what: group.uses for group in find(thing, request, site)}

    return found


def names(users, what):
    return {str(use.thing) for use in users.get(what, [])}


def test_a_person_is_used_by_roles_and_quotations(users_of):
    kelly = Person.objects.get(slug="kelly-vere")
    users = users_of(kelly)
    assert names(users, "Testimonial: person") == {str(one) for one in kelly.testimonials.all()}
    helen = Person.objects.get(slug="helen-turner")
    assert names(users_of(helen), "Role: holder") == {str(role) for role in helen.roles.all()}


def test_a_role_is_used_by_what_names_it_and_by_parts_in_the_name_of_their_whole(users_of, talent):
    role = Role.objects.get(slug="mi-director")
    talent.contacts.add(role)
    keele = Partner.objects.get(slug="keele")
    keele.contact = role
    keele.save()
    talent.participations.filter(partner=keele).update(lead=role)
    users = users_of(role)
    assert str(talent) in names(users, "Programme: contacts")
    assert names(users, "Partner: contact") == {str(keele)}
    assert names(users, "Programme: participation, lead") == {str(talent)}
    assert str(talent) in names(users_of(keele), "Programme: participation, partner")


def test_a_topic_is_used_by_what_carries_it_once(users_of, talent):
    topic = Topic.objects.get(slug="technicians")
    talent.topics.add(topic)
    users = users_of(topic)
    assert str(talent) in names(users, "Programme: topics")
    assert len(names(users, "Programme: topics")) == len(users["Programme: topics"])


def test_its_own_parts_are_no_use_of_it(users_of, talent):
    things = {use.thing for group in users_of(talent).values() for use in group}
    assert not things & {*talent.figures.all(), *talent.participations.all(), *talent.links.all()}
    assert talent not in things


def test_the_advice_of_the_partnership_is_a_use_of_a_question(users_of):
    question = Question.objects.get(slug="why-place-matters")
    Partnership.objects.update(general_route=question)
    users = users_of(question)
    assert names(users, "Partnership: general route") == {str(Partnership.objects.get())}


@pytest.mark.parametrize(
    "link", ["/programmes/talent/", "/programmes/talent/#part:quoted", "/Programmes/TALENT?x=1"]
)
def test_links_in_texts_are_uses(users_of, talent, settings, link):
    era = Programme.objects.get(slug="era")
    page = Page.objects.get(slug="people-and-skills")
    Programme.objects.filter(pk=era.pk).update(body=f'<p><a href="{link}">It</a></p>')
    page.passages.filter(pk=page.passages.first().pk).update(
        body=f'<p><a href="{settings.BASE_URL}{link}">It</a></p>'
    )
    users = users_of(talent)
    assert names(users, "Programme: a link in its text") == {str(era)}
    assert names(users, "Page: a link in its text") == {str(page)}


@pytest.mark.parametrize(
    "html",
    [
        '<p><a href="/programmes/talent-2/">Another</a></p>',
        '<p><a href="https://www.example.org/programmes/talent/">Elsewhere</a></p>',
        "<p>/programmes/talent/ as words</p>",
    ],
)
def test_what_only_looks_like_a_link_is_none(users_of, talent, html):
    Programme.objects.filter(slug="era").update(body=html)
    assert "Programme: a link in its text" not in users_of(talent)


def test_a_link_to_a_place_on_a_page_is_a_use_of_that_place_alone(users_of):
    place, other = Question.objects.filter(programme=None)[:2]
    link = f'<p><a href="{place.get_absolute_url()}">It</a></p>'
    Programme.objects.filter(slug="era").update(body=link)
    assert "Programme: a link in its text" in users_of(place)
    assert "Programme: a link in its text" not in users_of(other)


def test_what_leads_to_it_is_a_use(users_of, talent):
    era = Programme.objects.get(slug="era")
    Redirect.objects.create(old_address="/once", leads_to="/programmes/talent/")
    Gone.objects.create(address="/twice", reason="Old.", leads_to="/programmes/talent/#x")
    workflow.note_as_found(era)
    workflow.plan(
        era,
        None,
        Plan.Action.TAKE_DOWN,
        timezone.now() + timedelta(days=1),
        expected=workflow.latest(era),
        reason="It ends.",
        leads_to="/programmes/talent/",
    )
    users = users_of(talent)
    assert len(users["Redirect"]) == 1
    assert names(users, "Page taken down") == {"/twice"}
    assert names(users, "To be taken down, and to lead here") == {str(era)}


def test_what_is_not_public_is_told_apart(users_of):
    helen = Person.objects.get(slug="helen-turner")
    Role.objects.filter(holder=helen).update(is_published=False)
    assert [use.is_public for use in users_of(helen)["Role: holder"]] == [False]


def test_only_who_may_open_a_form_is_led_to_it(users_of):
    helen = Person.objects.get(slug="helen-turner")
    [use] = users_of(helen)["Role: holder"]
    assert use.address == address(Role, "change", use.thing.pk)
    editor = User.objects.create_user("editor", is_staff=True)
    editor.user_permissions.add(Permission.objects.get(codename="change_person"))
    [use] = users_of(helen, user=editor)["Role: holder"]
    assert use.address == ""


def test_what_nobody_shows_them_is_not_named_to_who_may_not_see_it(users_of):
    helen = Person.objects.get(slug="helen-turner")
    editor = User.objects.create_user("editor", is_staff=True)
    [use] = users_of(helen, user=editor)["Role: holder"]
    assert use.name == str(use.thing)
    Role.objects.filter(holder=helen).update(is_published=False)
    [use] = users_of(helen, user=editor)["Role: holder"]
    assert use.name == "something you may not see"
    [use] = users_of(helen)["Role: holder"]
    assert use.name == str(use.thing)


def test_what_goes_with_it_is_what_visitors_would_lose(users_of, talent):
    lost = users_of(talent, uses.goes_with)
    assert names(lost, "Testimonials") == {str(one) for one in talent.testimonials.public()}
    assert names(lost, "Figures") == {str(one) for one in talent.figures.all()}
    assert Programme.objects.get(pk=talent.pk).is_published
    topic = Topic.objects.get(slug="technicians")
    assert users_of(topic, uses.goes_with) == {}


def test_it_takes_as_many_queries_for_many_as_for_one(users_of, talent):
    role = Role.objects.get(slug="mi-director")

    def queries():
        with CaptureQueriesContext(connection) as captured:
            users_of(role)
        return len(captured)

    talent.contacts.add(role)
    link = f'<p><a href="{role.get_absolute_url()}">They</a></p>'
    Programme.objects.filter(pk=talent.pk).update(body=link)
    few = queries()
    for programme in Programme.objects.all():
        programme.contacts.add(role)
    Programme.objects.update(body=link)
    assert queries() == few <= 25


def test_the_form_says_where_it_is_used(admin_client):
    helen = Person.objects.get(slug="helen-turner")
    html = admin_client.get(address(Person, "change", helen.pk)).content.decode()
    found = Reading(html.partition('id="part:uses"')[2].partition("</fieldset>")[0])
    for role in helen.roles.all():
        assert (str(role), address(Role, "change", role.pk)) in found.links
    nobody = Person.objects.create(family_name="Bloggs", slug="bloggs")
    html = admin_client.get(address(Person, "change", nobody.pk)).content.decode()
    assert "Nothing on the site refers to it." in html
