"""Somebody leaves: roles, what waits for them and their name move in one step."""

import datetime
import re
import threading
import time
import uuid

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.urls import reverse
from django.utils import timezone

from enquiries import leaving, personal_data
from enquiries.intake import take_in
from enquiries.models import Enquiry, Event
from enquiries.subjects import Subject
from faq.models import Question
from outbox.models import OutgoingMessage
from pages.models import Passage
from people.models import Departure, HandOver, Person, Role
from people.names import pattern_of, patterns_of, without_names
from programmes.models import Programme, Testimonial
from publishing import workflow
from publishing.models import Gone, SourceDocument, Update

from .at_once import at_once
from .site_map import data_files, read, text_of, walk

pytestmark = pytest.mark.django_db

TODAY = datetime.date(2027, 3, 1)


@pytest.fixture(autouse=True)
def today(monkeypatch):
    monkeypatch.setattr(timezone, "localdate", lambda *_: TODAY)


@pytest.fixture
def alex():
    return Person.objects.get(slug="alex-archibald")


@pytest.fixture
def sue():
    return Person.objects.get(slug="sue-clayton")


@pytest.fixture
def manager():
    role = Role.objects.get(slug="mi-health-manager")
    role.mailbox = "alex@example.org"
    role.save()
    return role


def departure_of(person, on=TODAY, **successors):
    """Enter that ``person`` leaves; ``successors`` are given by the slugs of the roles."""
    departure = Departure.objects.create(person=person, leaves_on=on)
    for role in person.roles.all():
        departure.hand_overs.create(
            role=role,
            successor=successors.get(role.slug.replace("-", "_")),
            mailbox="new@example.org",
        )
    return departure


def ask(kind, thing):
    return take_in(
        Subject(kind, thing),
        form_id=str(uuid.uuid4()),
        name="Ada",
        email="ada@example.org",
        text="Can we talk about clinical trials?",
    )


def forwards(enquiry):
    """Return (address, state) of the letters that passed ``enquiry`` on, the first one first."""
    events = enquiry.events.filter(kind=Event.Kind.FORWARDED).order_by("pk")
    return [(event.message.to, event.message.state) for event in events]


# What changes hands


def test_a_role_goes_to_its_successor_with_its_new_mailbox(alex, sue, manager):
    manager.away_until = datetime.date(2027, 4, 1)
    manager.deputy = sue
    manager.save()
    leaving.carry_out(departure_of(alex, mi_health_manager=sue))
    manager.refresh_from_db()
    assert (manager.holder, manager.mailbox) == (sue, "new@example.org")
    assert (manager.deputy, manager.away_until) == (None, None)


def test_a_role_without_a_successor_is_vacant_and_goes_to_its_deputy(client, alex, sue, manager):
    Role.objects.filter(pk=manager.pk).update(deputy=sue)
    leaving.carry_out(departure_of(alex))
    page = read(client, "/programmes/mi-health/").text
    assert "Deputy Sue Clayton MI Health Manager (while the post is vacant)" in page


def test_whoever_leaves_is_nobodys_deputy(alex):
    Role.objects.filter(slug="mi-director").update(deputy=alex)
    leaving.carry_out(departure_of(alex))
    assert Role.objects.get(slug="mi-director").deputy is None


def test_a_role_that_came_after_the_form_is_vacant_and_one_that_went_stays_where_it_is(alex, sue):
    departure = departure_of(alex, mi_health_manager=sue)
    helen = Person.objects.get(slug="helen-turner")
    Role.objects.filter(slug="mi-health-manager").update(holder=helen)
    Role.objects.filter(slug="mi-executive-assistant").update(holder=alex)
    leaving.carry_out(departure)
    assert Role.objects.get(slug="mi-health-manager").holder == helen
    assert Role.objects.get(slug="mi-executive-assistant").holder is None


def test_a_successor_who_left_before_takes_over_nothing(alex, sue):
    departure = departure_of(alex, mi_health_manager=sue)
    leaving.carry_out(departure_of(sue))
    leaving.carry_out(departure)
    assert Role.objects.get(slug="mi-health-manager").holder is None


def test_testimonials_come_down():
    kelly = Person.objects.get(slug="kelly-vere")
    assert kelly.testimonials.public().exists()
    leaving.carry_out(departure_of(kelly))
    assert not Testimonial.objects.filter(person=kelly, is_published=True).exists()


# What waits


def test_what_waits_for_a_role_moves_to_the_successor(alex, sue, manager):
    enquiry = ask("programme", Programme.objects.get(slug="mi-health"))
    leaving.carry_out(departure_of(alex, mi_health_manager=sue))
    assert forwards(enquiry) == [
        ("alex@example.org", "withdrawn"),
        ("new@example.org", "waiting"),
    ]
    assert enquiry.events.filter(kind=Event.Kind.MOVED).count() == 1
    enquiry.refresh_from_db()
    assert enquiry.role == manager


def test_what_was_sent_already_is_sent_to_the_successor_as_well(alex, sue, manager):
    enquiry = ask("programme", Programme.objects.get(slug="mi-health"))
    OutgoingMessage.objects.update(state=OutgoingMessage.State.SENT)
    leaving.carry_out(departure_of(alex, mi_health_manager=sue))
    assert forwards(enquiry) == [("alex@example.org", "sent"), ("new@example.org", "waiting")]


def test_a_mailbox_that_has_it_gets_no_second_copy(alex, sue, manager):
    Role.objects.filter(pk=manager.pk).update(deputy=sue)
    enquiry = ask("programme", Programme.objects.get(slug="mi-health"))
    OutgoingMessage.objects.update(state=OutgoingMessage.State.SENT)
    leaving.carry_out(departure_of(sue))  # the deputy: Alex, who has it, still answers
    assert forwards(enquiry) == [("alex@example.org", "sent")]


def test_what_was_for_the_person_goes_to_whoever_has_their_role(alex, sue, manager):
    enquiry = ask("person", alex)
    leaving.carry_out(departure_of(alex, mi_health_manager=sue))
    assert forwards(enquiry)[-1] == ("new@example.org", "waiting")


def test_without_a_successor_what_waits_goes_to_the_team(alex, manager, settings):
    settings.TEAM_EMAIL = "team@example.org"
    Person.objects.filter(pk=alex.pk).update(email="alex.at.home@example.org")
    enquiries = [ask("person", alex), ask("programme", Programme.objects.get(slug="mi-health"))]
    leaving.carry_out(departure_of(alex))
    for enquiry in enquiries:
        assert forwards(enquiry)[-1] == ("team@example.org", "waiting")
        enquiry.refresh_from_db()
        assert enquiry.role is None


def test_what_was_for_somebody_without_a_role_is_not_sent_to_them_any_more(alex, settings):
    settings.TEAM_EMAIL = "team@example.org"
    Role.objects.filter(holder=alex).delete()
    Person.objects.filter(pk=alex.pk).update(email="alex@example.org")
    alex.refresh_from_db()
    enquiry = ask("person", alex)
    leaving.carry_out(departure_of(alex))
    assert forwards(enquiry) == [
        ("alex@example.org", "withdrawn"),
        ("team@example.org", "waiting"),
    ]


def test_what_a_deputy_was_to_answer_moves_when_the_deputy_leaves(alex, sue, manager, settings):
    settings.TEAM_EMAIL = "team@example.org"
    Role.objects.filter(pk=manager.pk).update(deputy=sue, away_until=datetime.date(2027, 4, 1))
    Person.objects.filter(pk=sue.pk).update(email="sue@example.org")
    enquiry = ask("programme", Programme.objects.get(slug="mi-health"))
    assert forwards(enquiry) == [("sue@example.org", "waiting")]
    leaving.carry_out(departure_of(sue))
    assert forwards(enquiry)[-1] == ("team@example.org", "waiting")


def test_what_is_answered_or_closed_or_for_others_stays(alex, sue, manager):
    programme = Programme.objects.get(slug="mi-health")
    for state in (Enquiry.State.ANSWERED, Enquiry.State.CLOSED, Enquiry.State.SPAM):
        Enquiry.objects.filter(pk=ask("programme", programme).pk).update(state=state)
    ask("programme", Programme.objects.get(slug="era"))
    before = OutgoingMessage.objects.count()
    assert leaving.carry_out(departure_of(alex, mi_health_manager=sue)) == []
    assert OutgoingMessage.objects.count() == before


def test_what_moves_is_not_erased_before_it_has_moved(
    committing_db, alex, manager, admin_user, monkeypatch
):
    enquiry = ask("person", alex)
    departure = departure_of(alex)
    is_chosen = threading.Event()
    take_down = leaving.take_down

    def take_down_slowly(person):
        is_chosen.set()
        time.sleep(0.5)
        take_down(person)

    def erase():
        is_chosen.wait(10)
        return personal_data.erase(enquiry.email, admin_user)

    monkeypatch.setattr(leaving, "take_down", take_down_slowly)
    moved, erased = at_once(lambda: len(leaving.carry_out(departure)), erase)
    assert (moved, erased) == (1, (1, 2))


# When


def test_a_departure_is_carried_out_once(alex, manager):
    departure = departure_of(alex)
    ask("person", alex)
    assert len(leaving.carry_out(departure)) == 1
    assert leaving.carry_out(departure) == []


def test_the_timer_carries_out_what_is_due_and_nothing_else(alex, sue, django_assert_num_queries):
    departure_of(alex, on=TODAY)
    ahead = departure_of(sue, on=TODAY + datetime.timedelta(days=1))
    assert leaving.carry_out_due() == 1
    with django_assert_num_queries(1):
        assert leaving.carry_out_due() == 0
    assert list(Person.objects.gone()) == [alex]
    assert list(Departure.objects.ahead()) == [ahead]


def test_a_departure_that_fails_holds_up_no_other(alex, sue, monkeypatch):
    departure_of(alex, on=TODAY)
    departure_of(sue, on=TODAY)
    carry_out = leaving.carry_out

    def fail_for_alex(departure):
        if departure.person == alex:
            raise ValueError
        return carry_out(departure)

    monkeypatch.setattr(leaving, "carry_out", fail_for_alex)
    with pytest.raises(ExceptionGroup):
        leaving.carry_out_due()
    assert list(Person.objects.gone()) == [sue]


def test_absences_end_when_their_last_day_has_passed(manager, django_assert_num_queries):
    director = Role.objects.get(slug="mi-director")
    yesterday = TODAY - datetime.timedelta(days=1)
    Role.objects.filter(pk=manager.pk).update(away_until=TODAY)
    Role.objects.filter(pk=director.pk).update(away_until=yesterday)
    assert leaving.end_absences() == 1
    with django_assert_num_queries(1):
        assert leaving.end_absences() == 0
    manager.refresh_from_db()
    director.refresh_from_db()
    assert (manager.is_away, director.is_away) == (True, False)


# The name


def said(client):
    """Yield (address, words) of all that the site says to people and to programs."""
    yield from walk(client)
    for person in Person.objects.public():
        address = reverse("pages:vcard", args=[person.slug])
        yield address, client.get(address).content.decode().replace("\r\n ", "")
    for address in data_files():
        yield address, client.get(address).getvalue().decode()
    for address in ("/sitemap.xml", "/robots.txt", "/nowhere/", "/enquire/?person=alex-archibald"):
        yield address, client.get(address).content.decode().replace("person=alex-archibald", "")
    for question in ("health", "clinical trials", "health manager", "alex"):
        for asked in ({"q": question}, {"q": question, "format": "json"}):
            yield f"search {asked}", client.get("/find/", asked).content.decode()


def test_the_name_of_somebody_who_left_is_nowhere(client, alex, sue):
    assert any("archibald" in words.lower() for _, words in said(client))
    leaving.carry_out(departure_of(alex, mi_health_manager=sue))
    assert [address for address, words in said(client) if "archibald" in words.lower()] == []
    for address in (
        "/people/alex-archibald/",
        "/people/alex-archibald.vcf",
        "/people/alex-archibald/card.png",
    ):
        assert client.get(address).status_code == 404


def test_a_source_is_shown_without_the_name_and_kept_with_it(client, alex):
    leaving.carry_out(departure_of(alex))
    page = read(client, "/sources/faq/").text
    assert "faq.txt:19 [name removed], MI Health Manager" in page
    assert "Sue Clayton, MI Deputy Director" in page
    assert "Alex Archibald" in SourceDocument.objects.get(slug="faq").line(19)


def test_a_source_names_whoever_came_back(client, alex):
    leaving.carry_out(departure_of(alex))
    Person.objects.filter(pk=alex.pk).update(is_published=True)
    assert "Alex Archibald, MI Health Manager" in read(client, "/sources/faq/").text


def test_a_source_names_somebody_who_is_hidden_but_has_not_left(client, alex):
    Person.objects.filter(pk=alex.pk).update(is_published=False)
    assert "Alex Archibald, MI Health Manager" in read(client, "/sources/faq/").text


VERE = Person(title="Dr", given_name="Kelly", family_name="Vere", honours="MBE")


@pytest.mark.parametrize(
    "text",
    [
        "Dr Kelly Vere MBE",
        "Dr Kelly Vere, MBE",
        "Kelly Vere",
        "KELLY VERE",
        "Kelly\u00a0\nVere",
        "Dr Vere",
        "K. Vere",
        "Dr K Vere",
    ],
)
def test_a_name_is_found_in_every_form_that_is_sure(text):
    assert without_names(f"So said {text}’s team.", patterns_of([VERE])) == (
        "So said [name removed]’s team."
    )


@pytest.mark.parametrize(
    "text", ["Vere Street", "Kelly and Sue", "Kelly Verey", "MacKelly Vere", "Dr Severe"]
)
def test_other_words_are_no_name(text):
    assert without_names(text, patterns_of([VERE])) == text


def test_a_single_word_is_never_taken_for_a_name():
    assert pattern_of(Person(family_name="Brown")) is None


def test_a_name_that_stays_in_prose_is_a_gap(admin_client, alex):
    Programme.objects.filter(slug="era").update(body="<p>Ask <em>Alex</em> Archibald.</p>")
    passage = Passage.objects.filter(page__is_published=True).first()
    Passage.objects.filter(pk=passage.pk).update(heading="Why Alex Archibald came")
    title = "Words that name somebody who has left"
    assert title not in admin_client.get(reverse("admin:gaps")).content.decode()
    leaving.carry_out(departure_of(alex))
    kinds = admin_client.get(reverse("admin:gaps")).context["kinds"]
    [entries] = [entries for kind, entries in kinds if kind.title == title]
    assert {(entry.gap.about.slug, entry.gap.place) for entry in entries} == {
        ("era", "id_body"),
        (passage.page.slug, "passages-group"),
    }


def test_a_notice_that_names_somebody_is_among_the_gaps_and_never_names_them(
    admin_client, client, alex
):
    era = Programme.objects.get(slug="era")
    gone = Gone.objects.create(address="/once", reason="Ask Alex Archibald.")
    update = Update.objects.create(
        content_type=workflow.content_type_of(era),
        object_id=era.pk,
        title=str(era),
        address=era.get_absolute_url(),
        is_new=True,
        note="Alex Archibald is in charge now.",
    )
    leaving.carry_out(departure_of(alex))
    assert "Archibald" not in client.get("/once").content.decode()
    for address in ("/updates/", "/updates/feed.atom"):
        html = client.get(address).content.decode()
        assert "[name removed] is in charge now." in html
        assert "Archibald" not in html
    kinds = admin_client.get(reverse("admin:gaps")).context["kinds"]
    entries = [
        entry for _, entries in kinds for entry in entries if entry.gap.about in (gone, update)
    ]
    assert [entry.gap.place for entry in entries] == ["id_reason", "id_note"]
    assert all(admin_client.get(entry.address).status_code == 200 for entry in entries)


# The form


@pytest.fixture
def form(alex):
    return reverse("admin:person_leaving", args=[alex.pk])


def filled(person, on=TODAY, successor="", **more):
    fields = {"leaves_on": on}
    for role in person.roles.all():
        fields |= {f"successor_{role.pk}": successor, f"mailbox_{role.pk}": role.mailbox}
    return fields | more


def test_the_form_of_a_person_leads_there(admin_client, alex, form):
    change = reverse("admin:people_person_change", args=[alex.pk])
    assert f'href="{form}"' in admin_client.get(change).content.decode()


def test_the_form_begins_with_today_nobody_and_the_mailbox_as_it_is(admin_client, form, manager):
    html = admin_client.get(form).content.decode()
    assert 'value="2027-03-01"' in html
    assert 'value="alex@example.org"' in html
    assert '<option value="" selected>Nobody yet</option>' in html


def test_what_will_happen_is_told_and_nothing_happens(
    admin_client, form, alex, sue, manager, settings
):
    Role.objects.filter(slug="mi-director").update(deputy=alex)
    Programme.objects.filter(slug="era").update(body="<p>Ask Alex Archibald.</p>")
    Programme.objects.get(slug="micra").contacts.add(manager)
    ask("programme", Programme.objects.get(slug="mi-health"))
    letters = list(OutgoingMessage.objects.values_list("pk", "state"))

    told = text_of(admin_client.post(form, filled(alex)).content.decode())
    assert "What happens at once" in told
    assert "MI Health Manager is vacant, which the site says." in told
    assert "MI Director has no deputy any more." in told
    assert "sent to the team: " in told
    assert "Midlands Innovation Health" in told
    assert "1 waiting enquiry moves to the team." in told
    assert "Energy Research Accelerator" in told.split("Where the name stays")[1]

    told = text_of(admin_client.post(form, filled(alex, successor=sue.pk)).content.decode())
    assert "MI Health Manager goes to Sue Clayton." in told
    assert "Left without a named contact" not in told
    assert "1 waiting enquiry moves to Sue Clayton, MI Health Manager." in told

    alex.refresh_from_db()
    assert alex.is_published
    assert not Departure.objects.exists()
    assert list(OutgoingMessage.objects.values_list("pk", "state")) == letters
    assert Role.objects.get(slug="mi-director").deputy == alex


def test_where_messages_arrive_is_told_as_it_will_be(
    admin_client, form, alex, sue, manager, settings
):
    settings.TEAM_EMAIL = "team@example.org"
    vacant = text_of(admin_client.post(form, filled(alex)).content.decode())
    assert "nothing is sent to alex@example.org" in vacant
    assert "arrive at alex@example.org" not in vacant

    taken_over = text_of(admin_client.post(form, filled(alex, successor=sue.pk)).content.decode())
    assert "Messages for it arrive at alex@example.org." in taken_over

    admin_client.post(form, filled(alex, confirm="yes"))
    ask("programme", Programme.objects.get(slug="mi-health"))
    sent_to = set(OutgoingMessage.objects.values_list("to", flat=True))
    assert "team@example.org" in sent_to
    assert "alex@example.org" not in sent_to


def test_testimonials_that_come_down_are_told(admin_client):
    kelly = Person.objects.get(slug="kelly-vere")
    form = reverse("admin:person_leaving", args=[kelly.pk])
    told = text_of(admin_client.post(form, filled(kelly)).content.decode())
    assert "comes down: “The roles that technicians do" in told


def test_confirming_does_it_at_once(admin_client, client, form, alex, sue, manager):
    response = admin_client.post(form, filled(alex, successor=sue.pk, confirm="1"), follow=True)
    assert "Alex Archibald has left. 0 waiting enquiries moved." in response.content.decode()
    assert "Left on 1 March 2027." in response.content.decode()
    assert ("Write to Sue Clayton", "/enquire/?programme=mi-health") in read(
        client, "/programmes/mi-health/"
    ).links
    [entry] = LogEntry.objects.all()
    assert entry.get_change_message() == "Leaves on 1 March 2027."


def test_one_enquiry_that_moved_is_one(admin_client, form, alex, manager):
    ask("person", alex)
    response = admin_client.post(form, filled(alex, confirm="1"), follow=True)
    assert "1 waiting enquiry moved." in response.content.decode()


def test_a_question_in_the_outlook_keeps_its_own_mark(admin_client, form, alex, sue, manager):
    question = Question.objects.public().get(programme__slug="mi-health", question__endswith="?")
    for successor in ("", sue.pk):
        page = admin_client.post(form, filled(alex, successor=successor)).content.decode()
        assert question.question in text_of(page)
        assert not re.search(r"\?[.:,]", text_of(page))


def test_two_presses_of_the_button_enter_one_departure(admin_client, form, alex):
    confirmed = filled(alex, confirm="1")
    admin_client.post(form, confirmed)
    html = admin_client.post(form, confirmed, follow=True).content.decode()
    assert "has left already: nothing was done" in html
    assert Departure.objects.count() == 1


def test_a_day_ahead_is_kept_changed_and_called_off(admin_client, form, alex, sue):
    later = TODAY + datetime.timedelta(days=30)
    admin_client.post(form, filled(alex, on=later, confirm="1"))
    [departure] = Departure.objects.ahead()
    assert (departure.leaves_on, departure.entered_by.username) == (later, "admin")
    assert Person.objects.get(pk=alex.pk).is_published

    page = admin_client.get(form).content.decode()
    assert "It is entered that they leave on 31 March 2027." in page
    admin_client.post(form, filled(alex, on=later, successor=sue.pk, confirm="1"))
    assert [one.successor for one in HandOver.objects.all()] == [sue]
    assert f'<option value="{sue.pk}" selected>' in admin_client.get(form).content.decode()

    admin_client.post(form, {"call_off": "1"})
    assert not Departure.objects.exists()
    assert "no departure is ahead" in (
        admin_client.post(form, {"call_off": "1"}, follow=True).content.decode()
    )


def test_a_successor_who_is_not_public_yet_can_be_chosen_and_is_said_to_be(
    admin_client, form, alex
):
    new = Person.objects.create(given_name="Nia", family_name="Rowe", slug="nia-rowe")
    assert "Nia Rowe (not public yet)" in admin_client.get(form).content.decode()
    told = text_of(admin_client.post(form, filled(alex, successor=new.pk)).content.decode())
    assert "Their page is not public yet" in told


def test_somebody_who_has_left_cannot_take_over(admin_client, form, alex, sue):
    leaving.carry_out(departure_of(sue))
    response = admin_client.post(form, filled(alex, successor=sue.pk, confirm="1"))
    assert "Select a valid choice" in response.content.decode()
    assert not Departure.objects.ahead().exists()


@pytest.mark.parametrize("day", ["", "tomorrow", "2027-02-30", "\0"])
def test_a_day_that_is_none_is_refused_and_all_else_stays(admin_client, form, alex, sue, day):
    response = admin_client.post(form, filled(alex, on=day, successor=sue.pk, confirm="1"))
    html = response.content.decode()
    assert "<title>Error: " in html
    assert f'<option value="{sue.pk}" selected>' in html
    assert not Departure.objects.exists()


def test_a_role_that_came_meanwhile_is_asked_for(admin_client, form, alex):
    fields = filled(alex, confirm="1")
    Role.objects.filter(slug="mi-director").update(holder=alex)
    html = admin_client.post(form, fields).content.decode()
    assert "they were given more: " in html
    assert not Departure.objects.exists()


def test_nobody_hands_over_without_the_permission(client, alex, form):
    editor = User.objects.create_user("editor", password="x", is_staff=True)
    client.force_login(editor)
    for codename in ("view_person", "change_person"):
        assert client.get(form).status_code == 403
        assert client.post(form, filled(alex, confirm="1")).status_code == 403
        editor.user_permissions.add(Permission.objects.get(codename=codename))
    assert client.get(form).status_code == 403
    change = reverse("admin:people_person_change", args=[alex.pk])
    assert f'href="{form}"' not in client.get(change).content.decode()
    editor.user_permissions.add(Permission.objects.get(codename="change_role"))
    assert client.get(form).status_code == 200


def test_visitors_are_sent_to_sign_in_and_nobody_is_not_found(client, admin_client, form):
    assert client.get(form).status_code == 302
    for pk in (987654, 10**30):
        assert admin_client.get(f"/admin/people/person/{pk}/leaving/").status_code == 404
