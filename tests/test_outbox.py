"""Every message is sent once, as far as anybody can know; and what nobody can know is shown."""

import threading
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from django.utils import timezone

from outbox import sending, smtp
from outbox.models import LEASE, PATIENCE, PAUSES, OutgoingMessage
from timer import shutdown
from timer.jobs import JobProblem

from .smtp_server import BODY, CONNECT, DATA, EHLO, MAIL, QUIT, RCPT, MailServer, hang_up

pytestmark = pytest.mark.django_db

SENDER = "Two Rivers <team@example.org>"
State = OutgoingMessage.State


@pytest.fixture
def server(settings):
    """A mail server that the site uses; nobody answers until it is started."""
    server = MailServer()
    settings.EMAIL_BACKEND = "outbox.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    settings.EMAIL_TIMEOUT = 0.5
    yield server
    server.stop()


@pytest.fixture
def running(server):
    server.start()
    return server


def enqueue(number=1, **fields):
    for count in range(number):
        OutgoingMessage.objects.enqueue(
            f"reader-{count}@example.org", f"Letter {count}", "Good morning.\n", **fields
        )


def send_due():
    """Send as the timer does, which survives a server that cannot be used."""
    try:
        return sending.send_due(SENDER)
    except JobProblem as problem:
        return str(problem)


def states():
    return list(OutgoingMessage.objects.order_by("pk").values_list("state", flat=True))


def let_pass(time):
    """Make every message older by ``time``."""
    for message in OutgoingMessage.objects.all():
        message.due_at -= time
        message.queued_at -= time
        message.claimed_at = message.claimed_at and message.claimed_at - time
        message.save()


# What goes out


def test_a_message_arrives_as_it_was_written(running):
    enqueue(reply_to='"Zoë, of Leeds" <zoe@example.org>')
    assert send_due() == "1 sent"
    [taken] = running.taken
    stored = OutgoingMessage.objects.get()
    assert taken["Message-ID"] == stored.message_id
    assert taken["From"] == SENDER
    assert taken["To"] == stored.to
    assert taken["Subject"] == stored.subject
    assert taken["Reply-To"].endswith("<zoe@example.org>")
    assert taken["Date"]
    assert taken.get_payload() == "Good morning.\r\n"
    assert stored.state == State.SENT
    assert stored.settled_at
    assert not stored.problem


def test_only_what_the_site_wrote_by_itself_says_so(running):
    enqueue()
    enqueue(is_automatic=False)
    send_due()
    assert [message["Auto-Submitted"] for message in running.taken] == ["auto-generated", None]


def test_many_messages_go_over_one_connection_the_oldest_first(running):
    enqueue(5)
    assert send_due() == "5 sent"
    assert running.connections == 1
    assert [message["Subject"] for message in running.taken] == [
        f"Letter {number}" for number in range(5)
    ]


def test_what_is_not_due_waits(running):
    enqueue()
    OutgoingMessage.objects.update(due_at=timezone.now() + timedelta(minutes=1))
    assert send_due() == "nothing due; 1 waits for the next try"
    assert running.connections == 0


def test_without_a_mail_server_messages_go_where_django_is_told(mailoutbox):
    enqueue()
    assert send_due() == "1 sent"
    assert [message.subject for message in mailoutbox] == ["Letter 0"]


def test_without_a_mail_server_too_what_cannot_be_written_is_certainly_not_sent(mailoutbox):
    OutgoingMessage.objects.enqueue("reader@example.org", "A\nB", "Good morning.")
    assert send_due() == "1 could not be sent"
    assert mailoutbox == []


def test_a_sender_that_is_told_to_end_begins_no_other_message(running, monkeypatch):
    told = threading.Event()
    monkeypatch.setattr(shutdown, "requested", told)
    running.at[BODY] = lambda conversation: told.set()
    enqueue(3)
    assert send_due() == "1 sent"
    assert states() == [State.SENT, State.WAITING, State.WAITING]


# When the server is away or says no


@pytest.mark.parametrize("step", [CONNECT, EHLO, MAIL, RCPT])
def test_a_connection_lost_before_the_message_was_handed_over_costs_a_minute(running, step):
    running.at[step] = hang_up
    enqueue(3)
    assert send_due() == "The mail server cannot be used (SMTPServerDisconnected)."
    assert states() == [State.WAITING] * 3
    running.at.clear()
    let_pass(timedelta(minutes=1))
    assert send_due() == "3 sent"
    assert set(running.ids().values()) == {1}


def test_a_server_that_is_down_costs_nothing_but_time(server):
    enqueue(3)
    assert send_due() == "The mail server cannot be used (ConnectionRefusedError)."
    assert states() == [State.WAITING] * 3
    first = OutgoingMessage.objects.earliest("pk")
    assert first.problem.startswith("ConnectionRefusedError")
    server.start()
    let_pass(timedelta(minutes=1))
    assert send_due() == "3 sent"


@pytest.mark.parametrize("step", [CONNECT, EHLO, MAIL, RCPT])
def test_a_server_that_takes_too_long_is_tried_again(running, step, settings):
    settings.EMAIL_TIMEOUT = 0.1
    running.at[step] = 0.5
    enqueue()
    assert "The mail server cannot be used" in send_due()
    assert states() == [State.WAITING]


@pytest.mark.parametrize("step", [DATA, BODY])
@pytest.mark.parametrize("behaviour", [hang_up, 0.5], ids=["hangs up", "takes too long"])
def test_silence_after_the_message_was_handed_over_is_never_followed_by_another_copy(
    running, step, behaviour, monkeypatch
):
    monkeypatch.setattr(smtp, "TO_BE_TAKEN", 0.1)
    running.at[step] = behaviour
    enqueue()
    send_due()
    assert states() == [State.UNCERTAIN]
    running.at.clear()
    let_pass(timedelta(days=1))
    assert send_due() == "nothing to send"
    assert states() == [State.UNCERTAIN]


def test_a_filter_that_takes_its_time_over_a_message_is_waited_for(running, settings):
    settings.EMAIL_TIMEOUT = 0.1
    running.at[BODY] = 0.5
    enqueue()
    assert send_due() == "1 sent"


def test_a_server_that_hangs_up_instead_of_saying_goodbye_has_the_message(running):
    running.at[QUIT] = hang_up
    enqueue()
    assert send_due() == "1 sent"
    assert states() == [State.SENT]


@pytest.mark.parametrize("step", [RCPT, DATA, BODY])
def test_a_message_that_is_refused_for_good_fails_at_once_and_stops_no_other(running, step):
    running.at[step] = lambda conversation: (
        None if running.taken else running.at.pop(step) and "550 No such mailbox here"
    )
    enqueue(2)
    assert send_due() == "1 could not be sent, 1 sent"
    failed = OutgoingMessage.objects.get(state=State.FAILED)
    assert failed.problem == "550 No such mailbox here"
    assert failed.settled_at


@pytest.mark.parametrize("step", [MAIL, RCPT, DATA, BODY])
def test_a_server_that_greylists_gets_the_same_message_again_after_growing_pauses(running, step):
    running.at[step] = "451 Try again later"
    enqueue()
    pauses = []
    for _ in range(4):
        before = timezone.now()
        assert send_due() == "1 waiting to be sent"
        message = OutgoingMessage.objects.get()
        assert message.problem == "451 Try again later"
        pauses.append(round((message.due_at - before).total_seconds() / 60))
        assert send_due() == "nothing due; 1 waits for the next try"
        let_pass(message.due_at - before)
    assert pauses == [1, 2, 5, 15]
    running.at.clear()
    assert send_due() == "1 sent"
    assert running.ids() == {message.message_id: 1}


def test_a_server_that_closes_ends_the_round(running):
    running.at[RCPT] = "421 Too busy"
    enqueue(2)
    assert "The mail server cannot be used" in send_due()
    assert running.connections == 1
    assert states() == [State.WAITING] * 2


def test_a_server_that_refuses_the_site_fails_no_message(running):
    running.at[CONNECT] = "554 Not you"
    enqueue(2)
    send_due()
    assert states() == [State.WAITING] * 2


def test_a_wrong_password_fails_no_message(running, settings):
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "ada", "wrong"
    enqueue()
    assert "The mail server cannot be used" in send_due()
    assert states() == [State.WAITING]


def test_a_server_that_refuses_the_sender_fails_no_message(running):
    running.at[MAIL] = "553 Not your address"
    enqueue(2)
    assert send_due() == "The mail server cannot be used (SMTPSenderRefused)."
    assert states() == [State.WAITING] * 2
    assert OutgoingMessage.objects.earliest("pk").problem == "553 Not your address"


def test_an_answer_that_is_none_is_not_taken_for_one(running):
    running.at[BODY] = "Taken, I think"
    enqueue()
    send_due()
    assert states() == [State.UNCERTAIN]


def test_what_cannot_be_sent_for_days_is_given_up(server):
    enqueue()
    for _ in PAUSES:
        send_due()
        let_pass(PATIENCE)
    assert states() == [State.WAITING]
    send_due()
    assert states() == [State.FAILED]


def test_what_waited_for_days_for_the_timer_has_its_tries_as_well(running):
    running.at[RCPT] = "451 Try again later"
    enqueue()
    let_pass(PATIENCE)
    assert send_due() == "1 waiting to be sent"
    running.at.clear()
    let_pass(timedelta(minutes=1))
    assert send_due() == "1 sent"


@pytest.mark.parametrize(
    "fields",
    [{"subject": "A\nBcc: all@example.org"}, {"to": ""}, {"to": f"a@{'é' * 70}.org"}],
    ids=["a header of two lines", "no address", "a domain that cannot be written"],
)
def test_a_message_that_cannot_be_written_fails_alone(running, fields):
    enqueue(2)
    OutgoingMessage.objects.filter(subject="Letter 0").update(**fields)
    assert send_due() == "1 could not be sent, 1 sent"
    assert states() == [State.FAILED, State.SENT]


def test_no_address_and_no_word_is_logged(running, caplog):
    running.at[RCPT] = "550 reader-0@example.org is unknown"
    enqueue()
    OutgoingMessage.objects.enqueue("reader-1@example.org", "A\nB", "Good morning.")
    send_due()
    assert len(caplog.messages) == 2
    assert "@" not in caplog.text
    assert "morning" not in caplog.text


# Withdrawn, erased, taken over


def test_a_message_withdrawn_or_erased_before_it_is_handed_over_is_not_sent(running):
    actions = [
        lambda: OutgoingMessage.objects.filter(state=State.CLAIMED).update(state=State.WITHDRAWN),
        lambda: OutgoingMessage.objects.filter(state=State.CLAIMED).delete(),
    ]
    enqueue(3)
    hand_over = sending.hand_over

    def meanwhile(message):
        if actions:
            actions.pop(0)()
        hand_over(message)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sending, "hand_over", meanwhile)
        assert send_due() == "1 sent"
    assert states() == [State.WITHDRAWN, State.SENT]
    assert [message["Subject"] for message in running.taken] == ["Letter 2"]


def test_a_message_whose_sender_died_before_handing_it_over_is_sent_later(running):
    enqueue()
    assert sending.claim_next()
    assert send_due() == "nothing to send"
    let_pass(LEASE + timedelta(seconds=1))
    assert send_due() == "1 sent"


def test_a_message_whose_sender_died_while_handing_it_over_is_never_sent_by_itself(running):
    enqueue()
    sending.hand_over(sending.claim_next())
    assert send_due() == "nothing to send"
    let_pass(LEASE + timedelta(seconds=1))
    assert send_due() == "1 may have been sent"
    assert states() == [State.UNCERTAIN]
    let_pass(timedelta(days=1))
    assert send_due() == "nothing to send"
    assert not running.taken


def test_a_sender_that_slept_past_its_claim_hands_nothing_over(running):
    enqueue()
    sleeper = sending.claim_next()
    let_pass(LEASE + timedelta(seconds=1))
    assert sending.claim_next()
    with pytest.raises(sending.ClaimLost):
        sending.hand_over(sleeper)


def test_what_the_server_says_late_settles_what_was_uncertain():
    enqueue()
    message = sending.claim_next()
    sending.hand_over(message)
    OutgoingMessage.objects.update(state=State.UNCERTAIN)
    sending.settle(message, State.SENT)
    assert states() == [State.SENT]


# At the desk

LIST = "admin:outbox_outgoingmessage_changelist"


def act(client, action, *messages, **more):
    chosen = {"action": action, "_selected_action": [message.pk for message in messages]}
    return client.post(reverse(LIST), chosen | more, follow=True)


def unsettled():
    """Return a message that failed and one that may have been sent."""
    enqueue(2)
    failed, uncertain = OutgoingMessage.objects.order_by("pk")
    OutgoingMessage.objects.filter(pk=failed.pk).update(state=State.FAILED, tries=9)
    OutgoingMessage.objects.filter(pk=uncertain.pk).update(state=State.UNCERTAIN)
    return failed, uncertain


def test_sending_again_asks_first_and_says_what_may_arrive_twice(admin_client, mailoutbox):
    chosen = unsettled()
    html = act(admin_client, "send_again", *chosen).content.decode()
    assert html.count("may have been sent, so it may arrive twice") == 1
    assert states() == [State.FAILED, State.UNCERTAIN]
    html = act(admin_client, "send_again", *chosen, confirmed="yes").content.decode()
    assert "2 messages: will be sent again" in html
    let_pass(PATIENCE - timedelta(hours=1))
    ids = [message.message_id for message in chosen]
    assert send_due() == "2 sent"
    assert [message.extra_headers["Message-ID"] for message in mailoutbox] == ids


def test_what_was_sent_or_waits_is_not_sent_again(admin_client):
    enqueue(2)
    sent, waiting = OutgoingMessage.objects.order_by("pk")
    OutgoingMessage.objects.filter(pk=sent.pk).update(state=State.SENT)
    html = act(admin_client, "send_again", sent, waiting, confirmed="yes").content.decode()
    assert "None of these failed or is uncertain: nothing was done." in html
    assert states() == [State.SENT, State.WAITING]


def test_what_is_dealt_with_needs_no_more_attention(admin_client):
    failed, uncertain = unsettled()
    act(admin_client, "deal_with", failed)
    assert list(OutgoingMessage.objects.unsettled()) == [uncertain]


def test_the_log_of_the_desk_holds_no_address_and_no_word(admin_client):
    """A subject may have what somebody searched for; the log outlives the message."""
    chosen = unsettled()
    act(admin_client, "deal_with", *chosen)
    act(admin_client, "send_again", *chosen, confirmed="yes")
    entries = LogEntry.objects.all()
    assert len(entries) == 4
    logged = "".join(f"{entry.object_repr}{entry.change_message}" for entry in entries)
    assert "@" not in logged
    assert "Letter" not in logged


def test_messages_are_read_at_the_desk_and_never_written(admin_client):
    enqueue()
    message = OutgoingMessage.objects.get()
    change = reverse("admin:outbox_outgoingmessage_change", args=[message.pk])
    html = admin_client.get(change).content.decode()
    assert message.to in html
    assert 'name="_save"' not in html
    assert admin_client.post(change, {"to": "else@example.org"}).status_code == 403
    assert admin_client.get(reverse("admin:outbox_outgoingmessage_add")).status_code == 403
    delete = reverse("admin:outbox_outgoingmessage_delete", args=[message.pk])
    assert admin_client.post(delete, {"post": "yes"}).status_code == 403


def test_an_address_is_never_in_the_address_of_the_list(admin_client):
    enqueue()
    listing = reverse(LIST)
    response = admin_client.get(listing, {"q": "reader-0@example.org"})
    assert (response.status_code, response.url) == (302, listing)
    assert "under Personal data alone" in admin_client.get(listing).content.decode()
    for lookup in ("to", "to__icontains", "reply_to__contains", "body__contains", "problem__gt"):
        assert admin_client.get(listing, {lookup: "reader-0"}).status_code == 400, lookup
    assert admin_client.get(listing, {"state__exact": "waiting"}).status_code == 200


def test_staff_without_the_permission_see_no_message(client, django_user_model):
    ada = django_user_model.objects.create_user("ada", password="x", is_staff=True)
    client.force_login(ada)
    assert client.get(reverse(LIST)).status_code == 403
    assert "outgoing" not in client.get(reverse("admin:index")).content.decode().lower()
