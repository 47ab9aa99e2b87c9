import re
import secrets
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from faq.models import Question
from outbox.models import OutgoingMessage
from partners.models import Partner
from people.models import Person, Role
from programmes.models import Programme
from topics.models import Topic

from .dates import months_after, working_days_after

# Crockford's base 32: no letter that is taken for a digit, and none that makes a word of four.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
SPAM_DAYS = 30
REPEATED_WITHIN = timedelta(hours=1)
SUBMISSIONS_KEPT = timedelta(days=1)
BRACES = re.compile(r"\{(?:name|reference|about)\}")


def new_reference():
    """Return a reference that can be read out on the telephone; guessing one gains nobody anything."""
    letters = [secrets.choice(ALPHABET) for _ in range(8)]
    return f"{''.join(letters[:4])}-{''.join(letters[4:])}"


def new_key():
    """Return a secret part of an address, for whoever wrote the enquiry."""
    return secrets.token_urlsafe(18)


def purge_day(received_at=None):
    """Return the day on which an enquiry that came then, or comes now, is deleted."""
    return months_after(timezone.localdate(received_at), settings.ENQUIRY_MONTHS)


def answer_day():
    """Return the day after which an enquiry that comes today and is not answered is overdue."""
    return working_days_after(timezone.localdate(), settings.ANSWER_WORKING_DAYS)


class EnquiryQuerySet(models.QuerySet):
    def waiting(self):
        """Those that somebody has still to answer."""
        return self.filter(state__in=Enquiry.WAITING)

    def overdue(self):
        return self.waiting().filter(answer_due__lt=timezone.localdate())

    def seen_by(self, user):
        """Those that ``user`` may see: all with the permission, else what concerns them."""
        if user.has_perm("enquiries.see_all_enquiries"):
            return self
        programmes = user.edited_programmes.values("pk")
        return self.filter(
            Q(programme__in=programmes)
            | Q(question__programme__in=programmes)
            | Q(partner__in=user.edited_partners.values("pk"))
            | Q(assigned_to=user)
        )

    def repeated_by(self, subject, typed):
        """Those of the last hour that say the same about ``subject``: as by a form that was sent,
        gone back to, and sent again."""
        return self.from_address(typed["email"]).filter(
            received_at__gt=timezone.now() - REPEATED_WITHIN,
            text=typed["text"],
            about=subject.label,
            page=subject.page,
        )

    def from_address(self, email):
        """All from one e-mail address; capitals make no difference."""
        return self.filter(email__iexact=email.strip())


class Enquiry(models.Model):
    """A message that a visitor left, from its arrival to its answer."""

    class State(models.TextChoices):
        NEW = "new", "new"
        ASSIGNED = "assigned", "assigned"
        ANSWERED = "answered", "answered"
        CLOSED = "closed", "closed"
        SPAM = "spam", "spam"

    WAITING = (State.NEW, State.ASSIGNED)

    reference = models.CharField(max_length=9, unique=True, default=new_reference, editable=False)
    key = models.CharField(max_length=32, unique=True, default=new_key, editable=False)
    # Of the form it was sent with: the second of two submits finds the first.
    form_id = models.CharField(max_length=64, unique=True, editable=False)
    state = models.CharField(max_length=20, choices=State, default=State.NEW)

    name = models.CharField(max_length=100)
    email = models.EmailField("e-mail")
    university = models.CharField(max_length=200, blank=True)
    text = models.TextField("message")

    about = models.CharField(max_length=300, blank=True, help_text="In words, as it was then.")
    programme = models.ForeignKey(Programme, models.SET_NULL, null=True, blank=True)
    partner = models.ForeignKey(Partner, models.SET_NULL, null=True, blank=True)
    person = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True)
    topic = models.ForeignKey(Topic, models.SET_NULL, null=True, blank=True)
    question = models.ForeignKey(Question, models.SET_NULL, null=True, blank=True)
    page = models.CharField("page with something wrong", max_length=300, blank=True)
    query = models.CharField("searched for", max_length=300, blank=True)

    # Empty: the team.
    role = models.ForeignKey(Role, models.SET_NULL, null=True, blank=True, verbose_name="routed to")
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="assigned_enquiries",
        help_text="Who answers it.",
    )
    received_at = models.DateTimeField("received", default=timezone.now, editable=False)
    answer_due = models.DateField(default=answer_day, editable=False)
    answered_at = models.DateTimeField("answered", null=True, blank=True, editable=False)
    helped = models.BooleanField("did this answer you?", null=True, editable=False)
    suspicion = models.CharField(max_length=200, blank=True, editable=False)
    purge_on = models.DateField("deleted on", default=purge_day, editable=False)

    objects = EnquiryQuerySet.as_manager()

    class Meta:
        ordering = ["-received_at", "-pk"]
        verbose_name_plural = "enquiries"
        permissions = [("see_all_enquiries", "Can see all enquiries")]
        indexes = [
            models.Index(fields=["state", "-received_at"], name="enquiries_by_state"),
            models.Index(fields=["purge_on"], name="enquiries_to_purge"),
        ]

    def __str__(self):
        return self.reference  # never a name or an address: the desk's log keeps this

    def get_absolute_url(self):
        """Return the visitor's own page of it: its reference and what happens next."""
        return reverse("enquiries:received", args=[self.key])

    @property
    def subject(self):
        """The thing it is about, or None."""
        return self.programme or self.person or self.partner or self.topic or self.question

    @property
    def programme_ids(self):
        """The programme it is about and the one that answers its question, where there are any."""
        of_question = self.question.programme_id if self.question else None
        return {self.programme_id, of_question} - {None}

    @property
    def was_answered(self):
        """Whether the visitor has an answer, of which they can say whether it helped."""
        return self.answered_at is not None and self.state != self.State.SPAM

    @property
    def is_waiting(self):
        return self.state in self.WAITING

    @property
    def is_overdue(self):
        return self.is_waiting and self.answer_due < timezone.localdate()

    def note(self, kind, text="", user=None, message=None):
        """Add an Event to its history and return it."""
        return self.events.create(kind=kind, text=text, user=user, message=message)


class Event(models.Model):
    """What happened to an enquiry, one thing after the other."""

    class Kind(models.TextChoices):
        RECEIVED = "received", "received"
        FORWARDED = "forwarded", "sent to whoever answers"
        UNADDRESSED = "unaddressed", "kept here: no mailbox is known"
        ACKNOWLEDGED = "acknowledged", "acknowledged"
        ASSIGNED = "assigned", "assigned"
        MOVED = "moved", "moved to somebody else"
        NOTE = "note", "note"
        ANSWERED = "answered", "answered"
        CLOSED = "closed", "closed"
        REOPENED = "reopened", "opened again"
        SPAM = "spam", "taken for spam"
        NOT_SPAM = "not-spam", "no spam after all"
        HELPED = "helped", "the visitor: this answered me"
        NOT_HELPED = "not-helped", "the visitor: this did not answer me"

    enquiry = models.ForeignKey(Enquiry, models.CASCADE, related_name="events")
    kind = models.CharField(max_length=20, choices=Kind)
    text = models.TextField(blank=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    message = models.OneToOneField(OutgoingMessage, models.SET_NULL, null=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self):
        return self.get_kind_display()


class AnswerTemplate(models.Model):
    """Words that answers often begin from."""

    title = models.CharField(max_length=100, unique=True, help_text="For colleagues only.")
    text = models.TextField(
        help_text="{name}, {reference} and {about} stand for those of the enquiry. "
        "You can change all of it before an answer is sent."
    )

    class Meta:
        ordering = ["title"]

    def __str__(self):
        return self.title

    def words_for(self, enquiry):
        """Return the text with what stands in braces filled in; braces round other words stay."""
        known = {
            "{name}": enquiry.name,
            "{reference}": enquiry.reference,
            "{about}": enquiry.about or "your question",
        }
        return BRACES.sub(lambda found: known[found[0]], self.text)


class SubmissionQuerySet(models.QuerySet):
    def within(self, period):
        """Those of the last ``period``, a timedelta."""
        return self.filter(at__gt=timezone.now() - period)

    def purge(self):
        """Delete those that no limit counts any longer; return how many."""
        return self.filter(at__lte=timezone.now() - SUBMISSIONS_KEPT).delete()[0]


class Submission(models.Model):
    """That somebody sent something lately, by keyed hashes alone: what the limits count."""

    sender = models.CharField(max_length=64)
    network = models.CharField(max_length=64)
    at = models.DateTimeField(default=timezone.now)

    objects = SubmissionQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["sender", "at"], name="submissions_by_sender"),
            models.Index(fields=["network", "at"], name="submissions_by_network"),
        ]

    def __str__(self):
        return f"{self.at:%Y-%m-%d %H:%M}"


class Tally(models.Model):
    """What is left of deleted enquiries: how many there were, by month and subject."""

    month = models.DateField(help_text="Its first day.")
    about = models.CharField(max_length=100, blank=True, help_text="As in programme:era.")
    received = models.PositiveIntegerField(default=0)
    answered = models.PositiveIntegerField(default=0)
    spam = models.PositiveIntegerField(default=0)
    helped = models.PositiveIntegerField(default=0)
    not_helped = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-month", "about"]
        verbose_name_plural = "tallies"
        constraints = [
            models.UniqueConstraint(fields=["month", "about"], name="a_tally_a_month_and_subject")
        ]

    def __str__(self):
        return f"{self.month:%B %Y}, {self.about or 'in general'}"
