"""What is kept of those who write: shown to them, erased for them, deleted in time, in no log."""

import json
import logging
import threading
from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.utils import timezone

from enquiries import handling, numbers, purging
from enquiries.dates import months_after
from enquiries.intake import take_in
from enquiries.models import SPAM_DAYS, AnswerTemplate, Enquiry, Event, Submission, Tally
from enquiries.subjects import Subject
from outbox.models import OutgoingMessage
from partners.models import Partnership
from people.models import Person
from programmes.models import Programme
from timer import shutdown

from .at_once import at_once
from .site_map import Reading, data_files, read, walk

pytestmark = pytest.mark.django_db

INBOX = "/admin/enquiries/enquiry/"
PERSONAL_DATA = f"{INBOX}personal-data/"
ADDRESS = "zyzzyva@weevils.example"


@pytest.fixture
def write():
    """Return a function that takes in an enquiry as the form does."""

    def take(email=ADDRESS, about="era", suspicion="", **typed):
        thing = Programme.objects.filter(slug=about).first()
        subject = Subject("programme" if thing else "", thing)
        given = {"name": "Ada Weevil", "email": email, "university": "", "text": "Where is it?"}
        form_id = f"form-{Enquiry.objects.count()}-{email}"
        return take_in(subject, form_id, suspicion=suspicion, **(given | typed))

    return take


@pytest.fixture
def mailbox():
    Partnership.objects.update(mailbox="team@example.org")


def ask_for(client, step, email=ADDRESS):
    return client.post(PERSONAL_DATA, {"email": email, "step": step}, follow=True)


def due(*enquiries):
    """Let the day of ``enquiries`` have come."""
    pks = [enquiry.pk for enquiry in enquiries]
    Enquiry.objects.filter(pk__in=pks).update(purge_on=timezone.localdate())


def counts():
    """Return {subject: its numbers} of the tallies, without what is none."""
    return {
        tally.about: {
            name: getattr(tally, name) for name in numbers.COLUMNS if getattr(tally, name)
        }
        for tally in Tally.objects.all()
    }


# One person's data


def test_what_is_held_of_somebody_is_found_by_their_address(admin_client, mailbox, write):
    mine = [write(), write(email="ZYZZYVA@Weevils.Example")]
    other = write(email="somebody@example.org")
    response = ask_for(admin_client, "look", "Zyzzyva@weevils.example ")
    page = Reading(response.content.decode())
    assert "Enquiries: 2. E-mails about them, or about nothing that is still kept: 4." in page.text
    links = {address for _, address in page.links}
    assert {f"{INBOX}{enquiry.pk}/change/" for enquiry in mine} <= links
    assert other.reference not in page.text


def test_nothing_held_is_said_so(admin_client, write):
    write()
    text = Reading(ask_for(admin_client, "look", "nobody@example.org").content.decode()).text
    assert "Nothing is held under nobody@example.org." in text


@pytest.mark.parametrize("email", ["", "\0", "x" * 300])
def test_what_is_no_address_is_refused(admin_client, email):
    for step in ("look", "export", "erase"):
        response = ask_for(admin_client, step, email)
        assert response.status_code == 200
        assert response.context["form"].errors["email"]


def test_the_address_is_in_no_address(admin_client, write):
    write()
    for step in ("look", "ask", "export", "erase"):
        response = admin_client.post(PERSONAL_DATA, {"email": ADDRESS, "step": step})
        assert "weevil" not in response.headers.get("Location", "")
        assert "weevil" not in response.headers.get("Content-Disposition", "")
        assert "no-store" in response.headers["Cache-Control"]


def test_the_copy_holds_everything_that_is_kept(admin_client, admin_user, mailbox, write):
    enquiry = write(university="Keele University")
    handling.update(enquiry, admin_user, admin_user, "A weevil, I think.")
    handling.answer(enquiry, admin_user, "It is in Keele.")
    write(email="somebody@example.org", text="This is not hers.")
    response = ask_for(admin_client, "export")
    assert response.headers["Content-Disposition"] == 'attachment; filename="personal-data.json"'
    copy = json.loads(response.content)
    [kept] = copy["enquiries"]
    assert set(kept) == {field.name for field in Enquiry._meta.fields} | {"history"}
    assert [event["kind"] for event in kept["history"]] == [
        event.kind for event in enquiry.events.all()
    ]
    text = response.content.decode()
    for word in ("Keele University", "Where is it?", "A weevil, I think.", "It is in Keele."):
        assert word in text
    assert len(copy["letters"]) == 3
    assert "This is not hers." not in text


def test_erasing_asks_first_and_then_leaves_nothing(admin_client, admin_user, mailbox, write):
    mine = [write(), write(email=ADDRESS.upper())]
    other = write(email="somebody@example.org")
    handling.answer(mine[0], admin_user, "It is in Keele.")
    stray = OutgoingMessage.objects.enqueue(ADDRESS, "A reminder", "Of nothing.")
    asked = ask_for(admin_client, "ask").content.decode()
    assert "Enquiries: 2; e-mails: 6." in Reading(asked.replace("enquiries:", "Enquiries:")).text
    assert Enquiry.objects.count() == 3

    text = Reading(ask_for(admin_client, "erase").content.decode()).text
    assert "Erased: 2 enquiries with their history, 6 e-mails." in text
    assert list(Enquiry.objects.all()) == [other]
    assert not Event.objects.exclude(enquiry=other).exists()
    assert not OutgoingMessage.objects.filter(pk=stray.pk).exists()
    assert OutgoingMessage.objects.count() == 2  # those of the other
    assert counts() == {"programme:era": {"received": 2, "answered": 1}}
    again = Reading(ask_for(admin_client, "erase").content.decode()).text
    assert "Erased: 0 enquiries with their history, 0 e-mails." in again


def test_the_log_says_that_something_was_erased_and_not_whose(admin_client, admin_user, write):
    write()
    ask_for(admin_client, "erase")
    [entry] = LogEntry.objects.all()
    assert entry.user == admin_user
    assert entry.object_repr == "Erased for one person: 1 enquiries, 1 letters"
    assert entry.object_id is None
    assert "Erased for one person" in admin_client.get("/admin/").content.decode()


def test_letters_to_whoever_answers_stay_with_the_enquiries_of_others(admin_client, mailbox, write):
    write(email="somebody@example.org")
    text = Reading(ask_for(admin_client, "look", "team@example.org").content.decode()).text
    assert "E-mails that went to this address about what others wrote: 1." in text
    ask_for(admin_client, "erase", "team@example.org")
    assert OutgoingMessage.objects.filter(to="team@example.org").count() == 1


def test_only_who_may_see_all_and_delete_gets_there(client, django_user_model, write):
    write()
    user = django_user_model.objects.create_user("pat", is_staff=True)
    client.force_login(user)
    for codename in ("see_all_enquiries", "delete_enquiry"):
        user.user_permissions.set(Permission.objects.filter(codename=codename))
        assert client.get(PERSONAL_DATA).status_code == 403
        assert client.post(PERSONAL_DATA, {"email": ADDRESS, "step": "erase"}).status_code == 403
    permissions = Permission.objects.filter(codename__in=["see_all_enquiries", "delete_enquiry"])
    user.user_permissions.set(permissions)
    assert client.get(PERSONAL_DATA).status_code == 200


# In time


def test_an_enquiry_is_deleted_on_its_day_and_not_before(write, settings):
    settings.ENQUIRY_MONTHS = 3
    enquiry = write()
    assert enquiry.purge_on == months_after(timezone.localdate(), 3)
    assert purging.purge() == 0
    due(enquiry)
    assert purging.purge() == 1
    assert not Enquiry.objects.exists()
    assert not Event.objects.exists()
    assert not OutgoingMessage.objects.exists()


def test_answering_and_opening_again_keep_nothing_for_longer(write, admin_user):
    enquiry = write()
    until = enquiry.purge_on
    handling.answer(enquiry, admin_user, "It is in Keele.")
    handling.reopen(enquiry, admin_user)
    handling.close(enquiry, admin_user)
    enquiry.refresh_from_db()
    assert enquiry.purge_on == until


def test_spam_is_deleted_after_thirty_days(write):
    spam = write(suspicion="too fast")
    assert spam.purge_on == timezone.localdate() + timedelta(days=SPAM_DAYS)


def test_the_numbers_stay_and_add_up(write, admin_user):
    answered, unanswered, spam = write(), write(), write(suspicion="too fast")
    handling.answer(answered, admin_user, "It is in Keele.")
    handling.hear(answered, helped=True)
    general = write(about="")
    before = numbers.table()
    due(answered, spam)
    assert purging.purge() == 2
    assert counts() == {"programme:era": {"received": 1, "answered": 1, "spam": 1, "helped": 1}}
    assert numbers.table() == before
    due(unanswered, general)
    purging.purge()
    assert numbers.table() == before
    assert counts()[""] == {"received": 1}


def test_numbers_name_nobody(write):
    person = Person.objects.get(slug="alex-archibald")
    given = {"name": "A", "email": ADDRESS, "university": "", "text": "Hello"}
    due(take_in(Subject("person", person), "form", **given))
    purging.purge()
    assert counts() == {"person": {"received": 1}}
    assert [title for _, title, _ in numbers.table()] == ["A person"]


def test_a_programme_that_is_gone_still_has_its_numbers(write):
    due(write())
    purging.purge()
    Programme.objects.filter(slug="era").delete()
    assert [title for _, title, _ in numbers.table()] == ["programme:era"]


def test_more_than_one_batch_is_deleted(write, monkeypatch):
    monkeypatch.setattr(purging, "BATCH", 2)
    due(*(write() for _ in range(5)))
    assert purging.purge() == 5
    assert counts() == {"programme:era": {"received": 5}}


def test_a_purge_that_takes_long_leaves_the_rest_to_the_next(write, monkeypatch):
    monkeypatch.setattr(purging, "BATCH", 2)
    due(*(write() for _ in range(5)))
    assert purging.purge(seconds=purging.PAUSE / 2) == 2
    assert purging.purge() == 3


def test_a_purge_told_to_end_leaves_the_rest_to_the_next(write, monkeypatch):
    monkeypatch.setattr(purging, "BATCH", 2)
    monkeypatch.setattr(shutdown, "requested", threading.Event())
    due(*(write() for _ in range(5)))
    shutdown.requested.set()
    assert purging.purge() == 2


def test_two_purges_at_once_count_each_enquiry_once(committing_db, write, monkeypatch):
    monkeypatch.setattr(purging, "BATCH", 3)
    due(*(write() for _ in range(12)))
    purged = at_once(purging.purge, purging.purge)
    assert all(isinstance(number, int) for number in purged)
    assert counts() == {"programme:era": {"received": 12}}


def test_letters_of_no_enquiry_go_when_they_are_settled_for_long():
    long_ago = timezone.now() - timedelta(days=purging.LETTER_DAYS, minutes=1)
    kept = [OutgoingMessage.objects.enqueue(ADDRESS, "Waiting", "")]
    for state, at in (("sent", timezone.now()), ("sent", long_ago), ("withdrawn", long_ago)):
        message = OutgoingMessage.objects.enqueue(ADDRESS, state, "")
        OutgoingMessage.objects.filter(pk=message.pk).update(state=state, settled_at=at)
        kept += [message] if at != long_ago else []
    purging.purge()
    assert set(OutgoingMessage.objects.all()) == set(kept)


def test_keyed_hashes_are_kept_for_a_day():
    old = timezone.now() - timedelta(days=1, minutes=1)
    Submission.objects.create(sender="a" * 64, network="b" * 64, at=old)
    kept = Submission.objects.create(sender="a" * 64, network="b" * 64)
    Submission.objects.purge()
    assert list(Submission.objects.all()) == [kept]


def test_a_submission_holds_hashes_and_no_address(client):
    send(client)
    [submission] = Submission.objects.all()
    assert {len(submission.sender), len(submission.network)} == {64}
    assert "127.0.0.1" not in f"{submission.sender} {submission.network}"


# What the page says


def test_the_page_says_for_how_long(client, settings):
    settings.ENQUIRY_MONTHS = 7
    text = read(client, "/privacy/").text
    assert "All of it is deleted 7 months after you wrote, answered or not." in text
    assert f"What is taken for spam is deleted after {SPAM_DAYS} days." in text
    assert f"{purging.LETTER_DAYS} days after it was sent or given up" in text


def test_the_form_sets_the_one_cookie_that_the_page_names(client):
    client.get("/enquire/")
    days = settings.CSRF_COOKIE_AGE // (24 * 60 * 60)
    assert set(client.cookies) == {settings.CSRF_COOKIE_NAME}
    assert client.cookies[settings.CSRF_COOKIE_NAME]["max-age"] <= settings.CSRF_COOKIE_AGE
    said = f"The form sets one cookie: {settings.CSRF_COOKIE_NAME} tells your own form"
    text = read(client, "/privacy/").text
    assert said in text
    assert f"Kept for {days} days." in text


def test_no_other_page_sets_a_cookie(client):
    for address, _ in walk(client):
        if address != "/enquire/":
            assert not client.cookies, address
        client.cookies.clear()


# In no log, no address and on no page


def send(client, **changes):
    """Send the form as a browser does, and return the answer."""
    page = client.get("/enquire/", {"programme": "era"})
    hidden = {
        attrs["name"]: attrs.get("value", "")
        for tag, attrs in Reading(page.content.decode()).elements
        if tag == "input" and attrs.get("type") == "hidden" and "name" in attrs
    }
    typed = {"name": "Ada Weevil", "email": ADDRESS, "university": "", "text": "A weevil?"}
    return client.post("/enquire/?programme=era", hidden | typed | changes)


def test_no_word_of_an_enquiry_is_in_a_log_or_an_address(client, admin_client, caplog, mailbox):
    caplog.set_level(logging.DEBUG)
    places = [send(client).headers["Location"]]
    enquiry = Enquiry.objects.get()
    desk = f"{INBOX}{enquiry.pk}"

    def seen():
        return enquiry.events.order_by("pk").last().pk

    handled = [
        (f"{desk}/step/", {"step": "spam"}),
        (f"{desk}/step/", {"step": "not-spam"}),
        (f"{desk}/change/", {"assigned_to": "", "note": "A weevil."}),
        (f"{desk}/answer/", {"text": "Dear weevil", "send": "yes"}),
    ]
    for address, form in handled:
        response = admin_client.post(address, form | {"seen": seen()})
        assert response.status_code == 302, address
        places.append(response.headers["Location"])
    said = [str(thing) for thing in (enquiry, *enquiry.events.all())]
    said += [str(message) for message in OutgoingMessage.objects.all()]
    said += [repr(thing) for thing in (enquiry, *OutgoingMessage.objects.all())]
    places.append(ask_for(admin_client, "erase").redirect_chain[0][0])
    entries = LogEntry.objects.values_list("object_repr", "change_message")
    # The SQL that a debug level shows is no log of this site: it logs warnings and errors.
    logged = [
        record.getMessage() for record in caplog.records if record.name != "django.db.backends"
    ]
    everything = " ".join([*places, *said, *map(str, entries), *logged]).lower()
    assert "weevil" not in everything
    assert settings.LOGGING["root"]["level"] == "WARNING"


def test_no_word_of_an_enquiry_is_on_a_public_page(client, admin_user, mailbox, write):
    enquiry = write(
        name="zyzzyva", university="zyzzyva", text="zyzzyva", suspicion="", email=ADDRESS
    )
    Enquiry.objects.filter(pk=enquiry.pk).update(query="zyzzyva", page="/zyzzyva/")
    handling.update(enquiry, admin_user, admin_user, "zyzzyva")
    handling.answer(enquiry, admin_user, "zyzzyva")
    AnswerTemplate.objects.create(title="zyzzyva", text="zyzzyva")
    pages = dict(walk(client))
    for address in (enquiry.get_absolute_url(), f"{enquiry.get_absolute_url()}answered/"):
        pages[address] = client.get(address, follow=True).content.decode()
    for address in (*data_files(), "/sitemap.xml", "/robots.txt"):
        pages[address] = client.get(address).getvalue().decode()
    for address, html in pages.items():
        assert "zyzzyva" not in html.lower(), address
        assert enquiry.reference not in html or address.startswith(enquiry.get_absolute_url())


def test_what_was_sent_is_in_no_cache(client):
    address = send(client).headers["Location"]
    for page in ("/enquire/", address, f"{address}answered/"):
        assert "no-store" in client.get(page).headers["Cache-Control"], page
