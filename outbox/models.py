from datetime import timedelta
from email.utils import make_msgid
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

# Pauses before the next tries. A mail server that greylists lets a message in after minutes; one
# that is down is up again within two days, or somebody has to look.
PAUSES = [timedelta(minutes=minutes) for minutes in (1, 2, 5, 15, 30, 60, 120, 240)]
PATIENCE = timedelta(days=2)
LONGEST_OUTAGE_PAUSE = timedelta(minutes=15)  # while the server itself is away: it is ours

# A sender that has done nothing for so long is dead: each step of sending has its own, shorter limit
# (EMAIL_TIMEOUT), and the longest way to the server's answer takes half of this.
LEASE = timedelta(minutes=5)

# So long after a message was queued, staff hear of it: greylisting alone takes less.
LATE_AFTER = timedelta(minutes=15)
TRIES_UNNOTICED = 1  # greylisting may cost one; after another, staff hear of it


def message_id():
    """Return a new Message-ID (RFC 5322, 3.6.4) under the host of this site."""
    return make_msgid(domain=urlsplit(settings.BASE_URL).hostname)


class OutgoingMessageQuerySet(models.QuerySet):
    def enqueue(self, to, subject, body, reply_to="", is_automatic=True):
        """Store a message that the timer is to send, and return it. Nothing is sent here."""
        return self.create(
            to=to, subject=subject, body=body, reply_to=reply_to, is_automatic=is_automatic
        )

    def due(self):
        """Those that may be sent now: waiting, or claimed by a sender that died before it began."""
        now = timezone.now()
        return self.filter(
            Q(state=self.model.State.WAITING, due_at__lte=now)
            | Q(state=self.model.State.CLAIMED, claimed_at__lt=now - LEASE)
        )

    def abandoned(self):
        """Those whose sender died while it handed them over: nobody can know what came of it."""
        return self.filter(
            state=self.model.State.HANDED_OVER, claimed_at__lt=timezone.now() - LEASE
        )

    def late(self):
        """Those that should have gone by now, and are still to be sent."""
        return self.filter(
            state__in=[self.model.State.WAITING, self.model.State.CLAIMED],
            queued_at__lt=timezone.now() - LATE_AFTER,
        )

    def put_off(self):
        """Those that were tried, and wait for their next try."""
        return self.filter(state=self.model.State.WAITING, due_at__gt=timezone.now())

    def in_difficulty(self):
        """Those that were tried more than once, and are still to be sent."""
        return self.filter(state=self.model.State.WAITING, tries__gt=TRIES_UNNOTICED)

    def gone_out(self):
        """Those that the mail server has been given, or may have been."""
        state = self.model.State
        return self.filter(state__in=[state.HANDED_OVER, state.SENT, state.UNCERTAIN])

    def withdraw(self):
        """Take back those that the mail server has not been given yet; return how many."""
        return self.filter(state__in=[self.model.State.WAITING, self.model.State.CLAIMED]).update(
            state=self.model.State.WITHDRAWN, settled_at=timezone.now()
        )

    def send_again(self):
        """Queue those that failed or are uncertain as if they were new; return how many.

        An uncertain one may then arrive twice, under the same Message-ID.
        """
        now = timezone.now()
        return self.filter(state__in=self.model.UNSETTLED).update(
            state=self.model.State.WAITING,
            queued_at=now,
            due_at=now,
            tries=0,
            settled_at=None,
            dealt_with=False,
        )

    def unsettled(self):
        """Those that somebody should look at: not sent, or perhaps sent."""
        return self.filter(state__in=self.model.UNSETTLED, dealt_with=False)


class OutgoingMessage(models.Model):
    """An e-mail to send. It is stored before it is sent, and keeps one Message-ID for all tries.

    Its state is true whenever the sender dies. CLAIMED: nothing has been handed to the mail server
    yet, so it may be claimed again. HANDED_OVER: it may have been taken; if the sender dies here,
    nobody can know, and it becomes UNCERTAIN, which is never sent again by itself.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "waiting to be sent"
        CLAIMED = "claimed", "being sent"
        HANDED_OVER = "handed-over", "being handed to the mail server"
        SENT = "sent", "sent"
        UNCERTAIN = "uncertain", "may have been sent"
        FAILED = "failed", "could not be sent"
        WITHDRAWN = "withdrawn", "withdrawn before it was sent"

    UNSETTLED = (State.UNCERTAIN, State.FAILED)

    to = models.EmailField()
    reply_to = models.CharField(max_length=400, blank=True)
    subject = models.CharField(max_length=200)
    body = models.TextField()
    is_automatic = models.BooleanField(
        default=True, help_text="Written by the site, not by a colleague (RFC 3834)."
    )
    message_id = models.CharField(max_length=255, unique=True, default=message_id, editable=False)
    state = models.CharField(max_length=20, choices=State, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    queued_at = models.DateTimeField(default=timezone.now, help_text="Tried from then on.")
    due_at = models.DateTimeField("next try", default=timezone.now)
    claimed_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField("sent or given up", null=True, blank=True)
    problem = models.CharField(max_length=500, blank=True, help_text="What the last try met with.")
    dealt_with = models.BooleanField(
        default=False, help_text="A colleague has seen to it, though it was not sent for certain."
    )

    objects = OutgoingMessageQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["state", "due_at"], name="messages_to_send")]

    def __str__(self):
        # Neither the address nor the subject, which may have a visitor's words: the desk's log
        # keeps this for longer than the message.
        return f"E-mail {self.pk}"
