"""Sends what is queued: each message once, as far as anybody can know.

Each step is committed before the next one begins, so the state of a message is true whenever the
sender dies. A claim has a token (when it was made, and which try it is), and whoever no longer has
the claim changes nothing and hands nothing over. So any number of senders may run at once.
"""

import logging
import smtplib
from collections import Counter
from contextlib import suppress
from email.utils import format_datetime
from time import monotonic

from django.core.mail import EmailMessage, get_connection
from django.db import Error as DatabaseTrouble
from django.db.models import F
from django.utils import timezone

from timer import shutdown
from timer.jobs import JobProblem

from . import smtp
from .models import LONGEST_OUTAGE_PAUSE, PATIENCE, PAUSES, OutgoingMessage

logger = logging.getLogger(__name__)

State = OutgoingMessage.State
CLOSING = 421  # "service not available, closing transmission channel" (RFC 5321, 3.8)


class ClaimLost(Exception):
    """The message was withdrawn, deleted or taken over by another sender."""


class ServerTrouble(Exception):
    """The mail server cannot be reached, or went away: no other message would fare better."""


def send_due(sender, seconds=30):
    """Send what is due, for about so many ``seconds``; return in words what was done.

    ``sender`` is what stands in From. A mail server that cannot be used ends the round with a
    JobProblem: what is left waits for the next one.
    """
    done = Counter()
    if abandoned := expire_hand_overs():
        done[State.UNCERTAIN] = abandoned
    connection = get_connection()
    end = monotonic() + seconds
    try:
        while not shutdown.requested.is_set() and monotonic() < end and (message := claim_next()):
            done[send(message, sender, connection)] += 1
    except ServerTrouble as trouble:
        reason = type(trouble.__cause__).__name__
        raise JobProblem(f"The mail server cannot be used ({reason}).") from trouble
    finally:
        close(connection)
    return in_words(done) or nothing_due()


def expire_hand_overs():
    """Give up what a sender that died was handing over; return how many."""
    return OutgoingMessage.objects.abandoned().update(
        state=State.UNCERTAIN,
        settled_at=timezone.now(),
        problem="The sender died before the mail server had answered.",
    )


def claim_next():
    """Claim the message that has been due for longest; return it, or None."""
    due = OutgoingMessage.objects.due()
    while pk := due.order_by("due_at", "pk").values_list("pk", flat=True).first():
        now = timezone.now()
        # Another sender may have claimed it meanwhile: then it is no longer due.
        if due.filter(pk=pk).update(state=State.CLAIMED, claimed_at=now, tries=F("tries") + 1):
            return OutgoingMessage.objects.filter(pk=pk, claimed_at=now).first()
    return None


def send(message, sender, connection):
    """Try to send ``message`` once; return its state after that, or None if it was taken away.

    Raises ServerTrouble if the server would take no other message either.
    """
    try:
        connection.open()
    except (OSError, ValueError) as error:
        close(connection)
        put_off(message, describe(error), LONGEST_OUTAGE_PAUSE)
        raise ServerTrouble from error
    try:
        deliver(message, sender, connection)
    except ClaimLost:
        close(connection)  # the server still waits for the message
        return None
    except DatabaseTrouble:
        raise  # nothing can be settled; the claim runs out
    except Exception as error:
        close(connection)
        return take_failure(message, error)
    return settle(message, State.SENT)


def deliver(message, sender, connection):
    """Hand ``message`` to the server, and return when the server has taken it."""
    email = as_email(message, sender, connection)
    email.message()  # what cannot be written as a message fails here, before anything is handed over
    if isinstance(connection, smtp.EmailBackend):
        connection.before_data = lambda: hand_over(message)
    else:
        hand_over(message)
    if not connection.send_messages([email]):
        raise ValueError("The message has no address.")


def as_email(message, sender, connection):
    automatic = {"Auto-Submitted": "auto-generated"} if message.is_automatic else {}  # RFC 3834
    return EmailMessage(
        message.subject,
        message.body,
        from_email=sender,
        to=[message.to],
        reply_to=[message.reply_to] if message.reply_to else [],
        headers={
            "Message-ID": message.message_id,
            "Date": format_datetime(message.created_at),  # the same message at every try
            **automatic,
        },
        connection=connection,
    )


def hand_over(message):
    """Note that ``message`` is about to reach the server, or raise ClaimLost."""
    claim, message.claimed_at = message.claimed_at, timezone.now()
    claimed = OutgoingMessage.objects.filter(
        pk=message.pk, state=State.CLAIMED, claimed_at=claim, tries=message.tries
    )
    if not claimed.update(state=State.HANDED_OVER, claimed_at=message.claimed_at):
        raise ClaimLost
    message.state = State.HANDED_OVER


def settle(message, state, problem="", due_at=None):
    """Write down what became of ``message``, unless somebody else has its claim; return ``state``.

    What the server said is worth more than what was supposed when it said nothing for too long.
    """
    OutgoingMessage.objects.filter(
        pk=message.pk,
        state__in=[State.CLAIMED, State.HANDED_OVER, State.UNCERTAIN],
        claimed_at=message.claimed_at,
        tries=message.tries,
    ).update(
        state=state,
        problem=problem[:500],
        due_at=due_at or message.due_at,
        settled_at=None if state == State.WAITING else timezone.now(),
    )
    return state


def put_off(message, problem, longest=PAUSES[-1]):
    """Let ``message`` wait for its next try, or give it up after many tries; return its state.

    Time alone is no reason: while the timer stood still, nothing was tried.
    """
    now = timezone.now()
    if now > message.queued_at + PATIENCE and message.tries > len(PAUSES):
        return settle(message, State.FAILED, problem)
    pause = PAUSES[min(message.tries, len(PAUSES)) - 1]
    return settle(message, State.WAITING, problem, due_at=now + min(pause, longest))


def take_failure(message, error):
    """Settle ``message`` by what ``error`` means for it; return its state.

    Raises ServerTrouble if the connection was lost, if the server said that it is closing, or if it
    refused the sender for good, who is the same for every message.
    """
    code = answer_in(error)
    is_sender_refused = isinstance(error, smtplib.SMTPSenderRefused) and code >= 500
    is_trouble = is_sender_refused or (isinstance(error, OSError) and code in (0, CLOSING))
    if is_sender_refused:
        state = put_off(message, describe(error), LONGEST_OUTAGE_PAUSE)
    elif 400 <= code < 500:
        state = put_off(message, describe(error))
    elif 500 <= code < 600:
        state = settle(message, State.FAILED, describe(error))
    elif message.state == State.HANDED_OVER:
        state = settle(message, State.UNCERTAIN, describe(error))
    elif is_trouble:
        state = put_off(message, describe(error), LONGEST_OUTAGE_PAUSE)
    else:
        # A header that cannot be written, or whatever else is wrong with this message alone.
        state = settle(message, State.FAILED, describe(error))
    # Its number, since its address and its words are not for logs.
    logger.warning("Message %s: %s (%s)", message.pk, state.label, code or type(error).__name__)
    if is_trouble:
        raise ServerTrouble from error
    return state


def answer_in(error):
    """Return the code with which the server refused a message (RFC 5321, 4.2), or 0."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        [(code, _)] = error.recipients.values()  # a message has one recipient
        return code
    code = getattr(error, "smtp_code", 0)
    return code if 400 <= code < 600 else 0  # smtplib has -1 for what is no answer


def describe(error):
    """Return what staff are shown of ``error``: what the server said, if it said anything."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        [(code, said)] = error.recipients.values()
    elif isinstance(error, smtplib.SMTPResponseException):
        code, said = error.smtp_code, error.smtp_error
    else:
        code, said = f"{type(error).__name__}:", str(error)
    words = said.decode(errors="replace") if isinstance(said, bytes) else said
    return f"{code} {' '.join(words.split())}"


def close(connection):
    """End the conversation; what the server makes of that changes nothing."""
    with suppress(OSError):
        connection.close()


def in_words(done):
    """Return how many messages came to which state, as a line for staff; "" for none."""
    return ", ".join(f"{number} {state.label}" for state, number in done.items() if state)


def nothing_due():
    """Return why nothing was sent, as a line for staff."""
    if number := OutgoingMessage.objects.put_off().count():
        return f"nothing due; {number} wait{'s' if number == 1 else ''} for the next try"
    return "nothing to send"
