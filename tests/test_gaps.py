"""The list of gaps: each kind comes when something is missing and goes when it is filled in."""

import datetime
import re
from dataclasses import dataclass
from urllib.parse import urldefrag

import pytest
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from desk import gaps
from faq.models import Question
from partners.models import Partner, Partnership
from people.models import Person, Role
from programmes.models import Figure, Programme
from publishing.models import Publishable, Redirect, SourceDocument
from topics.models import Topic

from .site_map import Reading, content_models, delete_all_content
from .test_queries import add_fifty_times_the_content
from .test_second_partnership import TWO_UNIVERSITIES

pytestmark = pytest.mark.django_db

PAGE = "/admin/gaps/"


def about(kind):
    """Return the things that have a gap of that kind."""
    return [gap.about for gap in kind(gaps.PublicContent())]


def said(kind):
    """Return (thing, what is missing of it) of each gap of that kind, in words."""
    return [(str(gap.about), gap.what) for gap in kind(gaps.PublicContent())]


# Each kind comes and goes


@dataclass(frozen=True)
class Case:
    """How a gap of one kind opens on a thing, and how it is filled in."""

    kind: object
    model: type
    slug: str
    opens: object
    fills: object


def fields(**values):
    def write(thing):
        for name, value in values.items():
            setattr(thing, name, value)
        thing.save()

    return write


def old_address(leads_to):
    def write(programme):
        Redirect.objects.all().delete()
        Redirect.objects.create(old_address="/somewhere-old", leads_to=leads_to)

    return write


def role():
    return Role.objects.get(slug="mi-director")


def somebody_who_left():
    person = Person.objects.get(slug="kelly-vere")
    fields(is_published=False)(person)
    person.departures.create(leaves_on=timezone.localdate(), carried_out_at=timezone.now())
    return person


def on_the_slip(**slip):
    return fields(errata=[{"has": "Future", "shows": "Future", "why": "a word"} | slip])


CASES = [
    Case(
        gaps.facts_of_the_owner,
        Partnership,
        "",
        fields(licence=""),
        fields(licence="CC0", controller="X", privacy_contact="X", accessibility_contact="X"),
    ),
    Case(
        gaps.general_advice,
        Partnership,
        "",
        fields(general_route=None),
        lambda thing: fields(general_route=Question.objects.get(slug="why-place-matters"))(thing),
    ),
    Case(
        gaps.mailbox_of_the_team,
        Partnership,
        "",
        fields(mailbox=""),
        fields(mailbox="team@example.org"),
    ),
    Case(
        gaps.roles_without_holder,
        Role,
        "mi-director",
        fields(holder=None),
        lambda thing: fields(holder=Person.objects.get(slug="kelly-vere"))(thing),
    ),
    Case(
        gaps.roles_without_holder,
        Role,
        "mi-director",
        lambda thing: fields(is_published=False)(thing.holder),
        lambda thing: fields(is_published=True)(thing.holder),
    ),
    Case(
        gaps.roles_left_alone,
        Role,
        "mi-director",
        fields(away_until=datetime.date(2030, 1, 1)),
        lambda thing: fields(deputy=Person.objects.get(slug="kelly-vere"))(thing),
    ),
    Case(
        gaps.names_of_the_gone,
        Programme,
        "era",
        lambda thing: fields(body=f"<p>Ask {somebody_who_left()}.</p>")(thing),
        fields(body="<p>Ask the team.</p>"),
    ),
    Case(
        gaps.programmes_without_contact,
        Programme,
        "talent",
        lambda thing: thing.contacts.clear(),
        lambda thing: thing.contacts.add(role()),
    ),
    Case(
        gaps.partners_without_contact,
        Partner,
        "keele",
        fields(contact=None),
        lambda thing: fields(contact=role())(thing),
    ),
    Case(
        gaps.people_without_email, Person, "kelly-vere", fields(email=""), fields(email="k@e.org")
    ),
    Case(
        gaps.people_without_telephone,
        Person,
        "kelly-vere",
        fields(telephone=""),
        fields(telephone="1"),
    ),
    Case(
        gaps.people_without_biography,
        Person,
        "kelly-vere",
        fields(biography=""),
        fields(biography="<p>She works.</p>"),
    ),
    Case(
        gaps.lost_links,
        Programme,
        "talent",
        lambda thing: thing.links.update(address="", handle=""),
        lambda thing: thing.links.update(address="https://example.org"),
    ),
    Case(
        gaps.redirects_that_lead_nowhere,
        Redirect,
        "",
        old_address("/programmes/nothing/"),
        old_address("/programmes/era/"),
    ),
    Case(
        gaps.slips_not_mended,
        Programme,
        "future-proofing",
        on_the_slip(),
        on_the_slip(shows="The future"),
    ),
    Case(
        gaps.slips_not_mended,
        Programme,
        "future-proofing",
        on_the_slip(shows="The future", why="cut off in the source"),
        fields(errata=[]),
    ),
    Case(gaps.reviews_overdue, Topic, "energy", fields(is_overdue=True), fields(is_overdue=False)),
    Case(
        gaps.partners_not_named,
        Programme,
        "mi-health",
        lambda thing: thing.participations.all().delete(),
        lambda thing: thing.participations.create(partner=Partner.objects.first()),
    ),
    Case(
        gaps.participation_unknown,
        Programme,
        "micra",
        fields(who_takes_part=""),
        fields(who_takes_part="all of them"),
    ),
    Case(gaps.state_unknown, Programme, "era", fields(state=""), fields(state="running")),
    Case(
        gaps.programmes_without_website,
        Programme,
        "talent",
        lambda thing: thing.links.all().delete(),
        lambda thing: thing.links.create(label="Website", address="https://example.org"),
    ),
    Case(
        gaps.programmes_without_topics,
        Programme,
        "era",
        lambda thing: thing.topics.clear(),
        lambda thing: thing.topic_items.create(tag=Topic.objects.first()),
    ),
    Case(
        gaps.topics_without_use,
        Topic,
        "energy",
        lambda thing: thing.programmetopics.all().delete(),
        lambda thing: role().remit_topics.add(thing),
    ),
    Case(
        gaps.rival_figures,
        Figure,
        "technical-community",
        fields(measure="technical-staff"),
        fields(measure=""),
    ),
    Case(gaps.figures_without_date, Figure, "academics", fields(as_of=""), fields(as_of="2026")),
    Case(
        gaps.figures_that_aged,
        Figure,
        "academics",
        fields(as_of_until=datetime.date(2000, 7, 31)),
        fields(as_of_until=datetime.date(9000, 7, 31)),
    ),
    Case(gaps.sources_without_date, SourceDocument, "faq", fields(dated=""), fields(dated="2022")),
    Case(
        gaps.facts_of_partners,
        Partner,
        "keele",
        fields(website=""),
        fields(website="https://e.org"),
    ),
    Case(
        gaps.things_without_owner,
        Question,
        "why-place-matters",
        fields(owner=None),
        lambda thing: fields(owner=role())(thing),
    ),
]


def find(case):
    rows = case.model.objects
    return rows.get(slug=case.slug) if case.slug else rows.first()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.kind.__name__)
def test_a_gap_comes_when_it_opens_and_goes_when_it_is_filled_in(case):
    case.opens(find(case) or Programme.objects.first())
    assert find(case) in about(case.kind)
    case.fills(find(case))
    assert find(case) not in about(case.kind)


def test_every_kind_of_gap_is_tried():
    assert {case.kind for case in CASES} == {kind.find for kind in gaps.KINDS}


@pytest.mark.parametrize("kind", gaps.KINDS, ids=lambda kind: kind.find.__name__)
def test_what_is_not_public_is_no_gap(kind):
    for model in content_models():
        if issubclass(model, Publishable) and model is not Partnership:
            model.objects.update(is_published=False)
    hidden = [thing for thing in about(kind.find) if isinstance(thing, Publishable)]
    assert [thing for thing in hidden if not isinstance(thing, Partnership)] == []


def test_a_contact_who_is_not_public_is_none():
    talent, contact = Programme.objects.get(slug="talent"), role()
    talent.contacts.add(contact)
    assert talent not in about(gaps.programmes_without_contact)
    fields(is_published=False)(contact)
    assert talent in about(gaps.programmes_without_contact)


def test_a_mailbox_among_the_settings_serves_as_well(settings):
    assert about(gaps.mailbox_of_the_team)
    settings.TEAM_EMAIL = "team@example.org"
    assert about(gaps.mailbox_of_the_team) == []


def test_what_was_achieved_does_not_age():
    founded = Figure.objects.get(slug="founded")
    assert founded.as_of_until.year == 2015
    assert founded not in about(gaps.figures_that_aged)


def test_a_figure_of_a_programme_is_kept_up_with_it():
    figure = Figure.objects.exclude(programme=None).first()
    assert figure not in about(gaps.things_without_owner)


def test_a_redirect_to_a_fixed_page_a_file_or_another_site_leads_somewhere():
    targets = ["/faq/#x", "/about/", "/people-and-skills/", "/mark.svg", "/programmes/era/card.png"]
    for number, target in enumerate([*targets, "https://example.org/"]):
        Redirect.objects.create(old_address=f"/old-{number}", leads_to=target)
    assert about(gaps.redirects_that_lead_nowhere) == []


# The real content


def test_the_gaps_of_the_source_are_listed():
    assert ("Midlands Innovation Health", "“seven Midlands Innovation universities”") in said(
        gaps.partners_not_named
    )
    assert [programme.slug for programme in about(gaps.lost_links)] == [
        "equipment-sharing",
        "technician-led-equipment-sharing",
    ]
    slips = said(gaps.slips_not_mended)
    for words in ("lost the name of this initiative", "renamed", "cut off", "link lost"):
        assert any(words in what for _, what in slips), words
    assert len(slips) == 4
    assert "talent" in {getattr(thing, "slug", "") for thing in about(gaps.reviews_overdue)}
    assert {figure.as_written for figure in about(gaps.rival_figures)} == {
        "over 2100",
        "2,100",
        "around 2,100",
    }
    assert about(gaps.people_without_email) == list(Person.objects.public())
    assert len(about(gaps.programmes_without_contact)) == Programme.objects.count() - 1
    assert {programme.slug for programme in Programme.objects.all()} - {
        programme.slug for programme in about(gaps.programmes_without_website)
    } == {"talent", "c-dice", "era-skills"}
    assert about(gaps.figures_that_aged)
    assert [what for _, what in said(gaps.facts_of_the_owner)] == [
        "controller",
        "privacy contact",
        "accessibility contact",
        "licence",
    ]


def test_everything_that_is_published_by_itself_is_read():
    read = {type(thing) for thing in gaps.PublicContent().publishables()}
    assert read == {model for model in content_models() if issubclass(model, Publishable)}


# The page


def test_visitors_are_sent_to_sign_in(client):
    response = client.get(PAGE)
    assert response.status_code == 302
    assert response.url == f"{reverse('admin:login')}?next={PAGE}"


def test_an_account_that_is_not_of_staff_is_refused(client, django_user_model):
    client.force_login(django_user_model.objects.create_user("ada"))
    assert client.get(PAGE).url.startswith(reverse("admin:login"))


@pytest.fixture
def colleague(client, django_user_model):
    """Return a function that signs in somebody of staff who has only the permissions named."""

    def sign_in(*names):
        user = django_user_model.objects.create_user("ada", is_staff=True)
        user.user_permissions.set(Permission.objects.filter(codename__in=names))
        client.force_login(user)
        return Reading(client.get(PAGE).content.decode())

    return sign_in


def links(page):
    return [link for _, link in page.links if "#" in link and link.startswith("/admin/")]


def test_somebody_without_a_permission_sees_no_gap(colleague):
    page = colleague()
    assert "There are no gaps in what you may see." in page.text
    assert links(page) == []


def test_whoever_may_only_look_finds_no_link(colleague):
    page = colleague("view_person")
    assert "People without an e-mail address (8)" in page.text
    assert "Alex Archibald" in page.text
    assert "Programmes" not in page.text
    assert links(page) == []


def test_whoever_may_change_finds_the_link_to_the_field(colleague):
    page = colleague("change_person")
    person = Person.objects.get(slug="alex-archibald")
    form = reverse("admin:people_person_change", args=[person.pk])
    assert ("Alex Archibald", f"{form}#id_email") in page.links
    assert all(link.startswith("/admin/people/person/") for link in links(page))


def test_every_link_arrives_at_the_field_that_it_names(admin_client):
    Redirect.objects.create(old_address="/old", leads_to="/nothing/")
    Topic.objects.create(name="Nothing", slug="nothing", is_published=True)
    Programme.objects.get(slug="era").topics.clear()
    fields(holder=None)(role())
    links_of = {}
    for link in links(Reading(admin_client.get(PAGE).content.decode())):
        form, place = urldefrag(link)
        links_of[re.sub("[^/]+/change/", "", form), place] = form
    assert len(links_of) > 20
    for (_, place), form in links_of.items():
        html = admin_client.get(form).content.decode()
        assert f'id="{place}"' in html, f"{form} has no {place}"


def test_each_kind_is_counted_and_says_what_visitors_see(admin_client):
    page = Reading(admin_client.get(PAGE).content.decode())
    content = gaps.PublicContent()
    numbers = {kind: len(kind.find(content)) for kind in gaps.KINDS}
    for kind, number in numbers.items():
        assert (f"{kind.title} ({number})" in page.text) == bool(number)
        assert (kind.meanwhile in page.text) == bool(number)
    kinds = sum(map(bool, numbers.values()))
    assert f"{sum(numbers.values())} gaps of {kinds} kinds." in page.text


def test_the_front_of_the_desk_leads_there(admin_client):
    page = Reading(admin_client.get(reverse("admin:index")).content.decode())
    assert ("Gaps", PAGE) in page.links


def test_fifty_times_the_content_takes_the_same_queries(admin_client):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert admin_client.get(PAGE).status_code == 200
        return len(captured)

    few = queries()
    add_fifty_times_the_content()
    Redirect.objects.bulk_create(
        Redirect(old_address=f"/old/{programme.slug}", leads_to=programme.get_absolute_url())
        for programme in Programme.objects.all()
    )
    assert queries() == few


def test_the_page_stands_without_any_content(admin_client):
    delete_all_content()
    assert admin_client.get(PAGE).status_code == 200


def test_another_partnership_has_its_own_gaps(admin_client):
    delete_all_content()
    call_command("load_content", TWO_UNIVERSITIES, verbosity=0)
    text = Reading(admin_client.get(PAGE).content.decode()).text
    assert "Foghorn Officer vacant" in text
    assert "Herring Ledger The ledger itself" in text
    assert not re.search("midlands|innovation", text, re.IGNORECASE)
