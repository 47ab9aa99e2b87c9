"""The desk's inbox: who sees which enquiry, what they do with it, and what goes out."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from enquiries import handling
from enquiries.intake import take_in
from enquiries.models import AnswerTemplate, Enquiry, Event
from enquiries.subjects import Subject
from faq.models import Question
from outbox import sending
from outbox.models import OutgoingMessage
from partners.models import Partner, Partnership
from people.models import Role
from programmes.models import Programme

from .at_once import at_once
from .site_map import Reading

pytestmark = pytest.mark.django_db

INBOX = "/admin/enquiries/enquiry/"
PERSONAL_DATA = f"{INBOX}personal-data/"


@pytest.fixture
def era():
    return Programme.objects.get(slug="era")


@pytest.fixture
def ask(era):
    """Return a function that takes in an enquiry as the form does."""

    def take(text="Where is the hydrogen?", about=era, suspicion="", **typed):
        kinds = {Programme: "programme", Partner: "partner", Question: "question"}
        subject = Subject(kinds.get(type(about), ""), about)
        given = {"name": "Ada Boole", "email": "ada@example.org", "university": "", "text": text}
        form_id = f"form-{Enquiry.objects.count()}"
        return take_in(subject, form_id, suspicion=suspicion, **(given | typed))

    return take


@pytest.fixture
def staff(django_user_model):
    """Return a function that makes a member of staff with nothing but the given permissions."""

    def make(name, *permissions):
        user = django_user_model.objects.create_user(name, is_staff=True)
        user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
        return user

    return make


@pytest.fixture
def editor(staff, era):
    """Somebody who edits ERA and has no permission at all."""
    user = staff("edith")
    era.editors.add(user)
    return user


def page_of(enquiry, *parts):
    return "/".join([f"{INBOX}{enquiry.pk}", *(parts or ["change"]), ""])


def newest(enquiry):
    return enquiry.events.order_by("pk").last().pk


def press(client, enquiry, step, seen=None):
    form = {"step": step, "seen": newest(enquiry) if seen is None else seen}
    response = client.post(page_of(enquiry, "step"), form, follow=True)
    enquiry.refresh_from_db()
    return Reading(response.content.decode()).text


def do_to_all(client, action, *enquiries):
    form = {"action": action, "_selected_action": [enquiry.pk for enquiry in enquiries]}
    response = client.post(f"{INBOX}?state=all", form, follow=True)
    assert response.status_code == 200
    return Reading(response.content.decode()).text


def answer(client, enquiry, text, seen=None, press="send"):
    form = {"text": text, "seen": newest(enquiry) if seen is None else seen, press: "yes"}
    return client.post(page_of(enquiry, "answer"), form, follow=True)


def listed(client, **choice):
    response = client.get(INBOX, choice)
    assert response.status_code == 200
    return {enquiry.reference for enquiry in response.context["cl"].result_list}


def kinds(enquiry):
    return [event.kind for event in enquiry.events.all()]


def words(response):
    return Reading(response.content.decode()).text


# The list


def test_the_list_shows_what_waits_and_nothing_else(admin_client, ask):
    new, answered, closed, spam = ask(), ask(), ask(), ask(suspicion="too fast")
    press(admin_client, answered, "answered")
    press(admin_client, closed, "close")
    assert listed(admin_client) == {new.reference}
    assert listed(admin_client, state="spam") == {spam.reference}
    every = {enquiry.reference for enquiry in (new, answered, closed)}
    assert listed(admin_client, state="all") == every


def test_the_list_says_in_words_how_each_stands(admin_client, ask):
    ask()
    late = ask(university="Keele University")
    yesterday = timezone.localdate() - timedelta(days=1)
    Enquiry.objects.filter(pk=late.pk).update(answer_due=yesterday)
    text = words(admin_client.get(INBOX))
    for shown in ("new, overdue since", "new, due by", "Energy Research Accelerator", "nobody yet"):
        assert shown in text
    assert "Keele University" in text
    assert "no mailbox known" in text
    assert listed(admin_client, overdue="yes") == {late.reference}


def test_the_list_says_how_the_latest_letter_fared(admin_client, ask):
    Partnership.objects.update(mailbox="team@example.org")
    enquiry = ask()
    assert "passed on: waiting to be sent" in words(admin_client.get(INBOX))
    OutgoingMessage.objects.filter(to="team@example.org").update(state="uncertain")
    assert "passed on: may have been sent" in words(admin_client.get(INBOX))
    answer(admin_client, enquiry, "It is in Keele.")
    said = words(admin_client.get(INBOX, {"state": "answered"}))
    assert "answer: waiting to be sent" in said


def test_the_list_is_narrowed_to_whoever_answers(admin_client, admin_user, ask):
    mine, nobodys = ask(), ask()
    handling.assign(mine, admin_user, admin_user)
    assert listed(admin_client, answers="me") == {mine.reference}
    assert listed(admin_client, answers="nobody") == {nobodys.reference}


def test_the_list_is_narrowed_to_a_programme(admin_client, ask, era):
    about_era, about_talent = ask(), ask(about=Programme.objects.get(slug="talent"))
    assert listed(admin_client, programme__id__exact=era.pk) == {about_era.reference}
    assert listed(admin_client) == {about_era.reference, about_talent.reference}


def test_a_search_looks_in_every_state_for_reference_name_and_words(admin_client, ask):
    enquiry = ask(text="Who measures zyzzyvas?", name="Grace Hopper", suspicion="too fast")
    ask()
    heard = enquiry.reference.replace("-", " ").replace("0", "o").replace("1", "i").lower()
    for typed in (enquiry.reference, heard, heard.replace(" ", ""), "zyzzyvas", "hopper"):
        assert listed(admin_client, q=typed) == {enquiry.reference}, typed


def test_an_address_is_not_searched_by_the_address_of_the_page(admin_client, ask):
    ask()
    response = admin_client.get(INBOX, {"q": "ada@example.org"})
    assert response.status_code == 302
    assert response.url == INBOX
    assert "under Personal data alone" in words(admin_client.get(INBOX))
    assert listed(admin_client, q="example") == set()
    assert admin_client.get(INBOX, {"email__icontains": "ada"}).status_code == 400


@pytest.mark.parametrize(
    "choice",
    [
        {"state": "nonsense"},
        {"state": "\0"},
        {"q": "\0"},
        {"answers": "x" * 5000},
        {"overdue": "1"},
    ],
)
def test_a_list_that_is_asked_for_wrongly_still_answers(admin_client, ask, choice):
    ask()
    assert admin_client.get(INBOX, choice).status_code == 200


def test_the_list_takes_as_many_queries_for_many_as_for_one(admin_client, admin_user, ask):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            admin_client.get(INBOX)
        return len(captured)

    handling.assign(ask(), admin_user, admin_user)
    queries()  # what Django looks up only once
    one = queries()
    for _ in range(5):
        handling.assign(ask(), admin_user, admin_user)
    assert queries() == one


# Who sees what


def test_an_editor_sees_what_is_about_their_programme_and_needs_no_permission(client, ask, editor):
    theirs, others = ask(), ask(about=Programme.objects.get(slug="talent"))
    client.force_login(editor)
    assert listed(client) == {theirs.reference}
    assert client.get(page_of(theirs)).status_code == 200
    assert others.reference not in words(client.get(page_of(others), follow=True))
    assert "1 waiting for an answer" in words(client.get("/admin/"))


def test_an_editor_sees_a_question_that_their_programme_answers(client, ask, editor, era):
    enquiry = ask(about=Question.objects.public().filter(programme=era).first())
    client.force_login(editor)
    assert listed(client) == {enquiry.reference}
    assert (
        "edith" in client.get(page_of(enquiry)).content.decode().partition('name="assigned_to"')[2]
    )


def test_an_editor_sees_what_is_about_their_university(client, ask, staff):
    keele = Partner.objects.get(slug="keele")
    user = staff("kim")
    keele.editors.add(user)
    enquiry = ask(about=keele)
    ask()
    client.force_login(user)
    assert listed(client) == {enquiry.reference}


def test_whoever_has_it_sees_it(client, ask, staff, admin_user):
    user, enquiry = staff("sam"), ask(about=None)
    handling.assign(enquiry, admin_user, user)
    client.force_login(user)
    assert listed(client) == {enquiry.reference}


def test_a_permission_shows_all(client, ask, staff):
    ask(), ask(about=None)
    client.force_login(staff("pat", "see_all_enquiries"))
    assert len(listed(client)) == 2


def test_staff_with_nothing_to_see_find_no_inbox(client, ask, staff):
    enquiry = ask()
    client.force_login(staff("nobody"))
    front = words(client.get("/admin/"))
    assert "Enquiries" not in front
    assert client.get(INBOX).status_code == 403
    for address in (f"{INBOX}numbers/", PERSONAL_DATA):
        assert client.get(address).status_code == 403
    for parts in (["change"], ["answer"], ["history"], ["delete"]):
        response = client.get(page_of(enquiry, *parts), follow=True)
        assert "Ada Boole" not in response.content.decode(), parts


@pytest.mark.parametrize("step", handling.STEPS)
def test_what_is_not_theirs_stays_as_it_is(client, ask, editor, step):
    other = ask(about=Programme.objects.get(slug="talent"))
    ask()
    before = kinds(other)
    client.force_login(editor)
    press(client, other, step)
    answer(client, other, "Nothing to do with me.")
    client.post(page_of(other), {"seen": newest(other), "note": "Mine now", "assigned_to": ""})
    do_to_all(client, "close", other)
    other.refresh_from_db()
    assert kinds(other) == before
    assert other.state == Enquiry.State.NEW


def test_one_that_is_not_theirs_looks_like_one_that_is_not_there(client, ask, editor):
    other = ask(about=None)
    client.force_login(editor)
    ask()
    hidden = client.get(page_of(other), follow=True)
    missing = client.get(f"{INBOX}987654/change/", follow=True)
    assert words(hidden) == words(missing)
    assert "not there, or not yours to see" in words(hidden)


def test_nothing_is_added_or_deleted_here(admin_client, ask):
    enquiry = ask()
    assert admin_client.get(f"{INBOX}add/").status_code == 403
    assert admin_client.post(page_of(enquiry, "delete"), {"post": "yes"}).status_code == 403
    do_to_all(admin_client, "delete_selected", enquiry)
    assert Enquiry.objects.filter(pk=enquiry.pk).exists()


def test_only_who_manages_accounts_says_who_is_an_editor(client, staff, era, editor):
    form = f"/admin/programmes/programme/{era.pk}/change/"
    client.force_login(staff("writer", "change_programme"))
    assert "editors" not in client.get(form).context["adminform"].form.fields
    client.force_login(staff("manager", "change_programme", "change_user"))
    field = client.get(form).context["adminform"].form.fields["editors"]
    assert editor in field.queryset


# One enquiry


def test_the_page_shows_what_was_written_escaped_and_line_by_line(admin_client, ask):
    enquiry = ask(text="One line.\nAnother <script>alert(1)</script>")
    html = admin_client.get(page_of(enquiry)).content.decode()
    assert "One line.<br>Another &lt;script&gt;" in html
    assert "/programmes/era/" in html
    assert f"/admin/programmes/programme/{enquiry.programme_id}/change/" in html


def test_the_page_leads_only_to_what_visitors_find_and_staff_may_edit(client, ask, editor, era):
    enquiry = ask()
    Programme.objects.filter(pk=era.pk).update(is_published=False)
    client.force_login(editor)
    html = client.get(page_of(enquiry)).content.decode()
    assert "/programmes/era/" not in html
    assert "/admin/programmes/" not in html


@pytest.mark.parametrize(
    "page", ["//evil.example/", "javascript:alert(1)", "https://evil.example/"]
)
def test_a_page_elsewhere_is_no_link(admin_client, ask, page):
    enquiry = ask()
    Enquiry.objects.filter(pk=enquiry.pk).update(page=page)
    html = admin_client.get(page_of(enquiry)).content.decode()
    assert page in html
    assert f'href="{page}"' not in html


def test_the_history_says_what_happened_and_who_did_it(admin_client, ask):
    enquiry = ask()
    press(admin_client, enquiry, "take")
    text = words(admin_client.get(page_of(enquiry)))
    for shown in ("Received", "Kept here: no mailbox is known", "Assigned admin to admin"):
        assert shown in text
    assert "Waiting to be sent" in text  # the acknowledgement
    history = admin_client.get(page_of(enquiry, "history"))
    assert history.url == page_of(enquiry)


def test_a_colleague_is_chosen_and_a_note_kept(admin_client, ask, editor, staff):
    staff("stranger")
    enquiry = ask()
    response = admin_client.get(page_of(enquiry))
    choices = {str(user) for user in response.context["form"].fields["assigned_to"].queryset}
    assert choices == {"admin", "edith"}
    form = {"assigned_to": editor.pk, "note": "She knows.", "seen": newest(enquiry)}
    said = words(admin_client.post(page_of(enquiry), form, follow=True))
    assert "Saved." in said
    assert "to edith" in said
    assert "She knows." in said
    enquiry.refresh_from_db()
    assert (enquiry.assigned_to, enquiry.state) == (editor, Enquiry.State.ASSIGNED)


def test_what_a_deleted_account_had_is_nobodys_again(ask, editor):
    waiting, closed = ask(), ask()
    for enquiry in (waiting, closed):
        handling.assign(enquiry, editor, editor)
    handling.close(closed, editor)
    editor.delete()
    for enquiry in (waiting, closed):
        enquiry.refresh_from_db()
    assert (waiting.state, waiting.assigned_to) == (Enquiry.State.NEW, None)
    assert waiting.events.last().text == "to nobody for now"
    assert closed.state == Enquiry.State.CLOSED


def test_a_save_that_changes_nothing_leaves_no_trace(admin_client, ask):
    enquiry = ask()
    before = kinds(enquiry)
    form = {"assigned_to": "", "note": " ", "seen": newest(enquiry)}
    said = words(admin_client.post(page_of(enquiry), form, follow=True))
    assert "There was nothing to save." in said
    assert kinds(enquiry) == before


def test_a_save_from_an_old_page_is_refused_and_keeps_what_was_typed(admin_client, ask, editor):
    enquiry = ask()
    seen = newest(enquiry)
    handling.update(enquiry, editor, None, "I rang them.")
    form = {"assigned_to": "", "note": "I shall ring them.", "seen": seen}
    response = admin_client.post(page_of(enquiry), form)
    text = words(response)
    assert "Nothing was saved or sent" in text
    assert "edith" in text
    assert "I rang them." in text
    assert "I shall ring them." in response.content.decode()
    assert kinds(enquiry)[-1] == Event.Kind.NOTE
    assert enquiry.events.filter(kind=Event.Kind.NOTE).count() == 1

    again = {"assigned_to": "", "note": "I shall ring them."}
    again["seen"] = re.search(r'name="seen" value="(\d+)"', str(response.context["form"]["seen"]))[
        1
    ]
    admin_client.post(page_of(enquiry), again)
    assert enquiry.events.filter(kind=Event.Kind.NOTE).count() == 2


@pytest.mark.parametrize("seen", ["", "x", "-1", "9" * 40, "\0"])
def test_a_forged_page_does_nothing(admin_client, ask, seen):
    enquiry = ask()
    before = kinds(enquiry)
    for parts, form in (
        ([], {"note": "Hello", "assigned_to": ""}),
        (["step"], {"step": "close"}),
        (["answer"], {"text": "Hello", "send": "yes"}),
    ):
        response = admin_client.post(page_of(enquiry, *parts), form | {"seen": seen}, follow=True)
        assert response.status_code == 200
    assert kinds(enquiry) == before


# The steps


def test_each_step_is_taken_and_noted(admin_client, admin_user, ask):
    enquiry = ask()
    State = Enquiry.State
    for step, state, kind in (
        ("take", State.ASSIGNED, "assigned"),
        ("answered", State.ANSWERED, "answered"),
        ("close", State.CLOSED, "closed"),
        ("reopen", State.ASSIGNED, "reopened"),
        ("spam", State.SPAM, "spam"),
    ):
        press(admin_client, enquiry, step)
        last = enquiry.events.last()
        assert (enquiry.state, last.kind, last.user) == (state, kind, admin_user)
    assert enquiry.answered_at


def test_a_step_is_offered_only_where_it_leads_on(admin_client, ask):
    enquiry = ask()
    press(admin_client, enquiry, "close")
    html = admin_client.get(page_of(enquiry)).content.decode()
    assert re.findall(r'name="step" value="([a-z-]+)"', html) == ["reopen", "spam"]
    before = kinds(enquiry)
    assert "Nothing was done" in press(admin_client, enquiry, "answered")
    assert kinds(enquiry) == before


def test_nothing_is_done_by_looking(admin_client, ask):
    enquiry = ask()
    before = kinds(enquiry)
    assert admin_client.get(page_of(enquiry, "step"), {"step": "close"}).status_code == 405
    admin_client.get(page_of(enquiry, "answer"), {"text": "Hello", "send": "yes"})
    admin_client.get(page_of(enquiry), {"note": "Hello"})
    assert kinds(enquiry) == before


def test_a_step_from_an_old_page_is_refused_and_says_who_was_first(admin_client, ask, editor):
    enquiry = ask()
    seen = newest(enquiry)
    handling.close(enquiry, editor)
    assert "meanwhile edith: closed" in press(admin_client, enquiry, "spam", seen)
    assert enquiry.state == Enquiry.State.CLOSED


def test_what_is_spam_is_not_sent_and_what_is_not_is_sent_after_all(admin_client, ask):
    Partnership.objects.update(mailbox="team@example.org")
    enquiry = ask()
    press(admin_client, enquiry, "spam")
    assert set(OutgoingMessage.objects.values_list("state", flat=True)) == {"withdrawn"}
    assert enquiry.purge_on == timezone.localdate() + timedelta(days=30)
    press(admin_client, enquiry, "not-spam")
    assert enquiry.state == Enquiry.State.NEW
    waiting = OutgoingMessage.objects.filter(state="waiting")
    assert waiting.filter(to="team@example.org").count() == 1
    assert enquiry.purge_on > timezone.localdate() + timedelta(days=300)


def test_spam_that_was_suspected_at_once_is_acknowledged_once_it_is_accepted(admin_client, ask):
    enquiry = ask(suspicion="too fast")
    assert not OutgoingMessage.objects.exists()
    press(admin_client, enquiry, "not-spam")
    assert OutgoingMessage.objects.filter(to="ada@example.org").count() == 1


def test_an_acknowledgement_that_was_withdrawn_goes_out_after_all(admin_client, ask):
    enquiry = ask()
    press(admin_client, enquiry, "spam")
    press(admin_client, enquiry, "not-spam")
    letters = OutgoingMessage.objects.filter(to="ada@example.org").order_by("pk")
    assert [letter.state for letter in letters] == ["withdrawn", "waiting"]


def test_whoever_was_acknowledged_is_not_acknowledged_again(admin_client, ask):
    enquiry = ask()
    OutgoingMessage.objects.update(state=OutgoingMessage.State.SENT)
    press(admin_client, enquiry, "spam")
    press(admin_client, enquiry, "not-spam")
    assert OutgoingMessage.objects.filter(to="ada@example.org").count() == 1


def test_a_letter_that_is_claimed_and_not_handed_over_is_withdrawn_as_well(admin_client, ask):
    enquiry = ask()
    claimed = sending.claim_next()
    press(admin_client, enquiry, "spam")
    sending.put_off(claimed, "451 Try again later")
    assert set(OutgoingMessage.objects.values_list("state", flat=True)) == {"withdrawn"}


def test_what_was_taken_for_spam_meanwhile_is_not_opened_by_the_visitor(ask, admin_user):
    enquiry = ask()
    handling.answer(enquiry, admin_user, "In Birmingham.")
    handling.take_for_spam(Enquiry.objects.get(pk=enquiry.pk))
    handling.hear(enquiry, helped=False)
    enquiry.refresh_from_db()
    assert enquiry.state == Enquiry.State.SPAM


def test_being_taken_for_spam_keeps_nothing_for_longer(admin_client, ask):
    enquiry = ask()
    soon = timezone.localdate() + timedelta(days=3)
    long_ago = timezone.now() - timedelta(days=362)
    Enquiry.objects.filter(pk=enquiry.pk).update(purge_on=soon, received_at=long_ago)
    press(admin_client, enquiry, "spam")
    assert enquiry.purge_on <= soon + timedelta(days=1)


def test_an_enquiry_opened_again_is_due_anew(admin_client, ask):
    enquiry = ask()
    press(admin_client, enquiry, "close")
    Enquiry.objects.filter(pk=enquiry.pk).update(answer_due=timezone.localdate() - timedelta(9))
    press(admin_client, enquiry, "reopen")
    assert enquiry.is_waiting
    assert not enquiry.is_overdue


@pytest.mark.parametrize(
    ("action", "state"),
    [
        ("take", Enquiry.State.ASSIGNED),
        ("mark_answered", Enquiry.State.ANSWERED),
        ("close", Enquiry.State.CLOSED),
        ("mark_as_spam", Enquiry.State.SPAM),
    ],
)
def test_many_are_handled_at_once(admin_client, ask, action, state):
    enquiries = [ask(), ask(), ask()]
    assert "done for 3." in do_to_all(admin_client, action, *enquiries)
    assert set(Enquiry.objects.values_list("state", flat=True)) == {state}


def test_of_many_those_that_a_step_does_not_fit_are_left_and_named(admin_client, ask):
    waiting, closed = ask(), ask()
    press(admin_client, closed, "close")
    said = do_to_all(admin_client, "reopen", waiting, closed)
    assert "Open again: done for 1." in said
    assert "Open again: not for those that are 1 new." in said


def test_one_spam_of_many_is_taken_out(admin_client, ask):
    spam = ask(suspicion="too fast")
    form = {"action": "not_spam", "_selected_action": [spam.pk]}
    admin_client.post(f"{INBOX}?state=spam", form)
    spam.refresh_from_db()
    assert spam.state == Enquiry.State.NEW


# Answers


@pytest.fixture
def template():
    text = "Dear {name},\nyour {reference} about {about} {is} {0} {} {name.email} } {"
    return AnswerTemplate.objects.create(title="Thanks", text=text)


def test_a_template_is_filled_in_below_what_was_typed(admin_client, ask, template):
    enquiry = ask(name="{about} Boole")
    form = {"template": template.pk, "text": "Hello!", "seen": newest(enquiry), "use": "yes"}
    response = admin_client.post(page_of(enquiry, "answer"), form)
    text = response.context["form"]["text"].value()
    assert text.startswith("Hello!\n\nDear {about} Boole,\n")
    assert f"your {enquiry.reference} about ERA {{is}} {{0}} {{}} {{name.email}} }} {{" in text
    assert not response.context["form"].errors
    assert not enquiry.events.filter(kind=Event.Kind.ANSWERED).exists()


def test_a_template_that_is_gone_loses_nothing_typed(admin_client, ask, template):
    enquiry = ask()
    form = {"template": "987654", "text": "Hello!", "seen": newest(enquiry), "use": "yes"}
    response = admin_client.post(page_of(enquiry, "answer"), form)
    assert response.context["form"]["text"].value() == "Hello!"


def test_the_preview_is_what_goes_out(admin_client, ask):
    enquiry = ask()
    response = answer(admin_client, enquiry, "It is in Keele.", press="preview")
    subject, body = response.context["preview"]
    assert not OutgoingMessage.objects.filter(subject=subject).exists()
    answer(admin_client, enquiry, "It is in Keele.")
    message = OutgoingMessage.objects.get(subject=subject)
    assert (message.to, message.body) == ("ada@example.org", body)


def test_an_answer_is_queued_recorded_and_asks_whether_it_helped(admin_client, admin_user, ask):
    enquiry = ask()
    answer(admin_client, enquiry, "It is in Keele.\r\nYours, the team")
    enquiry.refresh_from_db()
    assert enquiry.state == Enquiry.State.ANSWERED
    assert enquiry.answered_at
    assert enquiry.assigned_to == admin_user
    event = enquiry.events.last()
    assert (event.kind, event.user) == (Event.Kind.ANSWERED, admin_user)
    assert event.message.to == "ada@example.org"
    assert "It is in Keele.\nYours, the team" in event.message.body
    assert "Did this answer you?" in event.message.body
    assert f"/enquire/{enquiry.key}/answered/" in event.message.body


def test_two_presses_of_the_button_send_one_answer(admin_client, ask):
    enquiry = ask()
    seen = newest(enquiry)
    for _ in range(2):
        assert "is on its way" in words(answer(admin_client, enquiry, "It is in Keele.", seen))
    assert enquiry.events.filter(kind=Event.Kind.ANSWERED).count() == 1


def test_of_two_people_who_answer_at_once_the_second_is_told_and_keeps_their_words(
    admin_client, ask, editor
):
    enquiry = ask()
    seen = newest(enquiry)
    handling.answer(enquiry, editor, "It is in Keele.")
    response = answer(admin_client, enquiry, "It is in Loughborough.", seen)
    text = words(response)
    assert "Nothing was saved or sent" in text
    assert "edith" in text
    assert "It is in Loughborough." in response.content.decode()
    assert enquiry.events.filter(kind=Event.Kind.ANSWERED).count() == 1
    now_seen = response.context["form"]["seen"].value()
    answer(admin_client, enquiry, "It is in Loughborough.", now_seen)
    assert enquiry.events.filter(kind=Event.Kind.ANSWERED).count() == 2


@pytest.mark.parametrize("text", ["", "   ", "x" * 20_001, "Hello\0"])
def test_an_answer_that_cannot_go_out_is_refused_and_stays(admin_client, ask, text):
    enquiry = ask()
    response = answer(admin_client, enquiry, text)
    assert response.context["form"].errors["text"]
    assert "<title>Error:" in response.content.decode().replace("\n", "")
    assert text.strip("\0 ") in response.content.decode()
    assert not enquiry.events.filter(kind=Event.Kind.ANSWERED).exists()


def test_spam_is_not_answered(admin_client, ask):
    enquiry = ask(suspicion="too fast")
    assert "Say first that it is not." in words(answer(admin_client, enquiry, "Hello"))
    assert not OutgoingMessage.objects.exists()


def test_a_name_of_any_letters_fits_where_answers_go(ask):
    Role.objects.update(mailbox="")
    Partnership.objects.update(mailbox="team@example.org")
    ask(name="😀" * 100, email=f"{'a' * 64}@bücher.example")
    message = OutgoingMessage.objects.get(to="team@example.org")
    assert len(message.reply_to) <= 400


# The front of the desk, and the numbers


def test_the_front_says_how_many_wait_and_are_overdue(admin_client, admin_user, ask):
    ask()
    late = ask()
    handling.assign(late, admin_user, admin_user)
    Enquiry.objects.filter(pk=late.pk).update(answer_due=timezone.localdate() - timedelta(1))
    assert "2 waiting for an answer; 1 of them yours; 1 overdue" in words(
        admin_client.get("/admin/")
    )


def test_the_numbers_count_by_month_and_subject(admin_client, ask):
    first, second = ask(), ask()
    ask(about=None, suspicion="too fast")
    press(admin_client, first, "answered")
    press(admin_client, second, "answered")
    Enquiry.objects.filter(pk=first.pk).update(helped=True)
    Enquiry.objects.filter(pk=second.pk).update(helped=False)
    rows = admin_client.get(f"{INBOX}numbers/").context["rows"]
    month = timezone.localdate().replace(day=1)
    assert [row[:2] for row in rows] == [(month, "ERA"), (month, "In general")]
    assert rows[0][2] == {"received": 2, "answered": 2, "helped": 1, "not_helped": 1}
    assert rows[1][2] == {"spam": 1}


def test_no_page_of_the_inbox_needs_an_inline_style_or_script(admin_client, ask):
    enquiry = ask()
    for address in (
        INBOX,
        page_of(enquiry),
        page_of(enquiry, "answer"),
        PERSONAL_DATA,
        f"{INBOX}numbers/",
    ):
        html = admin_client.get(address).content.decode()
        assert not re.search(r"<style|<[^>]+\s(style|on[a-z]+)=", html), address
        assert all("src=" in tag for tag in re.findall(r"<script([^>]*)>", html)), address
        assert len(re.findall("<h1", html)) == 1, address


# Two at once


def test_of_two_steps_at_once_one_is_refused(committing_db, ask, django_user_model):
    users = [django_user_model.objects.create_user(name, is_staff=True) for name in "ab"]
    enquiry = ask(about=None)
    seen = newest(enquiry)

    def close(user):
        mine = Enquiry.objects.get(pk=enquiry.pk)
        return handling.take(handling.STEPS["close"], mine, user, seen)

    outcomes = at_once(lambda: close(users[0]), lambda: close(users[1]))
    assert set(outcomes) == {True, handling.Outdated}
    assert enquiry.events.filter(kind=Event.Kind.CLOSED).count() == 1
